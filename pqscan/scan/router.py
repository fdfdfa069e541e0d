"""Which probe asks a place first, and which after it: the port or the user says what to try, the server's answer what it is.

A place that is alive and told nothing (silence, a hang-up without a word, an answer that is like nothing) is asked what is left,
the least harm first (`unasked` in registry/data/services.toml), each on one connection unless it is answered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from pqscan.errors import UsageError
from pqscan.model.outcome import Outcome, OutcomeStatus
from pqscan.model.target import NetworkTarget
from pqscan.probe import NetworkProbe
from pqscan.registry import services
from pqscan.registry.services import Protocol

MOST_KNOCKS = 6
"""Connections that a place which tells nothing is asked more."""

_FIRST = "tls"
"""What is tried over TCP where neither the user nor the port says anything: a hello of TLS makes most others say what they are."""


@dataclass(frozen=True, slots=True)
class Question:
    """A target with the probe that asks it; `target.starttls` is what that probe says before TLS. `knocks`: nobody and nothing
    named this protocol, so that one connection is all unless it is answered."""

    probe: NetworkProbe
    target: NetworkTarget
    knocks: bool = False

    @property
    def words(self) -> tuple[str, str | None]:
        """What is said: asked twice, it would be the same."""
        return self.probe.name, self.target.starttls


@dataclass(frozen=True, slots=True)
class Step:
    """What a place was asked and how that ended. `heard`: it sent at least one byte."""

    question: Question
    outcome: Outcome
    heard: bool

    @property
    def like(self) -> str:
        """The word for the protocol that the answer begins like; empty where it is none, or none that is known."""
        if self.outcome.status is not OutcomeStatus.WRONG_PROTOCOL or self.outcome.detail is None:
            return ""
        return str(dict(self.outcome.detail.parameters).get("what", ""))

    @property
    def told_nothing(self) -> bool:
        """Whether the place is alive and what it speaks as open as before."""
        if self._misread:
            return True
        if self.outcome.profile is not None or not self.outcome.connections_used:
            return False
        match self.outcome.status:
            case OutcomeStatus.TIMED_OUT | OutcomeStatus.CLOSED_EARLY:
                return not self.heard
            case OutcomeStatus.WRONG_PROTOCOL:
                return not self.like
        return False

    @property
    def told(self) -> bool:
        """Whether a knock was answered in the words of its protocol, or in those of one that no probe asks."""
        outcome = self.outcome
        if self._misread:
            return False
        if outcome.status is OutcomeStatus.THROTTLED:
            return outcome.detail is not None and outcome.detail.code == "starttls_put_off"  # Else this machine may have run short.
        is_other = bool(self.like) and services.protocol_like(self.like) is None
        return outcome.profile is not None or outcome.status is OutcomeStatus.REJECTED or is_other

    @property
    def _misread(self) -> bool:
        """Bytes that begin as the answer to a knock might, and go on otherwise: they are none, and no fact."""
        return self.question.knocks and self.outcome.status is OutcomeStatus.MALFORMED


class Router:
    """Chooses among the probes of a run. With one probe alone, that one asks everything."""

    def __init__(self, probes: Iterable[NetworkProbe], most_knocks: int = MOST_KNOCKS) -> None:
        self._probes = {probe.name: probe for probe in probes}
        if not self._probes:
            raise UsageError("a scan needs a probe")
        self._only = next(iter(self._probes.values())) if len(self._probes) == 1 else None
        self._most_knocks = most_knocks

    def first(self, target: NetworkTarget, service: str = "") -> Question:
        """`service` is the protocol that the user named; `target.starttls` is kept where it is set already."""
        if self._only is not None or target.starttls is not None:
            return Question(self._only or self._probes["tls"], target)
        usual = services.protocol(service) if service else services.usual_protocol(target.port, target.transport.value)
        return self._question(usual or services.protocol(_FIRST), target)

    def after(self, steps: Sequence[Step]) -> Question | None:
        """What is asked after these: the probe for what the answer looked like, else what is left for a place that told nothing.
        Nothing is asked twice. None where what has come stands (`standing`)."""
        if self._only is not None:
            return None
        last = steps[-1]
        asked = {step.question.words for step in steps}
        if last.like:
            meant = services.protocol_like(last.like)
            if meant is None or meant.transport != last.question.target.transport.value:
                return None
            question = self._question(meant, last.question.target)
            return None if question.words in asked else question
        if not all(step.told_nothing for step in steps) or sum(step.question.knocks for step in steps) >= self._most_knocks:
            return None
        for protocol in services.asked_of_the_silent(last.question.target.transport.value):
            question = replace(self._question(protocol, last.question.target), knocks=True)
            if protocol.probe in self._probes and question.words not in asked:
                return question
        return None

    def again(self, target: NetworkTarget, probe: str) -> Question:
        """A second try of what that probe asked."""
        known = self._probes.get(probe)
        return self.first(target) if known is None else Question(known, target)

    def _question(self, meant: Protocol | None, target: NetworkTarget) -> Question:
        probe = None if meant is None else self._probes.get(meant.probe)
        if meant is None or probe is None:
            return Question(next(iter(self._probes.values())), target)
        return Question(probe, target if target.starttls == meant.starttls else replace(target, starttls=meant.starttls))


def standing(steps: Sequence[Step]) -> Step:
    """The step that the place is kept as, with all its connections and all its time: the last one, unless that was a knock that was
    not answered. What a wrong first word brought is no fact."""
    first, last = steps[0], steps[-1]
    kept = first if last.question.knocks and not last.told else last
    outcome = kept.outcome
    if kept is not first and kept.question.knocks and kept.like:  # Our word was wrong: the place is no service of that protocol.
        outcome = replace(outcome, target=first.question.target, probe=first.outcome.probe)
    outcome = replace(
        outcome,
        started_at=first.outcome.started_at,
        connections_used=sum(step.outcome.connections_used for step in steps),
        elapsed_seconds=sum(step.outcome.elapsed_seconds for step in steps),
    )
    return replace(kept, outcome=outcome)


def only(make: Callable[[], NetworkProbe]) -> Router:
    """Everything to one probe. `partial(only, ThatProbe)` is a factory that other processes can be sent."""
    return Router((make(),))
