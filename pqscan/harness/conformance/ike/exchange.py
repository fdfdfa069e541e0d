"""One exchange of a case without I/O: plays a `Script` against whatever the gateway sends, and notes what that is.

No bytes of a peer make it raise anything. What answers nothing that was asked is dropped: anybody may send datagrams.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from pqscan.errors import MalformedMessage
from pqscan.harness.conformance.ike.script import Datagrams, Script, Voice, usual_authentication, usual_key_exchange
from pqscan.harness.conformance.ike.seen import Ended, Progress, Seen
from pqscan.registry.ike import IkeKind, ike_number
from pqscan.wire.ike.header import NON_ESP_MARKER, Message, Payload
from pqscan.wire.ike.keys import PRFS, first_keys
from pqscan.wire.ike.offer import offer
from pqscan.wire.ike.payloads import KeyExchange, Notify
from pqscan.wire.ike.proposals import Proposal
from pqscan.wire.ike.protected import Opener
from pqscan.wire.ike.reply import Reply, ReplyKind, decode_reply
from pqscan.wire.ike.session import GROUPS, MOST_COOKIES, SUITE, from_wire, on_wire
from pqscan.wire.ike.words import ExchangeType, Flag, NotifyType, PayloadType, TransformType
from pqscan.wire.key_agreement import ComponentKey

MOST_DROPPED = 64
_NONCE_BYTES = 32
_USUAL = {ExchangeType.IKE_INTERMEDIATE: usual_key_exchange, ExchangeType.IKE_AUTH: usual_authentication}
_PROTECTED = frozenset({PayloadType.ENCRYPTED, PayloadType.ENCRYPTED_FRAGMENT})


@dataclass(frozen=True, slots=True)
class Ground:
    """What every exchange of one run stands on. `marked` is for port 4500."""

    random: Callable[[int], bytes]
    marked: bool = False


class Exchange:
    """Send what `datagrams_to_send` gives, feed what comes; `repeat` where nothing came in time and `silence` when patience is
    over; until `finished`. `turn` counts the requests."""

    def __init__(self, script: Script, ground: Ground) -> None:
        self.seen = Seen(method=script.method)
        self.finished = False
        self.turn = 0
        self._script = script
        self._random = ground.random
        self._marker = NON_ESP_MARKER if ground.marked else b""
        self._spi = ground.random(8)
        self._nonce = ground.random(_NONCE_BYTES) if script.nonce is None else script.nonce
        self._group = script.group
        self._key = self._made(script.group)
        self._kem = None if script.method is None else script.makers[_component(script.method)]()
        self._cookie: bytes | None = None
        self._cookies = self._dropped = 0
        self._nonces, self._key_bytes = b"", 0
        self._voice: Voice | None = None
        self._openers: list[Opener] = []
        self._expected: tuple[int, int] = (ExchangeType.IKE_SA_INIT, 0)
        self._stage = ExchangeType.IKE_SA_INIT
        self._is_bent = False  # what is open now is the message that a hook bent
        self._recovering = False  # what was bent was passed over, and what follows is right
        self._answered_by: list[bytes] = []
        self._repeating = False
        self._waiting: list[bytes] = []
        self._outgoing: list[bytes] = []
        self._ask()

    def datagrams_to_send(self) -> list[bytes]:
        datagrams, self._outgoing = self._outgoing, []
        return datagrams

    def repeat(self) -> None:
        """The same datagrams once more: none came in time, either may be lost (RFC 7296, section 2.1)."""
        if not self.finished:
            self._outgoing = list(self._waiting)

    def silence(self) -> None:
        """Nothing answers what is open. Where that was bent under keys, the right message follows: it shows whether the gateway
        passed over the wrong one, and ends the SA."""
        if self._repeating:
            self._go_on()
        elif self._is_bent and self._voice is not None:
            self._is_bent, self._recovering = False, True
            self.seen.ended = Ended.SILENCE
            self._send(_USUAL[self._stage](self._voice))
        else:
            self.end(Ended.SILENCE)

    def end(self, ended: Ended, problem: str = "") -> None:
        """The first end counts; a silence that was recovered from stays one."""
        if not self.finished and not self._recovering:
            self.seen.ended, self.seen.problem = ended, problem
        self.finished = True

    def receive(self, datagram: bytes) -> None:
        """Takes in one datagram from the address that was asked."""
        if self.finished:
            return
        try:
            if not datagram.startswith(self._marker):
                raise MalformedMessage("a datagram without the marker of port 4500")
            bare = datagram[len(self._marker) :]
            message = Message.decode(bare)
            if message.initiator_spi != self._spi or not message.flags & Flag.RESPONSE:
                raise MalformedMessage("no answer to what is asked")
            if self._repeating:
                self._take_again(bare)
            elif self._voice is None:
                self._take_init(message, bare)
            else:
                self._take_protected(message, bare, self._voice)
        except MalformedMessage as error:
            self._drop(str(error))

    # IKE_SA_INIT

    def _ask(self) -> None:
        script = self._script
        groups = tuple(dict.fromkeys((self._group, *script.groups)))
        additional = () if script.method is None else (script.method,)
        question = offer((groups, additional), ke_group=self._group, suite=SUITE)
        usual = question.message(self._spi, self._nonce, on_wire(self._group, self._key.public))
        message = script.change(usual)
        if self._cookie is not None:  # First, before what is bent (RFC 7296, section 2.6).
            cookie = Payload(PayloadType.NOTIFY, Notify(NotifyType.COOKIE, self._cookie).encode())
            message = replace(message, payloads=(cookie, *message.payloads))
        self._spi = message.initiator_spi
        self.seen.question = message
        self._is_bent = script.bends_init
        self._send((script.frame(message.encode()),))

    def _take_init(self, message: Message, datagram: bytes) -> None:
        error = _error_of(message)
        if message.exchange != ExchangeType.IKE_SA_INIT and error is None:
            raise MalformedMessage("no answer to what is asked")
        if error is not None and not (error == NotifyType.INVALID_KE_PAYLOAD and self._script.follows):
            self._refused(error)
            return
        reply = decode_reply(message)
        if reply.kind is ReplyKind.COOKIE:
            self._cookies += 1
            if self._cookies > MOST_COOKIES:
                raise MalformedMessage("one more cookie")
            self._cookie = reply.cookie
            self._ask()
        elif reply.kind is ReplyKind.OTHER_GROUP and reply.group in GROUPS and reply.group != self._group:
            self._group = reply.group
            self._key = self._made(reply.group)
            self._ask()
        elif reply.kind is ReplyKind.CHOSEN and reply.chosen is not None:
            self.seen.answer, self.seen.reply = message, reply
            self.seen.reach(Progress.CHOSEN)
            self._begin(message, reply, reply.chosen)
            self._answered((datagram,))
        else:
            self.end(Ended.BROKEN, "an answer that is no answer to this offer")

    def _begin(self, message: Message, reply: Reply, chosen: Proposal) -> None:
        """The keys of the first exchange, where the choice is one that was offered."""
        seen, script = self.seen, self._script
        encryption = [each for each in chosen.transforms if each.kind == TransformType.ENCR]
        prfs = [value for value in chosen.values(TransformType.PRF) if value in PRFS]
        additional = tuple(value for value in chosen.values(TransformType.ADDKE1) if value)
        seen.method = additional[0] if additional else None
        wrong = (
            reply.group != self._group
            or len(encryption) != 1
            or (encryption[0].value, encryption[0].key_bits) not in SUITE.aead
            or len(prfs) != 1
            or additional not in ((), (script.method,))
        )
        if wrong:
            self.end(Ended.BROKEN, "the gateway chose what was not offered")
            return
        seen.public = KeyExchange.decode(message.of(PayloadType.KE)[0]).value
        try:
            secret = self._key.agree(from_wire(self._group, seen.public))
        except ValueError:
            self.end(Ended.BROKEN, "the gateway's public value is not valid")
            return
        spis = self._spi + message.responder_spi
        self._nonces = self._nonce + message.of(PayloadType.NONCE)[0]
        self._key_bytes = (encryption[0].key_bits or 0) // 8
        keys = first_keys(prfs[0], secret, self._nonces, spis, self._key_bytes)
        fragments = NotifyType.FRAGMENTATION_SUPPORTED in {each.kind for each in reply.notifications}
        key = KeyExchange(script.method or 0, b"" if self._kem is None else self._kem.public)
        self._voice = Voice(spis, keys, key, self._random, fragments=fragments)

    # Under keys

    def _go_on(self) -> None:
        """The next request."""
        self._repeating = False
        if self.finished or self._voice is None:
            return
        if self._stage is ExchangeType.IKE_AUTH:
            self.end(Ended.OURS)
            return
        additional = self._stage is ExchangeType.IKE_SA_INIT and self.seen.method is not None
        self._stage = ExchangeType.IKE_INTERMEDIATE if additional else ExchangeType.IKE_AUTH
        usual = _USUAL[self._stage]
        hook = self._script.key_exchange if additional else self._script.authentication
        self._is_bent = hook is not usual and not self._recovering
        self._send((hook if self._is_bent else usual)(self._voice))

    def _take_protected(self, message: Message, datagram: bytes, voice: Voice) -> None:
        outer = message.payloads[-1].kind if message.payloads else None
        if outer not in _PROTECTED:
            self._take_clear(message)
            return
        if (message.exchange, message.message_id) != self._expected or message.responder_spi != voice.spis[8:]:
            raise MalformedMessage("no answer to what is asked")
        payloads = self._opened(datagram)
        self._answered_by.append(datagram)
        if payloads is None:
            return
        seen = self.seen
        seen.opened += payloads
        seen.recovered = seen.recovered or self._recovering
        errors = [each.kind for each in _notifications(payloads) if each.is_error]
        if self._stage is ExchangeType.IKE_AUTH:
            if self._is_bent and errors and errors[0] != NotifyType.AUTHENTICATION_FAILED:
                self._refused(errors[0])
                return
            seen.notify = errors[0] if errors else None
            if not self._recovering:
                seen.reach(Progress.ANSWERED)
        elif errors:
            self._refused(errors[0])
            return
        else:
            self._take_ciphertext(payloads, voice)
        self._answered(tuple(self._answered_by))

    def _take_clear(self, message: Message) -> None:
        """An error without protection, where keys are in use: noted, and believed only of what was bent."""
        error = _error_of(message)
        if error is None:
            if self._is_bent and self._expected == (message.exchange, message.message_id):
                self._take_clear_answer(message)
                return
            raise MalformedMessage("an answer in the clear where keys are in use")
        self.seen.in_clear = True
        if self._is_bent:
            self._refused(error)

    def _take_clear_answer(self, message: Message) -> None:
        """It answers in the clear what must not be asked in the clear."""
        self.seen.in_clear = True
        if message.of(PayloadType.KE):
            self.seen.reach(Progress.ENCAPSULATED)
        self.end(Ended.BROKEN, "an answer in the clear where keys are in use")

    def _opened(self, datagram: bytes) -> tuple[Payload, ...] | None:
        """Under the keys in use, or under those before them."""
        for opener in self._openers[:-1]:
            try:
                return opener.open(datagram)
            except MalformedMessage:
                continue
        return self._openers[-1].open(datagram)

    def _take_ciphertext(self, payloads: tuple[Payload, ...], voice: Voice) -> None:
        shares = [KeyExchange.decode(each.body) for each in payloads if each.kind == PayloadType.KE]
        self.seen.ciphertext = shares[0] if shares else None
        if not self._recovering:
            self.seen.reach(Progress.ENCAPSULATED)
        if len(shares) != 1 or self._kem is None or len(shares[0].value) != self._kem.peer_bytes:
            self.end(Ended.BROKEN, "an answer to IKE_INTERMEDIATE without one ciphertext of the right size")
            return
        try:
            secret = self._kem.agree(shares[0].value)
        except ValueError:
            self.end(Ended.BROKEN, "a ciphertext that cannot be decapsulated")
            return
        voice.change_keys(voice.keys.renewed(secret, self._nonces, voice.spis, self._key_bytes))

    # Helpers

    def _answered(self, datagrams: Datagrams) -> None:
        """A request is through: it is repeated where the script says so, or the next one goes out."""
        if self._voice is None or self.finished:
            return
        if self._stage is not ExchangeType.IKE_SA_INIT:
            self._voice.number += 1
        if self._script.repeats is self._stage:
            self.seen.first, self._repeating = datagrams, True
            self.turn += 1
            self._outgoing = list(self._waiting)
            return
        self._go_on()

    def _take_again(self, datagram: bytes) -> None:
        self.seen.again = (*self.seen.again, datagram)
        if len(self.seen.again) >= len(self.seen.first):
            self._go_on()

    def _refused(self, error: int) -> None:
        self.seen.notify = error
        self.end(Ended.NOTIFY)

    def _drop(self, problem: str) -> None:
        self._dropped += 1
        self.seen.problem = self.seen.problem or problem
        if self._dropped > MOST_DROPPED:
            self.end(Ended.FLOOD, f"more than {MOST_DROPPED} datagrams that answer nothing")

    def _made(self, group: int) -> ComponentKey:
        return self._script.makers[GROUPS[group]]()

    def _send(self, datagrams: Datagrams) -> None:
        if datagrams and len(datagrams[0]) >= 24:
            self._expected = (datagrams[0][18], int.from_bytes(datagrams[0][20:24], "big"))
        if self._voice is not None:
            keys = (self._voice.older, self._voice.keys)
            self._openers = [Opener(each.to_initiator) for each in keys if each is not None]
        self._answered_by = []
        self.turn += 1
        self._waiting = [self._marker + each for each in datagrams]
        self._outgoing = list(self._waiting)


def _component(method: int) -> str:
    row = ike_number(IkeKind.KEY_EXCHANGE, method)
    return row.components[0] if row is not None else ""


def _notifications(payloads: tuple[Payload, ...]) -> list[Notify]:
    return [Notify.decode(each.body) for each in payloads if each.kind == PayloadType.NOTIFY]


def _error_of(message: Message) -> int | None:
    return next((each.kind for each in _notifications(message.payloads) if each.is_error), None)
