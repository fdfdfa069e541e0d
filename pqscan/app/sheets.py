"""Sheets as files: CSV (RFC 4180, and as Excel writes it: semicolons, a byte order mark) and XLSX, in and out.

Files come from others: their size, rows, columns and cells are bounded before anything is built from them. No cell that is
written is ever a formula; a CSV cell that could be read as one begins with an apostrophe, which is taken off again in reading."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, BinaryIO

from pqscan.errors import UsageError, WorkError
from pqscan.readiness.sheet import MOST_COLUMNS, MOST_ROWS
from pqscan.registry.foreign_file import open_regular

MOST_FILE_BYTES = 10_000_000
MOST_UNPACKED_BYTES = 150_000_000
MOST_MEMBERS = 2000  # files in the archive that an XLSX is
MOST_GRID_CELLS = 6_000_000  # rows times columns: the reader lays out the whole rectangle
MOST_TEXT_BYTES = 1_500_000_000  # cells times the longest text: the reader copies it into each

Line = tuple[int, Sequence[str]]
"""Where a row begins, and its cells."""

_FORMULA = r"[=+\-@＝＋－＠\t\r]"
_BEGINS = re.compile(rf"""[\s"']*{_FORMULA}""")  # Blanks and quotation marks before it are no protection.
_BEHIND_A_SEPARATOR = re.compile(rf"""([,;|])(?=[\s"']*{_FORMULA})""")
_ESCAPED_BEHIND = re.compile(rf"""([,;|])'(?=[\s"']*{_FORMULA})""")
_PLACE = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]{0,8})([0-9]{1,12})["']""")
_ROWS = b"sheetData"
_CELL = re.compile(rb"[<:]c[\s/>]")
_STRINGS = re.compile(rb"[<:]sst[\s/>]")
_OTHER_FORMATS = frozenset(
    {"xl/workbook.bin", "content.xml", "mimetype"}
)  # What the reader would take as well, and lay out otherwise.


def formula_free(text: str) -> str:
    """The text as it may stand in a CSV cell: nothing begins a formula, also behind a separator of another edition."""
    harmless = _BEHIND_A_SEPARATOR.sub(r"\1'", text)
    return f"'{harmless}" if _BEGINS.match(harmless) else harmless


def as_typed(cell: str) -> str:
    """The inverse of `formula_free`."""
    text = cell[1:] if cell.startswith("'") and _BEGINS.match(cell[1:]) else cell
    return _ESCAPED_BEHIND.sub(r"\1", text)


