"""An initiator carried through IKE_SA_INIT and IKE_INTERMEDIATE with one ML-KEM (RFC 9370, RFC 9242), without I/O; where that is
permitted, an IKE_AUTH that cannot succeed, whose refusal under the renewed keys shows that both sides hold the same.

AES-GCM and HMAC-SHA-2 alone. Identities, certificates and child SAs are left out: nobody logs in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum

from pqscan.errors import MalformedMessage
from pqscan.wire.ike.header import NON_ESP_MARKER, Message, Payload
from pqscan.wire.ike.keys import AES_GCM_16, PRFS, IkeKeys, first_keys
from pqscan.wire.ike.offer import Suite, offer
from pqscan.wire.ike.payloads import KeyExchange, Notify, checked_nonce
from pqscan.wire.ike.proposals import Proposal, Transform, encode_proposals
from pqscan.wire.ike.protected import Opener, Sealer
from pqscan.wire.ike.reply import Reply, ReplyKind, decode_reply, is_reply
from pqscan.wire.ike.words import ExchangeType, Flag, NotifyType, PayloadType, TransformType
from pqscan.wire.key_agreement import ComponentKey, KeyMaker

GROUPS = {31: "X25519", 19: "secp256r1", 20: "secp384r1"}
"""The methods of the first key exchange, the best first, and their components."""
SUITE = Suite(aead=((AES_GCM_16, 256), (AES_GCM_16, 128)), encryption=(), integrity=(), prf=(6, 5, 7))
MOST_COOKIES = 2
MOST_DROPPED = 64
_NONCE_BYTES = 32
_IDENTITY = b"\x02\0\0\0pqscan.invalid"  # a name (RFC 7296, section 3.5) that nobody has (RFC 6761)
_ESP, _ENCR, _ESN = 3, 1, 5
_EVERYTHING = b"\x01\0\0\0\x07\0\0\x10\0\0\xff\xff\0\0\0\0\xff\xff\xff\xff"  # one selector: every IPv4 address, port and protocol


class Stage(IntEnum):
    """How far the responder came with us."""

    NOTHING = 0
    CHOSEN = 1  # it chose the ML-KEM and named its public value
    ENCAPSULATED = 2  # its ciphertext came, under the keys of the first exchange
    PROVEN = 3  # an answer opened under the renewed keys


@dataclass(frozen=True, slots=True)
class Event:
    """One message. `size_bytes` counts it as datagrams; `is_protected`: under which number of key exchanges its keys are, 0 in
    clear."""

    is_sent: bool
    what: str
    size_bytes: int
    exchanges: int
    facts: tuple[tuple[str, str], ...] = ()


class IkeSession:
    """Send what `datagrams_to_send` gives, feed what comes; `repeat` where nothing came in time; until `finished`.

    `method` is the ML-KEM's number, `makers` make the parts by their component names, `authenticates` lets IKE_AUTH be sent.
    `reply` is the last answer to IKE_SA_INIT; `refusal` a notify type by which it went no further; `problem` what was wrong in an
    answer that opened. No datagram makes it raise anything: what does not answer the open question is dropped and counted."""

    def __init__(
        self,
        method: tuple[int, str],
        makers: Mapping[str, KeyMaker],
        random: Callable[[int], bytes],
        *,
        authenticates: bool = False,
        marked: bool = False,
    ) -> None:
        self.stage = Stage.NOTHING
        self.finished = False
        self.reply: Reply | None = None
        self.refusal: int | None = None
        self.problem = ""
        self.dropped = 0
        self.fragments = 0  # of answers
        self.events: list[Event] = []
        self._method, self._component = method
        self._makers = makers
        self._random = random
        self._authenticates = authenticates
        self._marker = NON_ESP_MARKER if marked else b""
        self._spi, self._nonce = random(8), random(_NONCE_BYTES)
        self._group = next(iter(GROUPS))
        self._key = self._made(self._group)
        self._kem: ComponentKey = makers[self._component]()
        self._cookies = 0
        self._responder_spi, self._nonces = bytes(8), b""
        self._keys: IkeKeys | None = None
        self._key_bytes = 0
        self._may_fragment = False
        self._opener: Opener | None = None
        self._expected = ExchangeType.IKE_SA_INIT
        self._waiting: list[bytes] = []
        self._outgoing: list[bytes] = []
        self._ask(None)

    def datagrams_to_send(self) -> list[bytes]:
        datagrams, self._outgoing = self._outgoing, []
        return datagrams

    def repeat(self) -> None:
        """The same datagrams once more: none came in time, either may be lost (RFC 7296, section 2.1)."""
        if not self.finished:
            self._outgoing = list(self._waiting)

    def receive(self, datagram: bytes) -> None:
        """Takes in one datagram from the address that was asked."""
        if self.finished:
            return
        try:
            if not datagram.startswith(self._marker):
                raise MalformedMessage("a datagram without the marker of port 4500")
            message = Message.decode(datagram[len(self._marker) :])
            if self._expected is ExchangeType.IKE_SA_INIT:
                self._take_init(message, len(datagram))
            else:
                self._take_protected(message, datagram[len(self._marker) :])
        except MalformedMessage:
            self.dropped += 1
            if self.dropped > MOST_DROPPED:
                self.problem, self.finished = f"more than {MOST_DROPPED} datagrams that answer nothing", True

    # IKE_SA_INIT

    def _ask(self, cookie: bytes | None) -> None:
        question = offer(((*dict.fromkeys((self._group, *GROUPS)),), (self._method,)), ke_group=self._group, suite=SUITE)
        message = question.message(self._spi, self._nonce, on_wire(self._group, self._key.public), cookie)
        self._send("IKE_SA_INIT", [message.encode()], 0, (("KE", GROUPS[self._group]), ("ADDKE1", self._component)))

    def _take_init(self, message: Message, size: int) -> None:
        if not is_reply(message, self._spi):
            raise MalformedMessage("no answer to what is asked")
        reply = decode_reply(message)
        if reply.kind is ReplyKind.COOKIE:
            self._cookies += 1
            if self._cookies > MOST_COOKIES:
                raise MalformedMessage("one more cookie")
            self._note("IKE_SA_INIT", size, 0, (("N", "COOKIE"),))
            self._ask(reply.cookie)
            return
        self._note("IKE_SA_INIT", size, 0, _told(reply))
        if reply.kind is ReplyKind.OTHER_GROUP and reply.group in GROUPS and reply.group != self._group:
            self._group = reply.group
            self._key = self._made(self._group)
            self._ask(None)
            return
        self.reply = reply
        if reply.kind is not ReplyKind.CHOSEN or reply.chosen is None:
            self.refusal, self.finished = reply.error, True
            return
        self._begin(message, reply, reply.chosen)

    def _begin(self, message: Message, reply: Reply, chosen: Proposal) -> None:
        if chosen.values(TransformType.ADDKE1) != (self._method,):
            self.finished = True
            return
        kinds = {each.kind for each in reply.notifications}
        encryption = [each for each in chosen.transforms if each.kind == TransformType.ENCR]
        prfs = chosen.values(TransformType.PRF)
        if (
            reply.group != self._group
            or len(encryption) != 1
            or (encryption[0].value, encryption[0].key_bits) not in SUITE.aead
            or len(prfs) != 1
            or prfs[0] not in PRFS
        ):
            self._fail("the responder chose what was not offered")
            return
        if NotifyType.INTERMEDIATE_EXCHANGE_SUPPORTED not in kinds:
            self._fail("the responder chose an additional key exchange without saying that it knows IKE_INTERMEDIATE")
            return
        share = KeyExchange.decode(message.of(PayloadType.KE)[0]).value
        try:
            secret = self._key.agree(from_wire(self._group, share))
        except ValueError:
            self._fail("the responder's public value is not valid")
            return
        self.stage = Stage.CHOSEN
        self._responder_spi = message.responder_spi
        self._nonces = self._nonce + checked_nonce(message.of(PayloadType.NONCE)[0])
        self._key_bytes = (encryption[0].key_bits or 0) // 8
        self._may_fragment = NotifyType.FRAGMENTATION_SUPPORTED in kinds
        self._keys = first_keys(prfs[0], secret, self._nonces, self._spis, self._key_bytes)
        public = KeyExchange(self._method, self._kem.public).encode()
        self._say(ExchangeType.IKE_INTERMEDIATE, 1, (Payload(PayloadType.KE, public),), 1, (("KE", self._component),))

    # Under keys

    @property
    def _spis(self) -> bytes:
        return self._spi + self._responder_spi

    def _say(
        self, exchange: ExchangeType, number: int, payloads: tuple[Payload, ...], exchanges: int, facts: tuple[tuple[str, str], ...]
    ) -> None:
        if self._keys is None:
            return
        self._expected = exchange
        self._opener = Opener(self._keys.to_initiator)
        message = Message(self._spi, self._responder_spi, exchange, Flag.INITIATOR, number, payloads)
        sealed = Sealer(self._keys.to_responder).seal(message, fragments=self._may_fragment)
        self._send(exchange.name, sealed, exchanges, facts)

    def _take_protected(self, message: Message, datagram: bytes) -> None:
        sender = message.flags & (Flag.RESPONSE | Flag.INITIATOR)
        number = 1 if self._expected is ExchangeType.IKE_INTERMEDIATE else 2
        is_answer = (message.initiator_spi, message.responder_spi) == (self._spi, self._responder_spi)
        if not is_answer or message.exchange != self._expected or message.message_id != number or sender != Flag.RESPONSE:
            raise MalformedMessage("no answer to what is asked")
        if self._opener is None:
            raise MalformedMessage("an answer that nobody waits for")
        payloads = self._opener.open(datagram)
        self.fragments += message.payloads[-1].kind == PayloadType.ENCRYPTED_FRAGMENT
        if payloads is None:
            return
        errors = [notify for notify in _notifications(payloads) if notify.is_error]
        exchanges = 1 if number == 1 else 2
        facts = tuple(("N", str(error.kind)) for error in errors)
        self._note(self._expected.name, len(datagram), exchanges, facts)
        if number == 2:
            self.stage, self.refusal, self.finished = Stage.PROVEN, errors[0].kind if errors else None, True
        elif errors:
            self.refusal, self.finished = errors[0].kind, True
        else:
            self._take_ciphertext(payloads)

    def _take_ciphertext(self, payloads: tuple[Payload, ...]) -> None:
        shares = [KeyExchange.decode(each.body) for each in payloads if each.kind == PayloadType.KE]
        if len(shares) != 1 or shares[0].group != self._method or self._keys is None:
            self._fail("the answer to IKE_INTERMEDIATE holds no ciphertext of the ML-KEM that was chosen")
            return
        if len(shares[0].value) != self._kem.peer_bytes:
            self._fail(f"a ciphertext of {len(shares[0].value)} bytes, {self._kem.peer_bytes} are right")
            return
        try:
            secret = self._kem.agree(shares[0].value)
        except ValueError:
            self._fail("the ciphertext cannot be decapsulated")
            return
        self.stage = Stage.ENCAPSULATED
        self._keys = self._keys.renewed(secret, self._nonces, self._spis, self._key_bytes)
        if not self._authenticates:
            self.finished = True
            return
        self._say(ExchangeType.IKE_AUTH, 2, claim(self._random), 2, (("IDi", "pqscan.invalid"),))

    # Helpers

    def _made(self, group: int) -> ComponentKey:
        return self._makers[GROUPS[group]]()

    def _fail(self, problem: str) -> None:
        self.problem, self.finished = problem, True

    def _send(self, what: str, datagrams: list[bytes], exchanges: int, facts: tuple[tuple[str, str], ...]) -> None:
        self._waiting = [self._marker + each for each in datagrams]
        self._outgoing = list(self._waiting)
        more = () if len(datagrams) == 1 else (("fragments", str(len(datagrams))),)
        self.events.append(Event(True, what, sum(map(len, datagrams)), exchanges, (*facts, *more)))

    def _note(self, what: str, size: int, exchanges: int, facts: tuple[tuple[str, str], ...]) -> None:
        self.events.append(Event(False, what, size, exchanges, facts))


def claim(random: Callable[[int], bytes]) -> tuple[Payload, ...]:
    """The payloads of an IKE_AUTH that fails: a name that nobody has, with a proof that nobody has."""
    child = Proposal(1, (Transform.of(_ENCR, AES_GCM_16, 256), Transform.of(_ESN, 0)), _ESP, random(4))
    return (
        Payload(PayloadType.ID_I, _IDENTITY),
        Payload(PayloadType.AUTH, b"\x02\0\0\0" + bytes(32)),  # a shared key that nobody has
        Payload(PayloadType.SA, encode_proposals((child,))),
        Payload(PayloadType.TS_I, _EVERYTHING),
        Payload(PayloadType.TS_R, _EVERYTHING),
    )


def on_wire(group: int, public: bytes) -> bytes:
    """Points stand without the byte that tells their form (RFC 5903, section 7)."""
    return public if GROUPS[group] == "X25519" else public[1:]


def from_wire(group: int, share: bytes) -> bytes:
    """What stood on the wire, with that byte."""
    return share if GROUPS[group] == "X25519" else b"\x04" + share


def _notifications(payloads: tuple[Payload, ...]) -> list[Notify]:
    return [Notify.decode(each.body) for each in payloads if each.kind == PayloadType.NOTIFY]


def _told(reply: Reply) -> tuple[tuple[str, str], ...]:
    if reply.kind is ReplyKind.OTHER_GROUP:
        return (("N", f"INVALID_KE_PAYLOAD {reply.group}"),)
    if reply.error is not None:
        return (("N", str(reply.error)),)
    if reply.chosen is None:
        return ()
    return tuple((f"transform {each.kind}", str(each.value)) for each in reply.chosen.transforms)
