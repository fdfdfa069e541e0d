"""The go-live sheet: ten parts, people named or said to be missing, and boxes that nobody but people tick."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pqscan.policy.editions import floor
from pqscan.readiness.gate import Conclusion, GateSettings
from pqscan.readiness.gate_judging import judge_gate
from pqscan.readiness.go_live import GoLiveSheet, NamedEdition, People, ScanSummary, go_live_sheet
from pqscan.readiness.product import Origin
from pqscan.readiness.system import Disposition
from pqscan.readiness.waiver import Waiver
from tests.unit.readiness.gating import NIST, NOW, OLD, STATIC_RSA, VIETNAM, Product, result, scanned, system

PEOPLE = People("Nguyễn Văn A", "Trung tâm", "Phòng An ninh mạng", "Đội vận hành", "Trần Thị B", "Giám đốc", "dữ liệu giả")
SCAN = ScanSummary("ab" * 32, "0.1.0", (NamedEdition("vietnam", "state of November 2026"),), 1)


def sheet(people: People = PEOPLE, settings: GateSettings | None = None, **more: object) -> GoLiveSheet:
    described = system(**more)
    gate = judge_gate(scanned(OLD, STATIC_RSA), (VIETNAM, NIST), NOW, described, (), settings)
    return go_live_sheet(described, gate, people, (Product("TLS", None),), SCAN)


def test_it_has_the_ten_parts_in_their_order() -> None:
    found = sheet()
    assert [part.number for part in found.parts] == list(range(1, 11))
    assert {each.criterion.part for each in found.parts[4].results} == {5}
    assert {each.criterion.part for each in found.parts[5].results} == {6}


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ("assessor", "sheet_no_assessor"),
        ("designated", "sheet_no_designated"),
        ("operator", "sheet_no_operator"),
        ("head", "sheet_no_head"),
        ("statement", "sheet_no_test_data"),
    ],
)
def test_r11_without_one_of_those_who_sign_the_sheet_is_not_final(field: str, code: str) -> None:
    assert sheet().is_final
    values = {name: getattr(PEOPLE, name) for name in PEOPLE.__slots__} | {field: ""}
    found = sheet(People(**values))
    assert not found.is_final
    assert [reason.code for reason in found.missing] == [code]


def test_the_register_s_operator_stands_for_one_that_nobody_named() -> None:
    values = {name: getattr(PEOPLE, name) for name in PEOPLE.__slots__} | {"operator": ""}
    found = sheet(People(**values), operator="CNTT")
    assert found.is_final
    assert "CNTT" in [line.value for line in found.parts[9].lines]


def test_an_assessor_of_the_operating_unit_is_not_independent_of_it() -> None:
    values = {name: getattr(PEOPLE, name) for name in PEOPLE.__slots__} | {"assessor_unit": "ĐỘI  vận hành"}
    assert [reason.code for reason in sheet(People(**values)).remarks] == ["sheet_assessor_is_operator"]
    assert sheet().remarks == ()


def test_each_line_has_a_label_of_its_own_and_closed_words_stay_values() -> None:
    found = sheet(disposition=Disposition.REPLACE, disposition_on=NOW)
    migration = {line.label.code: line.value for line in found.parts[5].lines}
    assert migration == {"sheet_migration": Disposition.REPLACE, "sheet_migration_on": NOW}
    supply = {line.label.code: line.value for line in found.parts[7].lines}
    assert supply["sheet_origin"] is None
    assert [line.value for line in found.parts[3].lines if line.label.code == "sheet_policies"] == list(SCAN.policies)


@pytest.mark.parametrize(("origin", "shown"), [("foreign", Origin.FOREIGN), ("nhập khẩu", "nhập khẩu")])
def test_an_origin_that_the_register_knows_is_said_in_the_readers_words(origin: str, shown: str) -> None:
    described = system()
    gate = judge_gate(scanned(OLD), (), NOW, described)
    product = replace(Product("TLS", None), origin=origin, licence_until=NOW)
    found = go_live_sheet(described, gate, PEOPLE, (product,), SCAN)
    values = {line.label.code: line.value for line in found.parts[7].lines}
    assert (values["sheet_origin"], type(values["sheet_origin"])) == (shown, type(shown))
    assert values["sheet_licence_until"] == NOW


def test_criteria_speak_for_boxes_and_tick_none() -> None:
    found = sheet()
    assert "old_protocol" in found.speaking[Conclusion.INSUFFICIENT]
    assert "forbidden_algorithm" in found.speaking[Conclusion.CONDITIONAL]
    assert "short_key" in found.speaking[Conclusion.SUFFICIENT]
    named = [name for names in found.speaking.values() for name in names]
    assert "quantum (vietnam)" not in named  # It awaits guidance.
    assert floor().id not in str(named)


def test_waivers_stand_in_part_nine_with_who_why_and_until_when() -> None:
    waiver = Waiver("floor-state-version", "Trần Thị B", "máy cũ", "mạng riêng", NOW)
    lines = sheet(settings=GateSettings(waivers=(waiver,))).parts[8].lines
    assert [line.value for line in lines] == ["floor-state-version; máy cũ; mạng riêng; Trần Thị B; 2026-11-29"]


def test_what_nobody_stated_is_said_to_be_so() -> None:
    values = {line.label.code: line.value for line in sheet().parts[0].lines}
    assert values["sheet_owner"] is None
    assert values["sheet_name"] == "Hệ thống"
    gate = judge_gate(scanned(OLD), (), NOW, system())
    assert result(gate, "old_protocol").blocks
