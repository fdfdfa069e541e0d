"""Kinds of columns: how a cell is read, written and stored. Cells come from files of others: everything is bounded.

Days are read as 2026-11-29 and as 29/11/2026, amounts with groups of three (1.500.000 or 1,500,000), choices by their value or
their English or Vietnamese word, lists with semicolons between."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Protocol

from pqscan.model.reason import Reason
from pqscan.readiness.changes import Field
from pqscan.readiness.folding import fold
from pqscan.readiness.words import choices, spoken
from pqscan.registry.foreign_text import UNPRINTABLE, shown

MOST_CELL = 4000  # characters
MOST_ITEMS = 500  # of a list
MOST_MONEY = 10**18
SEPARATOR = ";"

_CODE = re.compile(r"[^\W_][\w.-]{0,63}")
_ISO_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_LOCAL_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,20}", re.ASCII)
_GROUPED = re.compile(r"\d{1,3}(?:([., \u00a0])\d{3})(?:\1\d{3})*", re.ASCII)


class WrongCell(Exception):  # Never leaves this package: a sheet turns it into a reason with line and column.
    """A cell or a stored field that cannot be. `code` and `parameters` are those of a Reason."""

    def __init__(self, code: str, **parameters: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.parameters = parameters

    def reason(self, **place: str | int) -> Reason:
        return Reason.of(self.code, **place, **self.parameters)


class Kind(Protocol):
    """A kind of column. `read` and `value` raise WrongCell; an empty cell never comes here. `write` and `read` in any language,
    and `field` and `value`, are each other's exact inverse."""

    def read(self, text: str) -> object: ...
    def write(self, value: object, language: str) -> str: ...
    def field(self, value: object) -> Field: ...
    def value(self, stored: Field) -> object: ...


@dataclass(frozen=True, slots=True)
class Text:
    """Text of up to `most` characters, in NFC, without blanks around it; with `lines` it may have line breaks.

    `check` raises WrongCell where the text does not fit for another reason."""

    most: int = 200
    lines: bool = False
    check: Callable[[str], object] | None = None

    def read(self, text: str) -> str:
        if len(text) > MOST_CELL:
            raise WrongCell("cell_too_long", count=len(text), most=MOST_CELL)
        plain = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
        if len(plain) > self.most:
            raise WrongCell("cell_too_long", count=len(plain), most=self.most)
        if UNPRINTABLE.search(plain) or (not self.lines and ("\n" in plain or "\t" in plain)):
            raise WrongCell("cell_unprintable", value=shown(plain))
        if self.check is not None:
            self.check(plain)
        return plain

    def write(self, value: object, language: str) -> str:
        return str(value)

    def field(self, value: object) -> Field:
        return str(value)

    def value(self, stored: Field) -> str:
        if not isinstance(stored, str) or self.read(stored) != stored:
            raise WrongCell("field_damaged")
        return stored


def code_text(text: str) -> None:
    """A code is an identity in file names, options and references: letters, digits, and `-`, `_`, `.` behind the first."""
    if not _CODE.fullmatch(text):
        raise WrongCell("cell_no_code", value=shown(text))


CODE = Text(64, check=code_text)


@dataclass(frozen=True, slots=True)
class Reference:
    """The code of a record of another sheet. Whether it exists is asked of the register as a whole."""

    to: str

    def read(self, text: str) -> str:
        return CODE.read(text)

    def write(self, value: object, language: str) -> str:
        return str(value)

    def field(self, value: object) -> Field:
        return str(value)

    def value(self, stored: Field) -> str:
        return CODE.value(stored)


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number, both ends inclusive."""

    least: int = 0
    most: int = 1_000_000

    def read(self, text: str) -> int:
        plain = text.strip()
        if not _WHOLE.fullmatch(plain) or not self.least <= int(plain) <= self.most:
            raise WrongCell("cell_no_number", value=shown(plain), least=self.least, most=self.most)
        return int(plain)

    def write(self, value: object, language: str) -> str:
        return str(value)

    def field(self, value: object) -> Field:
        return value if isinstance(value, int) else None

    def value(self, stored: Field) -> int:
        if not isinstance(stored, int) or isinstance(stored, bool) or not self.least <= stored <= self.most:
            raise WrongCell("field_damaged")
        return stored


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in whole units of the register's currency; groups of three may be set apart by one sign throughout."""

    def read(self, text: str) -> int:
        plain = text.strip()
        if len(plain) <= 40 and _GROUPED.fullmatch(plain):
            plain = re.sub(r"[^0-9]", "", plain)
        if not plain.isascii() or not plain.isdigit() or len(plain) > 20 or int(plain) > MOST_MONEY:
            raise WrongCell("cell_no_amount", value=shown(plain))
        return int(plain)

    def write(self, value: object, language: str) -> str:
        return str(value)

    def field(self, value: object) -> Field:
        return value if isinstance(value, int) else None

    def value(self, stored: Field) -> int:
        if not isinstance(stored, int) or isinstance(stored, bool) or not 0 <= stored <= MOST_MONEY:
            raise WrongCell("field_damaged")
        return stored


