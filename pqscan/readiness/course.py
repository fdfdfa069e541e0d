"""What a row of answers says of each weakness, whatever the times at which they came: targets that answered alike share it.

Thousands of targets give the same answers in the same order, each at moments of its own. What shows, what is proven gone and what
is left open is thought through once for all of them; when it was so is `life.py`'s."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from pqscan.policy.finding import Finding
from pqscan.readiness.absence import Proof, Shown
from pqscan.readiness.identity import Mark
from pqscan.readiness.turns import Fact

_MOST_KNOWN = 20_000


@dataclass(frozen=True, slots=True)
class Weakness:
    """One finding of an answer that a policy holds against it. `contexts` are the versions in which it shows; `since` is the day
    from which on it is one (an expired certificate was none before)."""

    finding: Finding
    contexts: frozenset[str | None]
    since: date | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What one answer means. `undetermined` are marks of which nothing can be said: neither there nor gone. Equal only to itself,
    so that what was thought through once for thousands of targets is looked up quickly."""

    weak: Mapping[Mark, Weakness]
    undetermined: frozenset[Mark]
    proof: Proof
    depth: int


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


@dataclass(frozen=True, slots=True)
class Course:
    """`facts` by mark, in the order of the marks; None for one that begins on a day of its own, which times decide."""

    facts: Mapping[Mark, Facts | None]


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
    marks = sorted({mark for answer in row if answer is not None for mark in answer.weak})
    alike: dict[Facts, Facts] = {}
    facts: dict[Mark, Facts | None] = {}
    for mark in marks:
        told = _facts(row, mark)
        facts[mark] = None if told is None else alike.setdefault(told, told)
    return Course(facts)


def _facts(row: Row, mark: Mark) -> Facts | None:
    settling, told = Settling(mark), []
    for answer in row:
        weakness = None if answer is None else answer.weak.get(mark)
        if weakness is None or answer is None:
            told.append(settling.of(answer))
        elif weakness.since is not None:
            return None
        else:
            told.append(settling.shown(weakness, answer.depth))
    return tuple(told)
