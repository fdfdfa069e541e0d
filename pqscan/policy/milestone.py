"""What a policy asks for that judges no algorithm: a plan, an inventory, a document that is due. Dated, and nothing is derived
from it about a target."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # An edition holds both rules and milestones, and stands with the rules.
    from pqscan.policy.rule import PolicyStatus, Source


class Recurrence(StrEnum):
    ONCE = "once"
    YEARLY = "yearly"
    STANDING = "standing"  # since its date, or always: no day on which it is done


class Precision(StrEnum):
    """What the document names: a day, a month, a year; ABOUT is a day reckoned from it (120 days after ...)."""

    DAY = "day"
    ABOUT = "about"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Milestone:
    """One thing that is due. `due` is its last day, the end of the month or year where the document names no more; None where it
    names no date. A yearly one is due on the same day of each year from `due` to `until` (a year, inclusive; None: for ever).

    `summary` and `who` are msgids; `status` is None where it is the edition's."""

    id: str
    summary: str
    who: str
    source: Source
    due: date | None = None
    precision: Precision = Precision.DAY
    recurrence: Recurrence = Recurrence.ONCE
    until: int | None = None
    status: PolicyStatus | None = None

    def next_on(self, day: date) -> date | None:
        """The first day from `day` on at which it is due, itself included; None where none lies ahead."""
        if self.due is None or self.recurrence is Recurrence.STANDING:
            return None
        if self.recurrence is Recurrence.ONCE:
            return self.due if self.due >= day else None
        for year in (max(day.year, self.due.year), max(day.year, self.due.year) + 1):
            found = in_year(self.due, year)
            if found >= day and year <= date.max.year and (self.until is None or year <= self.until):
                return found
        return None


def in_year(day: date, year: int) -> date:
    """The same day of another year; 29 February becomes the 28th where there is none."""
    return date(min(year, date.max.year), day.month, min(day.day, calendar.monthrange(min(year, date.max.year), day.month)[1]))


def end_of_month(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def date_words(milestone: Milestone, due: date | None) -> str:
    """The date as the document gives it: 2026-10-22, 2026-04 or 2028; empty where it gives none."""
    if due is None:
        return ""
    match milestone.precision:
        case Precision.YEAR:
            return f"{due.year:04d}"
        case Precision.MONTH:
            return f"{due.year:04d}-{due.month:02d}"
    return due.isoformat()
