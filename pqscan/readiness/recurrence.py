"""Scans that come again: when one is due, and which were missed.

Times are local ones of the machine that scans, aware; a plan that begins after the 28th means the last day of its months. What
was missed is told, never made up for: one late scan says all that several would have said."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum


class Every(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"


LAST_SURE_DAY = 28
"""The last day that every month has."""

_MONTHS = {Every.MONTH: 1, Every.QUARTER: 3, Every.HALF_YEAR: 6, Every.YEAR: 12}
_DAYS = {Every.DAY: 1, Every.WEEK: 7}


@dataclass(frozen=True, slots=True)
class Plan:
    """A scan that comes again. `first` is the day of the first one, which fixes weekday, day of the month and month of all;
    `words` are those behind `pqscan`."""

    name: str
    every: Every
    first: date
    at: time
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a plan stands: the last time at which it was due (None: never yet), the next, and how many times nothing began."""

    last_due: datetime | None
    next_due: datetime
    missed: int


def due_on(plan: Plan, number: int) -> date:
    """The day of occurrence `number`, from 0."""
    days = _DAYS.get(plan.every)
    if days is not None:
        return plan.first + timedelta(days=days * number)
    months = plan.first.year * 12 + plan.first.month - 1 + _MONTHS[plan.every] * number
    year, month = months // 12, months % 12 + 1
    return date(year, month, calendar.monthrange(year, month)[1] if plan.first.day > LAST_SURE_DAY else plan.first.day)


def standing(plan: Plan, begun: tuple[datetime, ...], now: datetime) -> Standing:
    """`begun` are the times at which scans of the plan began, in any order. An occurrence is missed where none began from its
    time to the next; the one that is still open counts only once its successor is due."""
    count = _occurrences(plan, now)
    zone = now.tzinfo
    times = [datetime.combine(due_on(plan, number), plan.at, zone) for number in range(count + 1)]
    started = sorted(begun)
    missed, at = 0, 0
    for number in range(count - 1):
        while at < len(started) and started[at] < times[number]:
            at += 1
        missed += at == len(started) or started[at] >= times[number + 1]
    return Standing(times[count - 1] if count else None, times[count], missed)


def _occurrences(plan: Plan, now: datetime) -> int:
    """How many lie at or before `now`."""
    day, at = now.date(), now.timetz().replace(tzinfo=None)
    days = _DAYS.get(plan.every)
    if days is not None:
        number = (day - plan.first).days // days
    else:
        number = ((day.year - plan.first.year) * 12 + day.month - plan.first.month) // _MONTHS[plan.every]
    number = max(-1, number)
    while number >= 0 and (due_on(plan, number), plan.at) > (day, at):
        number -= 1
    return number + 1
