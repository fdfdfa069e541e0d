"""When a scan that comes again is due, and which were missed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqscan.readiness.recurrence import Days, Every, Plan, due_on, standing


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


NOVEMBER = plan(Every.DAY, date(2026, 11, 1))


def on(day: int, hour: int = 12) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=UTC)


def test_what_is_waited_for_is_the_first_that_nothing_came_after() -> None:
    found = standing(NOVEMBER, (on(2),), on(5))
    assert found.waiting_since == datetime(2026, 11, 3, 1, 30, tzinfo=UTC)
    assert found.missed_at == (datetime(2026, 11, 1, 1, 30, tzinfo=UTC), *(on(day, 1).replace(minute=30) for day in (3, 4)))
    assert standing(NOVEMBER, (on(2), on(5, 2)), on(5)).waiting_since is None


def test_late_is_what_waits_longer_than_the_grace() -> None:
    found = standing(NOVEMBER, (on(4),), on(5))
    assert found.missed_at[-1:] == (datetime(2026, 11, 3, 1, 30, tzinfo=UTC),)
    assert found.is_late(on(5), timedelta(hours=10, minutes=30))
    assert not found.is_late(on(5), timedelta(hours=10, minutes=31))
    assert not standing(NOVEMBER, (on(5),), on(5)).is_late(on(5), timedelta())


def test_nothing_is_missed_in_a_blackout_nor_before_the_plan_was_written() -> None:
    away = replace(NOVEMBER, blackout=(Days(date(2026, 11, 2), date(2026, 11, 3)),))
    assert [moment.day for moment in standing(away, (), on(5)).missed_at] == [1, 4]
    assert [moment.day for moment in standing(NOVEMBER, (), on(5), since=on(3)).missed_at] == [4]
    assert standing(away, (on(1),), on(3)).waiting_since is None


def test_of_blackouts_that_overlap_the_one_that_ends_last_is_told() -> None:
    long = Days(date(2026, 11, 2), date(2026, 11, 9))
    away = replace(NOVEMBER, blackout=(Days(date(2026, 11, 1), date(2026, 11, 3)), long))
    assert away.held_back(date(2026, 11, 3)) == long
    assert away.held_back(date(2026, 11, 10)) is None


def test_a_scan_of_a_clock_that_ran_ahead_makes_up_for_nothing() -> None:
    assert standing(NOVEMBER, (on(20),), on(5)).waiting_since == datetime(2026, 11, 1, 1, 30, tzinfo=UTC)
