"""A finding's life: what it is on a day, derived from what scans saw and what people decided. Nothing of it is stored.

What scans saw comes as `Seen`, one a sighting interval, with what the interval's answer means (`Answer`). "Fixed" is said by a
later answer alone that proves the weakness gone (`absence.py`); a target that no longer answers is "not seen again", whatever
the reason: switched off, renumbered, or behind a new wall.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

from pqscan.model.target import Target
from pqscan.policy.finding import Finding
from pqscan.readiness.course import Answer, Course, Courses, Facts, Settling, Weakness
from pqscan.readiness.decision import Decision
from pqscan.readiness.identity import Identity, Keys, Mark, Moves
from pqscan.readiness.turns import Fact, LifeState, Point, Turn, turns

__all__ = ["Answer", "Life", "LifeState", "Misses", "Seen", "Turn", "Weakness", "end_of", "lives"]


@dataclass(frozen=True, slots=True)
class Seen:
    """One sighting interval. `answer` is None where nothing was learned; `runs` are the first and the last run of it."""

    target: Target
    probe: str
    first_seen: datetime
    last_seen: datetime
    runs: tuple[str, str]
    answer: Answer | None


class Misses:
    """Runs that ended, by scope: a target that one of its own scopes no longer finds has not been seen again."""

    def __init__(self, ended: Iterable[tuple[str, datetime, object]]) -> None:
        """Takes (run, when it began, its scope) of runs that were finished."""
        self._scope_of: dict[str, object] = {}
        self._begun: dict[object, list[datetime]] = {}
        for run, started_at, scope in sorted(ended, key=lambda row: row[1]):
            self._scope_of[run] = scope
            self._begun.setdefault(scope, []).append(started_at)

    def first_after(self, runs: Iterable[str], moment: datetime) -> datetime | None:
        """When the first later run of a scope of these runs began; None where there is none."""
        scopes = {self._scope_of[run] for run in runs if run in self._scope_of}
        later = ((self._begun[scope], bisect_right(self._begun[scope], moment)) for scope in scopes)
        return min((begun[place] for begun, place in later if place < len(begun)), default=None)


@dataclass(frozen=True, slots=True)
class Life:
    """One finding on one day. `target` is where it was seen last; `finding` is what was found then. `turns` are the states it
    has had, oldest first; `decision` is the one in force. `settled` is the interval that proved the weakness gone, last."""

    key: bytes
    identity: Identity
    target: Target
    probe: str
    mark: Mark
    finding: Finding
    state: LifeState
    turns: tuple[Turn, ...]
    decision: Decision | None
    first_seen: datetime
    last_seen: datetime
    shown: Seen
    settled: Seen | None = None

    @property
    def since(self) -> datetime:
        """When the present state began; another decision that led to the same state did not begin it anew."""
        begun = self.turns[-1].at
        for turn in reversed(self.turns):
            if turn.state is not self.state:
                break
            begun = turn.at
        return begun

    def state_on(self, day: date) -> LifeState | None:
        """The state at the end of a day; None before the finding was first seen."""
        end = end_of(day)
        return next((turn.state for turn in reversed(self.turns) if turn.at <= end), None)


def end_of(day: date) -> datetime:
    """The last moment of a day, in UTC."""
    return datetime.combine(day, time.max, UTC)


def lives(
    seen: Iterable[Seen],
    decisions: Mapping[bytes, Sequence[Decision]],
    moves: Moves,
    as_of: date,
    misses: Misses | None = None,
    wanted: Callable[[bytes], bool] | None = None,
) -> Iterator[Life]:
    """Every life as of the end of a day. `seen` comes target by target and probe by probe (the order of the store), and so do the
    lives; those of targets that moved come last. `decisions` are all on a finding, in the order in which they were taken. `wanted`
    picks findings by their key."""
    tell = partial(_of_one, decisions=decisions, as_of=as_of, misses=misses or Misses(()), wanted=wanted, courses=Courses())
    for identity, probe, intervals in stories(seen, moves, as_of):
        yield from tell(identity, probe, intervals)


Story = tuple[Identity, str, list[Seen]]
"""The intervals of one target and probe that began by the day in question, the oldest first."""


def stories(seen: Iterable[Seen], moves: Moves, as_of: date) -> Iterator[Story]:
    """What belongs together, in the order of `seen`; what belongs to targets that moved comes last."""
    end = end_of(as_of)
    moved: dict[tuple[Identity, str], list[Seen]] = {}
    target: Target | None = None
    probe = ""
    together: list[Seen] = []
    for interval in seen:
        if moves.concern(interval.target):
            for identity, part in _parted(interval, moves):
                moved.setdefault((identity, part.probe), []).append(part)
            continue
        if target is None or interval.probe != probe or (interval.target is not target and interval.target != target):
            if target is not None:
                yield moves.identity(target, as_of), probe, _in_order(together, end)
            target, probe, together = interval.target, interval.probe, []
        together.append(interval)
    if target is not None:
        yield moves.identity(target, as_of), probe, _in_order(together, end)
    for (identity, probe), parts in moved.items():
        yield identity, probe, _in_order(parts, end)


def _in_order(intervals: Iterable[Seen], end: datetime) -> list[Seen]:
    return sorted((one for one in intervals if one.first_seen <= end), key=lambda one: (one.first_seen, one.last_seen))


def _parted(interval: Seen, moves: Moves) -> Iterator[tuple[Identity, Seen]]:
    """The interval, cut at the days on which somebody else came to stand there."""
    cuts = [datetime.combine(day, time.min, UTC) for day in moves.days(interval.target)]
    first = interval.first_seen
    for cut in (cut for cut in cuts if interval.first_seen < cut <= interval.last_seen):
        yield (
            moves.identity(interval.target, first.date()),
            replace(interval, first_seen=first, last_seen=cut - timedelta(seconds=1)),
        )
        first = cut
    yield moves.identity(interval.target, first.date()), replace(interval, first_seen=first)


def _of_one(
    identity: Identity,
    probe: str,
    seen: list[Seen],
    *,
    decisions: Mapping[bytes, Sequence[Decision]],
    as_of: date,
    misses: Misses,
    wanted: Callable[[bytes], bool] | None,
    courses: Courses,
) -> Iterator[Life]:
    course = courses.of(tuple(one.answer for one in seen))
    if not course.facts:
        return
    history = History(seen, course, as_of, misses)
    keys = Keys(identity, probe)
    for mark in course.facts:
        key = keys.key(mark)
        if wanted is not None and not wanted(key):
            continue
        life = history.life(key, identity, probe, mark, decisions)
        if life is not None:
            yield life


@dataclass(frozen=True, slots=True)
class _Told:
    """What the intervals say of one weakness, or of several alike; where it shows first and last, and where it was last proven
    gone."""

    points: tuple[Point, ...]
    first: Seen | None
    last: Seen | None
    settled: Seen | None


class History:
    """The intervals of one target and probe, asked for one weakness after another. Those that came and went together are thought
    through once."""

    def __init__(self, seen: list[Seen], course: Course, as_of: date, misses: Misses) -> None:
        self._seen = seen
        self._course = course
        self._as_of = as_of
        self._end = end_of(as_of)
        self._told: dict[Facts, _Told] = {}
        self._known: dict[tuple[object, ...], tuple[Turn, ...]] = {}
        last = max(one.last_seen for one in seen)
        missed = misses.first_after({run for one in seen for run in one.runs}, last)
        self._missed = missed if missed is not None and missed <= self._end else None
        self._newest = max(seen, key=lambda one: (one.last_seen, one.first_seen))
        self._held_until = self._missed or self._end  # The newest answer is held to be given still, until a run misses it.

    def life(
        self, key: bytes, identity: Identity, probe: str, mark: Mark, decisions: Mapping[bytes, Sequence[Decision]]
    ) -> Life | None:
        told, had = self._course_of(mark, decisions.get(key, ()))
        last = told.last
        if told.first is None or last is None or last.answer is None or not had:
            return None
        return Life(
            key,
            identity,
            last.target,
            probe,
            mark,
            last.answer.weak[mark].finding,
            had[-1].state,
            had,
            had[-1].decision,
            _begin(told.first, mark),
            min(last.last_seen, self._end),
            last,
            told.settled,
        )

    def turns(self, mark: Mark, decided: Sequence[Decision] = ()) -> tuple[Turn, ...]:
        """The states of one weakness, the oldest first; empty where it was not seen by the day in question."""
        return self._course_of(mark, decided)[1]

    def turns_of(self, facts: Facts) -> tuple[Turn, ...]:
        """Those of weaknesses of which the answers say this, and on which nobody decided."""
        return turns(self._alike(facts).points, (), self._as_of)

    def _course_of(self, mark: Mark, decided: Sequence[Decision]) -> tuple[_Told, tuple[Turn, ...]]:
        facts = self._course.facts[mark]
        told = self._dated(mark) if facts is None else self._alike(facts)
        pattern = (facts, tuple(id(decision) for decision in decided))
        had = None if facts is None else self._known.get(pattern)
        if had is None:
            had = self._known[pattern] = turns(told.points, decided, self._as_of)
        return told, had

    def _alike(self, facts: Facts) -> _Told:
        told = self._told.get(facts)
        if told is None:
            told = self._told[facts] = self._tell((one, one.first_seen, fact) for one, fact in zip(self._seen, facts, strict=True))
        return told

    def _dated(self, mark: Mark) -> _Told:
        """Of a weakness that is one from a day on, as of an expired certificate: its facts begin no earlier."""
        told: list[tuple[Seen, datetime, Fact | None]] = []
        settling = Settling(mark)
        for one in self._seen:
            weakness = None if one.answer is None else one.answer.weak.get(mark)
            if weakness is None or one.answer is None:
                told.append((one, one.first_seen, settling.of(one.answer)))
                continue
            begin = one.first_seen
            if weakness.since is not None:
                begin = max(begin, datetime.combine(weakness.since, time.min, UTC))
                if begin > (self._held_until if one is self._newest else min(one.last_seen, self._end)):
                    continue  # It was seen only before it became one.
            told.append((one, begin, settling.shown(weakness, one.answer.depth)))
        return self._tell(told)

    def _tell(self, facts: Iterable[tuple[Seen, datetime, Fact | None]]) -> _Told:
        points: list[Point] = []
        first: Seen | None = None
        last: Seen | None = None
        settled: Seen | None = None
        for one, begin, fact in facts:
            if fact is None:
                continue
            if fact is Fact.SHOWN:
                first = first or one
                last = one if last is None or one.last_seen >= last.last_seen else last
            elif fact is Fact.GONE:
                settled = one
            points.append(Point(begin, fact, one.runs[0]))
            until = max(begin, one.last_seen)
            if until > begin and one.last_seen <= self._end:  # Of one that goes on later nothing is known on the day itself.
                points.append(Point(until, fact, one.runs[1]))
        if self._missed is not None:
            points.append(Point(self._missed, Fact.SILENT, ""))
        return _Told(tuple(points), first, last, settled)


def _begin(seen: Seen, mark: Mark) -> datetime:
    weakness = None if seen.answer is None else seen.answer.weak.get(mark)
    if weakness is None or weakness.since is None:
        return seen.first_seen
    return max(seen.first_seen, datetime.combine(weakness.since, time.min, UTC))
