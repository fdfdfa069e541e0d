"""A dry run says what a file would change; Form 08 goes out and comes in without codes."""

from __future__ import annotations

from datetime import date
from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqscan.model.target import FileTarget, NetworkTarget
from pqscan.readiness.asked import Asked, Extent
from pqscan.readiness.changes import Change
from pqscan.readiness.coverage import coverage
from pqscan.readiness.form_08 import FORM_08, form_rows, system_rows
from pqscan.readiness.kinds import SHEETS
from pqscan.readiness.planning import altered_fields, plan_changes
from pqscan.readiness.quality import Share, quality
from pqscan.readiness.register import Register
from pqscan.readiness.sheet import Row
from pqscan.readiness.system import DataClass, Regime, Secrecy, Stage, System, SystemKind
from pqscan.readiness.system_sheet import SYSTEM_SHEET
from pqscan.readiness.unit import UnitKind
from tests.unit.readiness.records import records, system, unit
from tests.unit.readiness.test_register import DAY, register

PRESENT: dict[str, dict[str, Any]] = {"a": {"code": "a", "name": "A", "level": 3}, "b": {"code": "b", "name": "B"}}


def test_new_altered_and_unchanged_rows_are_told_apart() -> None:
    rows = [Row(2, {"code": "a", "name": "A", "level": 4}), Row(3, {"code": "b", "name": "B"}), Row(4, {"code": "c", "name": "C"})]
    plan = plan_changes(SYSTEM_SHEET, PRESENT, rows)
    assert (len(plan.new), len(plan.altered), plan.unchanged, plan.problems) == (1, 1, 1, ())
    assert list(altered_fields(plan.altered[0])) == [("level", 3, 4)]
    assert plan.altered[0] == Change("system", "a", PRESENT["a"], {"code": "a", "name": "A", "level": 4})


def test_a_record_twice_in_a_file_is_told_with_both_lines() -> None:
    plan = plan_changes(SYSTEM_SHEET, {}, [Row(2, {"code": "a", "name": "A"}), Row(7, {"code": "a", "name": "B"})])
    assert [dict(reason.parameters) for reason in plan.problems] == [{"sheet": "system", "line": 7, "name": "a", "first": 2}]


def test_a_new_record_needs_what_an_old_one_has_already() -> None:
    plan = plan_changes(SYSTEM_SHEET, PRESENT, [Row(2, {"code": "a", "level": 5}), Row(3, {"code": "x", "level": 5})])
    assert [change.code for change in plan.changes] == ["a"]
    assert [(reason.code, dict(reason.parameters)["line"]) for reason in plan.problems] == [("record_lacks", 3)]


def test_a_row_without_its_code_is_told() -> None:
    assert [reason.code for reason in plan_changes(SYSTEM_SHEET, {}, [Row(2, {"code": None, "name": "A"})]).problems] == [
        "row_without_code"
    ]


@given(st.data())
def test_what_is_exported_changes_nothing_when_it_is_imported(data: st.DataObject) -> None:
    sheet = SHEETS[data.draw(st.sampled_from(sorted(SHEETS)))]
    kept = {
        sheet.code(record): record
        for record in data.draw(st.lists(records(sheet), max_size=3))
        if not sheet.wrong(sheet.document(record))
    }
    present = {code: sheet.document(record) for code, record in kept.items()}
    lines = [sheet.headings("vi"), *(sheet.cells(record, "vi") for record in kept.values())]
    reading = sheet.read(enumerate(lines, 1))
    plan = plan_changes(sheet, present, reading.rows)
    assert (reading.problems, plan.changes, plan.problems, plan.unchanged) == ((), (), (), len(kept))


# Form 08

UNITS = (unit("vp", "Văn phòng Tỉnh uỷ"), unit("stttt", "Sở Khoa học và Công nghệ"))


def form(found: Register, *rows: list[str]) -> tuple[list[dict[str, Any]], list[str]]:
    reading = system_rows(FORM_08.read(enumerate(rows, 1)), found)
    return [dict(row.fields) for row in reading.rows], [reason.code for reason in reading.problems]


def test_form_08_has_its_twelve_columns() -> None:
    assert len(FORM_08.columns) == 12
    assert FORM_08.headings("vi")[:5] == ["STT", "Hệ thống thông tin", "Chủ quản", "Đơn vị vận hành", "Cấp độ"]


def test_form_08_goes_out_and_comes_in_unchanged() -> None:
    found = register(*UNITS, system("a", name="Một cửa điện tử", owner="vp", operator="stttt", level=3, level_decision="1-QĐ",
                                    expected_on=date(2026, 12, 1), assessment="định kỳ"),
                     system("b", name="Thư", owner="vp"))  # fmt: skip
    rows = [FORM_08.headings("vi"), *(FORM_08.cells(row, "vi") for row in form_rows(found))]
    assert rows[1][:5] == ["1", "Một cửa điện tử", "Văn phòng Tỉnh uỷ", "Sở Khoa học và Công nghệ", "3"]
    reading = system_rows(FORM_08.read(enumerate(rows, 1)), found)
    present = {code: SYSTEM_SHEET.document(one) for code, one in found.systems.items()}
    plan = plan_changes(SYSTEM_SHEET, present, reading.rows)
    assert (plan.changes, plan.problems, plan.unchanged) == ((), (), 2)


