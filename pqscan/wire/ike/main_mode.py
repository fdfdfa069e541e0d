"""The first message of IKEv1's main mode, asked for nothing but its answer (RFC 2409, section 5), without I/O.

One question offers the suites that are commonest; the answer names the one that the responder takes. Who refuses them all is asked
for the rarer ones, in two more questions: a refusal of them all says much more than one of the first. Aggressive mode is never
asked: there the responder answers with a hash over its pre-shared key, which whoever holds it can try passwords against. The
exchange is not carried on; the responder forgets it by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from pqscan.errors import MalformedMessage
from pqscan.wire.builder import uint16
from pqscan.wire.ike.header import NO_SPI, NON_ESP_MARKER, Message, Payload
from pqscan.wire.ike.payloads import Notify
from pqscan.wire.ike.proposals import Attribute
from pqscan.wire.ike.v1 import AttributeKind, Notification, NotifyV1, SecurityAssociation, TransformV1
from pqscan.wire.ike.words import ExchangeType, Flag, NotifyType, PayloadType

PRE_SHARED, RSA_SIGNATURES, XAUTH_PRE_SHARED, XAUTH_RSA, HYBRID_RSA = 1, 3, 65001, 65005, 64221
_ECDSA_256, _ECDSA_384, _ECDSA_521 = 9, 10, 11  # RFC 4754
_SECONDS, _LIFE_SECONDS = 1, 28800  # eight hours: what responders that ask for a life are used to
AES, TRIPLE_DES, DES, CAMELLIA = 7, 5, 1, 8
MD5, SHA1, SHA256, SHA384, SHA512 = 1, 2, 4, 5, 6
Suite = tuple[int, int | None, int, int]
"""Cipher, bits of its key, hash, group."""
_SUITES: tuple[Suite, ...] = (
    (AES, 256, SHA384, 20),
    (AES, 256, SHA256, 19),
    (AES, 256, SHA256, 14),
    (AES, 128, SHA256, 19),
    (AES, 128, SHA256, 14),
    (AES, 256, SHA1, 14),
    (AES, 256, SHA1, 5),
    (AES, 256, SHA1, 2),
    (AES, 128, SHA1, 14),
    (AES, 128, SHA1, 5),
    (AES, 128, SHA1, 2),
    (TRIPLE_DES, None, SHA1, 5),
    (TRIPLE_DES, None, SHA1, 2),
    (TRIPLE_DES, None, MD5, 2),
    (DES, None, SHA1, 2),
    (DES, None, MD5, 1),
)
"""The strongest first: what a responder takes of them says what it would agree on."""
_RARER: tuple[Suite, ...] = (
    *((AES, 256, SHA512, group) for group in (21, 20, 19, 16, 15, 14, 5)),
    *((AES, 256, SHA384, group) for group in (19, 14)),
    *((AES, 256, SHA256, group) for group in (20, 16, 15, 24, 5, 2)),
    (AES, 128, SHA256, 5),
)
_RAREST: tuple[Suite, ...] = (
    *((AES, 192, SHA256, group) for group in (14, 5)),
    *((AES, 192, SHA1, group) for group in (14, 5, 2)),
    *((CAMELLIA, bits, SHA256, group) for bits, group in ((256, 14), (128, 16))),
    *((AES, 128, SHA256, group) for group in (20, 2)),
    *((TRIPLE_DES, None, hashed, group) for hashed, group in ((SHA256, 14), (SHA1, 14), (MD5, 5))),
    *((AES, bits, MD5, 2) for bits in (256, 128)),
)
_OTHERWISE = (  # with other ways to authenticate
    (_ECDSA_521, (AES, 256, SHA512, 21)),
    (_ECDSA_384, (AES, 256, SHA384, 20)),
    (_ECDSA_256, (AES, 256, SHA256, 19)),
    (XAUTH_RSA, (AES, 256, SHA1, 2)),
    (HYBRID_RSA, (AES, 256, SHA1, 2)),
)
_ONLY_PRE_SHARED = frozenset(_SUITES[-2:])
_XAUTH = ((AES, 256, SHA1, 2), (TRIPLE_DES, None, SHA1, 2))


ROUNDS = 3
"""As many questions are asked at most."""


def offered(number: int = 0) -> tuple[TransformV1, ...]:
    """The suites of one round, each with its ways to authenticate; one datagram that no network has to cut."""
    return tuple(
        TransformV1(place, tuple(Attribute(kind, uint16(value)) for kind, value in _attributes(method, suite)))
        for place, (method, suite) in enumerate(_methods(number), 1)
    )


def _methods(number: int) -> Iterator[tuple[int, Suite]]:
    for suite in (_SUITES, _RARER, _RAREST)[number]:
        yield PRE_SHARED, suite
        if suite not in _ONLY_PRE_SHARED:
            yield RSA_SIGNATURES, suite
    if number == 0:
        yield from ((XAUTH_PRE_SHARED, suite) for suite in _XAUTH)
    if number == ROUNDS - 1:
        yield from _OTHERWISE


def _attributes(method: int, suite: Suite) -> Iterator[tuple[AttributeKind, int]]:
    cipher, bits, hashed, group = suite
    yield AttributeKind.ENCRYPTION, cipher
    if bits is not None:
        yield AttributeKind.KEY_LENGTH, bits
    yield AttributeKind.HASH, hashed
    yield AttributeKind.AUTHENTICATION, method
    yield AttributeKind.GROUP, group
    yield AttributeKind.LIFE_TYPE, _SECONDS
    yield AttributeKind.LIFE_DURATION, _LIFE_SECONDS


@dataclass(slots=True)
class MainModeResult:
    """`chosen` is the suite that the responder takes; `error` the notify type by which it refused, in IKEv1 or, where it knows no
    IKEv1, in IKEv2. Neither: it said nothing. `refused_all`: no suite of any round is taken."""

    chosen: TransformV1 | None = None
    error: int | None = None
    refused_all: bool = False
    vendor_ids: tuple[bytes, ...] = ()
    datagrams: int = 0
    dropped: int = 0
    sent: list[bytes] = field(default_factory=list)
    received: list[bytes] = field(default_factory=list)

    @property
    def answered(self) -> bool:
        return self.chosen is not None or self.error is not None


class MainModeQuestion:
    """Used as `IkeSurvey` is, with at most `most_datagrams`, repetitions among them. No datagram makes it raise anything."""

    def __init__(self, random: Callable[[int], bytes], *, most_datagrams: int = 2 * ROUNDS, marked: bool = False) -> None:
        self.result = MainModeResult()
        self.finished = False
        self._random = random
        self._round = 0
        self._cookie = random(8)
        self._offered = offered()
        self._marker = NON_ESP_MARKER if marked else b""
        self._most_datagrams = most_datagrams
        self._outgoing: list[bytes] = []
        self.repeat()

    def datagrams_to_send(self) -> list[bytes]:
        datagrams, self._outgoing = self._outgoing, []
        return datagrams

    def repeat(self) -> None:
        """The same datagram once more; the end where so many may not be sent."""
        if self.result.datagrams >= self._most_datagrams:
            self.finished = True
        if self.finished:
            return
        association = SecurityAssociation(self._offered).encode()
        payloads = (Payload(PayloadType.SA_V1, association),)
        datagram = self._marker + Message(self._cookie, NO_SPI, ExchangeType.MAIN_MODE, 0, 0, payloads, (1, 0)).encode()
        self.result.datagrams += 1
        self.result.sent.append(datagram)
        self._outgoing.append(datagram)

    def timed_out(self) -> None:
        self.finished = True

    def receive(self, datagram: bytes) -> bool:
        """Take in one datagram from the address that was asked; whether it answers. What does not is dropped and counted."""
        if self.finished:
            return False
        try:
            if not datagram.startswith(self._marker):
                raise MalformedMessage("a datagram without the marker of port 4500")
            self._read(Message.decode(datagram[len(self._marker) :]))
        except MalformedMessage:
            self.result.dropped += 1
            return False
        self.result.received.append(datagram)
        self._go_on()
        return True

    def _go_on(self) -> None:
        """A refusal of these suites alone leads to the next ones; everything else ends it."""
        self.finished = self.result.chosen is not None or self.result.error != NotifyV1.NO_PROPOSAL_CHOSEN
        if self.finished:
            return
        self._round += 1
        if self._round == ROUNDS:
            self.result.refused_all = self.finished = True
            return
        self._cookie, self._offered = self._random(8), offered(self._round)
        self.repeat()

    def _read(self, message: Message) -> None:
        """Raises MalformedMessage for what is no answer to the question."""
        if message.initiator_spi != self._cookie:
            raise MalformedMessage("a message of another exchange")
        match message.version[0], message.exchange:
            case 1, ExchangeType.MAIN_MODE:
                self.result.chosen, self.result.error = self._chosen(message), None
                self.result.vendor_ids = message.of(PayloadType.VENDOR_ID_V1)
            case 1, ExchangeType.INFORMATIONAL_V1:
                self.result.error = _error([Notification.decode(body).kind for body in message.of(PayloadType.NOTIFICATION_V1)])
            case 2, _ if message.flags & Flag.RESPONSE:
                kinds = [Notify.decode(body).kind for body in message.of(PayloadType.NOTIFY)]
                self.result.error = _error([kind for kind in kinds if kind == NotifyType.INVALID_MAJOR_VERSION])
            case _:
                raise MalformedMessage("a message of another exchange")

    def _chosen(self, message: Message) -> TransformV1:
        bodies = message.of(PayloadType.SA_V1)
        transforms = [transform for body in bodies for transform in SecurityAssociation.decode(body).transforms]
        if message.responder_spi == NO_SPI or len(transforms) != 1:
            raise MalformedMessage("an answer in main mode that does not choose one suite")
        known = next((each for each in self._offered if set(each.attributes) == set(transforms[0].attributes)), None)
        if known is None:
            raise MalformedMessage("an answer in main mode with a suite that was not offered")
        return known


def _error(kinds: list[int]) -> int:
    kind = next((each for each in kinds if each < NotifyV1.CONNECTED), None)
    if kind is None:
        raise MalformedMessage("a notification that is no error")
    return kind
