"""A sheet: one description of a record's columns, from which come text rows, records and stored documents, in every direction.

Rows come from files of others. Every error names sheet, line and column and says what would be right; all of a file are
gathered, up to `MOST_PROBLEMS`."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Generic, TypeVar

from pqscan.errors import StoreError
from pqscan.model.reason import Reason
from pqscan.readiness.cells import MOST_CELL, Kind, WrongCell
from pqscan.readiness.changes import Document, Field
from pqscan.readiness.folding import fold
from pqscan.readiness.words import Words, heading, spoken
from pqscan.registry.foreign_text import shown

MOST_ROWS = 100_000
MOST_COLUMNS = 200
MOST_PROBLEMS = 100
KEY_SEPARATOR = "/"

RecordT = TypeVar("RecordT")
_MISSING = object()


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name is that of the record's field; `words` are its headings in English and Vietnamese."""

    name: str
    kind: Kind
    words: Words
    default: object = _MISSING

    @property
    def is_required(self) -> bool:
        return self.default is _MISSING

    def read(self, text: str) -> Field:
        """What a cell says, as it is stored; None where it says nothing. Raises WrongCell."""
        if not text.strip():
            if self.is_required:
                raise WrongCell("cell_empty")
            return None
        return self.kind.field(self.kind.read(text))

    def write(self, value: object, language: str) -> str:
        """The cell: empty where nothing is stated. A default that a reader could not tell from an empty cell stays empty too."""
        if value is None or value == () or value == frozenset() or value == "":
            return ""
        return self.kind.write(value, language)


@dataclass(frozen=True, slots=True)
class Row:
    """One row as read: the line where it begins, and the fields of the columns that the file has; None: nothing is stated."""

    line: int
    fields: Document


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file holds: its good rows, everything that is wrong with it, and the optional columns that it lacks."""

    rows: tuple[Row, ...]
    problems: tuple[Reason, ...]
    missing: tuple[str, ...] = ()
    more_problems: bool = False  # There are more than are told.


class Sheet(Generic[RecordT]):
    """The columns of one kind of record. `key` names the columns whose texts, joined by "/", are a record's code.

    `check` may say what is wrong with a record as a whole."""

    def __init__(
        self,
        kind: str,
        record: Callable[..., RecordT],
        columns: Sequence[tuple[str, Kind]],
        *,
        key: tuple[str, ...] = ("code",),
        check: Callable[[RecordT], Reason | None] | None = None,
    ) -> None:
        self.kind = kind
        self.key = key
        self._record = record
        self._check = check
        defaults = _defaults(record)
        self.columns = tuple(Column(name, kind_, heading(kind, name), defaults.get(name, _MISSING)) for name, kind_ in columns)
        self._by_name = {column.name: column for column in self.columns}

    def column(self, name: str) -> Column | None:
        """The column of that name or heading, compared folded."""
        return self._by_name.get(name) or self.by_heading.get(fold(name[:MOST_CELL]))

    @cached_property
    def by_heading(self) -> dict[str, Column]:
        """The columns by their name and headings, folded."""
        return {fold(text): column for column in self.columns for text in (column.name, *column.words)}

    def headings(self, language: str) -> list[str]:
        return [spoken(column.words, language) for column in self.columns]

    def cells(self, record: RecordT, language: str) -> list[str]:
        """A record as a text row; `read` gives the same record again."""
        return [column.write(getattr(record, column.name), language) for column in self.columns]

    def code(self, record: RecordT) -> str:
        """What identifies a record among those of its kind."""
        return self._code({name: self._by_name[name].kind.field(getattr(record, name)) for name in self.key})

    def code_of(self, fields: Document) -> str | None:
        """The code of a row; None where a part of it is not there."""
        return self._code(fields) if all(fields.get(name) not in (None, "") for name in self.key) else None

    def _code(self, fields: Document) -> str:
        return KEY_SEPARATOR.join(str(fields[name]) for name in self.key)

    def document(self, record: RecordT) -> Document:
        """A record as it is stored: without what has its default, so that a column more changes no document."""
        found: dict[str, Field] = {}
        for column in self.columns:
            value = getattr(record, column.name)
            if value != column.default:
                found[column.name] = None if value is None else column.kind.field(value)
        return found

    def record(self, document: Document) -> RecordT:
        """The record of a stored document. Raises StoreError where it is none."""
        try:
            return self._made(document)
        except WrongCell as error:
            raise StoreError(f"the store's register holds a damaged record ({self.kind}, {error}): restore a backup") from None

    def _made(self, document: Document) -> RecordT:
        values: dict[str, object] = {}
        for name, stored in document.items():
            column = self._by_name.get(name)
            if column is None:
                raise _at(name)
            if stored is None and column.default is None:
                continue
            try:
                values[name] = column.kind.value(stored)
            except WrongCell:
                raise _at(name) from None
        lacking = next((column.name for column in self.columns if column.is_required and column.name not in values), None)
        if lacking is not None:
            raise _at(lacking)
        return self._record(**values)

    def merged(self, present: Document | None, fields: Document) -> Document:
        """A document with the fields of a row put into it: None gives a field its default. The columns that a row lacks stay."""
        found = dict(present or {})
        for name, value in fields.items():
            found.pop(name, None)
            column = self._by_name[name]
            if value is not None and value != _stored(column):
                found[name] = value
        return found

    def wrong(self, document: Document) -> Reason | None:
        """What is wrong with a record as a whole: a column without a value that needs one, or what the sheet's check says."""
        lacking = next((column for column in self.columns if column.is_required and document.get(column.name) is None), None)
        if lacking is not None:
            return Reason.of("record_lacks", sheet=self.kind, line=0, heading=" / ".join(lacking.words))
        return None if self._check is None else self._check(self.record(document))

    def read(self, lines: Iterable[tuple[int, Sequence[str]]]) -> Reading:
        """Reads rows of cells, each with its line: the first that is not empty holds the headings."""
        return _Reader(self, lines).reading()


