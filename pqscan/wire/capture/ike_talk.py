"""What the two ends of IKE propose and choose in the clear (RFC 7296, section 1.2; of IKEv1 the first two messages, RFC 2409)."""

from __future__ import annotations

from pqscan.errors import MalformedMessage
from pqscan.wire.ike.header import NO_SPI, NON_ESP_MARKER, Message
from pqscan.wire.ike.proposals import Proposal, decode_proposals
from pqscan.wire.ike.reply import Reply, ReplyKind, decode_reply, is_reply
from pqscan.wire.ike.v1 import SecurityAssociation, TransformV1
from pqscan.wire.ike.words import ExchangeType, Flag, PayloadType

_OPENING_V1 = frozenset({ExchangeType.MAIN_MODE, ExchangeType.AGGRESSIVE})
_LAST = frozenset({ReplyKind.CHOSEN, ReplyKind.NO_PROPOSAL, ReplyKind.ERROR, ReplyKind.OLD_VERSION})
_TRANSFORM_BYTES = 300  # of memory, for a transform with its attributes


def is_opening(datagram: bytes) -> bool:
    """Whether it may be an initiator's first datagram, with or without the marker of port 4500."""
    data = datagram.removeprefix(NON_ESP_MARKER)
    if len(data) < 28 or data[8:16] != NO_SPI:
        return False
    major, exchange, flags = data[17] >> 4, data[18], data[19]
    return (major == 2 and exchange == ExchangeType.IKE_SA_INIT and bool(flags & Flag.INITIATOR)) or (
        major == 1 and exchange in _OPENING_V1
    )


class IkeTalk:
    """Feed the datagrams of each direction. No datagram makes it raise."""

    __slots__ = ("_spi", "aggressive", "chosen_v1", "finished", "offered_v1", "proposals", "reply", "vendor_ids", "version")

    def __init__(self) -> None:
        self.version = 0
        self.proposals: tuple[Proposal, ...] = ()
        self.reply: Reply | None = None
        self.offered_v1: tuple[TransformV1, ...] = ()
        self.chosen_v1: TransformV1 | None = None
        self.vendor_ids: tuple[bytes, ...] = ()
        self.aggressive = False
        self.finished = False
        self._spi = b""

    @property
    def held_bytes(self) -> int:
        """About as much memory as what was proposed."""
        return _TRANSFORM_BYTES * (len(self.offered_v1) + sum(len(each.transforms) for each in self.proposals))

    def client(self, datagram: bytes) -> None:
        message = _message(datagram)
        if message is None or self.finished or not is_opening(datagram):
            return
        self.version, self._spi = message.version[0], message.initiator_spi
        try:
            if self.version == 1:
                self.aggressive = message.exchange == ExchangeType.AGGRESSIVE
                self.offered_v1 = SecurityAssociation.decode(next(iter(message.of(PayloadType.SA_V1)), b"")).transforms
            else:
                self.proposals = decode_proposals(next(iter(message.of(PayloadType.SA)), b""))
        except MalformedMessage:
            self.finished = True

    def server(self, datagram: bytes) -> None:
        message = _message(datagram)
        if message is None or self.finished or message.initiator_spi != self._spi:
            return
        try:
            if self.version == 1 and message.version[0] == 1 and message.exchange in _OPENING_V1:
                self._take_v1(message)
            elif self.version == 2 and is_reply(message, self._spi):
                reply = decode_reply(message)
                if reply.kind is not ReplyKind.COOKIE:
                    self.reply = reply
                self.finished = reply.kind in _LAST
        except MalformedMessage:
            return

    def _take_v1(self, message: Message) -> None:
        transforms = SecurityAssociation.decode(next(iter(message.of(PayloadType.SA_V1)), b"")).transforms
        if len(transforms) == 1:
            self.chosen_v1, self.finished = transforms[0], True
            self.vendor_ids = message.of(PayloadType.VENDOR_ID_V1)


def _message(datagram: bytes) -> Message | None:
    try:
        return Message.decode(datagram.removeprefix(NON_ESP_MARKER))
    except MalformedMessage:
        return None
