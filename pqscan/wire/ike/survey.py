"""What a responder of IKEv2 accepts, told by its answers to IKE_SA_INIT alone (RFC 7296, RFC 9370), without I/O.

Whether it takes ML-KEM is known after at most three questions: each answer but the last names a group or refuses, and then the
responder keeps nothing. Only the last question sends the group that the responder wants, to see what it would choose: one
half-open exchange, which it forgets by itself. That a responder chooses ML-KEM is what it says: strongSwan 6.0 may choose it
without being able to compute it, and only an IKE_INTERMEDIATE would show that.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field

from pqscan.errors import MalformedMessage
from pqscan.wire.ike.header import NON_ESP_MARKER, Message
from pqscan.wire.ike.offer import ALL_GROUPS, FAMILY_WITH, FAMILY_WITHOUT, ML_KEM, NOBODYS_METHOD, WHOLE_SUITE, Offer, offer
from pqscan.wire.ike.reply import Reply, ReplyKind, decode_reply, is_reply
from pqscan.wire.ike.shares import can_compute, public_value
from pqscan.wire.ike.words import TransformType

MOST_DATAGRAMS = 96
"""Enough for each transform alone and, twice, for as many groups as a responder takes."""
FEWEST_DATAGRAMS = 6
"""Enough for whether it takes ML-KEM, which of it, and what it would choose."""
COMMONEST = (31, 19, 20, 21, 14)
_MOST_GROUPS = 8  # of either kind in one question about something else: it stays one datagram that no network cuts
_DATAGRAMS_OF_CHOICE = 2  # the last question, and the same with a cookie
MOST_COOKIES = 2
"""How often a responder may demand another cookie for one question."""
_NONCE_BYTES = 32

Plan = Generator[Offer, Reply | None, None]


@dataclass(slots=True)
class SurveyResult:
    """What was learnt so far. `accepted` holds True and False for what was asked alone: (type, number, bits of a key or None).

    `ml_kem` is None while nothing shows it: False needs an answer to the same question without it. True is proven where
    `tells_apart`: a responder that passes over transform types which it does not know would name a group, too. `alone` is an ML-KEM
    that it takes as the only key exchange. `ml_kem_preferred`: the last
    question offered what it takes with it and without, and with was chosen. `wanted` is the group that it named, with ML-KEM where
    it takes that; `group_of` the one that it named for each method alone. `groups` in the order in which the responder wants them,
    without ML-KEM; `hybrid_groups` together with it. Where the first are complete and none, it demands ML-KEM. `not_offered`: it
    answered with something that no proposal named, and that answer was dropped.
    """

    ml_kem: bool | None = None
    tells_apart: bool = False
    alone: int | None = None
    ml_kem_preferred: bool | None = None
    wanted: int | None = None
    accepted: dict[tuple[TransformType, int, int | None], bool] = field(default_factory=dict)
    group_of: dict[int, int] = field(default_factory=dict)
    groups: list[int] = field(default_factory=list)
    groups_complete: bool = False
    hybrid_groups: list[int] = field(default_factory=list)
    hybrid_groups_complete: bool = False
    choice: Reply | None = None
    last_error: int | None = None
    answered: bool = False
    old_version: bool = False
    half_open: int = 0
    datagrams: int = 0
    cookies: int = 0
    dropped: int = 0
    not_offered: bool = False
    silent_with_additional: bool = False
    sent: list[bytes] = field(default_factory=list)
    received: list[bytes] = field(default_factory=list)


class IkeSurvey:
    """Send what `datagrams_to_send` gives, feed what comes; `repeat` or, when patience is over, `timed_out`; until `finished`.

    `random` gives so many bytes, `share` our public value for a group or None (`shares.public_value`). `most_datagrams` bounds
    all that is sent, repetitions and cookies included. `marked` is for port 4500. No datagram makes it raise anything: what does
    not answer the question that is open is dropped and counted.
    """

    def __init__(
        self,
        random: Callable[[int], bytes],
        share: Callable[[int, Callable[[int], bytes]], bytes | None] = public_value,
        *,
        most_datagrams: int = FEWEST_DATAGRAMS,
        marked: bool = False,
    ) -> None:
        self.result = SurveyResult()
        self.finished = False
        self._random = random
        self._share = share
        self._most_datagrams = min(most_datagrams, MOST_DATAGRAMS)
        self._marker = NON_ESP_MARKER if marked else b""
        self._outgoing: list[bytes] = []
        self._asked: tuple[Offer, bytes, bytes, bytes] | None = None  # with its SPI, nonce and share
        self._cookie: bytes | None = None
        self._cookies_here = 0
        self._first_wanted: int | None = None
        self._chooses = False  # whether the last question is under way
        self._plan = self._questions()
        self._go_on(lambda: next(self._plan))

    def datagrams_to_send(self) -> list[bytes]:
        datagrams, self._outgoing = self._outgoing, []
        return datagrams

    def receive(self, datagram: bytes) -> bool:
        """Take in one datagram from the address that was asked; whether it answers the question that is open."""
        if self.finished or self._asked is None:
            return False
        if not datagram.startswith(self._marker):
            self.result.dropped += 1
            return False
        try:
            message = Message.decode(datagram[len(self._marker) :])
            if not is_reply(message, self._asked[1]):
                raise MalformedMessage("no answer to what is asked")
            reply = decode_reply(message)
        except MalformedMessage:
            self.result.dropped += 1
            return False
        beyond = not _is_within(reply, self._asked[0])
        if beyond or (reply.kind is ReplyKind.COOKIE and self._cookies_here == MOST_COOKIES):
            self.result.not_offered |= beyond
            self.result.dropped += 1
            return False
        self.result.answered = True
        self.result.received.append(datagram)
        if reply.kind is ReplyKind.COOKIE:
            self._cookies_here += 1
            self.result.cookies += 1
            self._cookie = reply.cookie
            if self._chooses or self._most_datagrams - self.result.datagrams > _DATAGRAMS_OF_CHOICE:
                self._send()
            else:  # The choice, which will cost a cookie too, says more than this.
                self._go_on(lambda: self._plan.send(None))
            return True
        self._note(reply)
        self._go_on(lambda: self._plan.send(reply))
        return True

    def repeat(self) -> None:
        """The same datagram once more: none came in time, either may be lost (RFC 7296, section 2.1)."""
        if not self.finished:
            self._send()

    def timed_out(self) -> None:
        """The question that is open is given up."""
        if not self.finished:
            self._go_on(lambda: self._plan.send(None))

    def _go_on(self, step: Callable[[], Offer]) -> None:
        try:
            question = step()
        except StopIteration:
            self._end()
            return
        if self.result.half_open:  # Another one might become a second.
            self._end()
            return
        public = self._share(question.ke_group, self._random)
        if public is None:
            self._end()
            return
        self._asked = (question, self._random(8), self._random(_NONCE_BYTES), public)
        self._cookie, self._cookies_here = None, 0
        self._send()

    def _send(self) -> None:
        if self.result.datagrams == self._most_datagrams or self._asked is None:
            self._end()
            return
        question, spi, nonce, public = self._asked
        datagram = self._marker + question.message(spi, nonce, public, self._cookie).encode()
        self.result.datagrams += 1
        self.result.sent.append(datagram)
        self._outgoing.append(datagram)

    def _end(self) -> None:
        self.finished = True
        self._asked = None
        self._plan.close()

    def _note(self, reply: Reply) -> None:
        if reply.kind is ReplyKind.CHOSEN:
            self.result.half_open += 1
            self.result.choice = reply
        elif reply.kind is ReplyKind.OLD_VERSION:
            self.result.old_version = True
        elif reply.kind is ReplyKind.ERROR:
            self.result.last_error = reply.error

    def _left(self) -> int:
        """Questions that may still be asked before the last one; two datagrams each where a cookie is demanded of us."""
        cost = 2 if self.result.cookies else 1
        return (self._most_datagrams - self.result.datagrams) // cost - 1

    def _questions(self) -> Plan:
        result = self.result
        wanted = result.wanted = yield from self._about_ml_kem()
        if wanted is None or result.half_open:
            return
        if result.ml_kem:
            yield from self._about_methods()
        elif result.ml_kem is False:
            yield from self._about_ml_kem_alone()
        if result.half_open:
            return
        yield from self._about_groups()
        yield from self._about_transforms(wanted)
        if not result.half_open:
            yield from self._about_choice(wanted)

    def _about_methods(self) -> Plan:
        """Each ML-KEM by itself. Where none of them is refused, a method that nobody has must be: before the last size, where there
        is no datagram left for both."""
        result = self.result
        for place, method in enumerate(ML_KEM):
            if place == len(ML_KEM) - 1 and self._left() == 1 and not result.tells_apart:
                break
            yield from self._whether(TransformType.ADDKE1, method, offer((ALL_GROUPS, (method,))))
            result.tells_apart |= result.accepted.get((TransformType.ADDKE1, method, None)) is False
        if not result.tells_apart and not result.half_open and self._left() >= 1:
            control = yield offer((ALL_GROUPS, (NOBODYS_METHOD,)))
            result.tells_apart = control is not None and control.kind is ReplyKind.NO_PROPOSAL
            if control is not None and control.group is not None:
                result.ml_kem = None

    def _about_ml_kem_alone(self) -> Plan:
        """As the first and only key exchange, which is allowed as well (draft-ietf-ipsecme-ikev2-mlkem). The KE payload is of a
        proposal that nobody takes."""
        if self._left() < 1:
            self.result.ml_kem = None
            return
        reply = yield offer((ML_KEM, ()), ((), (NOBODYS_METHOD,)))
        if reply is not None and reply.group in ML_KEM:
            self.result.alone = reply.group
        elif reply is None or reply.kind is not ReplyKind.NO_PROPOSAL:
            self.result.ml_kem = None

    def _about_choice(self, wanted: int) -> Plan:
        """What it would choose among all that it was seen to take, with ML-KEM and without; where datagrams are left, among the
        commonest groups as well. Where it wants another group than the one that is sent, it is asked once more with that."""
        result, self._chooses = self.result, True
        named = tuple(dict.fromkeys((self._first_wanted or wanted, wanted, *result.groups[:_MOST_GROUPS])))
        if self._left() >= 1 and not result.groups:
            named = tuple(dict.fromkeys((*named, *COMMONEST)))
        additional = tuple(dict.fromkeys((wanted, *result.group_of.values(), *result.hybrid_groups[:_MOST_GROUPS])))
        named, additional = tuple(filter(can_compute, named)), tuple(filter(can_compute, additional))
        if not named or (result.ml_kem and not additional):  # Nothing of what it wants can be sent to it.
            return
        parts = ((additional, ML_KEM), (named, ())) if result.ml_kem else ((named, ()),)
        group = named[0]
        for _ in range(2):
            last = yield offer(*parts, ke_group=group)
            if last is None or last.kind is not ReplyKind.OTHER_GROUP or last.group is None:
                break
            group = last.group
        if result.ml_kem and result.choice is not None and result.choice.chosen is not None:
            result.ml_kem_preferred = bool(result.choice.chosen.values(TransformType.ADDKE1))
            result.tells_apart |= result.ml_kem_preferred

    def _about_ml_kem(self) -> Generator[Offer, Reply | None, int | None]:
        """The group that the responder wants; None where it wants none."""
        result = self.result
        first = yield offer((FAMILY_WITH, ML_KEM), (FAMILY_WITHOUT, ()))
        self._first_wanted = None if first is None else first.group
        if first is not None and _with_ml_kem(first, FAMILY_WITH):
            result.ml_kem = True
            return first.group
        if first is not None and first.kind in (ReplyKind.OLD_VERSION, ReplyKind.ERROR):
            return None
        if first is not None:
            second = yield offer((ALL_GROUPS, ML_KEM))
            if second is not None and _with_ml_kem(second, ALL_GROUPS):
                result.ml_kem = True
                return second.group
            if first.group is not None:  # The same responder took the same without ML-KEM: its refusal counts.
                result.ml_kem = False if second is not None and second.kind is ReplyKind.NO_PROPOSAL else None
                return first.group
        control = yield offer((ALL_GROUPS, ()))
        if control is None or control.group is None:
            return None
        if first is None:
            result.silent_with_additional = True
        elif second is not None and second.kind is ReplyKind.NO_PROPOSAL:
            result.ml_kem = False
        return control.group

    def _whether(self, kind: TransformType, value: int, question: Offer, key_bits: int | None = None) -> Plan:
        """Asks only while a datagram is left for the last question."""
        if self._left() < 1 or self.result.half_open:
            return
        reply = yield question
        if reply is not None and reply.group is not None:
            self.result.accepted[kind, value, key_bits] = True
            if kind is TransformType.ADDKE1:
                self.result.group_of[value] = reply.group
        elif reply is not None and reply.kind is ReplyKind.NO_PROPOSAL:
            self.result.accepted[kind, value, key_bits] = False

    def _about_groups(self) -> Plan:
        """With ML-KEM and without: each answer names the group wanted most of those that are left, the last one refuses."""
        result = self.result
        if result.ml_kem:
            result.hybrid_groups_complete = yield from self._eliminate(result.hybrid_groups, ML_KEM)
        result.groups_complete = yield from self._eliminate(result.groups, ())

    def _eliminate(self, found: list[int], additional: tuple[int, ...]) -> Generator[Offer, Reply | None, bool]:
        """Whether all are found."""
        left = list(ALL_GROUPS)
        while left and self._left() >= 1 and self._most_datagrams > FEWEST_DATAGRAMS and not self.result.half_open:
            reply = yield offer((tuple(left), additional))
            if reply is None or reply.group not in left:
                return reply is not None and reply.kind is ReplyKind.NO_PROPOSAL
            found.append(reply.group)
            left.remove(reply.group)
        return not left

    def _about_transforms(self, wanted: int) -> Plan:
        """Each alone, together with every group that is taken: a responder may tie the two to each other."""
        if self._most_datagrams <= FEWEST_DATAGRAMS:
            return
        suite, result = WHOLE_SUITE, self.result
        parts: list[tuple[tuple[int, ...], tuple[int, ...]]] = []
        if result.ml_kem:
            parts.append((tuple(result.hybrid_groups[:_MOST_GROUPS]) or (wanted,), ML_KEM))
        if result.groups or not parts:
            parts.append((tuple(result.groups[:_MOST_GROUPS]) or (wanted,), ()))
        candidates = (
            *((TransformType.ENCR, *each) for each in (*suite.aead, *suite.encryption)),
            *((TransformType.INTEG, each, None) for each in suite.integrity),
            *((TransformType.PRF, each, None) for each in suite.prf),
        )
        for kind, value, bits in candidates:
            yield from self._whether(kind, value, offer(*parts, suite=suite.narrowed(kind, value, bits)), bits)


def _is_within(reply: Reply, asked: Offer) -> bool:
    """Whether a group that is named stands in one proposal of the question, or all that is chosen with one transform of each of its
    types (RFC 7296, section 3.3)."""
    if reply.chosen is not None:
        kinds = sorted(each.kind for each in reply.chosen.transforms)
        return any(
            set(reply.chosen.transforms) <= set(proposal.transforms)
            and kinds == sorted({each.kind for each in proposal.transforms})
            for proposal in asked.proposals
        )
    return reply.group is None or any(reply.group in proposal.values(TransformType.KE) for proposal in asked.proposals)


def _with_ml_kem(reply: Reply, groups: tuple[int, ...]) -> bool:
    if reply.kind is ReplyKind.CHOSEN and reply.chosen is not None:
        return any(method in ML_KEM for method in reply.chosen.values(TransformType.ADDKE1))
    return reply.kind is ReplyKind.OTHER_GROUP and reply.group in groups
