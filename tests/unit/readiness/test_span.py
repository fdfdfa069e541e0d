"""Months between days: leap days, year ends, the calendar's own ends."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqscan.readiness.span import add_months, begun_months, whole_months

DAYS = st.dates(date(1900, 1, 1), date(2400, 12, 31))


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 12, 31), 1, date(2027, 1, 31)),
        (date(2026, 1, 1), -1, date(2025, 12, 1)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
        (date(9999, 6, 1), 12, date.max),
        (date(1, 6, 1), -12, date.min),
    ],
)
def test_months_end_on_the_same_day_or_the_months_last(start: date, months: int, end: date) -> None:
    assert add_months(start, months) == end


@pytest.mark.parametrize(
    ("start", "end", "whole", "begun"),
    [
        (date(2026, 11, 29), date(2035, 1, 1), 97, 98),
        (date(2026, 12, 31), date(2027, 1, 1), 0, 1),
        (date(2026, 12, 31), date(2027, 1, 31), 1, 1),
        (date(2024, 2, 29), date(2025, 2, 28), 12, 12),
        (date(2024, 2, 28), date(2024, 2, 29), 0, 1),
        (date(2026, 1, 31), date(2026, 2, 28), 1, 1),
        (date(2026, 5, 1), date(2026, 5, 1), 0, 0),
        (date(2026, 5, 2), date(2026, 5, 1), 0, 0),
    ],
)
def test_months_between_two_days(start: date, end: date, whole: int, begun: int) -> None:
    assert (whole_months(start, end), begun_months(start, end)) == (whole, begun)


@given(DAYS, DAYS)
def test_whole_months_never_pass_the_end_and_begun_ones_never_stop_before_it(one: date, other: date) -> None:
    start, end = sorted((one, other))
    whole, begun = whole_months(start, end), begun_months(start, end)
    assert add_months(start, whole) <= end < add_months(start, whole + 1)
    assert add_months(start, begun) >= end
    assert begun - whole in (0, 1)
