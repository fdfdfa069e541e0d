"""Dates, periods and dead law of the calendar."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqscan.errors import DataError
from pqscan.policy.rows import Document
from pqscan.readiness.calendar import Deadline, Period, ahead, deadlines, period_of, periods, read_deadlines
from pqscan.readiness.law import Certainty, LawState, instruments, read_instruments

ROW = """
[[deadline]]
id = "a"
who = "Units"
summary = "A report."
recurrence = "yearly"
day = "10-01"
certainty = "press"
reference = "press"
section = "1"
"""
LAW = """
[[instrument]]
id = "new"
name = "Luật mới"
summary = "New law."
in_force_from = 2026-03-01
replaces = ["old"]
certainty = "press"
reference = "press"
[[instrument]]
id = "old"
name = "Luật cũ"
summary = "Old law."
certainty = "press"
reference = "press"
"""


def named(identifier: str) -> Deadline:
    return next(each for each in deadlines() if each.id == identifier)


@pytest.mark.parametrize(
    ("identifier", "year", "expected"),
    [
        ("party-annual", 2027, date(2027, 9, 30)),
        ("critical-self-inspection", 2027, date(2027, 9, 30)),
        ("form-08-unit", 2026, date(2026, 12, 19)),
        ("form-08-owner", 2026, date(2026, 12, 24)),
        ("mps-list", 2026, None),
        ("mps-list", 2027, date(2027, 1, 14)),
        ("level-under-85", 2026, date(2026, 12, 31)),
        ("level-under-85", 2027, None),
        ("classified-systems", 2027, date(2027, 6, 30)),
        ("incident", 2027, None),
        ("quantum-guidance", 2027, None),
    ],
)
def test_r33_what_is_due_before_a_day_is_due_on_the_day_before(identifier: str, year: int, expected: date | None) -> None:
    assert named(identifier).due_on(year) == expected


def test_r40_periods_of_six_and_of_twelve_months_follow_each_other() -> None:
    assert periods(2026, 12) == (Period(date(2026, 1, 1), date(2026, 12, 31)),)
    assert periods(2026, 6) == (Period(date(2026, 1, 1), date(2026, 6, 30)), Period(date(2026, 7, 1), date(2026, 12, 31)))
    assert named("party-half-yearly").period_of(date(2026, 7, 1)) == Period(date(2026, 7, 1), date(2026, 12, 31))
    assert named("party-annual").period_of(date(2026, 7, 1)) == Period(date(2026, 1, 1), date(2026, 12, 31))


def test_r40_a_cut_off_before_the_end_of_the_year_moves_the_period() -> None:
    assert named("form-08-owner").period_of(date(2026, 12, 14)) == Period(date(2025, 12, 15), date(2026, 12, 14))
    assert named("form-08-owner").period_of(date(2026, 12, 15)) == Period(date(2026, 12, 15), date(2027, 12, 14))
    assert periods(2026, 6, (12, 14))[0] == Period(date(2025, 12, 15), date(2026, 6, 14))
    assert named("incident").period_of(date(2026, 1, 1)) is None


def test_a_period_that_ends_with_february_ends_with_its_last_day() -> None:
    assert period_of(date(2028, 2, 29), 1).last == date(2028, 2, 29)
    assert period_of(date(2028, 2, 29), 12, (2, 28)).last == date(2029, 2, 28)
    with pytest.raises(ValueError, match="not 5"):
        period_of(date(2026, 1, 1), 5)


@given(
    st.dates(date(2000, 1, 1), date(2190, 1, 1)),
    st.sampled_from([1, 3, 6, 12]),
    st.dates(date(2001, 1, 1), date(2001, 12, 31)).map(lambda day: (day.month, day.day)),
)
def test_r40_every_day_lies_in_one_period_and_the_next_begins_where_it_ends(
    day: date, months: int, cut_off: tuple[int, int]
) -> None:
    found = period_of(day, months, cut_off)
    assert found.first <= day <= found.last
    assert period_of(found.first, months, cut_off) == period_of(found.last, months, cut_off) == found
    assert period_of(found.last + timedelta(days=1), months, cut_off).first == found.last + timedelta(days=1)
    assert 27 * months <= (found.last - found.first).days <= 31 * months + 3


def test_r17_what_lies_ahead_is_listed_earliest_first_with_both_ends() -> None:
    found = [(each.due, each.deadline.id) for each in ahead(deadlines(), date(2026, 12, 19), date(2027, 6, 30))]
    assert found == [
        (date(2026, 12, 19), "form-08-unit"),
        (date(2026, 12, 24), "form-08-owner"),
        (date(2026, 12, 31), "level-under-85"),
        (date(2027, 1, 14), "mps-list"),
        (date(2027, 6, 30), "classified-systems"),
    ]


def test_r17_what_is_due_before_new_year_falls_into_the_old_year() -> None:
    made = read_deadlines(Document.parse(ROW.replace('"10-01"', '"01-01"\nbefore = true').encode(), "x"), {})
    assert [each.due for each in ahead(made, date(2026, 12, 1), date(2026, 12, 31), {})] == [date(2026, 12, 31)]


def test_dead_law_is_named_as_dead_with_what_replaced_it() -> None:
    day = date(2026, 11, 29)
    dead = {each.id: each.replaced_by for each in instruments().values() if each.state_on(day) is LawState.DEAD}
    assert dead["29/2018/QH14"] == "117/2025/QH15"
    assert dead["anm-2018"] == dead["attt-2015"] == "116/2025/QH15"
    assert dead["85/2016/ND-CP"] == "331/2026/ND-CP"
    assert dead["58/2016/ND-CP"] == "211/2025/ND-CP"
    assert dead["TCVN 11930:2017"] == "TCVN 14423:2026"
    assert instruments()["116/2025/QH15"].state_on(day) is LawState.IN_FORCE
    assert instruments()["116/2025/QH15"].state_on(date(2026, 6, 30)) is LawState.NOT_YET
    assert instruments()["29/2018/QH14"].state_on(date(2026, 2, 28)) is LawState.IN_FORCE
    assert instruments()["29/2018/QH14"].state_on(date(2026, 3, 1)) is LawState.DEAD


def test_a_deadline_tells_the_state_of_its_law() -> None:
    law = read_instruments(Document.parse(LAW.encode(), "law.toml"))
    made = read_deadlines(Document.parse(ROW.replace('section = "1"', 'section = "1"\nlaw = "old"').encode(), "c.toml"), law)
    assert [each.law for each in ahead(made, date(2025, 1, 1), date(2026, 12, 31), law)] == [LawState.IN_FORCE, LawState.DEAD]


def test_no_shipped_deadline_rests_on_dead_law() -> None:
    found = ahead(deadlines(), date(2026, 11, 29), date(2030, 12, 31))
    assert len(found) > 10
    assert [each.deadline.id for each in found if each.law is LawState.DEAD] == []


def test_every_row_says_how_sure_it_is_and_only_the_programme_was_read_itself() -> None:
    assert {each.id for each in deadlines() if each.certainty is Certainty.DOCUMENT} == {"party-annual"}
    assert {each.id for each in deadlines() if each.certainty is Certainty.ANALOGY} == {"party-half-yearly"}
    assert all(each.reference and each.section for each in deadlines())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('day = "10-01"', ""), "a day goes with"),
        (('day = "10-01"', 'day = "02-29"'), "day is '02-29'"),
        (('day = "10-01"', 'day = "1/10"'), "write it as 10-01"),
        (('section = "1"', 'section = "1"\ndate = 2026-01-01'), "a date goes with"),
        (('section = "1"', 'section = "1"\nperiod_months = 5'), "1, 3, 6 or 12"),
        (('section = "1"', 'section = "1"\nlaw = "none"'), "law none has no row"),
        (('certainty = "press"', 'certainty = "sure"'), "certainty is 'sure'"),
        (('reference = "press"', ""), "no reference"),
    ],
)
def test_a_wrong_row_is_named(change: tuple[str, str], message: str) -> None:
    text = ROW.replace(*change)
    assert text != ROW
    with pytest.raises(DataError, match=rf"calendar\.toml, deadline 1 \(a\): .*{message}"):
        read_deadlines(Document.parse(text.encode(), "calendar.toml"), {})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('replaces = ["old"]', 'replaces = ["older"]'), "has no row: older"),
        (('replaces = ["old"]', 'replaces = ["new"]'), "new is replaced by itself"),
        (('summary = "Old law."', 'summary = "Old law."\nreplaces = ["old"]'), "old is replaced by new already"),
    ],
)
def test_law_that_replaces_what_it_cannot_is_refused(change: tuple[str, str], message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_instruments(Document.parse(LAW.replace(*change).encode(), "law.toml"))


def test_r29_the_days_by_which_people_must_be_trained_are_data() -> None:
    days = {one.on for one in deadlines() if one.on is not None and "333" in f"{one.section} {one.reference} {one.law}"}
    assert days == {date(2028, 8, 19), date(2029, 8, 19)}
    assert {one.due for one in ahead(deadlines(), date(2028, 1, 1), date(2029, 12, 31)) if one.deadline.on in days} == days
