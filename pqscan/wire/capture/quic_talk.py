"""The TLS handshake inside the Initial packets of a QUIC connection (RFC 9001, section 4.1), which anyone who saw them can open."""

from __future__ import annotations

from pqscan.errors import MalformedMessage
from pqscan.wire.capture.tls_talk import TlsTalk
from pqscan.wire.quic.frames import CRYPTO_ERROR, CryptoStream, read_frames
from pqscan.wire.quic.header import LongPacket, PacketKind, long_packets
from pqscan.wire.quic.initial import initial_keys, open_initial
from pqscan.wire.quic.protection import Keys

_LEAST_DATAGRAM = 1200
"""A client's first datagram has as many bytes (RFC 9000, section 14.1)."""


def begins_like_quic(datagram: bytes) -> bool:
    """Whether it may be a client's first datagram: its size, a long header and a version that can be read."""
    if len(datagram) < _LEAST_DATAGRAM or datagram[0] & 0xC0 != 0xC0:
        return False
    try:
        packets = long_packets(datagram)
    except MalformedMessage:
        return False
    return bool(packets) and packets[0].kind is PacketKind.INITIAL


class QuicTalk:
    """Feed the datagrams of each direction. `tls` holds what was said; what cannot be opened is passed over."""

    __slots__ = ("_client_crypto", "_keys", "_server_crypto", "finished", "tls", "version")

    def __init__(self) -> None:
        self.tls = TlsTalk()
        self.finished = False
        self.version = 0
        self._keys: tuple[Keys, Keys] | None = None
        self._client_crypto = CryptoStream()
        self._server_crypto = CryptoStream()

    @property
    def held_bytes(self) -> int:
        return self.tls.held_bytes + self._client_crypto.pending + self._server_crypto.pending

    def client(self, datagram: bytes) -> None:
        self._take(datagram, from_client=True)

    def server(self, datagram: bytes) -> None:
        self._take(datagram, from_client=False)

    def _take(self, datagram: bytes, *, from_client: bool) -> None:
        if self.finished:
            return
        try:
            for packet in long_packets(datagram):
                if packet.kind is PacketKind.INITIAL:
                    self._take_initial(packet, from_client=from_client)
        except MalformedMessage as error:
            self.tls.problem, self.finished = str(error), True

    def _take_initial(self, packet: LongPacket, *, from_client: bool) -> None:
        data = self._opened(packet, from_client=from_client)
        if data is None:
            return
        self.version = packet.version
        frames = read_frames(data)
        for offset, part in frames.crypto:
            if from_client:
                self.tls.client_handshake(self._client_crypto.feed(offset, part))
            else:
                self.tls.server_handshake(self._server_crypto.feed(offset, part))
        if not from_client and frames.error is not None and frames.error >> 8 == CRYPTO_ERROR >> 8:
            self.tls.choice.alert, self.tls.finished = frames.error & 0xFF, True
        self.finished = self.tls.finished

    def _opened(self, packet: LongPacket, *, from_client: bool) -> bytes | None:
        """Keys come from the client's first packet, and anew from the one after a Retry (RFC 9001, section 5.2)."""
        if self._keys is not None:
            data = open_initial(packet, self._keys[0 if from_client else 1])
            if data is not None or not from_client:
                return data
        if not from_client:
            return None
        keys = initial_keys(packet.version, packet.destination_id)
        data = open_initial(packet, keys[0])
        if data is not None:
            self._keys = keys
        return data
