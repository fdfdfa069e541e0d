"""Snapshots: refused without a head, figures that add up, periods of six and twelve months, one spelling."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqscan.errors import MalformedMessage, UsageError
from pqscan.policy.finding import Verdict
from pqscan.readiness.figure_names import AT_MOST, PARTS, SINGLE, WHOLES, faults, is_figure, policy_figure
from pqscan.readiness.snapshot import Period, SealedFile, Snapshot, is_file_name
from tests.unit.readiness.sealing_samples import NOW, a_snapshot


@pytest.mark.parametrize("field", ["head", "head_title"])
@pytest.mark.parametrize("nobody", ["", "  "])
def test_r15_a_snapshot_without_a_named_head_is_refused(field: str, nobody: str) -> None:
    with pytest.raises(UsageError, match="head"):
        replace(a_snapshot(), **{field: nobody}).encode()


def test_what_is_written_is_read_back() -> None:
    snapshot = a_snapshot("DU-01", None, SealedFile("he-thong.csv", 5, "ab" * 32))
    assert Snapshot.decode(snapshot.encode()) == snapshot
    assert Snapshot.decode(replace(snapshot, acts=None, supersedes="12" * 32).encode()).supersedes == "12" * 32


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
        ("2026-H1", date(2026, 1, 1), date(2026, 6, 30)),
        ("2026-H2", date(2026, 7, 1), date(2026, 12, 31)),
        ("2025-12-15..2026-12-14", date(2025, 12, 15), date(2026, 12, 14)),
    ],
)
def test_r40_periods_of_six_and_of_twelve_months_are_read(text: str, start: date, end: date) -> None:
    assert Period.read(text) == Period(start, end)
    assert Period.read(Period.read(text).text) == Period(start, end)


def test_r40_a_period_is_so_many_months_from_any_day_on() -> None:
    assert Period.of(date(2025, 12, 15), 12).end == date(2026, 12, 14)
    assert Period.of(date(2026, 3, 31), 6).end == date(2026, 9, 29)
    assert Period.of(date(2026, 8, 31), 6).end == date(2027, 2, 27)


@pytest.mark.parametrize(
    "text", ["", "26", "2026-H3", "2026-12-31..2026-01-01", "2020-01-01..2026-01-01", "0000", "9999", "2026-02-30..2026-03-01"]
)
def test_a_period_that_cannot_be_is_wrong_usage(text: str) -> None:
    with pytest.raises(UsageError):
        Period.read(text)


@given(st.dates(date(1990, 1, 1), date(2200, 1, 1)), st.integers(1, 12))
def test_months_follow_each_other_without_a_gap(start: date, months: int) -> None:
    period = Period.of(start, months)
    assert period.is_possible
    assert Period.of(period.end + timedelta(days=1), months).start == period.end + timedelta(days=1)


def test_figures_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(UsageError, match="figures"):
        a_snapshot("DU-01", {"targets.total": 3, "key_establishment.vulnerable": 2}).encode()


def test_every_way_in_which_figures_can_be_wrong_is_told_by_its_own_reason() -> None:
    def codes(**figures: int) -> list[str]:
        return [fault.code for fault in faults({name.replace("__", "."): value for name, value in figures.items()})]

    assert codes(targets__total=2, authentication__broken=2) == []
    assert codes(targets__other=2) == ["figure_unknown"]
    assert codes(budget__security=-1) == ["figure_below_zero"]
    assert codes(targets__total=2, authentication__broken=1) == ["figures_do_not_add_up"]
    assert codes(training__headcount=2, training__trained=3) == ["figure_above_its_whole"]
    many = {"targets.total": 1, policy_figure("vietnam", Verdict.AWAITING): 1, policy_figure("vietnam", Verdict.MEETS): 1}
    assert [fault.code for fault in faults(many)] == ["figure_above_its_whole"]


def test_the_closed_list_names_its_own_parts() -> None:
    assert PARTS.keys() == WHOLES.keys()
    assert all(is_figure(name) for name in (*SINGLE, *WHOLES.values(), *AT_MOST, *AT_MOST.values()))
    assert is_figure("policy/own-pack.2/overdue")
    assert not is_figure("policy/../overdue")
    assert not is_figure("policy/vietnam/good")
    assert not is_figure("host.example")


@pytest.mark.parametrize("name", ["a.csv", "inventory.json", "A-b_c.1"])
def test_plain_file_names_are_taken(name: str) -> None:
    assert is_file_name(name)


@pytest.mark.parametrize(
    "name", ["", ".", "..", ".hidden", "a/b", "a\\b", "a b", "con", "NUL.txt", "com1.csv", "a.", "é.csv", "x" * 101, "a\n"]
)
def test_names_that_could_lead_elsewhere_are_not(name: str) -> None:
    assert not is_file_name(name)


def test_a_clock_that_ran_back_is_told() -> None:
    with pytest.raises(UsageError, match="clock"):
        replace(a_snapshot(), cut_off=NOW + timedelta(seconds=1)).encode()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"unit":"DU-01"', b'"unit":""'),
        (b'"unit":"DU-01"', b'"unit":"DU\\u000001"'),
        (b'"targets.total":3', b'"targets.total":3.0'),
        (b'"targets.total":3', b'"targets.total":true'),
        (b'"targets.total":3', b'"targets.total":-3'),
        (b'"targets.total":3', b'"targets.total":4'),
        (b'"entries":7', b'"entries": 7'),
        (b'"format":"pqscan-snapshot/1"', b'"format":"pqscan-snapshot/2"'),
        (b'"start":"2026-01-01"', b'"start":"2026-1-01"'),
        (b'"supersedes":null', b'"supersedes":null,"x":1'),
        (b'"supersedes":null', b'"supersedes":null,"supersedes":null'),
        (b'"head":"', b'"head":"\\ud800'),
        (b'"made_at":"2026-09-20T08:30:00Z"', b'"made_at":"2026-09-20T08:30:00+07:00"'),
    ],
)
def test_a_document_that_pqscan_would_not_write_is_refused(old: bytes, new: bytes) -> None:
    document = a_snapshot().encode()
    assert old in document
    with pytest.raises(MalformedMessage):
        Snapshot.decode(document.replace(old, new, 1))
