"""How tables of the section are laid out: the width of each column, rows that hold together, a header on each page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pqscan_reports.standing import Table

if TYPE_CHECKING:
    from docx.table import _Row

MANY_COLUMNS = 5
_TOO_MANY_COLUMNS, _MUCH_TEXT = 8, 120  # characters of a cell
_PADDING_MM, _LONGEST_WORD = 4.5, 16  # within a cell; letters of a word that a column makes room for


def lies_across(table: Table) -> bool:
    """Whether a table is too wide for a page that stands upright."""
    columns = len(table.header)
    has_much = any(isinstance(cell, str) and len(cell) > _MUCH_TEXT for row in table.rows for cell in row)
    return bool(table.rows) and (columns > _TOO_MANY_COLUMNS or (columns > MANY_COLUMNS and has_much))


def column_widths(rows: Sequence[Sequence[str]], whole: float, points: int) -> list[float]:
    """How the columns share a page's width, in millimetres: each takes its longest word, and what is left goes to those with the
    most text. Where the words alone are too wide, all give way alike."""
    letter = points * 0.5 * 25.4 / 72  # An average letter is half as wide as it is high.
    columns = list(zip(*rows, strict=True))
    least = [_PADDING_MM + letter * min(_LONGEST_WORD, max(map(_longest_word, column))) for column in columns]
    wanted = [math.sqrt(sum(len(text) for text in column) + 1) for column in columns]
    left = whole - sum(least)
    if left <= 0:
        return [width * whole / sum(least) for width in least]
    return [width + left * share / sum(wanted) for width, share in zip(least, wanted, strict=True)]


def _longest_word(text: str) -> int:
    return max(map(len, text.split()), default=0)


def hold_together(row: _Row, *, is_header: bool) -> None:
    """A row is not split over two pages; the header stands again on each."""
    from docx.oxml import OxmlElement

    properties = row._tr.get_or_add_trPr()  # python-docx has no word of its own for it.
    for name in ("w:cantSplit", "w:tblHeader") if is_header else ("w:cantSplit",):
        properties.append(OxmlElement(name))
