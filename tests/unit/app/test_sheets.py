"""Sheets as files: what is written is read again and is never a formula; hostile files end in one sentence."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqscan.app import sheets
from pqscan.app.sheets import as_typed, formula_free, read_rows, write_csv, write_xlsx
from pqscan.errors import UsageError
from pqscan.readiness.kinds import SHEETS
from pqscan.readiness.system_sheet import SYSTEM_SHEET

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NASTY = st.lists(st.sampled_from(["=", "+", "-", "@", "'", ";", ",", " ", '"', "a", "＝", "\t", "|"]), max_size=8).map("".join)


def known(heading: str) -> bool:
    return SYSTEM_SHEET.column(heading) is not None


def read(path: Path) -> list[tuple[int, list[str]]]:
    return [(line, list(cells)) for line, cells in read_rows(str(path), known)]


def file(folder: Path, content: bytes, name: str = "sheet.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@given(st.one_of(TEXT, NASTY))
def test_what_is_made_harmless_is_read_as_it_was(text: str) -> None:
    assert as_typed(formula_free(text)) == text


@given(st.one_of(TEXT, NASTY))
def test_no_cell_begins_a_formula_also_behind_another_separator(text: str) -> None:
    harmless = formula_free(text)
    for separator in ",;|":
        for part in harmless.split(separator):
            assert not part.strip(' "').startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))


@given(st.lists(st.lists(st.one_of(TEXT, NASTY), min_size=2, max_size=4), min_size=1, max_size=4))
def test_csv_is_read_as_it_was_written(rows: list[list[str]]) -> None:
    rows = [[cell.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "") for cell in row] for row in rows]
    out = io.BytesIO()
    write_csv([["code", "name"], *rows], out)
    text = sheets._text(out.getvalue(), "f")
    assert [list(cells) for _line, cells in sheets._csv_rows(text, "f", known)][1:] == rows


@pytest.mark.parametrize("write", [write_csv, lambda rows, out: write_xlsx(rows, out, "systems")], ids=["csv", "xlsx"])
def test_what_excel_would_take_for_a_formula_comes_back_as_text(tmp_path: Path, write: Callable[..., None]) -> None:
    rows = [
        ["code", "name"],
        ["a", "=HYPERLINK(1)"],
        ["b", "-5"],
        ["c", "'=1"],
        ["00123", "x\ny"],
        ["e", "_x0041_"],
        ["f", "uỷ; =1"],
    ]
    out = io.BytesIO()
    write(rows, out)
    assert [cells for _line, cells in read(file(tmp_path, out.getvalue()))] == rows


def test_nothing_in_xlsx_is_a_formula_and_the_same_rows_give_the_same_bytes() -> None:
    made = []
    for _ in range(2):
        out = io.BytesIO()
        write_xlsx([["name"], ["=1+1"], ["https://example.vn"]], out, "systems")
        made.append(out.getvalue())
    assert made[0] == made[1]
    with zipfile.ZipFile(io.BytesIO(made[0])) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in sheet
    assert b"hyperlink" not in sheet


HEAD = "Mã hệ thống;Hệ thống thông tin\r\n"


@pytest.mark.parametrize(
    "content",
    [
        "code,name\na,Một cửa\n".encode(),
        "\ufeffcode,name\r\na,Một cửa\r\n".encode(),
        "Mã hệ thống;Hệ thống thông tin\r\na;Một cửa".encode(),
        "sep=;\r\ncode;name\r\na;Một cửa".encode(),
        "code\tname\na\tMột cửa\n".encode(),
        'code,name\n"a","Một cửa"\n'.encode(),
    ],
)
def test_csv_is_read_whoever_wrote_it(tmp_path: Path, content: bytes) -> None:
    rows = [cells for _line, cells in read(file(tmp_path, content))]
    assert rows[1] == ["a", "Một cửa"]


def test_a_row_has_the_line_where_it_begins(tmp_path: Path) -> None:
    assert [line for line, _ in read(file(tmp_path, b'code,name\na,"x\ny\nz"\n\nb,B\n'))] == [1, 2, 5, 6]
    assert [line for line, _ in read(file(tmp_path, b"sep=,\ncode,name\na,A\n"))] == [2, 3]


def test_a_comma_in_a_heading_does_not_make_it_the_separator(tmp_path: Path) -> None:
    content = "Mã hệ thống;Hệ thống thông tin;Chế độ, quản lý, mật, mã\na;b;c\n".encode()
    assert read(file(tmp_path, content))[1][1] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'code,name\na,"unclosed\n', "line 2"),
        (b'code,name\na,"b"c\n', "line 2"),
        ("code,name\na,Một cửa\n".encode("utf-16"), "UTF-16"),
        ("code,name\nb,ok\na,Một cửa\n".encode("cp1258", errors="replace") + b"\xff", "line 4"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "old format"),
        (b"PK\x03\x04 no archive", "damaged"),
        (b"code,name\na," + b"x" * 200_000, "line 2"),
    ],
)
def test_a_wrong_file_ends_in_one_sentence(tmp_path: Path, content: bytes, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        read(file(tmp_path, content))


def test_a_file_that_is_too_large_or_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="larger"):
        read(file(tmp_path, b"a" * (sheets.MOST_FILE_BYTES + 1)))
    for name in (tmp_path, tmp_path / "missing.csv"):
        with pytest.raises(UsageError, match="cannot be read"):
            read(name)


@given(st.binary(max_size=200))
def test_any_bytes_give_rows_or_one_sentence(data: bytes) -> None:
    for content in (data, b"code,name\n" + data):
        try:
            rows = list(sheets._csv_rows(sheets._text(content, "f"), "f", known))
        except UsageError:
            continue
        for sheet in SHEETS.values():
            sheet.read(rows)


MAIN = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def xlsx(sheet: bytes, **more: bytes) -> bytes:
    """An XLSX file with this in its sheet, and more parts."""
    whole, out = io.BytesIO(), io.BytesIO()
    write_xlsx([["x"]], whole, "a")
    with zipfile.ZipFile(whole) as made, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in made.namelist():
            is_sheet = name == "xl/worksheets/sheet1.xml"
            archive.writestr(name, b'<worksheet xmlns="' + MAIN + b'">' + sheet + b"</worksheet>" if is_sheet else made.read(name))
        for name, content in more.items():
            archive.writestr(name, content)
    return out.getvalue()


def rows_of(*cells: str) -> bytes:
    return ('<sheetData><row r="1">' + "".join(cells) + "</row></sheetData>").encode()


def cell(place: str, value: str = "1") -> str:
    return f'<c r="{place}"><v>{value}</v></c>'


def test_numbers_and_truths_are_read_as_a_person_would_type_them(tmp_path: Path) -> None:
    content = xlsx(
        rows_of(cell("A1", "3"), cell("B1", "2.5"), '<c r="C1" t="b"><v>1</v></c>', '<c r="D1" t="str"><f>1+1</f><v>two</v></c>')
    )
    assert read(file(tmp_path, content))[0][1] == ["3", "2.5", "true", "two"]


@pytest.mark.parametrize(
    "sheet",
    [
        rows_of(cell("A1"), cell("A1048576")),
        rows_of(cell("A1"), cell("XFD1")),
        rows_of(cell("A1"), "<c  r = 'A999999'><v>1</v></c>"),
    ],
)
def test_far_cells_are_refused_before_the_rectangle_is_laid_out(tmp_path: Path, sheet: bytes) -> None:
    with pytest.raises(UsageError, match="too far out"):
        read(file(tmp_path, xlsx(sheet)))


def test_what_a_sheet_says_of_its_size_is_not_believed(tmp_path: Path) -> None:
    content = xlsx(b'<dimension ref="A1:XFD1048576"/>' + rows_of(cell("A1")))
    assert read(file(tmp_path, content)) == [(1, ["1"])]


def test_many_cells_that_share_one_endless_text_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_TEXT_BYTES", 1_000_000)
    text = b"<sst><si><t>" + b"x" * 20_000 + b"</t></si><si><t>y</t></si></sst>"
    few, many = (rows_of(*(cell(f"A{n}") for n in range(1, count))) for count in (3, 200))
    assert read(file(tmp_path, xlsx(few, **{"xl/strings.xml": text})))
    with pytest.raises(UsageError, match="shorten the text"):
        read(file(tmp_path, xlsx(many, **{"xl/strings.xml": text})))


@pytest.mark.parametrize("name", ["xl/workbook.bin", "content.xml", "mimetype"])
def test_other_formats_of_the_reader_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="no XLSX"):
        read(file(tmp_path, xlsx(rows_of(cell("A1")), **{name: b"x"})))


def test_an_archive_that_unpacks_to_more_is_refused(tmp_path: Path) -> None:
    content = xlsx(rows_of(cell("A1")), bomb=b"\0" * (sheets.MOST_UNPACKED_BYTES + 1))
    assert len(content) < 1_000_000
    with pytest.raises(UsageError, match="unpacks"):
        read(file(tmp_path, content))


def test_an_archive_of_too_many_parts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="parts"):
        read(file(tmp_path, xlsx(rows_of(cell("A1")), **{f"p{n}": b"" for n in range(sheets.MOST_MEMBERS)})))


@pytest.mark.parametrize("cut", [10, 100, 400, -30])
def test_an_archive_cut_off_is_told(tmp_path: Path, cut: int) -> None:
    with pytest.raises(UsageError):
        read(file(tmp_path, xlsx(rows_of(cell("A1")))[:cut]))


@given(st.data())
def test_a_flipped_byte_gives_rows_or_one_sentence(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    content = bytearray(xlsx(rows_of(cell("A1"), cell("B1"))))
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    path = file(tmp_path_factory.getbasetemp(), bytes(content), "flipped.xlsx")
    try:
        rows: Sequence[object] = read(path)
    except UsageError:
        return
    assert rows is not None


def test_a_sheet_without_cells_is_empty(tmp_path: Path) -> None:
    assert read(file(tmp_path, xlsx(b"<sheetData/>"))) == []


def test_cells_that_begin_a_formula_are_quoted_in_csv_as_reports_do() -> None:
    out = io.BytesIO()
    write_csv([["name"], ["=1"]], out)
    assert list(csv.reader(io.StringIO(out.getvalue().decode("utf-8-sig")), delimiter=";")) == [["name"], ["'=1"]]


@pytest.mark.parametrize("content", ["code,name\nHT1,x\n".encode("utf-16-le"), b"code,name\nHT1,\0\n", b"\0" * 50])
def test_a_file_with_zero_bytes_is_told_in_one_sentence_with_its_line(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(UsageError, match=r"line [12]: it holds a zero byte"):
        read(file(tmp_path, content))


def test_numbers_of_a_theme_are_no_places_of_cells(tmp_path: Path) -> None:
    pytest.importorskip("xlsxwriter", reason="the extra `sheets` is not installed")
    out = io.BytesIO()
    write_xlsx([["code", *(f"c{number}" for number in range(150))], ["HT1"]], out, "x")
    with zipfile.ZipFile(io.BytesIO(out.getvalue())) as package:
        assert b'r="50000"' in package.read("xl/theme/theme1.xml")
    assert len(read(file(tmp_path, out.getvalue(), "sheet.xlsx"))[0][1]) == 151
