"""On which documents a unit's work rests: resolutions, plans, decisions, until when (R35)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pqscan.readiness.cells import Day, Reference, Text
from pqscan.readiness.sheet import Sheet


@dataclass(frozen=True, slots=True)
class LegalBasis:
    """One document of one unit, by number and symbol; `ends_on` is its last day, None for open."""

    unit: str
    number: str
    title: str
    issued_on: date | None = None
    ends_on: date | None = None
    note: str = ""

    def is_past(self, day: date) -> bool:
        """Whether it no longer holds on that day: to be flagged."""
        return self.ends_on is not None and self.ends_on < day


LEGAL_BASIS_SHEET = Sheet(
    "legal_basis",
    LegalBasis,
    (
        ("unit", Reference("unit")),
        ("number", Text(100)),
        ("title", Text(1000, lines=True)),
        ("issued_on", Day()),
        ("ends_on", Day()),
        ("note", Text(2000, lines=True)),
    ),
    key=("unit", "number"),
)
