"""Burn-down and trend: how many findings were in which state at the end of each month, per policy and unit, from history alone.

Units stand in the order of their codes: nothing here ranks them. What is not known is counted beside what is.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import accumulate
from typing import TYPE_CHECKING

from pqscan.app.deciding import KeptDecisions
from pqscan.app.history import Answers, Question, misses_of
from pqscan.errors import UsageError
from pqscan.model.target import Target
from pqscan.readiness.counting import Counts, counted
from pqscan.readiness.identity import Moves
from pqscan.readiness.life import LifeState, Seen, end_of

if TYPE_CHECKING:
    from pqscan.store.repository import Store

MOST_DAYS = 1_200


class Step(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


_MONTHS = {Step.MONTH: 1, Step.QUARTER: 3, Step.YEAR: 12}


@dataclass(frozen=True, slots=True)
class TrendLine:
    """The findings of one policy on the targets of one unit (None: no system of the register claims them), one count a day."""

    policy: str
    unit: str | None
    counts: tuple[Mapping[LifeState, int], ...]


@dataclass(frozen=True, slots=True)
class Trend:
    """`days` are the days counted; `lines` by policy and unit. `asked` are the targets that had been asked by each day, `silent`
    those among them of which nothing was learned until then, whatever the policy."""

    days: tuple[date, ...]
    lines: tuple[TrendLine, ...]
    asked: tuple[int, ...]
    silent: tuple[int, ...]


UnitOf = Callable[[Target], str | None]


def trend(
    store: Store,
    asked: Question,
    first: date | None = None,
    step: Step = Step.MONTH,
    *,
    unit_of: UnitOf | None = None,
    keep: Callable[[Target], bool] | None = None,
) -> Trend:
    """The states at the end of each step from `first` (the first run) to the question's day, that day last.

    `keep` picks targets. Raises UsageError where that are too many days, or none."""
    begin = first or min((run.started_at.date() for run in store.runs()), default=asked.as_of)
    days = tuple(days_of(begin, asked.as_of, step))
    history = store.history(asked.where, asked.probe)
    kept = (past for past in history if keep is None or keep(past.sighting.target))
    answered = _Answered(days)
    seen = answered.watch(Answers(store, asked).seen(kept))
    alike: Counter[tuple[Counts, str | None]] = Counter()
    for target, found in counted(seen, KeptDecisions(store), Moves(asked.aliases), days, misses_of(store)):
        if found.rows:
            alike[found, None if unit_of is None else unit_of(target)] += 1
    counts: dict[tuple[str, str | None], list[Counter[LifeState]]] = {}
    for (found, unit), targets in alike.items():
        for policy, states, number in found.rows:
            columns = counts.setdefault((policy, unit), [Counter() for _ in days])
            for state, column in zip(states, columns, strict=True):
                if state is not None:
                    column[state] += number * targets
    order = {edition.id: place for place, edition in enumerate(asked.policies)}
    lines = [
        TrendLine(policy, unit, tuple(dict(sorted(column.items())) for column in columns))
        for (policy, unit), columns in counts.items()
    ]
    lines.sort(key=lambda line: (order.get(line.policy, len(order)), line.unit is None, line.unit or ""))
    return Trend(days, tuple(lines), tuple(answered.asked), tuple(answered.silent))


def days_of(first: date, last: date, step: Step) -> Iterator[date]:
    """The ends of the steps from `first` on, and `last`. Raises UsageError where there are none or too many."""
    if first > last:
        raise UsageError(f"{first.isoformat()} lies after {last.isoformat()}: give the earlier day first")
    for count, end in enumerate(_ends(first, step), 1):
        if end >= last:
            break
        if count > MOST_DAYS:
            raise UsageError(f"a trend has at most {MOST_DAYS} days: choose a longer step or a later beginning")
        yield end
    yield last


def _ends(first: date, step: Step) -> Iterator[date]:
    end = first
    try:
        if step in _MONTHS:
            while True:
                end = _month_end(end, _MONTHS[step])
                yield end
                end += timedelta(days=1)
        while True:
            yield end
            end += timedelta(days=7 if step is Step.WEEK else 1)
    except (OverflowError, ValueError):  # The calendar ends.
        yield date.max


def _month_end(day: date, months: int) -> date:
    """The last day of the month, quarter or year that the day lies in."""
    month = day.month + (-day.month % months)
    begins_next = date(day.year + 1, 1, 1) if month == 12 else date(day.year, month + 1, 1)
    return begins_next - timedelta(days=1)


@dataclass(slots=True)
class _Answered:
    """Counts targets while their intervals pass by: those asked until each day, and those that had told nothing until then."""

    days: tuple[date, ...]
    asked: list[int] = field(default_factory=list)
    silent: list[int] = field(default_factory=list)

    def watch(self, seen: Iterable[Seen]) -> Iterator[Seen]:
        ends = [end_of(day) for day in self.days]
        asked, told = [0] * (len(ends) + 1), [0] * (len(ends) + 1)
        target: Target | None = None
        first: datetime | None = None
        learned: datetime | None = None

        def count() -> None:
            if first is not None:
                asked[bisect_left(ends, first)] += 1
            if learned is not None:
                told[bisect_left(ends, learned)] += 1

        for one in seen:
            if target is None or (one.target is not target and one.target != target):
                count()
                target, first, learned = one.target, None, None
            if first is None or one.first_seen < first:
                first = one.first_seen
            if one.answer is not None and (learned is None or one.first_seen < learned):
                learned = one.first_seen
            yield one
        count()
        self.asked = list(accumulate(asked[:-1]))
        self.silent = [count - known for count, known in zip(self.asked, accumulate(told[:-1]), strict=True)]
