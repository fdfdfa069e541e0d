"""What is due under a policy and when it is due next."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqscan.policy.milestone import Milestone, Precision, Recurrence, date_words, end_of_month, in_year
from pqscan.policy.rule import Source

SOURCE = Source("A memorandum", "II", date(2026, 11, 22))


def milestone(due: date | None, recurrence: Recurrence = Recurrence.ONCE, until: int | None = None) -> Milestone:
    return Milestone("a-plan", "A plan.", "Agencies", SOURCE, due, Precision.DAY, recurrence, until)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2022, 1, 1), date(2023, 5, 4)),
        (date(2026, 5, 4), date(2026, 5, 4)),
        (date(2026, 5, 5), date(2027, 5, 4)),
        (date(2035, 5, 4), date(2035, 5, 4)),
        (date(2035, 5, 5), None),
    ],
)
def test_what_is_due_every_year_is_due_again_until_its_last_year(day: date, expected: date | None) -> None:
    assert milestone(date(2023, 5, 4), Recurrence.YEARLY, 2035).next_on(day) == expected


def test_what_is_due_once_is_due_on_its_day_and_not_after_it() -> None:
    once = milestone(date(2026, 10, 22))
    assert once.next_on(date(2026, 10, 22)) == date(2026, 10, 22)
    assert once.next_on(date(2026, 10, 23)) is None


def test_a_standing_duty_has_no_day_on_which_it_is_done() -> None:
    assert milestone(date(2025, 3, 31), Recurrence.STANDING).next_on(date(2024, 1, 1)) is None
    assert milestone(None).next_on(date(2024, 1, 1)) is None


def test_the_29th_of_february_falls_on_the_28th_where_there_is_none() -> None:
    assert in_year(date(2024, 2, 29), 2026) == date(2026, 2, 28)
    assert in_year(date(2024, 2, 29), 2028) == date(2028, 2, 29)
    assert end_of_month(2028, 2) == date(2028, 2, 29)


@pytest.mark.parametrize(
    ("precision", "words"),
    [(Precision.DAY, "2026-04-30"), (Precision.ABOUT, "2026-04-30"), (Precision.MONTH, "2026-04"), (Precision.YEAR, "2026")],
)
def test_a_date_is_told_no_finer_than_its_document_tells_it(precision: Precision, words: str) -> None:
    made = Milestone("a-plan", "A plan.", "Agencies", SOURCE, date(2026, 4, 30), precision)
    assert date_words(made, made.due) == words
    assert date_words(made, None) == ""


@given(st.dates(), st.dates(), st.none() | st.integers(2000, 2199))
def test_the_next_day_never_lies_behind_and_none_lies_between(due: date, day: date, until: int | None) -> None:
    found = milestone(due, Recurrence.YEARLY, until).next_on(day)
    if found is not None:
        assert found >= max(day, due)
        assert until is None or found.year <= until
        assert found.year - max(day.year, due.year) <= 1
