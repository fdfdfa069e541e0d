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
class Days:
    """Days in a row, both ends among them."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class Plan:
    """A scan that comes again. `first` is the day of the first one, which fixes weekday, day of the month and month of all;
    `words` are those behind `pqscan`, `folder` where names of files in them begin (empty: the words name no place). On the days
    of `blackout` nothing of it begins."""

    name: str
    every: Every
    first: date
    at: time
    words: tuple[str, ...]
    folder: str = ""
    blackout: tuple[Days, ...] = ()

    def held_back(self, day: date) -> Days | None:
        """The blackout in which the day lies, the one that ends last."""
        return max((days for days in self.blackout if day in days), key=lambda days: days.last, default=None)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a plan stands: the last time at which it was due (None: never yet), the next, and how many times nothing began.

    `waiting_since` is the first time that is due and behind which nothing has begun yet: None where all is well."""

    last_due: datetime | None
    next_due: datetime
    missed: int
    missed_at: tuple[datetime, ...] = ()
    waiting_since: datetime | None = None

    def is_late(self, now: datetime, grace: timedelta) -> bool:
        """Whether what is waited for should have begun by now."""
        return self.waiting_since is not None and self.waiting_since + grace <= now


def due_on(plan: Plan, number: int) -> date:
    """The day of occurrence `number`, from 0."""
    days = _DAYS.get(plan.every)
    if days is not None:
        return plan.first + timedelta(days=days * number)
    months = plan.first.year * 12 + plan.first.month - 1 + _MONTHS[plan.every] * number
    year, month = months // 12, months % 12 + 1
    return date(year, month, calendar.monthrange(year, month)[1] if plan.first.day > LAST_SURE_DAY else plan.first.day)


def standing(plan: Plan, begun: tuple[datetime, ...], now: datetime, since: datetime | None = None) -> Standing:
    """`begun` are the times at which scans of the plan began, in any order; one after `now` is of a clock that ran ahead and says
    nothing. An occurrence is missed where none began from its time to the next; the one that is still open counts only once its
    successor is due. What lies before `since` or in a blackout is not missed."""
    count = _occurrences(plan, now)
    zone = now.tzinfo
    times = [datetime.combine(due_on(plan, number), plan.at, zone) for number in range(count + 1)]
    started = sorted(moment for moment in begun if moment <= now)
    missed: list[datetime] = []
    waiting: datetime | None = None
    at = 0
    for number in range(count):
        due = times[number]
        while at < len(started) and started[at] < due:
            at += 1
        if (since is not None and due < since) or plan.held_back(due.date()) is not None:
            continue
        if at == len(started):
            waiting = waiting or due
            if number < count - 1:
                missed.append(due)
        elif started[at] >= times[number + 1]:
            missed.append(due)
    return Standing(times[count - 1] if count else None, times[count], len(missed), tuple(missed), waiting)


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
