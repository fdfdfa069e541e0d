"""Readiness of an estate in shares of states, each figure traceable to its rows (R16).

What is unknown and what is out of the assessment stay in the whole; nothing is weighted and no unit is ranked. The four regimes
never stand in one total without their split; of the military one targets are only counted (R08)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from pqscan.model.reason import Reason
from pqscan.model.target import Target
from pqscan.policy.rule import Purpose
from pqscan.policy.state import State
from pqscan.readiness.system import Regime, System, SystemKind

FORMULA = Reason.of("figure_share")
NOT_STATED = ""
"""The value of a dimension that nobody stated; targets of no system are here."""


class Category(StrEnum):
    """Where a target stands for one purpose: a state, or out of the assessment."""

    EXCLUSIVE = "exclusive"
    DEFAULT = "default"
    CAPABLE = "capable"
    VULNERABLE = "vulnerable"
    BROKEN = "broken"
    UNKNOWN = "unknown"
    NONE = "none"
    OUT_OF_ASSESSMENT = "out_of_assessment"


_CATEGORY_OF = {state: Category.OUT_OF_ASSESSMENT if state is State.OUTSIDE else Category(state.value) for state in State}


class Dimension(StrEnum):
    REGIME = "regime"
    KIND = "kind"
    UNIT = "unit"


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One target for one purpose: what a figure is counted from. Empty text: nobody stated it."""

    target: Target
    purpose: Purpose
    category: Category
    system: str
    regime: str
    kind: str
    unit: str

    def value(self, dimension: Dimension) -> str:
        match dimension:
            case Dimension.REGIME:
                return self.regime
            case Dimension.KIND:
                return self.kind
            case Dimension.UNIT:
                return self.unit


def figure_row(target: Target, purpose: Purpose, state: State, system: System | None) -> FigureRow:
    """Systems that carry state secrets and military ones are counted and not judged."""
    if system is None:
        return FigureRow(target, purpose, _CATEGORY_OF[state], NOT_STATED, NOT_STATED, NOT_STATED, NOT_STATED)
    is_outside = system.carries_state_secrets or system.regime is Regime.MILITARY
    category = Category.OUT_OF_ASSESSMENT if is_outside else _CATEGORY_OF[state]
    regime = NOT_STATED if system.regime is None else system.regime.value
    return FigureRow(target, purpose, category, system.code, regime, system.kind.value, system.owner or NOT_STATED)


@dataclass(frozen=True, slots=True)
class Figure:
    """Counts by category of one value of one dimension; `share` gives part and whole, never a rounded number."""

    purpose: Purpose
    dimension: Dimension
    value: str
    counts: Mapping[Category, int]

    @property
    def whole(self) -> int:
        return sum(self.counts.values())

    def share(self, category: Category) -> tuple[int, int]:
        return self.counts.get(category, 0), self.whole


@dataclass(frozen=True, slots=True)
class Split:
    """A total that cannot be had without its split by regime."""

    total: Mapping[Category, int]
    regimes: tuple[Figure, ...]

    @property
    def whole(self) -> int:
        return sum(self.total.values())


class Estate:
    """The figures of the rows given; the rows of every figure are there to recount it."""

    def __init__(self, rows: Iterable[FigureRow]) -> None:
        self._rows = tuple(rows)

    def figures(self, purpose: Purpose, dimension: Dimension) -> tuple[Figure, ...]:
        """One figure for each value that occurs, in a fixed order; of regimes, each of the four."""
        counts: dict[str, Counter[Category]] = {value: Counter() for value in _always(dimension)}
        for row in self._rows:
            if row.purpose is purpose:
                counts.setdefault(row.value(dimension), Counter())[row.category] += 1
        return tuple(Figure(purpose, dimension, value, dict(counts[value])) for value in _in_order(dimension, counts))

    def split(self, purpose: Purpose) -> Split:
        regimes = self.figures(purpose, Dimension.REGIME)
        total: Counter[Category] = Counter()
        for figure in regimes:
            total.update(figure.counts)
        return Split(dict(total), regimes)

    def rows(self, figure: Figure, category: Category | None = None) -> tuple[FigureRow, ...]:
        """What the figure was counted from; with a category, what stands in that one."""
        return tuple(
            row
            for row in self._rows
            if row.purpose is figure.purpose and row.value(figure.dimension) == figure.value and category in (None, row.category)
        )


def _always(dimension: Dimension) -> tuple[str, ...]:
    return tuple(regime.value for regime in Regime) if dimension is Dimension.REGIME else ()


def _in_order(dimension: Dimension, values: Iterable[str]) -> list[str]:
    """Closed values as they are declared, units by their code; what nobody stated last."""
    declared = {
        Dimension.REGIME: [regime.value for regime in Regime],
        Dimension.KIND: [kind.value for kind in SystemKind],
        Dimension.UNIT: [],
    }[dimension]
    place = {value: number for number, value in enumerate(declared)}
    return sorted(values, key=lambda value: (value == NOT_STATED, place.get(value, len(place)), value))
