"""Reads one of our own data files into rows whose every field is checked; a wrong one raises DataError naming file and row.

Whoever reads a row takes fields by name and type, then calls `done()`, which refuses what nobody asked for and a row
without a reference. Nothing here knows what a row means.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

import tomli

from pqscan.errors import DataError
from pqscan.registry.foreign_text import UNPRINTABLE, shown

DATA_FOLDER = Path(__file__).parent / "data"
MOST_TEXT = 2000  # characters of one text; the rows of files that others wrote are read here too
MOST_NAMED = 5  # unknown fields that an error names
VERSIONS = ("SSLv2", "SSLv3", "TLS1.0", "TLS1.1", "TLS1.2", "TLS1.3")  # oldest first

EnumT = TypeVar("EnumT", bound=StrEnum)


class Row:
    """One row of a data file: typed, checked access to its fields."""

    __slots__ = ("_fields", "_file", "_known", "_label")

    def __init__(self, file: str, label: str, fields: dict[str, object]) -> None:
        self._file = file
        self._label = label
        self._fields = fields
        self._known: set[str] = set()

    def wrong(self, what: str) -> DataError:
        """The error to raise: `what` is the rest of the sentence after file and row."""
        return DataError(f"{self._file}, {self._label}: {what}; correct the row")

    def text(self, field: str, *, among: Iterable[str] | None = None, default: str | None = None) -> str:
        value = self._take(field, default)
        if not isinstance(value, str) or (default is None and not value.strip()):
            raise self.wrong(f"{field} must be text")
        self._refuse_unreadable(field, value)
        if among is not None and value != default and value not in among:
            raise self.wrong(f"{field} is {shown(value)}, which is not one of {', '.join(among)}")
        return value

    def optional_text(self, field: str) -> str | None:
        return self.text(field) if field in self._fields else None

    def texts(self, field: str) -> tuple[str, ...]:
        """A list of texts; empty where the field is missing."""
        value = self._take(field, [])
        if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
            raise self.wrong(f"{field} must be a list of texts")
        for item in value:
            self._refuse_unreadable(field, item)
        if len(set(value)) != len(value):
            raise self.wrong(f"{field} names something twice")
        return tuple(value)

    def whole(self, field: str, *, least: int = 0, most: int = 0xFFFFFF) -> int:
        value = self._take(field, None)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self.wrong(f"{field} must be a whole number from {least} to {most}")
        return value

    def optional_whole(self, field: str, *, least: int = 0, most: int = 0xFFFFFF) -> int | None:
        return self.whole(field, least=least, most=most) if field in self._fields else None

    def wholes(self, field: str, *, most: int = 0xFFFF) -> tuple[int, ...]:
        """A list of code points in order, none twice; empty where the field is missing."""
        value = self._take(field, [])
        if not isinstance(value, list) or not all(type(item) is int and 0 <= item <= most for item in value):
            raise self.wrong(f"{field} must be a list of whole numbers from 0 to {most}")
        if len(set(value)) != len(value):
            raise self.wrong(f"{field} names something twice")
        return tuple(value)

    def flag(self, field: str) -> bool:
        value = self._take(field, False)
        if not isinstance(value, bool):
            raise self.wrong(f"{field} must be true or false")
        return value

    def day(self, field: str) -> date:
        value = self._take(field, None)
        if type(value) is not date:
            raise self.wrong(f"{field} must be a date such as 2026-11-22")
        return value

    def optional_day(self, field: str) -> date | None:
        return self.day(field) if field in self._fields else None

    def choice(self, field: str, kind: type[EnumT]) -> EnumT:
        return kind(self.text(field, among=[member.value for member in kind]))

    def references(self) -> tuple[str, ...]:
        """Where the row comes from; every row has at least one."""
        value = self._take("reference", "")
        if not isinstance(value, str) or not value.strip():
            raise self.wrong("it has no reference")
        self._refuse_unreadable("reference", value)
        parts = tuple(part.strip() for part in value.split(";"))
        if not all(parts):
            raise self.wrong("its reference has an empty part")
        return parts

    def done(self) -> None:
        """Refuses fields that nobody read: a misspelt field would otherwise be silently lost."""
        self.references()
        unknown = sorted(set(self._fields) - self._known)
        if unknown:
            named = ", ".join(map(name_of, unknown[:MOST_NAMED])) + (", …" if len(unknown) > MOST_NAMED else "")
            raise self.wrong(f"it has a field that means nothing here: {named}")

    def _refuse_unreadable(self, field: str, text: str) -> None:
        if len(text) > MOST_TEXT:
            raise self.wrong(f"{field} is longer than {MOST_TEXT} characters")
        if "\n" in text or "\t" in text or UNPRINTABLE.search(text):
            raise self.wrong(f"{field} holds what cannot be printed in a line, or turns the direction of text: {shown(text)}")

    def _take(self, field: str, default: object) -> object:
        self._known.add(field)
        value = self._fields.get(field, default)
        if value is None:
            raise self.wrong(f"it has no {field}")
        return value


def name_of(text: str) -> str:
    """An id, a name or a field as an error names it: as it is where it is short and plain, else in quotes."""
    return text if len(text) <= 40 and text.isprintable() else shown(text)


def read_table(path: Path, table: str, *, may_be_empty: bool = False) -> tuple[Row, ...]:
    """The rows of `[[table]]` in one TOML file. Raises DataError where the file cannot be read or is built otherwise."""
    try:
        content = tomli.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"{path.name} cannot be read ({error.strerror}); install pqscan again") from error
    except (tomli.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{path.name} is not TOML: {error}; correct the file") from error
    return () if may_be_empty and table not in content else rows_of(content, path.name, table)


def rows_of(content: dict[str, object], name: str, table: str) -> tuple[Row, ...]:
    """The rows of `[[table]]` in TOML that was read; at least one. Raises DataError."""
    rows = content.get(table)
    if not isinstance(rows, list) or not rows:
        raise DataError(f"{name} has no [[{table}]] rows; correct the file")
    return tuple(_labelled(name, table, number, fields) for number, fields in enumerate(rows, 1))


def _labelled(file: str, table: str, number: int, fields: object) -> Row:
    if not isinstance(fields, dict):
        raise DataError(f"{file}, {table} {number} is not a table; correct the file")
    value, name = fields.get("value"), fields.get("name")
    words = [f"{table} {number}"]
    if isinstance(value, int):
        words.append(f"0x{value:04x}")
    if isinstance(name, str):
        words.append(name_of(name))
    return Row(file, " ".join(words), fields)
