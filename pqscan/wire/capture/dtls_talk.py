"""The TLS handshake inside the datagrams of DTLS, as far as it is in the clear: hellos and cookies of every version, before version
1.3 the server's chain and key exchange, too (RFC 9147, section 5; RFC 6347, section 4.2).
"""

from __future__ import annotations

from dataclasses import replace

from pqscan.errors import MalformedMessage
from pqscan.wire.capture.tls_talk import TlsTalk
from pqscan.wire.dtls.fragments import Reassembler, fragments_in
from pqscan.wire.dtls.hello import in_words_of_tls, versions_of_tls
from pqscan.wire.dtls.record import PLAIN_HEADER_BYTES, PlainRecord, records_of
from pqscan.wire.tls.client_hello import ClientHello
from pqscan.wire.tls.client_offer import ClientOffer, read_client_offer
from pqscan.wire.tls.messages import HandshakeMessage, ServerHello
from pqscan.wire.tls.words import ContentType, HandshakeType

_STUN_COOKIE = bytes.fromhex("2112a442")  # RFC 8489, section 5


def begins_like_dtls(datagram: bytes) -> bool:
    """Whether it may hold a client's first hello, or a part of it."""
    if len(datagram) <= PLAIN_HEADER_BYTES or datagram[0] != ContentType.HANDSHAKE or datagram[1] != 0xFE:
        return False
    return datagram[3:5] == b"\x00\x00" and datagram[PLAIN_HEADER_BYTES] == HandshakeType.CLIENT_HELLO


def is_stun(datagram: bytes) -> bool:
    """What may come before DTLS on the same ports, as in WebRTC (RFC 7983, section 7)."""
    return len(datagram) >= 20 and datagram[0] < 4 and datagram[4:8] == _STUN_COOKIE


class _Tls(TlsTalk):
    """As over a stream, with the numbers and the cookies of DTLS."""

    __slots__ = ()

    def _read_client_offer(self, encoded: bytes) -> ClientOffer:
        offer = read_client_offer(ClientHello.decode(encoded, over_datagrams=True))
        return replace(offer, versions=versions_of_tls(offer.versions), over_datagrams=True)

    def _read_server_hello(self, body: bytes) -> ServerHello:
        return in_words_of_tls(super()._read_server_hello(body))

    def _take_hello(self, message: HandshakeMessage) -> None:
        if message.kind != HandshakeType.HELLO_VERIFY_REQUEST:
            super()._take_hello(message)


class DtlsTalk:
    """Feed the datagrams of each direction. `tls` holds what was said; no datagram makes it raise."""

    __slots__ = ("_client", "_server", "finished", "tls")

    def __init__(self) -> None:
        self.tls = _Tls()
        self.finished = False
        self._client = Reassembler()
        self._server = Reassembler()

    @property
    def held_bytes(self) -> int:
        return self.tls.held_bytes + self._client.pending + self._server.pending

    def client(self, datagram: bytes) -> None:
        self._take(datagram, from_client=True)

    def server(self, datagram: bytes) -> None:
        self._take(datagram, from_client=False)

    def _take(self, datagram: bytes, *, from_client: bool) -> None:
        try:
            for record in records_of(datagram):
                if self.finished:
                    return
                if isinstance(record, PlainRecord) and not record.epoch:
                    self._take_record(record, from_client=from_client)
        except MalformedMessage as error:
            self.tls.problem, self.finished = str(error), True

    def _take_record(self, record: PlainRecord, *, from_client: bool) -> None:
        """Raises MalformedMessage."""
        if record.content_type == ContentType.HANDSHAKE:
            for fragment in fragments_in(record.fragment):
                for message in (self._client if from_client else self._server).feed(fragment):
                    (self.tls.client_handshake if from_client else self.tls.server_handshake)(message)
        elif record.content_type == ContentType.ALERT and not from_client:
            self.tls.server_alert(record.fragment)
        self.finished = self.tls.finished
