"""Who must report or act by when (data/calendar.toml), the periods that reports cover, and what lies ahead.

The dates are a reading of law at second hand; each row says how sure it is. A row whose law is dead is told as dead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache

from pqscan.policy.milestone import end_of_month
from pqscan.policy.rows import Document, PolicyRow
from pqscan.readiness.law import DATA_FOLDER, Certainty, Instrument, LawState, instruments

YEAR_END = (12, 31)
PERIOD_MONTHS = (1, 3, 6, 12)

MonthDay = tuple[int, int]


class Rhythm(StrEnum):
    YEARLY = "yearly"  # on the same day of each year
    PERIODIC = "periodic"  # at the end of each period; no day was found
    ONCE = "once"
    EVENT = "event"  # when something happens, or when somebody decides


@dataclass(frozen=True, slots=True)
class Period:
    """What one report covers; both ends are in it."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Deadline:
    """One duty. `day` or `on` is the day as its source gives it; with `is_before` that day itself is too late. `who` and `summary`
    are msgids; `hours` are counted from an event; `period_months` and `cut_off` say what a report covers."""

    id: str
    who: str
    summary: str
    rhythm: Rhythm
    certainty: Certainty
    reference: str
    section: str
    day: MonthDay | None = None
    on: date | None = None
    is_before: bool = False
    first_year: int | None = None
    period_months: int | None = None
    cut_off: MonthDay = YEAR_END
    hours: tuple[int, ...] = ()
    law: str | None = None

    def due_on(self, year: int) -> date | None:
        """The last day on which it can be done in time in one year; None where none falls into it."""
        if self.rhythm is Rhythm.YEARLY and self.day is not None and (self.first_year is None or year >= self.first_year):
            named = date(year, *self.day)
        elif self.rhythm is Rhythm.ONCE and self.on is not None and self.on.year == year:
            named = self.on
        else:
            return None
        return named - timedelta(days=1) if self.is_before else named

    def period_of(self, day: date) -> Period | None:
        """What the report covers whose period a day lies in; None for what is no report."""
        return None if self.period_months is None else period_of(day, self.period_months, self.cut_off)


@dataclass(frozen=True, slots=True)
class Ahead:
    """One deadline on its day, and the state of its law on that day; None where the row names no law."""

    due: date
    deadline: Deadline
    law: LawState | None


def period_of(day: date, months: int, cut_off: MonthDay = YEAR_END) -> Period:
    """The period of so many months in which a day lies; periods follow each other without a gap, and one ends each year on the
    cut-off. `months` is 1, 3, 6 or 12."""
    if months not in PERIOD_MONTHS:
        raise ValueError(f"a period has 1, 3, 6 or 12 months, not {months}")
    ends = sorted(_months_before(year, back, cut_off) for year in (day.year, day.year + 1) for back in range(0, 12, months))
    ends = [_months_before(day.year - 1, back, cut_off) for back in range(0, 12, months)][::-1] + ends
    last = next(end for end in ends if end >= day)
    return Period(ends[ends.index(last) - 1] + timedelta(days=1), last)


def periods(year: int, months: int, cut_off: MonthDay = YEAR_END) -> tuple[Period, ...]:
    """Those that end in the twelve months up to the cut-off of a year, oldest first."""
    found = [period_of(date(year, *cut_off), months, cut_off)]
    while len(found) < 12 // months:
        found.append(period_of(found[-1].first - timedelta(days=1), months, cut_off))
    return tuple(reversed(found))


def _months_before(year: int, back: int, cut_off: MonthDay) -> date:
    """The cut-off, so many months earlier; the last day of a month stays the last."""
    whole = year * 12 + cut_off[0] - 1 - back
    end = end_of_month(whole // 12, whole % 12 + 1)
    is_last = cut_off[1] >= end_of_month(year, cut_off[0]).day
    return end if is_last else end.replace(day=min(cut_off[1], end.day))


def ahead(deadlines: Iterable[Deadline], day: date, until: date, law: Mapping[str, Instrument] | None = None) -> tuple[Ahead, ...]:
    """What is due from one day to another, both inclusive, earliest first."""
    known = instruments() if law is None else law
    found = []
    for deadline in deadlines:
        state = None if deadline.law is None else known[deadline.law]
        for year in range(day.year, until.year + 2):  # What is due before 1 January falls into the year before.
            due = deadline.due_on(year)
            if due is not None and day <= due <= until:
                found.append(Ahead(due, deadline, None if state is None else state.state_on(due)))
    return tuple(sorted(found, key=lambda each: (each.due, each.deadline.id)))


@cache
def deadlines() -> tuple[Deadline, ...]:
    """In the order of the file. Raises DataError."""
    return read_deadlines(Document.read(DATA_FOLDER / "calendar.toml"), instruments())


def read_deadlines(document: Document, law: Mapping[str, Instrument]) -> tuple[Deadline, ...]:
    """Raises DataError naming file and row."""
    return tuple(_deadline(row, law) for row in document.rows("deadline"))


def _deadline(row: PolicyRow, law: Mapping[str, Instrument]) -> Deadline:
    hours = row.wholes("hours")
    deadline = Deadline(
        id=row.text("id"),
        who=row.text("who"),
        summary=row.text("summary"),
        rhythm=row.choice("recurrence", Rhythm),
        certainty=row.choice("certainty", Certainty),
        reference="; ".join(row.references()),
        section=row.text("section"),
        day=_month_day(row, "day"),
        on=row.optional_day("date"),
        is_before=row.flag("before"),
        first_year=row.optional_whole("first_year", least=2000, most=2199),
        period_months=row.optional_whole("period_months", least=1, most=12),
        cut_off=_month_day(row, "cut_off") or YEAR_END,
        hours=hours,
        law=row.optional_text("law"),
    )
    row.done()
    if (deadline.day is not None) != (deadline.rhythm is Rhythm.YEARLY):
        raise row.wrong("a day goes with what is due every year")
    if (deadline.on is not None) != (deadline.rhythm is Rhythm.ONCE):
        raise row.wrong("a date goes with what is due once")
    if deadline.period_months not in (None, *PERIOD_MONTHS):
        raise row.wrong("period_months must be 1, 3, 6 or 12")
    if deadline.law is not None and deadline.law not in law:
        raise row.wrong(f"law {deadline.law} has no row in law.toml")
    return deadline


def _month_day(row: PolicyRow, field: str) -> MonthDay | None:
    """A day of every year, such as 10-01; 29 February is none."""
    text = row.optional_text(field)
    if text is None:
        return None
    try:
        day = date.fromisoformat(f"2001-{text}")
    except ValueError:
        raise row.wrong(f"{field} is {text!r}; write it as 10-01") from None
    return day.month, day.day
