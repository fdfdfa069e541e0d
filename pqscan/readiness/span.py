"""Spans between days in whole months, exact: no year of 365 days, no fraction.

A period of months ends on the day with the same number, on the month's last where there is none: ten years from 29 February end
on 28 February."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

MONTHS_A_YEAR = 12
MOST_YEARS = 999
"""What is kept longer is kept for good: the calendar of `date` ends in 9999."""


def add_months(day: date, months: int) -> date:
    """The day so many months later, or earlier where negative; the calendar's first or last day where it would lie outside."""
    place = day.year * MONTHS_A_YEAR + day.month - 1 + months
    year, month = place // MONTHS_A_YEAR, place % MONTHS_A_YEAR + 1
    if year > date.max.year:
        return date.max
    if year < date.min.year:
        return date.min
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def whole_months(start: date, end: date) -> int:
    """Months that have passed in full; 0 where the end lies before the start."""
    if end <= start:
        return 0
    months = (end.year - start.year) * MONTHS_A_YEAR + end.month - start.month
    return months - 1 if add_months(start, months) > end else months


def begun_months(start: date, end: date) -> int:
    """Months that have begun: as `whole_months`, and one more where days are left over."""
    if end <= start:
        return 0
    months = whole_months(start, end)
    return months + 1 if add_months(start, months) < end else months
