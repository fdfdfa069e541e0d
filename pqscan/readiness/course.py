"""What a row of answers says of each weakness, whatever the times at which they came: targets that answered alike share it.

Thousands of targets give the same answers in the same order, each at moments of its own. What shows, what is proven gone and what
is left open is thought through once for all of them; when it was so is `life.py`'s."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from operator import attrgetter

from pqscan.policy.finding import Finding
from pqscan.readiness.absence import Proof, Shown
from pqscan.readiness.identity import Mark
from pqscan.readiness.turns import Fact

_MOST_KNOWN = 20_000
_ORDER = attrgetter("policy", "rule", "subject", "value", "role")  # That of marks, which compare themselves slowly.


@dataclass(frozen=True, slots=True)
class Weakness:
    """One finding of an answer that a policy holds against it. `contexts` are the versions in which it shows; `since` is the day
    from which on it is one (an expired certificate was none before)."""

    finding: Finding
    contexts: frozenset[str | None]
    since: date | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What one answer means. `undetermined` are marks of which nothing can be said: neither there nor gone; `marks` those of the
    weak, `dated` those among them that are weaknesses from a day of their own on. Equal only to itself, so that what was thought
    through once for thousands of targets is looked up quickly."""

    weak: Mapping[Mark, Weakness]
    undetermined: frozenset[Mark]
    proof: Proof
    depth: int
    marks: frozenset[Mark] = field(init=False)
    dated: frozenset[Mark] = field(init=False)

    def __post_init__(self) -> None:
        dated = frozenset(mark for mark, weakness in self.weak.items() if weakness.since is not None)
        object.__setattr__(self, "marks", frozenset(self.weak))
        object.__setattr__(self, "dated", dated)


Row = tuple[Answer | None, ...]
"""Answers in the order in which they were first given; None where nothing was learned."""
Facts = tuple[Fact | None, ...]
"""What each answer of a row says of one weakness; None: nothing."""


class Settling:
    """Whether later answers settle a weakness, asked one after another."""

    def __init__(self, mark: Mark) -> None:
        self._mark = mark
        self._contexts: frozenset[str | None] = frozenset()
        self._depth = 0
        self._was_shown = False

    def shown(self, weakness: Weakness, depth: int) -> Fact:
        self._contexts, self._depth, self._was_shown = self._contexts | weakness.contexts, max(self._depth, depth), True
        return Fact.SHOWN

    def of(self, answer: Answer | None) -> Fact | None:
        """Of an answer in which it does not show."""
        if answer is None:
            return Fact.SILENT
        if not self._was_shown or self._mark in answer.undetermined:
            return None
        asked = Shown(self._mark.subject, self._mark.value, self._contexts, self._depth)
        return Fact.GONE if answer.proof.settles(asked) else None


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """`facts` by mark, in the order of the marks; None for one that begins on a day of its own, which times decide: those are
    `dated`. Equal only to itself."""

    facts: Mapping[Mark, Facts | None]
    dated: tuple[Mark, ...] = ()


class Courses:
    """Those of all rows of answers that were met; a bounded number is remembered."""

    def __init__(self) -> None:
        self._known: dict[Row, Course] = {}

    def of(self, row: Row) -> Course:
        found = self._known.get(row)
        if found is None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            found = self._known[row] = _course(row)
        return found


def _course(row: Row) -> Course:
    given = [answer for answer in row if answer is not None]
    known = frozenset[Mark]().union(*(answer.marks for answer in given))
    dated = frozenset[Mark]().union(*(answer.dated for answer in given))
    always = known.intersection(*(answer.marks for answer in given)) - dated
    throughout: Facts = tuple(Fact.SILENT if answer is None else Fact.SHOWN for answer in row)
    alike: dict[Facts, Facts] = {throughout: throughout}
    facts: dict[Mark, Facts | None] = {}
    for mark in sorted(known, key=_ORDER):
        if mark in dated:
            facts[mark] = None
        elif mark in always:  # As most are: whatever was answered, it showed.
            facts[mark] = throughout
        else:
            told = _facts(row, mark)
            facts[mark] = alike.setdefault(told, told)
    return Course(facts, tuple(mark for mark, told in facts.items() if told is None))


def _facts(row: Row, mark: Mark) -> Facts:
    settling = Settling(mark)
    told = []
    for answer in row:
        weakness = None if answer is None else answer.weak.get(mark)
        told.append(settling.of(answer) if weakness is None or answer is None else settling.shown(weakness, answer.depth))
    return tuple(told)
