"""Who was trained: headcount, trained, certificate and course per unit and year (R29)."""

from __future__ import annotations

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
