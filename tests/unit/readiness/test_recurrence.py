"""When a scan that comes again is due, and which were missed."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqscan.readiness.recurrence import Every, Plan, due_on, standing


def plan(every: Every, first: date = date(2026, 1, 31), at: time = time(1, 30)) -> Plan:
    return Plan("night", every, first, at, ("scan", "net", "10.0.0.0/24"))


def test_what_begins_after_the_28th_means_the_last_day_of_a_month() -> None:
    monthly = plan(Every.MONTH)
    assert [due_on(monthly, number) for number in range(4)] == [
        date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)
    ]  # fmt: skip
    assert due_on(plan(Every.YEAR, date(2024, 2, 29)), 1) == date(2025, 2, 28)
    assert due_on(plan(Every.HALF_YEAR), 1) == date(2026, 7, 31)
    assert due_on(plan(Every.MONTH, date(2026, 4, 30)), 1) == date(2026, 5, 31)
    assert due_on(plan(Every.MONTH, date(2026, 1, 28)), 2) == date(2026, 3, 28)


def test_one_late_scan_makes_up_for_the_occurrence_before_it_alone() -> None:
    daily = plan(Every.DAY, date(2026, 11, 1))
    now = datetime(2026, 11, 5, 12, 0, tzinfo=UTC)
    began = (datetime(2026, 11, 1, 1, 31, tzinfo=UTC), datetime(2026, 11, 3, 20, 0, tzinfo=UTC))
    found = standing(daily, began, now)
    assert found.missed == 2  # the 2nd and the 4th; the 5th is still open
    assert found.last_due == datetime(2026, 11, 5, 1, 30, tzinfo=UTC)
    assert found.next_due == datetime(2026, 11, 6, 1, 30, tzinfo=UTC)


def test_before_its_first_day_nothing_is_due_and_nothing_missed() -> None:
    found = standing(plan(Every.WEEK, date(2026, 12, 1)), (), datetime(2026, 11, 29, tzinfo=UTC))
    assert (found.last_due, found.missed) == (None, 0)
    assert found.next_due == datetime(2026, 12, 1, 1, 30, tzinfo=UTC)


def test_at_the_very_minute_it_is_due() -> None:
    daily = plan(Every.DAY, date(2026, 11, 1))
    assert standing(daily, (), datetime(2026, 11, 1, 1, 30, tzinfo=UTC)).last_due is not None
    assert standing(daily, (), datetime(2026, 11, 1, 1, 29, 59, tzinfo=UTC)).last_due is None


@pytest.mark.parametrize("every", list(Every))
@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 4000))
def test_occurrences_only_go_forward_and_stand_around_now(every: Every, first: date, days: int) -> None:
    one = plan(every, first)
    now = datetime.combine(due_on(one, 0), time(1, 30), UTC) + timedelta(days=days)
    found = standing(one, (), now)
    assert found.last_due is not None
    assert found.last_due <= now < found.next_due
    number = 0
    while due_on(one, number) < found.last_due.date():
        number += 1
    assert due_on(one, number) == found.last_due.date()
    assert found.missed == number  # Nothing ever began: every one before the open one was missed.