def _defaults(record: Callable[..., object]) -> dict[str, object]:
    if not dataclasses.is_dataclass(record):
        return {}
    found: dict[str, object] = {}
    for one in dataclasses.fields(record):
        if one.default is not dataclasses.MISSING:
            found[one.name] = one.default
    return found


def _at(name: str) -> WrongCell:
    error = WrongCell("field_damaged")
    error.args = (shown(name),)
    return error


def _stored(column: Column) -> Field:
    default = column.default
    return None if default is _MISSING or default is None else column.kind.field(default)


@dataclass(slots=True)
class _Reader(Generic[RecordT]):
    sheet: Sheet[RecordT]
    lines: Iterable[tuple[int, Sequence[str]]]
    problems: list[Reason] = field(default_factory=list)
    more: bool = False
    typed: dict[int, str] = field(default_factory=dict)  # headings as they stand in the file, by place
    told: set[int] = field(default_factory=set)  # places of headings that are wrong, so that their cells are not told again

    def reading(self) -> Reading:
        filled = ((line, cells) for line, cells in self.lines if any(cell.strip() for cell in cells))
        first = next(filled, None)
        if first is None:
            return Reading((), (Reason.of("sheet_empty", sheet=self.sheet.kind),))
        places = self._places(*first)
        have = {column.name for column in places.values()}
        lacking = [column for column in self.sheet.columns if column.name not in have]
        for column in lacking:
            if column.is_required and column.name in self.sheet.key:
                self._tell(Reason.of("column_missing", sheet=self.sheet.kind, line=first[0], heading=" / ".join(column.words)))
        rows: list[Row] = []
        for number, (line, cells) in enumerate(filled):
            if number == MOST_ROWS:
                self._tell(Reason.of("sheet_too_long", sheet=self.sheet.kind, line=line, most=MOST_ROWS))
                break
            row = self._row(line, cells, places)
            if row is not None:
                rows.append(row)
        missing = tuple(column.name for column in lacking)
        return Reading(tuple(rows), tuple(self.problems), missing, self.more)

    def _tell(self, reason: Reason) -> None:
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(reason)
        else:
            self.more = True

    def _places(self, line: int, cells: Sequence[str]) -> Mapping[int, Column]:
        known = self.sheet.by_heading
        found: dict[int, Column] = {}
        if len(cells) > MOST_COLUMNS:
            self._tell(Reason.of("sheet_too_wide", sheet=self.sheet.kind, line=line, most=MOST_COLUMNS))
        for place, cell in enumerate(cells[:MOST_COLUMNS]):
            if not cell.strip():
                continue
            self.typed[place] = cell.strip()
            column = known.get(fold(cell[:MOST_CELL]))
            if column is None or column in found.values():
                self.told.add(place)
            if column is None:
                self._tell(_unknown_column(self.sheet.kind, line, cell, known))
            elif column in found.values():
                self._tell(Reason.of("column_twice", sheet=self.sheet.kind, line=line, heading=shown(cell)))
            else:
                found[place] = column
        return found

    def _row(self, line: int, cells: Sequence[str], places: Mapping[int, Column]) -> Row | None:
        fields: dict[str, Field] = {}
        good = True
        for place, column in places.items():
            try:
                fields[column.name] = column.read(cells[place] if place < len(cells) else "")
            except WrongCell as error:
                good = False
                self._tell(error.reason(sheet=self.sheet.kind, line=line, column=self.typed[place]))
        if good:
            for place, cell in enumerate(cells):
                if place not in places and place not in self.told and cell.strip():
                    self._tell(Reason.of("cell_beyond", sheet=self.sheet.kind, line=line, value=shown(cell)))
                    return None
        return Row(line, fields) if good else None


def _unknown_column(kind: str, line: int, cell: str, known: Mapping[str, Column]) -> Reason:
    close = difflib.get_close_matches(fold(cell[:100]), list(known), n=1)
    if not close:
        return Reason.of("column_unknown", sheet=kind, line=line, heading=shown(cell))
    return Reason.of("column_unknown_close", sheet=kind, line=line, heading=shown(cell), close=close[0])


def problems_of(reading: Reading) -> Iterator[Reason]:
    """What is wrong with a file, with a last word where not everything is told."""
    yield from reading.problems
    if reading.more_problems:
        yield Reason.of("more_problems", most=MOST_PROBLEMS)