FIRST_YEAR, LAST_YEAR = 1900, 2999


@dataclass(frozen=True, slots=True)
class Day:
    """A day from 1900 to 2999."""

    def read(self, text: str) -> date:
        plain = text.strip()
        iso, local = _ISO_DAY.fullmatch(plain), _LOCAL_DAY.fullmatch(plain)
        try:
            if iso:
                day = date(int(iso[1]), int(iso[2]), int(iso[3]))
            elif local:
                day = date(int(local[3]), int(local[2]), int(local[1]))
            else:
                raise ValueError
            if not FIRST_YEAR <= day.year <= LAST_YEAR:
                raise ValueError
        except ValueError:
            raise WrongCell("cell_no_day", value=shown(plain)) from None
        return day

    def write(self, value: object, language: str) -> str:
        if language == "vi" and isinstance(value, date):
            return f"{value.day:02d}/{value.month:02d}/{value.year:04d}"
        return str(value)

    def field(self, value: object) -> Field:
        return str(value)

    def value(self, stored: Field) -> date:
        day = self.read(stored) if isinstance(stored, str) else None
        if day is None or str(day) != stored:
            raise WrongCell("field_damaged")
        return day


_YES = frozenset(map(fold, ("yes", "có", "true", "x", "1", "đúng", "y")))
_NO = frozenset(map(fold, ("no", "không", "false", "0", "sai", "n")))


@dataclass(frozen=True, slots=True)
class YesNo:
    """yes or có, no or không; true, false and a cross as other programs write them."""

    def read(self, text: str) -> bool:
        plain = fold(text)
        if plain not in _YES and plain not in _NO:
            raise WrongCell("cell_no_yes", value=shown(text))
        return plain in _YES

    def write(self, value: object, language: str) -> str:
        return spoken(choices("YesNo")["yes" if value else "no"], language)

    def field(self, value: object) -> Field:
        return bool(value)

    def value(self, stored: Field) -> bool:
        if not isinstance(stored, bool):
            raise WrongCell("field_damaged")
        return stored


@dataclass(frozen=True, slots=True)
class Choice:
    """One member of a closed choice, by its value or either of its words."""

    of: type[StrEnum]
    _known: Mapping[str, StrEnum] = field(init=False, repr=False, compare=False, hash=False)

    def __post_init__(self) -> None:
        words = choices(self.of.__name__)
        known = {fold(text): member for member in self.of for text in (member.value, *words[member.value])}
        object.__setattr__(self, "_known", known)

    def read(self, text: str) -> StrEnum:
        member = self._known.get(fold(text[:MOST_CELL]))
        if member is None:
            raise WrongCell("cell_no_choice", value=shown(text), choices=", ".join(self.of))
        return member

    def write(self, value: object, language: str) -> str:
        return spoken(choices(self.of.__name__)[str(value)], language)

    def field(self, value: object) -> Field:
        return str(value)

    def value(self, stored: Field) -> StrEnum:
        try:
            return self.of(str(stored))
        except ValueError:
            raise WrongCell("field_damaged") from None


@dataclass(frozen=True, slots=True)
class Many:
    """Several of one kind. A list of choices becomes a frozenset in the order of its members, another list a tuple as given."""

    of: Text | Choice | Reference
    most: int = MOST_ITEMS

    def read(self, text: str) -> tuple[object, ...] | frozenset[object]:
        if len(text) > MOST_CELL:
            raise WrongCell("cell_too_long", count=len(text), most=MOST_CELL)
        parts = [part for part in map(str.strip, re.split(r"[;\n]", text)) if part]
        return self._made([self.of.read(part) for part in parts])

    def _made(self, items: list[object]) -> tuple[object, ...] | frozenset[object]:
        if len(items) > self.most:
            raise WrongCell("cell_too_many", count=len(items), most=self.most)
        length = sum(len(str(item)) + 2 for item in items)
        if length > MOST_CELL:  # What is stored fits into a cell again.
            raise WrongCell("cell_too_long", count=length, most=MOST_CELL)
        if len(set(items)) < len(items):
            twice = next(item for place, item in enumerate(items) if item in items[:place])
            raise WrongCell("cell_twice", value=shown(str(twice)))
        return frozenset(items) if isinstance(self.of, Choice) else tuple(items)

    def write(self, value: object, language: str) -> str:
        return f"{SEPARATOR} ".join(self.of.write(item, language) for item in self._items(value))

    def field(self, value: object) -> Field:
        return [str(item) for item in self._items(value)]

    def value(self, stored: Field) -> tuple[object, ...] | frozenset[object]:
        if not isinstance(stored, list) or any(not isinstance(item, str) or not item or SEPARATOR in item for item in stored):
            raise WrongCell("field_damaged")
        try:
            return self._made([self.of.value(item) for item in stored])
        except WrongCell:
            raise WrongCell("field_damaged") from None

    def _items(self, value: object) -> list[object]:
        if isinstance(self.of, Choice):
            return [member for member in self.of.of if isinstance(value, frozenset) and member in value]
        return list(value) if isinstance(value, tuple) else []
