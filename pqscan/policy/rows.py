"""Reads one policy data file: its head and its rows, every field checked, every row with its source.

Our own files raise DataError; a file that a user gives raises UsageError: the same sentence, another doer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pqscan.errors import DataError
from pqscan.registry import foreign_toml
from pqscan.registry.table import Row

DATA_FOLDER = Path(__file__).parent / "data"
LARGEST_FILE_BYTES = 1_000_000  # A policy is a few kilobytes; more is a mistake.


class PolicyRow(Row):
    """A row that can be asked whether it has a field."""

    __slots__ = ()

    def has(self, field: str) -> bool:
        return field in self._fields


@dataclass(frozen=True, slots=True)
class Document:
    """One TOML file, parsed. `name` stands in every error."""

    name: str
    content: dict[str, object]

    @classmethod
    def read(cls, path: Path) -> Document:
        """A file of our own. Raises DataError."""
        try:
            return cls.parse(path.read_bytes(), path.name)
        except OSError as error:
            raise DataError(f"{path.name} cannot be read ({error.strerror}); install pqscan again") from error

    @classmethod
    def parse(cls, data: bytes, name: str) -> Document:
        """Any bytes. Raises DataError naming the file and, where TOML tells it, the line."""
        if len(data) > LARGEST_FILE_BYTES:
            raise DataError(f"{name} is longer than {LARGEST_FILE_BYTES} bytes; a policy file is a few kilobytes")
        try:
            return cls(name, foreign_toml.parse(data))
        except ValueError as error:
            raise DataError(f"{name} is not TOML: {error}; correct the file") from error

    def head(self, tables: Iterable[str]) -> PolicyRow:
        """The fields before the first table. `tables` are the tables that the file may hold."""
        known = set(tables)
        return PolicyRow(self.name, "its head", {key: value for key, value in self.content.items() if key not in known})

    def rows(self, table: str) -> tuple[PolicyRow, ...]:
        """The rows of `[[table]]`; at least one, none with an id that another has. Raises DataError."""
        rows = self.content.get(table)
        if not isinstance(rows, list) or not rows:
            raise DataError(f"{self.name} has no [[{table}]] rows; correct the file")
        found: list[PolicyRow] = []
        seen: set[str] = set()
        for number, fields in enumerate(rows, 1):
            if not isinstance(fields, dict):
                raise DataError(f"{self.name}, {table} {number} is not a table; correct the file")
            identity = fields.get("id")
            row = PolicyRow(self.name, f"{table} {number}" + (f" ({identity})" if isinstance(identity, str) else ""), fields)
            if isinstance(identity, str):
                if identity in seen:
                    raise row.wrong(f"the id {identity} stands there twice")
                seen.add(identity)
            found.append(row)
        return tuple(found)
