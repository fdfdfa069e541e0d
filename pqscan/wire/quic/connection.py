"""A client's side of one QUIC connection without I/O, as far as the handshake goes (RFC 9000, sections 5 to 8, 10, 12 to 14, 17).

Initial and Handshake packets, Retry, Version Negotiation, acknowledgements, retransmission when the caller says that it waited
long enough, and a CONNECTION_CLOSE at the end, so that the server keeps nothing. No stream is ever opened; packets with short
headers are passed over. Our own connection id is empty.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pqscan.errors import MalformedMessage
from pqscan.wire.quic import retry
from pqscan.wire.quic.frames import PING, CryptoStream, ack_frame, close_frame, crypto_frame, read_frames
from pqscan.wire.quic.handshake import ALERT_USER_CANCELED, QuicHandshake
from pqscan.wire.quic.header import LongPacket, PacketKind, is_reserved, long_packets
from pqscan.wire.quic.initial import initial_keys
from pqscan.wire.quic.protection import NUMBER_BYTES, TAG_BYTES, Ids, Keys, open_packet, seal_packet
from pqscan.wire.tls.answer import Ending

DATAGRAM_BYTES = 1200
"""Of every datagram with an Initial packet: the least that a server takes (RFC 9000, section 14.1), and what every path carries."""
DESTINATION_ID_BYTES = 8
"""Unpredictable, at least as many (RFC 9000, section 7.2)."""
_OWN_ID = b""
_MOST_TOKEN_BYTES = 900  # A longer one leaves no room for the hello.
_MOST_WAITING = 16  # Handshake packets that came before the server hello
_MOST_PACKETS = 512  # whose numbers are kept
_FRAME_HEAD_BYTES = 1 + 4 + 2  # of a CRYPTO frame
_NO_ERROR, _PROTOCOL_VIOLATION = 0x00, 0x0A


@dataclass(slots=True)
class _Space:
    """One packet number space: keys of both directions, what came, and the handshake bytes that go out in it."""

    kind: PacketKind
    own: Keys
    theirs: Keys
    next_number: int = 0
    seen: set[int] = field(default_factory=set)
    owes_ack: bool = False
    stream: CryptoStream = field(default_factory=CryptoStream)
    outgoing: bytes = b""
    sent: int = 0  # bytes of `outgoing` that went out

    @property
    def acknowledgement(self) -> bytes:
        self.owes_ack = False
        return ack_frame(self.seen) if self.seen else b""


class ClientConnection:
    """Send what `datagrams_to_send` gives, feed what comes, `repeat` after silence, `timed_out` after too much of it; read
    `handshake.answer` when `finished`, and send once more what is left then.

    `versions` is what a Version Negotiation packet listed, None where none came; `is_retried` that a Retry did; `heard` that
    a packet came that only who saw ours can have written; `foreign` counts datagrams that are none of this connection. No bytes
    of a peer make it raise anything."""

    def __init__(self, handshake: QuicHandshake, version: int, destination_id: bytes) -> None:
        self.handshake = handshake
        self.version = version
        self.versions: tuple[int, ...] | None = None
        self.is_retried = False
        self.heard = False
        self.foreign = 0
        self._original_id = destination_id
        self._destination_id = destination_id
        self._token = b""
        self._initial = _Space(PacketKind.INITIAL, *initial_keys(version, destination_id))
        self._handshake_space: _Space | None = None
        self._waiting: list[LongPacket] = []
        self._is_closed = False  # by either side: nothing more is sent
        self._pings = False

    @property
    def finished(self) -> bool:
        return self.handshake.finished

    def datagrams_to_send(self) -> list[bytes]:
        """What is due now, each datagram once."""
        if self._is_closed:
            return []
        if self.finished:
            return self._goodbye()
        space = self._initial
        space.outgoing += self.handshake.messages_to_send()
        if self._handshake_space is not None:
            return self._acknowledge(self._handshake_space)
        found = []
        while space.sent < len(space.outgoing) or space.owes_ack or self._pings:
            head = space.acknowledgement + (PING if self._pings else b"")
            self._pings = False
            room = self._room_bytes - len(head) - _FRAME_HEAD_BYTES
            part = space.outgoing[space.sent : space.sent + room]
            found.append(self._initial_datagram(head + (crypto_frame(space.sent, part) if part else b"")))
            space.sent += len(part)
        return found

    def receive(self, datagram: bytes) -> bool:
        """Whether it brought something of this connection that was not there before."""
        if self.finished or self._is_closed:
            return False
        try:
            packets = long_packets(datagram)
        except MalformedMessage:
            packets = []
        news = False
        for packet in packets:
            news = self._take(packet) or news
            if self.finished:
                break
        if not packets or not (news or self._is_ours(packets[0])):
            self.foreign += 1
        return news

    def repeat(self) -> None:
        """Nothing came for a while: what may be lost goes out again, or a PING where nothing can be (RFC 9002, section 6.2.4)."""
        if self._handshake_space is None:
            self._initial.sent = 0
        else:
            self._pings = True

    def timed_out(self) -> None:
        """Nothing comes any more. Where only something foreign came, that is the answer."""
        if self.foreign and not self.heard:
            self.handshake.give_up(Ending.MALFORMED, "it answered with what is no packet of this QUIC connection")
        else:
            self.handshake.give_up(
                Ending.SILENCE, "it answered nothing over QUIC" if not self.heard else "it fell silent over QUIC"
            )

    def _is_ours(self, packet: LongPacket) -> bool:
        return packet.version == self.version and packet.destination_id == _OWN_ID and self.heard

    def _take(self, packet: LongPacket) -> bool:
        if packet.destination_id != _OWN_ID:
            return False
        if packet.kind is PacketKind.VERSION_NEGOTIATION:
            return self._take_versions(packet)
        if packet.version != self.version:
            return False
        if packet.kind is PacketKind.RETRY:
            return self._take_retry(packet)
        try:
            if packet.kind is PacketKind.INITIAL:
                return self._take_initial(packet)
            if packet.kind is PacketKind.HANDSHAKE:
                return self._take_handshake(packet)
        except MalformedMessage as error:
            self.handshake.give_up(Ending.MALFORMED, str(error))
            return True
        return False

    def _take_versions(self, packet: LongPacket) -> bool:
        """Only as the first answer, to our id, and not where it lists what we asked with (RFC 9000, section 6.2), or nothing."""
        if self.heard or self.is_retried or packet.source_id != self._original_id or self.version in packet.versions:
            return False
        if all(map(is_reserved, packet.versions)):
            return False
        self.heard = True
        self.versions = tuple(dict.fromkeys(packet.versions))
        self.handshake.give_up(Ending.CLOSED, "it speaks other versions of QUIC")
        self._is_closed = True
        return True

    def _take_retry(self, packet: LongPacket) -> bool:
        """Once, and before anything else (RFC 9000, section 17.2.5.2)."""
        if self.heard or self.is_retried or not packet.token or len(packet.token) > _MOST_TOKEN_BYTES:
            return False
        if packet.source_id == self._original_id or not retry.is_genuine(packet, self._original_id):
            return False
        self.is_retried = True
        self._token, self._destination_id = packet.token, packet.source_id
        space = self._initial
        space.own, space.theirs = initial_keys(self.version, packet.source_id)
        space.sent = 0  # The numbers go on.
        return True

    def _take_initial(self, packet: LongPacket) -> bool:
        space = self._initial
        if self.heard and packet.source_id != self._destination_id:
            return False
        if not self._take_frames(space, packet, is_protected=False):
            return False
        secrets = self.handshake.secrets
        if secrets is not None and self._handshake_space is None:
            suite, own, theirs = secrets
            ours, server = Keys.of(self.version, suite, own), Keys.of(self.version, suite, theirs)
            self._handshake_space = _Space(PacketKind.HANDSHAKE, ours, server)
            self._pings = True  # So that the server hears of our address in a Handshake packet, whatever is lost.
            waiting, self._waiting = self._waiting, []
            for each in waiting:
                if not self.finished:
                    self._take_handshake(each)
        return True

    def _take_handshake(self, packet: LongPacket) -> bool:
        space = self._handshake_space
        if space is None:
            if self.heard and len(self._waiting) < _MOST_WAITING:
                self._waiting.append(packet)
            return False
        return packet.source_id == self._destination_id and self._take_frames(space, packet, is_protected=True)

    def _take_frames(self, space: _Space, packet: LongPacket, *, is_protected: bool) -> bool:
        """Raises MalformedMessage for what no packet may hold that was protected with the right keys."""
        opened = open_packet(packet, space.theirs, max(space.seen, default=-1) + 1)
        if opened is None or opened.number in space.seen:
            return False
        if len(space.seen) >= _MOST_PACKETS:
            raise MalformedMessage(f"more than {_MOST_PACKETS} packets in one handshake")
        frames = read_frames(opened.frames)
        if not self.heard:
            self.heard, self._destination_id = True, packet.source_id
        space.seen.add(opened.number)
        space.owes_ack = space.owes_ack or frames.is_ack_eliciting
        for offset, part in frames.crypto:
            self.handshake.take(space.stream.feed(offset, part), is_protected=is_protected)
        if frames.error is not None:
            self._is_closed = True
            self.handshake.refused(frames.error)
        return True

    def _acknowledge(self, space: _Space) -> list[bytes]:
        if not (space.owes_ack or self._pings):
            return []
        frames = (PING if self._pings else b"") + space.acknowledgement
        self._pings = False
        return [self._sealed(space, frames.ljust(NUMBER_BYTES, b"\x00"))]

    def _goodbye(self) -> list[bytes]:
        """Once: our end of the handshake where it came so far, and the close. Nothing for who never answered."""
        self._is_closed = True
        if not self.heard:
            return []
        answer, space = self.handshake.answer, self._handshake_space
        if answer.ending is Ending.MALFORMED:
            close = close_frame(_PROTOCOL_VIOLATION)
        else:
            close = close_frame(_NO_ERROR if answer.ending is Ending.FLIGHT else ALERT_USER_CANCELED)
        if space is None:
            return [self._initial_datagram(self._initial.acknowledgement + close)]
        finish = self.handshake.finish
        frames = space.acknowledgement + (crypto_frame(0, finish) if finish else b"") + close
        return [self._sealed(space, frames)]

    @property
    def _room_bytes(self) -> int:
        """For frames in one datagram with an Initial packet: its lengths are written in two bytes each."""
        head = 1 + 4 + 1 + len(self._destination_id) + 1 + len(_OWN_ID) + (1 if len(self._token) < 64 else 2) + len(self._token) + 2
        return DATAGRAM_BYTES - head - NUMBER_BYTES - TAG_BYTES

    def _initial_datagram(self, frames: bytes) -> bytes:
        return self._sealed(self._initial, frames.ljust(self._room_bytes, b"\x00"))

    def _sealed(self, space: _Space, frames: bytes) -> bytes:
        number = space.next_number
        space.next_number += 1
        ids = Ids(self._destination_id, _OWN_ID)
        return seal_packet(space.kind, self.version, ids, number, frames, space.own, token=self._token)