def test_form_08_finds_units_and_systems_by_folded_name_and_makes_codes_for_new_ones() -> None:
    found = register(*UNITS, system("a", name="Thư uỷ", owner="vp"))
    head = ["STT", "Hệ thống thông tin", "Chủ quản", "Cấp độ"]
    rows, problems = form(found, head, ["1", "THƯ ủy", "Văn phòng tỉnh ủy", "2"], ["2", "Một cửa điện tử", "stttt", "3"])
    assert problems == []
    assert [(row["code"], row["owner"], row["level"]) for row in rows] == [("a", "vp", 2), ("mot-cua-dien-tu", "stttt", 3)]


def test_form_08_systems_of_one_name_are_told_apart_by_their_owners() -> None:
    found = register(*UNITS, system("a", name="Cổng", owner="vp"))
    rows, problems = form(found, ["name", "owner"], ["Cổng", "stttt"], ["Cổng", "vp"], ["Cổng", "stttt"])
    assert problems == []
    assert [row["code"] for row in rows] == ["cong", "a", "cong"]


def test_form_08_names_that_mean_nothing_or_several_are_told() -> None:
    found = register(
        *UNITS, unit("x", "Sở khoa học và công nghệ"), system("a", name="Cổng", owner="vp"), system("b", name="Cổng", owner="x")
    )
    _, problems = form(found, ["name", "owner"], ["Cổng", ""], ["Khác", "Sở Z"], ["Khác", "Sở Khoa học và Công nghệ"])
    assert problems == ["form_system_ambiguous", "form_unit_unknown", "form_unit_ambiguous"]


# Coverage and quality


def test_r22_coverage_is_told_by_kind_and_what_was_never_seen_by_name() -> None:
    found = register(
        unit("vp", domains=("tinh.vn",), ranges=("10.0.0.0/16", "192.0.2.0/24")),
        system("a", "10.0.0.0/24", name="A", kind=SystemKind.SHARED),
        system("b", "10.0.1.0/24", name="B", kind=SystemKind.SHARED),
        system("c", "10.0.2.0/24", name="C", kind=SystemKind.NATIONAL_DATABASE),
        system("d", "10.0.2.0/24", name="D", kind=SystemKind.NATIONAL_DATABASE),
        system("e", "10.0.3.0/24", name="E", secrecy=Secrecy.SECRET),
        system("f", "10.0.4.0/24", name="F", stage=Stage.PLANNED),
    )
    targets = [NetworkTarget("10.0.0.1", 443), NetworkTarget("10.0.0.2", 443, "www.tinh.vn"), NetworkTarget("10.0.2.1", 443),
               NetworkTarget("10.0.9.1", 443), NetworkTarget("203.0.113.1", 443)]  # fmt: skip
    seen = coverage(found, [(target, True) for target in targets], DAY)
    assert [(row.kind, row.seen, row.total, row.never_seen) for row in seen.kinds] == [
        (SystemKind.NATIONAL_DATABASE, 0, 2, ("C", "D")),
        (SystemKind.SHARED, 1, 2, ("B",)),
    ]
    assert (seen.targets, seen.in_systems, seen.tied, seen.outside, seen.outside_units) == (5, 2, 1, 2, 1)
    assert (seen.not_running, seen.out_of_assessment) == (1, 1)
    assert [(row.unit, row.seen, row.total, row.never_seen) for row in seen.units] == [("vp", 2, 3, ("192.0.2.0/24",))]


def test_a_target_counts_for_every_range_and_domain_that_holds_it() -> None:
    found = register(unit("a", domains=("vn", "tinh.vn"), ranges=("10.0.0.0/8", "10.0.0.0/24")), unit("b", ranges=("10.0.0.0/24",)))
    seen = coverage(found, [(NetworkTarget("10.0.0.1", 443, "x.tinh.vn"), True), (FileTarget("m", "/a"), True)], DAY)
    assert [(row.unit, row.seen, row.total) for row in seen.units] == [("a", 4, 4), ("b", 1, 1)]
    assert seen.outside_units == 0


