"""A sheet reads what it writes, tells every error with its place, and needs nobody's good will."""

from __future__ import annotations

import contextlib
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pqscan.errors import StoreError
from pqscan.locale import render
from pqscan.model.reason import Reason
from pqscan.readiness.cells import MOST_CELL, Choice, Day, Many, Money, Text, Whole, WrongCell, YesNo
from pqscan.readiness.folding import fold
from pqscan.readiness.kinds import SHEETS
from pqscan.readiness.sheet import MOST_PROBLEMS, Sheet
from pqscan.readiness.system import DataClass, Secrecy, SystemKind
from pqscan.readiness.system_sheet import SYSTEM_SHEET
from pqscan.readiness.unit_sheet import UNIT_SHEET
from tests.unit.readiness.records import records

ALL = sorted(SHEETS)


def read(sheet: Sheet[Any], *rows: list[str]) -> tuple[list[Any], list[Reason]]:
    reading = sheet.read(enumerate(rows, 1))
    return [row.fields for row in reading.rows], list(reading.problems)


def codes(*rows: list[str]) -> list[str]:
    return [reason.code for reason in read(SYSTEM_SHEET, *rows)[1]]


@pytest.mark.parametrize("kind", ALL)
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_what_is_stored_is_the_record_again(kind: str, data: st.DataObject) -> None:
    record = data.draw(records(SHEETS[kind]))
    assert SHEETS[kind].record(SHEETS[kind].document(record)) == record


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("kind", ALL)
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_what_is_written_is_read_again_in_either_language(kind: str, language: str, data: st.DataObject) -> None:
    sheet = SHEETS[kind]
    record = data.draw(records(sheet))
    rows, problems = read(sheet, sheet.headings(language), sheet.cells(record, language))
    assert problems == []
    assert sheet.record(sheet.merged(None, rows[0])) == record
    assert sheet.code_of(rows[0]) == sheet.code(record)


@given(st.lists(st.lists(st.text(max_size=30), max_size=6), max_size=6))
def test_any_rows_at_all_give_rows_or_problems(rows: list[list[str]]) -> None:
    for sheet in SHEETS.values():
        reading = sheet.read(enumerate(rows, 1))
        assert reading.rows or reading.problems or sum(any(cell.strip() for cell in row) for row in rows) == 1


@given(st.sampled_from(ALL), st.data())
def test_any_cell_at_all_gives_a_value_or_a_problem(kind: str, data: st.DataObject) -> None:
    sheet = SHEETS[kind]
    column = data.draw(st.sampled_from(sheet.columns))
    text = data.draw(st.text(max_size=40))
    with contextlib.suppress(WrongCell):
        stored = column.read(text)
        assert stored is None or column.kind.field(column.kind.value(stored)) == stored


@pytest.mark.parametrize("kind", ALL)
def test_no_two_columns_of_a_sheet_are_called_the_same(kind: str) -> None:
    words = [word for column in SHEETS[kind].columns for word in {fold(text) for text in (column.name, *column.words)}]
    assert sorted(set(words)) == sorted(words)


@pytest.mark.parametrize("kind", ALL)
def test_no_two_choices_are_called_the_same(kind: str) -> None:
    for column in SHEETS[kind].columns:
        choice = column.kind.of if isinstance(column.kind, Many) else column.kind
        if isinstance(choice, Choice):
            for member in choice.of:
                for language in ("vi", "en"):
                    assert choice.read(choice.write(member, language)) is member


def test_headings_are_read_by_name_and_in_both_languages_folded() -> None:
    rows, problems = read(
        SYSTEM_SHEET, ["code", "hệ  THỐNG thông tin", "Security level", "loại"], ["a", "Một cửa", "3", ""], ["b", "Thư", "4", ""]
    )
    assert problems[0].code.startswith("column_unknown")
    rows, problems = read(SYSTEM_SHEET, ["code", "hệ  THỐNG thông tin", "Security level"], ["a", "Một cửa", "3"])
    assert (rows, problems) == ([{"code": "a", "name": "Một cửa", "level": 3}], [])


