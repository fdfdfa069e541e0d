"""Asks without I/O: generators that yield what to do next and are sent the answer, with every refusal held against a control.

A refusal counts when a control, a hello of the same size that asks only for what is known to be good, is answered after it.
Where the control fails too, the peer throttles: refusals since the last success are void, and the inquiry waits and asks again.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import TypeVar

from pqscan.wire.tls.answer import Answer, Ending
from pqscan.wire.tls.client_hello import Offer
from pqscan.wire.tls.words import AlertDescription, Version


@dataclass(frozen=True, slots=True)
class Ask:
    """Open one connection and send `offer`, with real key shares for the groups in `real_shares` where we can make them.

    `only_resistant`: a retry is followed to a post-quantum group alone; of any other its name is enough."""

    offer: Offer
    real_shares: tuple[int, ...] = ()
    follow_retry: bool = True
    only_resistant: bool = False
    most_hello_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """Do nothing for so many seconds, as a back-off. Answered with whether there was time for it."""

    seconds: float


ResultT = TypeVar("ResultT")
Inquiry = Generator[Ask | Wait, Answer | bool, ResultT]
"""Yields steps; an `Ask` is sent an `Answer`, a `Wait` a bool."""

_CLEAR_REFUSALS = frozenset(
    {
        AlertDescription.HANDSHAKE_FAILURE,
        AlertDescription.ILLEGAL_PARAMETER,
        AlertDescription.PROTOCOL_VERSION,
        AlertDescription.INSUFFICIENT_SECURITY,
        AlertDescription.INAPPROPRIATE_FALLBACK,
        AlertDescription.MISSING_EXTENSION,
        AlertDescription.UNRECOGNIZED_NAME,
        AlertDescription.NO_APPLICATION_PROTOCOL,
    }
)
_INCONCLUSIVE = {
    Ending.SILENCE: "silence",
    Ending.RESET: "reset",
    Ending.CLOSED: "closed_early",
    Ending.MALFORMED: "malformed",
    Ending.WRONG_PROTOCOL: "wrong_protocol",
}
_NOBODYS_POINT = 0x8A8A  # GREASE (RFC 8701)
_MOST_CONNECTIONS = 1000  # An exhaustive survey of a server with every suite there is takes some 400.
_BACK_OFF_SECONDS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 16.0)
_CALM_ANSWERS = 8  # after so many the inquiry goes on a little faster again
_PACE_SECONDS = (0.0, 0.25, 0.5, 1.0, 2.0)


class Throttled(Exception):
    """The peer stopped answering and did not recover in time. Never leaves this package: the survey keeps what it has."""


def reason_of(answer: Answer) -> str:
    """Why an answer proves nothing; empty where it is a choice or a refusal."""
    if answer.said_no:
        return ""
    if answer.picked_unoffered:
        return "malformed"  # It neither kept to what was asked nor said no.
    return _INCONCLUSIVE.get(answer.ending, "")


def _closed_in_order(answer: Answer) -> bool:
    """Without an alert, before it chose anything."""
    return answer.ending is Ending.CLOSED and answer.cipher_suite is None


class Inquirer:
    """Asks one peer. Holds what is known to be good, how hard the peer pushed back, and how gently to go on."""

    def __init__(self) -> None:
        self._good: tuple[Offer, Version, int] | None = None  # the newest success: what was offered, and what came of it
        self.throttled = 0
        self.asked = 0  # connections so far
        self.refusals_in_a_row = 0
        self.flights = 0  # handshakes that were carried through, or a plain server flight that came whole
        self.malformed = 0  # answers that broke a rule
        self.last_malformed = ""  # and how
        self._gently = 0  # how slowly to go: one more for each time the peer pushed back, one less after enough answers
        self._calm = 0  # answers since it last pushed back
        self._closes: bool | None = None  # whether it refuses by closing; None where that was not asked
        self._own_refusals: set[int] = set()  # alerts that came again, the same, after a control
        self.real_share: int | None = None  # the group of the share that a peer without HelloRetryRequest wants in each hello
        self.hopeless_shapes = 0  # hellos that drew the same inconclusive end twice although controls worked

    def ask(self, ask: Ask, *, expected_alert: int | None = None) -> Inquiry[Answer]:
        """One hello, again after a back-off where the peer had stopped answering. Raises Throttled.

        An inconclusive end on a peer whose controls work comes back as it is, asked twice at most; once where it is an alert
        that the peer is known to end such hellos with."""
        answer = yield from self.once(ask)
        unsure = reason_of(answer) or (
            not answer.said_yes and answer.alert is not None and not self._is_clear(answer, expected_alert)
        )
        if not unsure or self._good is None:
            return answer
        in_order = _closed_in_order(answer)
        if in_order and self._closes:
            answer.closing_means_no = True  # Its word for no: whoever asked holds a control against it, as against an alert.
            return answer
        yield from self.control(answer.hello_bytes)
        if in_order and (yield from self._closes_to_refuse(answer.hello_bytes)):
            answer.closing_means_no = True
            return answer
        about_schemes = in_order and self._lacks_but_schemes(ask.offer)
        if reason_of(answer) and self.hopeless_shapes >= 3 and not about_schemes:
            return answer  # This peer never says no in words: asking everything twice would only cost it connections.
        again = yield from self.once(ask)
        if again.alert is not None and again.alert == answer.alert:
            self._own_refusals.add(again.alert)  # A control was answered between the two: this is how this peer says no.
        if reason_of(again):
            self.hopeless_shapes += 1
            yield from self.control(again.hello_bytes)
            again.closing_means_no = about_schemes and _closed_in_order(again)
        return again

    def _lacks_but_schemes(self, refused: Offer) -> bool:
        """In TLS 1.2: all that the control chose was listed and no scheme that the control did not list, so that a close is about
        schemes that were left out. rustls has an alert where no suite fits and none where its key signs in no scheme listed."""
        control = self.control_offer
        return (
            control is not None
            and refused.newest == control.newest == Version.TLS12
            and set(refused.schemes) < set(control.schemes)
            and set(control.cipher_suites) <= set(refused.cipher_suites)
            and set(control.groups) <= set(refused.groups)
        )

    def _closes_to_refuse(self, size_bytes: int) -> Inquiry[bool]:
        """Does this peer close in order on a hello that nobody can accept, twice, and answer a control after each? Asked once.

        Then such a close is its word for no; a reset or silence never is."""
        offer = self.control_offer
        if self._closes is None and offer is not None:
            # In TLS 1.3 by the groups: mbedTLS has an alert where no suite fits and none where no group does.
            size = max(0, size_bytes - 5)
            if offer.newest >= Version.TLS13:
                impossible = replace(offer, groups=(_NOBODYS_POINT,), size_bytes=size)
            else:
                impossible = replace(offer, cipher_suites=(_NOBODYS_POINT,), size_bytes=size)
            ends: list[Ending] = []
            for _ in range(2):
                answer = yield from self.once(Ask(impossible))
                ends.append(answer.ending)
                yield from self.control(size_bytes)
            self._closes = ends == [Ending.CLOSED, Ending.CLOSED]
        return bool(self._closes)

    def _is_clear(self, answer: Answer, expected_alert: int | None) -> bool:
        return answer.alert in _CLEAR_REFUSALS or answer.alert in self._own_refusals or answer.alert == expected_alert

    def ask_doubting(self, ask: Ask) -> Inquiry[Answer]:
        """As `ask`, and a refusal in words is believed only where it comes again after a control. Raises Throttled."""
        answer = yield from self.ask(ask)
        if answer.ending is not Ending.ALERT or self._good is None:
            return answer
        yield from self.control(answer.hello_bytes)
        answer = yield from self.once(ask)
        return answer

    def once(self, ask: Ask) -> Inquiry[Answer]:
        """One hello, whatever becomes of it. Raises Throttled where there is no time left to be gentle."""
        pace = _PACE_SECONDS[min(self._gently, len(_PACE_SECONDS) - 1)]
        if pace:
            yield from _wait(pace)
        answer = yield from self._answer(ask)
        if answer.said_yes:
            self.refusals_in_a_row = 0
            self._calm += 1
            if self._calm >= _CALM_ANSWERS and self._gently:
                self._gently, self._calm = self._gently - 1, 0
            self._remember(ask.offer, answer)
        else:
            self.refusals_in_a_row += 1
        return answer

    def _remember(self, offer: Offer, answer: Answer) -> None:
        version, suite = answer.version, answer.chosen_suite
        if version is not None and suite is not None and version in offer.versions and suite in offer.cipher_suites:
            self._good = (offer, version, suite)

    @property
    def control_offer(self) -> Offer | None:
        """The newest success is the best control: the suite it chose, among the groups that it was chosen with."""
        if self._good is None:
            return None
        offer, version, suite = self._good
        return replace(
            offer,
            versions=(version,),
            cipher_suites=(suite,),
            schemes=offer.certificate_schemes or offer.schemes,
            shares=(),
            grease_share=version >= Version.TLS13,
            size_bytes=0,
        )

    def _answer(self, ask: Ask) -> Inquiry[Answer]:
        if self.asked >= _MOST_CONNECTIONS:
            raise Throttled  # No peer is worth more: something in its answers leads us round.
        self.asked += 1
        answer = yield ask
        if not isinstance(answer, Answer):
            raise TypeError("an Ask is answered with an Answer")
        self.flights += answer.ending is Ending.FLIGHT
        if answer.ending is Ending.MALFORMED or answer.picked_unoffered:
            self.malformed += 1
            self.last_malformed = answer.problem or "it chose what was not offered"
        return answer

    def control(self, size_bytes: int, special: Ask | None = None) -> Inquiry[Answer]:
        """Ask for what is known to be good, in the size of what was refused; wait and ask again until it is answered.

        `special` is a control of the caller's making. The answer has `said_yes`; where it took waiting, `self.throttled`
        has grown. Raises Throttled."""
        offer = special.offer if special else self.control_offer
        if offer is None:
            raise Throttled
        padded = replace(offer, size_bytes=max(0, size_bytes - 5)) if offer.newest >= Version.TLS10 else offer
        shares = special.real_shares if special else ()
        if self.real_share is not None and not shares and offer.newest >= Version.TLS13:
            groups = tuple(dict.fromkeys((self.real_share, *padded.groups)))
            padded, shares = replace(padded, groups=groups, grease_share=False), (self.real_share,)
        ask = Ask(padded, shares, follow_retry=False)
        answer = yield from self.once(ask)
        if answer.said_yes:
            return answer
        self._gently, self._calm = self._gently + 1, 0
        for seconds in _BACK_OFF_SECONDS:
            self.throttled += 1
            yield from _wait(seconds)
            answer = yield from self._answer(ask)
            if answer.said_yes:
                return answer
        raise Throttled


def _wait(seconds: float) -> Inquiry[None]:
    had_time = yield Wait(seconds)
    if not had_time:
        raise Throttled
