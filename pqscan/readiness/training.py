"""Who was trained: headcount, trained, certificate and course per unit and year (R29)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from pqscan.model.reason import Reason
from pqscan.readiness.cells import FIRST_YEAR, LAST_YEAR, Reference, Text, Whole
from pqscan.readiness.sheet import Sheet


@dataclass(frozen=True, slots=True)
class Training:
    """One unit's year and course; `headcount` are all who should be trained."""

    unit: str
    year: int
    course: str
    headcount: int | None = None
    trained: int | None = None
    certificate: str = ""
    note: str = ""

    @property
    def share(self) -> Fraction | None:
        """Trained of the headcount, exactly; None where either is missing or nobody is to be trained."""
        return Fraction(self.trained, self.headcount) if self.headcount and self.trained is not None else None


@dataclass(frozen=True, slots=True)
class UnitTraining:
    """What one unit says of a year, over its courses; None where it says nothing."""

    unit: str
    trained: int | None = None
    headcount: int | None = None


def trained_by_unit(rows: Iterable[Training], units: Iterable[str], year: int) -> tuple[UnitTraining, ...]:
    """Of each unit's courses of the year the one that most took part in: people of several courses may be the same, and are
    counted once. In the order of the units."""
    best: dict[str, tuple[int, int]] = {}
    for row in rows:
        if row.year == year and row.headcount is not None and row.trained is not None:
            people, trained = best.get(row.unit, (0, 0))
            best[row.unit] = max(people, row.headcount), max(trained, row.trained)
    return tuple(UnitTraining(unit, best[unit][1], best[unit][0]) if unit in best else UnitTraining(unit) for unit in units)


def _trained_fit(training: Training) -> Reason | None:
    if training.headcount is not None and training.trained is not None and training.trained > training.headcount:
        return Reason.of("trained_too_many", sheet="training", line=0, unit=training.unit, year=training.year)
    return None


TRAINING_SHEET = Sheet(
    "training",
    Training,
    (
        ("unit", Reference("unit")),
        ("year", Whole(FIRST_YEAR, LAST_YEAR)),
        ("course", Text(300)),
        ("headcount", Whole(0, 10_000_000)),
        ("trained", Whole(0, 10_000_000)),
        ("certificate", Text(300)),
        ("note", Text(2000, lines=True)),
    ),
    key=("unit", "year", "course"),
    check=_trained_fit,
)