def test_r22_what_nobody_asked_is_unknown_and_what_never_answered_is_not_seen() -> None:
    found = register(
        unit("a", domains=("tinh.vn", "so.tinh.vn", "x.vn"), ranges=("10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24", "10.0.3.0/24")),
        unit("b", ranges=("10.0.9.0/24",)),
        system("s", "10.0.2.0/24", owner="a"),
        system("t", "10.0.0.0/24", owner="b"),
    )
    asked = Asked.by(["10.0.0.0-10.0.0.99, www.so.tinh.vn; TCP 443", "10.0.0.100/30, 10.0.0.104-10.0.1.0, … (+3); TCP 22"])
    targets = [(NetworkTarget("10.0.2.9", 443), False), (NetworkTarget("10.0.0.9", 443), True)]
    seen = coverage(found, targets, DAY, asked, systems={"s"}, units={"a"})
    assert [(row.unit, row.seen, row.total) for row in seen.units] == [("a", 1, 7)]
    only = seen.units[0]
    assert (only.asked, only.in_part, only.unknown) == (3, 2, ("x.vn", "10.0.3.0/24"))
    assert only.asked + only.in_part + len(only.unknown) == only.total
    assert [(row.seen, row.total, row.never_seen) for row in seen.kinds] == [(0, 1, ("Hệ thống s",))]
    assert [row.unknown for row in coverage(found, targets, DAY, asked).units] == [only.unknown, ("10.0.9.0/24",)]


@pytest.mark.parametrize(
    ("scope", "extent"),
    [
        ("10.0.0.0/24", Extent.ASKED),
        ("10.0.0.0-10.0.0.100, 10.0.0.101-10.0.0.255", Extent.ASKED),
        ("10.0.0.0-10.0.0.100, 10.0.0.102-10.0.0.255", Extent.IN_PART),
        ("9.0.0.0-10.0.0.254", Extent.IN_PART),
        ("10.0.0.1-11.0.0.0", Extent.IN_PART),
        ("10.0.0.255", Extent.IN_PART),
        ("10.0.0.0", Extent.IN_PART),
        ("9.255.255.255, 10.0.1.0", Extent.UNKNOWN),
        ("::/0", Extent.ASKED),  # IPv4 lies in one number line with IPv6.
        ("a.example, *.example, tag:x, 10.0.0.0/33, …", Extent.UNKNOWN),
    ],
)
def test_the_ends_of_a_range_count(scope: str, extent: Extent) -> None:
    assert Asked.by([f"{scope}; TCP 443"]).extent("10.0.0.0/24") is extent


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 40)), max_size=8), st.integers(0, 31))
def test_a_range_is_asked_where_each_of_its_addresses_was(spans: list[tuple[int, int]], place: int) -> None:
    every = {number for first, length in spans for number in range(first, first + length + 1)}
    scope = ", ".join(f"{ip_address(first)}-{ip_address(first + length)}" for first, length in spans)
    wanted = range(place * 8, place * 8 + 8)
    hits = sum(number in every for number in wanted)
    expected = Extent.ASKED if hits == 8 else Extent.IN_PART if hits else Extent.UNKNOWN
    assert Asked.by([f"{scope}; TCP 443"]).extent(f"{ip_address(place * 8)}/29") is expected


def test_r08_a_military_unit_s_ranges_are_in_no_coverage() -> None:
    found = register(unit("qs", kind=UnitKind.MILITARY, ranges=("10.0.0.0/24",)), unit("a", ranges=("10.0.0.0/8",)))
    assert [row.unit for row in coverage(found, [(NetworkTarget("10.0.0.1", 443), True)], DAY).units] == ["a"]


def test_r31_rows_of_one_unit_are_held_against_those_of_all() -> None:
    found = register(unit("a"), unit("b"), system("x", name="Kho", owner="a"), system("y", name="kho", owner="b"), system("z"))
    assert quality(found, DAY, {"x"}).clean == Share(0, 1)
    assert quality(found, DAY).clean == Share(1, 3)


def test_r31_four_shares_with_their_counts() -> None:
    whole: dict[str, Any] = {
        "owner": "vp",
        "operator": "vp",
        "level": 3,
        "data_classes": frozenset({DataClass.PUBLIC}),
        "regime": Regime.CIVIL,
        "contact": "x",
    }
    found = register(
        unit("vp"),
        system("a", "10.0.0.0/24", name="A", reviewed_on=date(2026, 11, 29), **whole),
        system("b", "10.0.1.0/24", name="Uỷ", reviewed_on=date(2025, 11, 28), **whole),
        system("c", "10.0.2.0/24", name="Ủy", reviewed_on=date(2026, 11, 30), **whole),
        System("d", "D", owner="gone", reviewed_on=date(2025, 11, 29)),
        System("e", "E", stage=Stage.RETIRED),
    )
    panel = quality(found, DAY)
    assert (panel.verified, panel.complete, panel.clean, panel.live) == (Share(2, 4), Share(3, 4), Share(2, 4), Share(2, 4))
    assert panel.oldest_days == 366


def test_r31_of_an_empty_register_no_share_is_told() -> None:
    assert quality(Register(), DAY).complete == Share(0, 0)
