"""How many findings were in which state at the end of each of some days: what `life.py` tells, without a `Life` for each of them.

Targets that answered alike, in the same order and between the same of these days, have the same counts: those are made once, by the
very code that makes a life. What people decided on one finding, and what begins on a day of its own, is counted one by one."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from pqscan.model.target import Target
from pqscan.readiness.course import Course, Courses, Facts
from pqscan.readiness.decision import Decision
from pqscan.readiness.identity import Identity, Keys, Mark, Moves
from pqscan.readiness.life import History, Misses, Seen, end_of, lives, stories
from pqscan.readiness.turns import LifeState, Turn

_MOST_KNOWN = 50_000

States = tuple[LifeState | None, ...]
"""At the end of each day; None before the finding was first seen."""


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Findings of one target by policy and states. Equal only to itself: thousands of targets share one."""

    rows: tuple[tuple[str, States, int], ...]


def counted(
    seen: Iterable[Seen], decisions: Mapping[bytes, Sequence[Decision]], moves: Moves, days: Sequence[date], misses: Misses
) -> Iterator[tuple[Target, Counts]]:
    """Target by target what became of its findings; of a target that moved, under the place where each was seen last.

    `days` are in their order, the last is the day in question; `seen` and `decisions` are as in `lives`."""
    counter = _Counter(decisions, days, misses)
    moved: list[Seen] = []

    def staying() -> Iterator[Seen]:
        for one in seen:
            if moves.concern(one.target):
                moved.append(one)
            else:
                yield one

    for identity, probe, story in stories(staying(), moves, days[-1]):
        if story:
            yield story[0].target, counter.of(identity, probe, story)
    for life in lives(moved, decisions, moves, days[-1], misses):
        yield life.target, Counts(((life.mark.policy, counter.states(life.turns), 1),))


@dataclass(frozen=True, slots=True, eq=False)
class _Pattern:
    """What answers say, by policy, with the number of weaknesses of which they say it; of many courses the same."""

    rows: tuple[tuple[str, Facts, int], ...]


class _Counter:
    def __init__(self, decisions: Mapping[bytes, Sequence[Decision]], days: Sequence[date], misses: Misses) -> None:
        self._decisions = decisions if len(decisions) else None
        self._ends = [end_of(day) for day in days]
        self._as_of = days[-1]
        self._misses = misses
        self._courses = Courses()
        self._patterns: dict[tuple[tuple[str, Facts, int], ...], _Pattern] = {}
        self._pattern_of: dict[Course, _Pattern] = {}
        self._known: dict[tuple[object, ...], Counts] = {}

    def of(self, identity: Identity, probe: str, story: list[Seen]) -> Counts:
        course = self._courses.of(tuple(one.answer for one in story))
        if not course.facts:
            return _NOTHING
        decided = self._decided(identity, probe, course)
        if decided or course.dated:
            return self._one_by_one(story, course, decided)
        pattern = self._pattern_of.get(course) or self._pattern(course)
        key = (pattern, self._when(story), self._missed(story))
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            found = self._known[key] = self._together(story, course, pattern)
        return found

    def states(self, turns: Sequence[Turn]) -> States:
        """At the end of each day, from states one after another."""
        found: list[LifeState | None] = []
        state, next_turn = None, 0
        for end in self._ends:
            while next_turn < len(turns) and turns[next_turn].at <= end:
                state, next_turn = turns[next_turn].state, next_turn + 1
            found.append(state)
        return tuple(found)

    def _decided(self, identity: Identity, probe: str, course: Course) -> Mapping[Mark, Sequence[Decision]]:
        if self._decisions is None:
            return {}
        keys = Keys(identity, probe)
        found = ((mark, self._decisions.get(keys.key(mark), ())) for mark in course.facts)
        return {mark: taken for mark, taken in found if taken}

    def _pattern(self, course: Course) -> _Pattern:
        if len(self._pattern_of) >= _MOST_KNOWN:
            self._pattern_of.clear()
            self._patterns.clear()
        told = Counter((mark.policy, facts) for mark, facts in course.facts.items() if facts is not None)
        rows = tuple((policy, facts, number) for (policy, facts), number in told.items())
        found = self._pattern_of[course] = self._patterns.setdefault(rows, _Pattern(rows))
        return found

    def _together(self, story: list[Seen], course: Course, pattern: _Pattern) -> Counts:
        history = History(story, course, self._as_of, self._misses)
        counts: Counter[tuple[str, States]] = Counter()
        for policy, facts, number in pattern.rows:
            turns = history.turns_of(facts)
            if turns:
                counts[policy, self.states(turns)] += number
        return _counts(counts)

    def _one_by_one(self, story: list[Seen], course: Course, decided: Mapping[Mark, Sequence[Decision]]) -> Counts:
        history = History(story, course, self._as_of, self._misses)
        counts: Counter[tuple[str, States]] = Counter()
        for mark in course.facts:
            turns = history.turns(mark, decided.get(mark, ()))
            if turns:
                counts[mark.policy, self.states(turns)] += 1
        return _counts(counts)

    def _when(self, story: list[Seen]) -> tuple[object, ...]:
        """All that states at the ends of days depend on: between which days each answer was first given. Where answers of several
        depths overlap, also in which order they began and ended, and between which days they ended."""
        begun = tuple(self._place(one.first_seen) for one in story)
        before: Seen | None = None
        for one in story:
            if before is not None and one.first_seen <= before.last_seen:
                break
            before = one
        else:
            return begun
        moments = sorted({moment for one in story for moment in (one.first_seen, one.last_seen)})
        ranks = {moment: rank for rank, moment in enumerate(moments)}
        ended = tuple(self._place(one.last_seen) for one in story)
        return begun, ended, tuple((ranks[one.first_seen], ranks[one.last_seen]) for one in story)

    def _missed(self, story: list[Seen]) -> int | None:
        missed = self._misses.first_after({run for one in story for run in one.runs}, max(one.last_seen for one in story))
        return None if missed is None else self._place(missed)

    def _place(self, moment: datetime) -> int:
        """The first day at whose end the moment has come."""
        return bisect_left(self._ends, moment)


def _counts(counts: Counter[tuple[str, States]]) -> Counts:
    return Counts(tuple((policy, states, number) for (policy, states), number in counts.items()))


_NOTHING = Counts(())
