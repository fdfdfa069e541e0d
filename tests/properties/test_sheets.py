"""Sheets that others carry here, attacked: pqscan.app.sheets and pqscan.readiness.sheet. Whatever a file holds, it ends in rows or
in one sentence, and what is wrong in its rows in sentences with their line."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pqscan.app.sheets import read_rows, write_xlsx
from pqscan.errors import UsageError
from pqscan.readiness.kinds import SHEETS
from pqscan.readiness.sheet import MOST_PROBLEMS, problems_of
from pqscan.readiness.system_sheet import SYSTEM_SHEET

pytest.importorskip("xlsxwriter", reason="the extra `sheets` is not installed")
pytest.importorskip("python_calamine", reason="the extra `sheets` is not installed")

PIECES = [
    b"code",
    b"name",
    b",",
    b";",
    b"\t",
    b'"',
    b"\n",
    b"\r",
    b"\r\n",
    b"\0",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"sep=;",
    b"=1",
    b"HT1",
    b"\xc3",
]
HOSTILE = st.one_of(st.binary(max_size=200), st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join))
CELLS = st.one_of(st.sampled_from(["", "HT1", "31/12/2026", "45000", "10.0.0.0/8", "yes", "=1", "a; b"]), st.text(max_size=20))


@cache
def a_workbook() -> bytes:
    out = io.BytesIO()
    write_xlsx([["code", "name"], ["HT1", "Cổng"], ["HT2", "Kho"]], out, "x")
    return out.getvalue()


def ends_well(folder: Path, content: bytes) -> None:
    """In rows, or in an error of one sentence that names the file."""
    path = folder / "sheet"
    path.write_bytes(content)
    rows: list[tuple[int, Sequence[str]]] = []
    sentence = ""
    try:
        rows = list(read_rows(str(path), lambda heading: SYSTEM_SHEET.column(heading) is not None))
    except UsageError as error:
        sentence = str(error)
    assert "\n" not in sentence
    assert not sentence or str(path) in sentence
    assert all(isinstance(cell, str) for _line, cells in rows for cell in cells)
    said(rows)


def said(rows: Sequence[tuple[int, Sequence[str]]]) -> None:
    for sheet in SHEETS.values():
        reading = sheet.read(rows)
        assert len(list(problems_of(reading))) <= MOST_PROBLEMS + 1


@given(HOSTILE)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_at_all_end_in_rows_or_in_one_sentence(tmp_path: Path, content: bytes) -> None:
    ends_well(tmp_path, content)


@given(st.data())
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_a_workbook_with_bytes_changed_or_cut_off_ends_so_too(tmp_path: Path, data: st.DataObject) -> None:
    whole = bytearray(a_workbook())
    for place, byte in data.draw(st.lists(st.tuples(st.integers(0, len(whole) - 1), st.integers(0, 255)), max_size=5)):
        whole[place] = byte
    ends_well(tmp_path, bytes(whole[: data.draw(st.integers(0, len(whole)))]))


@given(st.data())
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_a_workbook_whose_parts_say_something_else_ends_so_too(tmp_path: Path, data: st.DataObject) -> None:
    """Packed anew, so that no checksum stops what is inside."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(a_workbook())) as old, zipfile.ZipFile(out, "w") as new:
        names = old.namelist()
        bent = data.draw(st.sampled_from(names))
        for name in names:
            part = bytearray(old.read(name))
            if name == bent:
                place = data.draw(st.integers(0, len(part) - 1))
                part[place : place + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=20))
            new.writestr(name, bytes(part))
    ends_well(tmp_path, out.getvalue())


@given(st.lists(st.lists(CELLS, max_size=6), max_size=5))
def test_any_cells_under_any_headings_are_read_or_told(cells: list[list[str]]) -> None:
    said(list(enumerate(cells, 1)))
    for sheet in SHEETS.values():
        sheet.read([(1, sheet.headings("vi")), *enumerate(cells, 2)])
