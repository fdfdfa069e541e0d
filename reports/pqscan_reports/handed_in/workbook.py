"""`pqscan report xlsx`: the tables that are handed in as a workbook, row by row, so that memory does not grow with them.

Text is written as text and numbers as numbers; no cell is ever a formula or a link, whatever it begins with."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from datetime import UTC, datetime, time
from io import BytesIO
from typing import BinaryIO

from pqscan.errors import WorkError
from pqscan.locale import translator
from pqscan.report import AssessedInventory, ReportOptions
from pqscan_reports.escape import visible
from pqscan_reports.handed_in.rows import Content, tables
from pqscan_reports.standing import Cell, Table

_MOST_CHARACTERS = 32_000  # of a cell; Excel takes 32,767
_WIDEST, _NARROWEST = 60, 8  # columns of a sheet, in characters
_LINE_POINTS, _MOST_POINTS = 15, 409  # the height of a line, and the most that Excel takes for a row
_NOT_IN_A_NAME = str.maketrans("[]:*?/\\", "       ")


class WorkbookReport:
    """Needs the extra `reports`."""

    name = "xlsx"

    def write(self, inventory: AssessedInventory, options: ReportOptions, out: BinaryIO) -> None:
        """Raises WorkError where XlsxWriter is not installed."""
        try:
            from xlsxwriter import Workbook  # type: ignore[import-untyped]
        except ImportError:
            raise WorkError("XLSX needs the extra `reports` (XlsxWriter): install it with the locked packages") from None
        say = translator(options.language)
        content = Content.of(inventory, is_redacted=options.is_redacted)
        made = BytesIO()
        book = Workbook(made, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
        created = datetime.combine(inventory.as_of, time(), UTC).replace(tzinfo=None)
        book.set_properties({"author": "pqscan", "created": created})
        bold = book.add_format({"bold": True, "text_wrap": True, "font_name": "Times New Roman"})
        plain = book.add_format({"text_wrap": True, "valign": "top", "font_name": "Times New Roman"})
        for table in tables(content, say):
            sheet = book.add_worksheet(table.title.translate(_NOT_IN_A_NAME)[:31])
            sheet.set_paper(9)  # A4
            sheet.set_landscape()
            sheet.fit_to_pages(1, 0)  # As many pages high as it takes, but none beside another.
            sheet.repeat_rows(0)
            sheet.freeze_panes(1, 0)
            sheet.set_footer("&C&P / &N")
            widths = _widths(table)
            for column, width in enumerate(widths):
                sheet.set_column(column, column, width)
            for number, row in enumerate((table.header, *table.rows)):
                sheet.set_row(number, _height(row, widths))
                for column, cell in enumerate(row):
                    style = bold if number == 0 else plain
                    if isinstance(cell, int):
                        sheet.write_number(number, column, cell, style)
                    else:
                        sheet.write_string(number, column, visible(cell)[:_MOST_CHARACTERS], style)
        book.close()
        out.write(made.getvalue())


def _widths(table: Table) -> list[int]:
    """In characters: as wide as the longest cell, within bounds."""
    longest = (max((len(str(row[column])) for row in table.rows[:200]), default=0) for column in range(len(table.header)))
    return [
        min(_WIDEST, max(_NARROWEST, len(heading) + 2, most + 2 + most // 10))  # Capitals are wider than the digits it is told in.
        for heading, most in zip(table.header, longest, strict=True)
    ]


def _height(row: Sequence[Cell], widths: Sequence[int]) -> int:
    """In points, told to the program that opens the book: not each of them finds out by itself how high wrapped text is."""
    lines = max((len(textwrap.wrap(str(cell), width)) for cell, width in zip(row, widths, strict=True)), default=1)
    return min(_MOST_POINTS, _LINE_POINTS * max(1, lines))
