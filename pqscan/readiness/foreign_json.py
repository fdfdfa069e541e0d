"""Canonical JSON, and fields of JSON that somebody else wrote, read within bounds.

Canonical: keys sorted, UTF-8, no blanks, whole numbers only. What is sealed is these bytes, so one value has one spelling; a
reader takes nothing else, which also leaves no room for a key given twice or for text hidden between the values."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime

from pqscan.errors import MalformedMessage

Json = str | int | bool | None | list["Json"] | dict[str, "Json"]

MOST_NUMBER = 10**18
_HEX = re.compile(r"[0-9a-f]*\Z")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{6})?Z\Z", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)
_NO_TEXT = frozenset({"Cc", "Cs", "Zl", "Zp"})


def canonical(value: Json) -> bytes:
    """The one spelling of a value. Raises TypeError for a float, UnicodeEncodeError for a lone surrogate."""
    _refuse_floats(value)
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("utf-8")


def _refuse_floats(value: Json) -> None:
    waiting: list[object] = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, float):
            raise TypeError("a sealed document holds whole numbers only")
        if isinstance(item, dict):
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)


def read_canonical(data: bytes, what: str) -> Fields:
    """The table in canonical JSON. Raises MalformedMessage where it is no JSON, no table, or spelled in another way."""
    try:
        value = json.loads(data.decode("utf-8"))
        if not isinstance(value, dict) or canonical(value) != data:
            raise MalformedMessage(f"{what} is not in canonical form")
    except (ValueError, TypeError, RecursionError):
        raise MalformedMessage(f"{what} is no JSON that pqscan writes") from None
    return Fields(value, what)


def moment_text(moment: datetime) -> str:
    """`2026-11-22T08:30:00Z`, UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


class Fields:
    """The fields of one table; each is asked for once by its name, and `done` refuses what nobody asked for.

    Every method raises MalformedMessage naming the field."""

    def __init__(self, table: Mapping[str, Json], what: str) -> None:
        self._table = table
        self._left = set(table)
        self._what = what

    def wrong(self, name: str, why: str) -> MalformedMessage:
        return MalformedMessage(f"{self._what}: {name} {why}")

    def _take(self, name: str) -> Json:
        if name not in self._table:
            raise self.wrong(name, "is missing")
        self._left.discard(name)
        return self._table[name]

    def has(self, name: str) -> bool:
        return name in self._table

    def done(self) -> None:
        if self._left:
            raise self.wrong(ascii(min(self._left))[:60], "means nothing here")

    def text(self, name: str, most: int, *, least: int = 1) -> str:
        value = self._take(name)
        if not isinstance(value, str) or not least <= len(value) <= most:
            raise self.wrong(name, f"is no text of {least} to {most} characters")
        if any(unicodedata.category(character) in _NO_TEXT for character in value):
            raise self.wrong(name, "holds a control character")
        return value

    def optional_text(self, name: str, most: int) -> str | None:
        return self._take(name) if self._table.get(name, "") is None else self.text(name, most)  # type: ignore[return-value]

    def whole(self, name: str, most: int = MOST_NUMBER) -> int:
        value = self._take(name)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
            raise self.wrong(name, f"is no whole number from 0 to {most}")
        return value

    def bytes_of(self, name: str, size: int) -> bytes:
        """Exactly so many bytes, in lower-case hex."""
        value = self._take(name)
        if not isinstance(value, str) or len(value) != 2 * size or not _HEX.match(value):
            raise self.wrong(name, f"is no {size} bytes in hexadecimal digits")
        return bytes.fromhex(value)

    def digest(self, name: str) -> str:
        return self.bytes_of(name, 32).hex()

    def optional_digest(self, name: str) -> str | None:
        return self._take(name) if self._table.get(name, "") is None else self.digest(name)  # type: ignore[return-value]

    def day(self, name: str) -> date:
        value = self._take(name)
        try:
            if isinstance(value, str) and _DAY.match(value):
                return date.fromisoformat(value)
        except ValueError:
            pass
        raise self.wrong(name, "is no day such as 2026-11-29")

    def optional_day(self, name: str) -> date | None:
        return self._take(name) if self._table.get(name, "") is None else self.day(name)  # type: ignore[return-value]

    def moment(self, name: str) -> datetime:
        value = self._take(name)
        try:
            if isinstance(value, str) and _MOMENT.match(value):
                return datetime.fromisoformat(value)
        except ValueError:
            pass
        raise self.wrong(name, "is no time such as 2026-11-29T08:30:00Z")

    def flag(self, name: str) -> bool:
        value = self._take(name)
        if not isinstance(value, bool):
            raise self.wrong(name, "is neither true nor false")
        return value

    def constant(self, name: str, expected: str) -> None:
        if self._take(name) != expected:
            raise self.wrong(name, f"is not {expected}")

    def table(self, name: str) -> Fields:
        value = self._take(name)
        if not isinstance(value, dict):
            raise self.wrong(name, "is no table")
        return Fields(value, f"{self._what}: {name}")

    def document(self, name: str) -> bytes:
        """A table as the bytes that were sealed: its canonical form."""
        value = self._take(name)
        if not isinstance(value, dict):
            raise self.wrong(name, "is no table")
        return canonical(value)

    def optional_table(self, name: str) -> Fields | None:
        if self._table.get(name, "") is None:
            self._take(name)
            return None
        return self.table(name)

    def tables(self, name: str, most: int) -> list[Fields]:
        found = []
        for value in self._list(name, most):
            if not isinstance(value, dict):
                raise self.wrong(name, "holds something that is no table")
            found.append(Fields(value, f"{self._what}: {name}"))
        return found

    def texts(self, name: str, most: int, most_characters: int) -> tuple[str, ...]:
        values = self._list(name, most)
        return tuple(Fields({name: value}, self._what).text(name, most_characters) for value in values)

    def _list(self, name: str, most: int) -> list[Json]:
        value = self._take(name)
        if not isinstance(value, list) or len(value) > most:
            raise self.wrong(name, f"is no list of at most {most}")
        return value

    def numbers(self, name: str, most: int) -> dict[str, int]:
        """A table of names and whole numbers."""
        value = self._take(name)
        if not isinstance(value, dict) or len(value) > most:
            raise self.wrong(name, f"is no table of at most {most} figures")
        fields = Fields(value, f"{self._what}: {name}")
        return {key: fields.whole(key) for key in value}
