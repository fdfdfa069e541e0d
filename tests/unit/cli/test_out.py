"""What is printed: nothing that steers a terminal, tables that fit, whole rows where nothing is cut."""

from __future__ import annotations

import json

import pytest
from pqscan_reports.escape import display_width

from pqscan.cli import out

HEADER = (out.Column("Mục tiêu", 30, grows=True), out.Column("State", 10), out.Column("n", 4, right=True))
ROWS = [("www.example.vn " * 9, "vulnerable", "12"), ("短い" * 30, "\x1b[31mred", "3"), ("a", "ệ" * 40, "12345")]


@pytest.mark.parametrize("columns", ["80", "60", "132"])
def test_a_table_is_never_wider_than_the_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    out.table(HEADER, ROWS)
    shown = capsys.readouterr().out
    assert len(shown.splitlines()) == 4
    assert max(map(display_width, shown.splitlines())) <= int(columns)
    assert "\x1b" not in shown


def test_no_column_is_cut_while_another_one_has_room(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    header = (out.Column("Mã", 14), out.Column("Đơn vị", 20, grows=True), out.Column("Loại", 10))
    out.table(header, [("HT25", "Nền tảng tích hợp, chia sẻ dữ liệu", "hệ thống dùng chung"), ("HT04", "Đảng viên", "–")])
    assert "…" not in capsys.readouterr().out
    out.table(header, [("HT25", "a" * 90, "b" * 12), ("HT04", "Đảng viên", "–")])
    shown = capsys.readouterr().out.splitlines()
    assert [display_width(line) for line in shown][1] == 80
    assert shown[1].endswith("b" * 12)


@pytest.mark.parametrize("columns", ["1000", "99999999999", "9" * 5000])
def test_a_terminal_is_never_wider_than_can_be(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert out.columns() in (80, 1000)
    out.table(HEADER, ROWS)
    out.wrapped("one two")
    assert max(map(display_width, capsys.readouterr().out.splitlines())) <= 1000


def test_a_table_that_goes_to_a_file_is_whole_and_aligned(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    out.table(HEADER, ROWS)
    lines = capsys.readouterr().out.splitlines()
    assert "www.example.vn " * 8 in lines[1]
    assert len({display_width(line) for line in lines}) == 1


def test_one_endless_name_does_not_widen_every_row(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    out.table(HEADER, [("x" * 60_000, "ok", "1"), *(("short", "ok", "1") for _ in range(100))])
    shown = capsys.readouterr().out
    assert "x" * 60_000 in shown
    assert len(shown) < 60_000 + 102 * 260


@pytest.mark.parametrize("text", ["\x1b[2J", "a\rb", "\x07", "\u202eevil", "\x9b31m", "\u2066x"])
def test_a_line_of_data_is_harmless(capsys: pytest.CaptureFixture[str], text: str) -> None:
    out.line(text)
    shown = capsys.readouterr().out
    assert text not in shown
    assert shown.endswith("\n")
    assert shown[:-1].isprintable()


def test_an_error_is_one_line_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    out.error("first\n\x1b[1msecond\n")
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("\n") == 1
    assert "first" in shown.err
    assert "\x1b" not in shown.err


def test_nothing_in_a_document_steers_a_terminal_and_all_of_it_reads_back(capsys: pytest.CaptureFixture[str]) -> None:
    value: out.Json = {"name": "\x1b[2J\x9b31m\x7f\u202e\u200b\ufeff", "place": "Huế"}
    out.document(value)
    shown = capsys.readouterr().out
    assert all(character.isprintable() for character in shown if character != "\n")
    assert json.loads(shown) == value


def test_a_document_survives_names_that_are_no_unicode(capsys: pytest.CaptureFixture[str]) -> None:
    out.document({"name": "\udc80", "place": "Huế"})
    shown = capsys.readouterr().out
    assert "Huế" in shown
    assert shown.encode("utf-8")