def read_rows(path: str, is_heading: Callable[[str], bool]) -> Iterator[Line]:
    """The rows of a CSV or XLSX file, each with the line where it begins. `is_heading` tells which separator a CSV file has.

    Raises UsageError for what is neither, or is too large; WorkError where the reader of XLSX is not installed."""
    try:
        with open_regular(path, or_stream=True) as file:
            data = file.read(MOST_FILE_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    if len(data) > MOST_FILE_BYTES:
        raise UsageError(f"{path} is larger than {MOST_FILE_BYTES} bytes; split it, or check that it is the right file")
    if data.startswith(b"PK\x03\x04"):
        return _xlsx_rows(data, path)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise UsageError(f"{path} is in the old format of Excel; save it as XLSX or as CSV UTF-8")
    return _csv_rows(_text(data, path), path, is_heading)


def _text(data: bytes, path: str) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise UsageError(f"{path} is text in UTF-16; save it as CSV UTF-8")
    if b"\0" in data:  # UTF-16 without its mark is full of them; in UTF-8 no text of a person holds one.
        line = data.count(b"\n", 0, data.index(b"\0")) + 1
        raise UsageError(f"{path}, line {line}: it holds a zero byte, so it is no text in UTF-8; save it as CSV UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(
            f"{path}, line {line}: it is not UTF-8 but another encoding, such as Windows-1258; save it as CSV UTF-8"
        ) from None


def _csv_rows(text: str, path: str, is_heading: Callable[[str], bool]) -> Iterator[Line]:
    first = text[: text.find("\n") + 1 or len(text)]
    separator, skipped = _separator(first, is_heading), 0
    if first.lower().startswith("sep=") and len(first.strip()) == 5:  # Excel's own word for it
        separator, skipped = first.strip()[4], 1
        text = text[len(first) :]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    while True:
        line = reader.line_num + 1 + skipped
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            told = "a quotation mark is missing or is one too many, or the cell is endless; correct it"
            raise UsageError(f"{path}, line {line}: {told}") from None
        yield line, [as_typed(cell) for cell in cells]


def _separator(line: str, is_heading: Callable[[str], bool]) -> str:
    """Of comma, semicolon and tab the one that makes most headings out of the first line, then most cells."""

    def merit(separator: str) -> tuple[int, int]:
        try:
            cells = next(csv.reader([line], delimiter=separator), [])
        except csv.Error:
            return 0, 0
        return sum(map(is_heading, cells[:MOST_COLUMNS])), len(cells)

    return max((",", ";", "\t"), key=merit)


def _xlsx_rows(data: bytes, path: str) -> Iterator[Line]:
    try:
        from python_calamine import CalamineError, CalamineWorkbook
    except ImportError:
        raise WorkError("reading XLSX needs python-calamine: install pqscan with [sheets], or save the file as CSV UTF-8") from None
    _require_bounds(data, path)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheet = book.get_sheet_by_index(0)
        rows = sheet.to_python(skip_empty_area=False)
    except (CalamineError, ValueError, OSError, IndexError, OverflowError) as error:
        raise UsageError(f"{path} is no XLSX file that can be read ({error}); save it anew") from None
    except BaseException as error:  # A panic of the reader is none of its errors.
        if type(error).__name__ != "PanicException":
            raise
        raise UsageError(f"{path} is no XLSX file that can be read; save it anew") from None
    return ((number, [_cell_text(cell) for cell in row]) for number, row in enumerate(rows, 1))


def _require_bounds(data: bytes, path: str) -> None:
    """Unpacks everything once, counting: a small archive may hold gigabytes, two far cells a rectangle that fills the memory, and
    many cells one endless string. Raises UsageError."""
    import zipfile
    import zlib

    rows = columns = cells = longest = 0
    left = MOST_UNPACKED_BYTES
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if len(members) > MOST_MEMBERS:
                raise UsageError(f"{path} holds {len(members)} parts, more than an XLSX file has; check that it is the right file")
            if {member.filename.lower() for member in members} & _OTHER_FORMATS:
                raise UsageError(f"{path} is no XLSX; save it as XLSX or as CSV UTF-8")
            for member in members:
                with archive.open(member) as part:
                    content = part.read(left + 1)
                left -= len(content)
                if left < 0:
                    raise UsageError(f"{path} unpacks to more than {MOST_UNPACKED_BYTES} bytes; split it")
                # Only a part with this element is read as a sheet; themes have numbers that look like places.
                for found in _PLACE.finditer(content) if _ROWS in content else ():
                    rows = max(rows, int(found[2]))
                    columns = max(columns, _column_number(found[1]))
                cells += sum(1 for _ in _CELL.finditer(content))
                if _STRINGS.search(content):
                    longest = max(longest, *map(len, content.split(b"si>")))
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError, ValueError):
        raise UsageError(f"{path} is a damaged or protected XLSX file; save it anew, without a password") from None
    if rows > MOST_ROWS + 1 or columns > MOST_COLUMNS or rows * columns > MOST_GRID_CELLS:
        told = f"a cell in row {rows} or column {columns} is too far out; delete the empty rows and columns at the end"
        raise UsageError(f"{path}: {told}")
    if cells * longest > MOST_TEXT_BYTES:
        raise UsageError(f"{path} has {cells} cells and a text of {longest} bytes; split it, or shorten the text")


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _cell_text(cell: Any) -> str:  # Any: as the reader gives it.
    """A cell as a person would have typed it."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e18 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time(0) else cell.isoformat(" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return f"{cell.total_seconds():g} s"
    return str(cell)


def write_csv(rows: Iterable[Sequence[str]], out: BinaryIO) -> None:
    """As Excel opens it: a byte order mark, semicolons, CRLF."""
    out.write(codecs.BOM_UTF8)
    text = io.TextIOWrapper(out, "utf-8", newline="", write_through=True)
    try:
        writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
        for row in rows:
            writer.writerow([formula_free(cell) for cell in row])
    finally:
        text.detach()


_MADE_AT = datetime(2000, 1, 1, tzinfo=UTC)  # The same rows give the same bytes.


def write_xlsx(rows: Iterable[Sequence[str]], out: BinaryIO, title: str) -> None:
    """One sheet of texts, its first row fixed. Raises WorkError where the writer is not installed."""
    try:
        import xlsxwriter  # type: ignore[import-untyped]  # It ships no types.
    except ImportError:
        raise WorkError("writing XLSX needs XlsxWriter: install pqscan with [sheets], or name a .csv file") from None
    made = io.BytesIO()
    book = xlsxwriter.Workbook(
        made, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    book.set_properties({"created": _MADE_AT})
    sheet = book.add_worksheet(title[:31])
    bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    for number, row in enumerate(rows):
        for place, cell in enumerate(row):
            if cell:
                sheet.write_string(number, place, cell, wrapped if number else bold)
    sheet.freeze_panes(1, 0)
    book.close()
    out.write(made.getvalue())
