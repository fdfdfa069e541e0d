"""The states of a finding one after another, from facts and decisions in the order of their time.

Facts weigh more than words: what is proven gone is fixed whatever was decided, and what comes back after that is a regression
on which earlier decisions no longer count. A waiver ends by itself after its last day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import IntEnum, StrEnum
from itertools import accumulate

from pqscan.errors import UsageError
from pqscan.model.reason import Reason
from pqscan.readiness.decision import Decision, DecisionState


class LifeState(StrEnum):
    """In the order in which they are shown. Open are the first four."""

    OPEN = "open"
    REGRESSED = "regressed"
    PLANNED = "planned"
    IN_PROGRESS = "in_progress"
    DEPENDS_UPSTREAM = "depends_upstream"
    DEPENDS_VENDOR = "depends_vendor"
    DEPENDS_CENTRAL = "depends_central"
    DISPUTED = "disputed"
    WAIVED = "waived"
    ACCEPTED = "accepted"
    NOT_SEEN_AGAIN = "not_seen_again"
    RETIRED = "retired"
    OUT_OF_SCOPE = "out_of_scope"
    FIXED = "fixed"

    @property
    def is_unsettled(self) -> bool:
        """Whether somebody still has to do something about it here."""
        return self in _UNSETTLED


_UNSETTLED = frozenset({LifeState.OPEN, LifeState.REGRESSED, LifeState.PLANNED, LifeState.IN_PROGRESS})
_DECIDED: dict[DecisionState, LifeState] = {
    state: LifeState(state.value) for state in DecisionState if state is not DecisionState.REOPENED
}


class Fact(IntEnum):
    """What an attempt says of a weakness. Of two at one moment the greater counts: what was seen is there."""

    SILENT = 0  # The target gave no answer.
    GONE = 1  # Proven: asked, answered, not there.
    SHOWN = 2


@dataclass(frozen=True, slots=True, order=True)
class Point:
    """One fact at one moment, with the run that saw it (empty: the run saw nothing at all)."""

    at: datetime
    fact: Fact
    run: str


@dataclass(frozen=True, slots=True)
class Turn:
    """From this moment on the finding is in this state; `reason` is why, `decision` what people had decided then."""

    at: datetime
    state: LifeState
    reason: Reason
    decision: Decision | None = None


def decision_state(text: str) -> DecisionState:
    """The decision of that name. Raises UsageError for one that people cannot make: what is fixed, regressed or not seen again,
    scans say alone."""
    try:
        return DecisionState(text)
    except ValueError:
        pass
    if text in set(LifeState):
        raise UsageError(
            f"nobody decides that a finding is {text}: only a later scan says so; ask the target again with `pqscan verify`"
        )
    raise UsageError(f"there is no decision {text}; choose among {', '.join(DecisionState)}")


_REASON_NEEDED = frozenset(DecisionState) - {DecisionState.PLANNED, DecisionState.IN_PROGRESS}


def require_allowed(state: LifeState, decision: Decision, in_force: Decision | None, today: date) -> None:
    """Whether this decision may be taken on a finding in this state. Raises UsageError saying what is missing."""
    wanted = decision.state
    if not decision.by.strip():
        raise UsageError("a decision needs a name: say who takes it with --by")
    if state is LifeState.FIXED and wanted is not DecisionState.OUT_OF_SCOPE:
        raise UsageError("the finding is proven fixed: there is nothing left to decide")
    if wanted is DecisionState.REOPENED and in_force is None:
        raise UsageError("nothing was decided on the finding, so nothing can be taken back")
    if wanted in _REASON_NEEDED and not decision.reason.strip():
        raise UsageError(f"the decision {wanted.value} needs a reason: give one with --reason")
    if wanted is DecisionState.PLANNED and (decision.deadline is None or not decision.fixer.strip()):
        raise UsageError("a plan needs a day and somebody who fixes it: give --deadline and --fixer")
    if wanted is DecisionState.WAIVED:
        if decision.expires_on is None or not decision.compensation.strip():
            raise UsageError("a waiver needs its last day and what protects meanwhile: give --expires and --compensation")
        if decision.expires_on < today:
            raise UsageError(f"the waiver's last day, {decision.expires_on.isoformat()}, is over: give a later one")
    elif decision.expires_on is not None:
        raise UsageError(f"only a waiver expires: leave out --expires, or waive instead of {wanted.value}")


def turns(facts: Iterable[Point], decisions: Sequence[Decision], as_of: date) -> tuple[Turn, ...]:
    """The states up to the end of a day, oldest first. Empty where the weakness was not seen until then.

    `decisions` are in the order in which they were taken. Where a clock ran back between two of them the later one counts all the
    same: the one before is held to have been taken no later."""
    machine = _Machine()
    end = datetime.combine(as_of, time.max, UTC)
    for at, happened in sorted(_happenings(facts, decisions), key=_order):
        if at <= end:
            machine.take(at, happened)
    return tuple(machine.turns)


@dataclass(frozen=True, slots=True)
class _Expiry:
    """The moment after the last day of a waiver."""

    waiver: Decision


_Happening = Point | Decision | _Expiry


def _happenings(facts: Iterable[Point], decisions: Sequence[Decision]) -> Iterator[tuple[datetime, _Happening]]:
    for point in facts:
        yield point.at, point
    times = list(accumulate((decision.at for decision in reversed(decisions)), min))
    for decision, taken in zip(decisions, reversed(times), strict=True):
        yield taken, decision
        last = decision.expires_on if decision.state is DecisionState.WAIVED else None
        if last is not None and last < date.max:
            ends = datetime.combine(last, time.min, UTC) + timedelta(days=1)
            yield max(ends, taken), _Expiry(decision)


def _order(row: tuple[datetime, _Happening]) -> tuple[datetime, int]:
    """At one moment: silence, proof, sight, then what people decide, then what expires."""
    at, happened = row
    if isinstance(happened, Point):
        return at, int(happened.fact)
    return at, 3 if isinstance(happened, Decision) else 4


class _Machine:
    """Takes what happens in the order of time."""

    def __init__(self) -> None:
        self.turns: list[Turn] = []
        self._fact: Fact | None = None  # None: not seen yet.
        self._is_back = False
        self._decision: Decision | None = None

    def take(self, at: datetime, happened: _Happening) -> None:
        if isinstance(happened, Point):
            reason = self._take_fact(happened)
        elif isinstance(happened, Decision):
            self._decision = None if happened.state is DecisionState.REOPENED else happened
            reason = Reason.of("life_decided", by=happened.by)
        elif happened.waiver is self._decision:
            self._decision = None
            reason = Reason.of("life_waiver_expired", day=_day(happened.waiver.expires_on))
        else:
            return
        if self._fact is None:
            return
        state = self._state()
        if not self.turns or self.turns[-1].state is not state or self.turns[-1].decision is not self._decision:
            self.turns.append(Turn(at, state, reason, self._decision))

    def _take_fact(self, point: Point) -> Reason:
        before, fact = self._fact, point.fact
        if before is None and fact is not Fact.SHOWN:
            return Reason.of("life_seen", run=point.run)
        if before is Fact.GONE and fact is Fact.SILENT:
            return Reason.of("life_gone", run=point.run)  # The proof stands; silence neither adds to it nor takes it away.
        self._fact = fact
        if fact is Fact.SILENT:
            return Reason.of("life_silent", run=point.run) if point.run else Reason.of("life_missed")
        if fact is Fact.GONE:
            return Reason.of("life_gone", run=point.run)
        held = self._decision
        if before is Fact.GONE:
            self._is_back = True
            if held is not None and held.state is not DecisionState.OUT_OF_SCOPE:
                self._decision = None
            return Reason.of("life_back", run=point.run)
        if held is not None and held.state is DecisionState.RETIRED and point.at > held.at:
            self._decision = None
            return Reason.of("life_not_retired", run=point.run)
        return Reason.of("life_seen" if before is None else "life_seen_again", run=point.run)

    def _state(self) -> LifeState:
        decided = None if self._decision is None else self._decision.state
        if decided is DecisionState.OUT_OF_SCOPE:
            return LifeState.OUT_OF_SCOPE
        if self._fact is Fact.GONE:
            return LifeState.FIXED
        if decided is DecisionState.RETIRED:
            return LifeState.RETIRED
        if self._fact is Fact.SILENT:
            return LifeState.NOT_SEEN_AGAIN
        if decided is not None:
            return _DECIDED[decided]
        return LifeState.REGRESSED if self._is_back else LifeState.OPEN


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()
