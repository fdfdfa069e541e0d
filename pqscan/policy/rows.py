"""Reads one policy data file: its head and its rows, every field checked, every row with its source.

Our own files raise DataError at the first fault. For a file that a user gives, the faults of all rows are gathered, each with its
line (`Document.parse(..., problems=[])`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from pqscan.errors import DataError
from pqscan.policy.lines import Lines
from pqscan.registry import foreign_toml
from pqscan.registry.table import Row, name_of

DATA_FOLDER = Path(__file__).parent / "data"
LARGEST_FILE_BYTES = 1_000_000  # A policy is a few kilobytes; more is a mistake.
MOST_ROWS = 2000  # of one table of a file
MOST_PROBLEMS = 100  # of one file; whoever wrote more wants another file

EnumT = TypeVar("EnumT", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of a file: a sentence, and the line where it stands, None where it has none."""

    sentence: str
    line: int | None = None

    @property
    def text(self) -> str:
        return self.sentence if self.line is None else f"line {self.line} of {self.sentence}"


class PolicyRow(Row):
    """A row that can be asked whether it has a field."""

    __slots__ = ()

    def has(self, field: str) -> bool:
        return field in self._fields

    def refuse(self, what: str, field: str = "") -> None:
        """What the row as a whole has wrong. Raises DataError, or keeps it where faults are gathered."""
        raise self.wrong(what)


class GatheringRow(PolicyRow):
    """A row that keeps its faults and goes on with a stand-in for what is wrong."""

    __slots__ = ("_lines", "_place", "_problems")

    def __init__(self, row: PolicyRow, lines: Lines, place: tuple[str, int], problems: list[Problem]) -> None:
        super().__init__(row._file, row._label, row._fields)
        self._lines = lines
        self._place = place
        self._problems = problems

    def refuse(self, what: str, field: str = "") -> None:
        self._keep(self.wrong(what), field)

    def _keep(self, error: DataError, field: str) -> None:
        if len(self._problems) >= MOST_PROBLEMS:
            return
        problem = Problem(str(error), self._lines.of(*self._place, field))
        if problem not in self._problems:
            self._problems.append(problem)

    def text(self, field: str, *, among: Iterable[str] | None = None, default: str | None = None) -> str:
        try:
            return super().text(field, among=among, default=default)
        except DataError as error:
            self._keep(error, field)
            return "?"

    def texts(self, field: str) -> tuple[str, ...]:
        try:
            return super().texts(field)
        except DataError as error:
            self._keep(error, field)
            return ()

    def whole(self, field: str, *, least: int = 0, most: int = 0xFFFFFF) -> int:
        try:
            return super().whole(field, least=least, most=most)
        except DataError as error:
            self._keep(error, field)
            return least

    def flag(self, field: str) -> bool:
        try:
            return super().flag(field)
        except DataError as error:
            self._keep(error, field)
            return False

    def day(self, field: str) -> date:
        try:
            return super().day(field)
        except DataError as error:
            self._keep(error, field)
            return date.min

    def choice(self, field: str, kind: type[EnumT]) -> EnumT:
        try:
            return kind(Row.text(self, field, among=[member.value for member in kind]))
        except DataError as error:
            self._keep(error, field)
            return next(iter(kind))

    def references(self) -> tuple[str, ...]:
        try:
            return super().references()
        except DataError as error:
            self._keep(error, "reference")
            return ("?",)

    def done(self) -> None:
        try:
            super().done()
        except DataError as error:
            unknown = sorted(set(self._fields) - self._known)
            self._keep(error, unknown[0] if unknown else "")


@dataclass(frozen=True, slots=True)
class Document:
    """One TOML file, parsed. `name` stands in every error. With `problems`, faults of rows are added to it and not raised."""

    name: str
    content: dict[str, object]
    problems: list[Problem] | None = None
    lines: Lines = field(default_factory=lambda: Lines(""))

    @classmethod
    def read(cls, path: Path) -> Document:
        """A file of our own. Raises DataError."""
        try:
            return cls.parse(path.read_bytes(), path.name)
        except OSError as error:
            raise DataError(f"{path.name} cannot be read ({error.strerror}); install pqscan again") from error

    @classmethod
    def parse(cls, data: bytes, name: str, problems: list[Problem] | None = None) -> Document:
        """Any bytes. Raises DataError naming the file and, where TOML tells it, the line."""
        if len(data) > LARGEST_FILE_BYTES:
            raise DataError(f"{name} is longer than {LARGEST_FILE_BYTES} bytes; a policy file is a few kilobytes")
        try:
            return cls(name, foreign_toml.parse(data), problems, Lines("" if problems is None else data.decode("utf-8-sig")))
        except UnicodeDecodeError:
            raise DataError(f"{name} is not UTF-8 text; save it as UTF-8") from None
        except ValueError as error:
            raise DataError(f"{name} is not TOML: {error}; correct the file") from error

    def head(self, tables: Iterable[str]) -> PolicyRow:
        """The fields before the first table. `tables` are the tables that the file may hold."""
        known = set(tables)
        fields = {key: value for key, value in self.content.items() if key not in known}
        return self._row(PolicyRow(self.name, "its head", fields), "", 0)

    def rows(self, table: str, *, least: int = 1) -> tuple[PolicyRow, ...]:
        """The rows of `[[table]]`; at least one (or `least`), none with an id that another has. Raises DataError."""
        rows = self.content.get(table, [])
        if not isinstance(rows, list) or len(rows) < least:
            self.refuse(f"{self.name} has no [[{table}]] rows; correct the file")
            return ()
        if len(rows) > MOST_ROWS:
            self.refuse(f"{self.name} has more than {MOST_ROWS} [[{table}]] rows; correct the file")
            return ()
        found: list[PolicyRow] = []
        seen: set[str] = set()
        for number, fields in enumerate(rows, 1):
            if not isinstance(fields, dict):
                self.refuse(f"{self.name}, {table} {number} is not a table; correct the file")
                continue
            identity = fields.get("id")
            label = f"{table} {number}" + (f" ({name_of(identity)})" if isinstance(identity, str) else "")
            row = self._row(PolicyRow(self.name, label, fields), table, number)
            if isinstance(identity, str):
                if identity in seen:
                    row.refuse(f"the id {name_of(identity)} stands there twice", "id")
                seen.add(identity)
            found.append(row)
        return tuple(found)

    def refuse(self, sentence: str) -> None:
        """A fault of the file as a whole. Raises DataError, or keeps it where faults are gathered."""
        if self.problems is None:
            raise DataError(sentence)
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(sentence))

    def _row(self, row: PolicyRow, table: str, number: int) -> PolicyRow:
        return row if self.problems is None else GatheringRow(row, self.lines, (table, number), self.problems)
