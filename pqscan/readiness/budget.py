"""Money for cybersecurity against the whole of information technology and digital transformation (R28: at least 15 %)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from pqscan.model.reason import Reason
from pqscan.readiness.cells import FIRST_YEAR, LAST_YEAR, Money, Reference, Text, Whole
from pqscan.readiness.sheet import Sheet

LEAST_SHARE = Fraction(15, 100)
"""Directive 57-CT/TW's action programme, II.3; Law 116/2025, Article 38.1 (read in a secondary source)."""


class BudgetState(StrEnum):
    MET = "met"
    NOT_MET = "not_met"
    NO_FIGURES = "no_figures"  # chưa có số liệu


@dataclass(frozen=True, slots=True)
class Budget:
    """One unit's year, in whole units of the register's currency; None: not stated, which is not nothing."""

    unit: str
    year: int
    total: int | None = None
    security: int | None = None
    post_quantum: int | None = None
    note: str = ""

    @property
    def share(self) -> Fraction | None:
        """The security part of the total, exactly; None where either is missing or the total is nothing."""
        return Fraction(self.security, self.total) if self.total and self.security is not None else None

    def state(self, least: Fraction = LEAST_SHARE) -> BudgetState:
        if self.share is None:
            return BudgetState.NO_FIGURES
        return BudgetState.MET if self.share >= least else BudgetState.NOT_MET


def _parts_fit(budget: Budget) -> Reason | None:
    parts = ((budget.total, budget.security), (budget.security, budget.post_quantum), (budget.total, budget.post_quantum))
    if any(whole is not None and part is not None and part > whole for whole, part in parts):
        return Reason.of("budget_part_too_large", sheet="budget", line=0, unit=budget.unit, year=budget.year)
    return None


BUDGET_SHEET = Sheet(
    "budget",
    Budget,
    (
        ("unit", Reference("unit")),
        ("year", Whole(FIRST_YEAR, LAST_YEAR)),
        ("total", Money()),
        ("security", Money()),
        ("post_quantum", Money()),
        ("note", Text(2000, lines=True)),
    ),
    key=("unit", "year"),
    check=_parts_fit,
)