def test_every_error_of_a_file_is_told_with_line_column_and_what_would_be_right() -> None:
    _, problems = read(
        SYSTEM_SHEET,
        ["Mã hệ thống", "Hệ thống thông tin", "Cấp độ", "Ngày mua sắm"],
        ["a", "A", "6", "2026-11-29"],
        ["b", "B", "2", "31/02/2026"],
    )
    assert [render(problem, "en") for problem in problems] == [
        "systems, line 2, Cấp độ: '6' is no whole number from 1 to 5.",
        "systems, line 3, Ngày mua sắm: '31/02/2026' is no day; write it as 2026-11-29 or 29/11/2026.",
    ]


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([], "sheet_empty"),
        ([["", " "]], "sheet_empty"),
        ([["name"], ["A"]], "column_missing"),
        ([["code", "name", "Mã hệ thống"], ["a", "A", "b"]], "column_twice"),
        ([["code", "name", "colour"], ["a", "A", "red"]], "column_unknown"),
        ([["code", "name", "secreci"], ["a", "A", ""]], "column_unknown_close"),
        ([["code", "name"], ["a", "A", "behind"]], "cell_beyond"),
        ([["code", "name"], ["a", ""]], "cell_empty"),
        ([["code", "name"], ["a/b", "A"]], "cell_no_code"),
        ([["code", "name"], ["a", "x" * (MOST_CELL + 1)]], "cell_too_long"),
        ([["code", "name"], ["a", "A\x1b[2J"]], "cell_unprintable"),
        ([["code", "name"], ["a", "A\u202egpj.exe"]], "cell_unprintable"),
        ([["code", "name"], ["a", "A\u2067b\u2069"]], "cell_unprintable"),
        ([["code", "name", "kind"], ["a", "A", "planet"]], "cell_no_choice"),
        ([["code", "name", "is_critical"], ["a", "A", "maybe"]], "cell_no_yes"),
        ([["code", "name", "tags"], ["a", "A", "x; x"]], "cell_twice"),
        ([["code", "name", "scope"], ["a", "A", "10.0.0.1/24"]], "scope_host_bits"),
        ([["code", "name", "funding"], ["a", "A", "1.50"]], "cell_no_amount"),
        ([["code", *["" for _ in range(300)]], ["a"]], "sheet_too_wide"),
    ],
)
def test_a_wrong_file_is_told(rows: list[list[str]], code: str) -> None:
    assert codes(*rows) == [code]


def test_cells_under_an_unknown_heading_are_not_told_once_more_for_each_row() -> None:
    assert codes(["code", "name", "colour"], *[[str(n), "A", "red"] for n in range(50)]) == ["column_unknown"]


def test_so_many_errors_are_told_and_that_there_are_more() -> None:
    reading = SYSTEM_SHEET.read(enumerate([["code", "name"], *[["", "A"]] * (MOST_PROBLEMS + 5)], 1))
    assert (len(reading.problems), reading.more_problems, reading.rows) == (MOST_PROBLEMS, True, ())


def test_a_file_may_have_so_many_rows() -> None:
    reading = UNIT_SHEET.read(enumerate([["code", "name"], *[[str(n), "A"] for n in range(100_001)]], 1))
    assert (len(reading.rows), reading.problems[0].code) == (100_000, "sheet_too_long")


def test_columns_that_a_file_lacks_are_told_and_stay_as_they_are() -> None:
    reading = SYSTEM_SHEET.read(enumerate([["code", "level"], ["a", ""]], 1))
    assert "name" in reading.missing
    assert SYSTEM_SHEET.merged({"code": "a", "name": "A", "level": 3, "vendor": "V"}, reading.rows[0].fields) == {
        "code": "a",
        "name": "A",
        "vendor": "V",
    }


def test_empty_is_not_stated_and_never_no() -> None:
    rows, _ = read(SYSTEM_SHEET, ["code", "name", "is_agile", "is_nss", "access_by_asymmetric"], ["a", "A", "", "không", "x"])
    record = SYSTEM_SHEET.record(SYSTEM_SHEET.merged(None, rows[0]))
    assert (record.is_agile, record.is_nss, record.access_by_asymmetric) == (None, False, True)


@pytest.mark.parametrize("text", ["2026-11-29", "29/11/2026", " 29/11/2026 "])
def test_a_day_is_read_in_both_manners(text: str) -> None:
    assert Day().read(text) == date(2026, 11, 29)


@pytest.mark.parametrize("text", ["11/29/2026", "29-11-2026", "2026", "1.1.2026", "0001-01-01", "٢٩/١١/٢٠٢٦", "29/11/26"])
def test_what_is_no_day_is_none(text: str) -> None:
    with pytest.raises(WrongCell):
        Day().read(text)


@pytest.mark.parametrize("text", ["1500000", "1.500.000", "1,500,000", "1 500 000"])
def test_an_amount_may_have_groups_of_three(text: str) -> None:
    assert Money().read(text) == 1_500_000


@pytest.mark.parametrize("text", ["1.500,000", "1500,0", "-5", "1e6", "15.00.000", "₫5", "9" * 30])
def test_an_amount_that_could_mean_something_else_is_refused(text: str) -> None:
    with pytest.raises(WrongCell):
        Money().read(text)


@pytest.mark.parametrize("text", ["có", "YES", "x", "TRUE", "Đúng"])
def test_yes_is_read_as_people_write_it(text: str) -> None:
    assert YesNo().read(text) is True


@pytest.mark.parametrize(
    ("choice", "text", "member"),
    [
        (Choice(Secrecy), "TUYỆT MẬT", Secrecy.TOP_SECRET),
        (Choice(Secrecy), "Mật", Secrecy.CONFIDENTIAL),
        (Choice(Secrecy), "Secret", Secrecy.SECRET),
        (Choice(SystemKind), "Cơ sở dữ liệu quốc gia", SystemKind.NATIONAL_DATABASE),
        (Choice(DataClass), "sensitive_personal", DataClass.SENSITIVE_PERSONAL),
    ],
)
def test_a_choice_is_read_by_value_or_word(choice: Choice, text: str, member: object) -> None:
    assert choice.read(text) is member


@pytest.mark.parametrize("text", ["1.0", "²", "１", "1" * 25, "0x10", ""])
def test_what_is_no_whole_number_is_none(text: str) -> None:
    with pytest.raises(WrongCell):
        Whole(0, 10).read(text)


def test_text_is_composed_and_a_line_break_is_one_character() -> None:
    assert Text(10, lines=True).read(" tie\u0302\u0301ng\r\nViệt ") == "tiếng\nViệt"


@pytest.mark.parametrize(
    "document",
    [
        {"code": "a"},
        {"code": "a", "name": 5},
        {"code": "a", "name": "A", "level": "3"},
        {"code": "a", "name": "A", "level": True},
        {"code": "a", "name": "A", "level": 9},
        {"code": "a", "name": "A", "colour": "red"},
        {"code": "a", "name": "A", "acquired_on": "29/11/2026"},
        {"code": "a", "name": "A", "tags": "x"},
        {"code": "a", "name": "A", "tags": ["x;y"]},
        {"code": "a", "name": "A", "kind": "planet"},
        {"code": "a", "name": "A", "is_critical": 1},
        {"code": "a", "name": " A"},
        {"code": "a", "name": "A", "scope": ["10.0.0.1/24"]},
    ],
)
def test_a_damaged_document_is_told_as_damage(document: dict[str, Any]) -> None:
    with pytest.raises(StoreError, match="damaged record"):
        SYSTEM_SHEET.record(document)
