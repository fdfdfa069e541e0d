"""Rows of one table in a file of SQLite (Database File Format, sqlite.org, read in November 2026), from bytes and within bounds.

No statement is run: a hostile file is walked as pages and nothing else. In a file that is whole each octet belongs to one row, so
no more of them are read than there are, whatever points where. What another file holds (the write-ahead log) is not seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pqscan.errors import MalformedMessage

_MAGIC = b"SQLite format 3\0"
_HEADER = 100
_INTERIOR, _LEAF = 5, 13
_MOST_ROWS, _MOST_NAME = 100_000, 1000
_MOST_COLUMNS = 32
"""SQLite has 2000 at most; the tables that are read here have five."""
_FIXED = {0: 0, 1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8, 7: 8, 8: 0, 9: 0}

Value = int | bytes | None
"""An integer, the octets of a text or blob; None for NULL and for numbers with a point, which nobody here reads."""


@dataclass(frozen=True, slots=True)
class Row:
    """`values` in the order of the columns; a blob may be shorter than it is in the file. `offset` of the row in the data."""

    values: tuple[Value, ...]
    offset: int


def page_octets(data: bytes) -> int:
    """The size of the pages of the file that begins so (section 1.3.2): no value reaches from one page into the next in one piece.
    0 where it is no file of SQLite."""
    size = int.from_bytes(data[16:18]) if data.startswith(_MAGIC) else 0
    return 1 << 16 if size == 1 else size


class SqliteFile:
    """The beginning of a file, or all of it. Raises MalformedMessage where it is no file of SQLite.

    `is_cut` is set while rows are read: pages lie behind the data, or are damaged."""

    def __init__(self, data: bytes) -> None:
        if not data.startswith(_MAGIC) or len(data) < _HEADER:
            raise MalformedMessage("the file has no header of SQLite")
        self._size = page_octets(data)
        self._usable = self._size - data[20]
        if self._size < 512 or self._size & (self._size - 1) or self._usable < 480:
            raise MalformedMessage("the file of SQLite has pages of a size that cannot be")
        self._data = data
        self._tables: dict[str, int] | None = None
        self._left = 0  # octets of rows that may still be read
        self.is_cut = False

    def tables(self) -> dict[str, int]:
        """The tables, and the page that each begins with."""
        if self._tables is None:
            self._tables = {}
            for row in self._rows(1, 1 << 16):
                if len(row.values) >= 4 and row.values[0] == b"table":
                    name, page = row.values[1], row.values[3]
                    if isinstance(name, bytes) and isinstance(page, int):
                        self._tables.setdefault(name[:_MOST_NAME].decode("utf-8", "replace"), page)
        return self._tables

    def rows(self, table: str, most_octets: int = 1 << 16) -> Iterator[Row]:
        """The rows of a table, nothing where there is none such; of each row so many octets."""
        page = self.tables().get(table)
        if page is not None:
            yield from self._rows(page, most_octets)

    def _rows(self, first: int, most_octets: int) -> Iterator[Row]:
        waiting, seen, rows = [first], {first}, 0
        self._left = len(self._data)
        while waiting:
            number = waiting.pop()
            start = (number - 1) * self._size
            if not self._has(number):
                self.is_cut = True
                continue
            head = start + (_HEADER if number == 1 else 0)
            kind, count = self._data[head], min(int.from_bytes(self._data[head + 3 : head + 5]), self._size // 2)
            if kind not in (_INTERIOR, _LEAF):
                self.is_cut = True
                continue
            table = head + (12 if kind == _INTERIOR else 8)
            cells = [start + int.from_bytes(self._data[place : place + 2]) for place in range(table, table + 2 * count, 2)]
            if kind == _INTERIOR:
                children = [int.from_bytes(self._data[cell : cell + 4]) for cell in cells]
                children.append(int.from_bytes(self._data[head + 8 : head + 12]))
                new = [child for child in dict.fromkeys(children) if child not in seen and self._has(child)]
                self.is_cut = self.is_cut or len(new) != len(children)
                waiting.extend(reversed(new))
                seen.update(new)
                continue
            for cell in cells:
                rows += 1
                if rows > _MOST_ROWS or self._left <= 0:
                    self.is_cut = True
                    return
                row = self._row(cell, start + self._size, most_octets)
                if row is None:
                    self.is_cut = True
                else:
                    yield row

    def _has(self, page: int) -> bool:
        return 1 <= page <= len(self._data) // self._size

    def _row(self, cell: int, end: int, most_octets: int) -> Row | None:
        size, place = _varint(self._data, cell, end)
        _, place = _varint(self._data, place, end)
        if place > end:
            return None
        payload = self._payload(size, place, most_octets)
        head, at = _varint(payload, 0, len(payload))
        if head > len(payload):
            return None
        values: list[Value] = []
        content = head
        while at < head and len(values) < _MOST_COLUMNS:
            kind, at = _varint(payload, at, head)
            width = _FIXED.get(kind, (kind - 12) // 2 if kind >= 12 else 0)
            part = payload[content : content + width]
            content += width
            values.append(_value(kind, part))
        self.is_cut = self.is_cut or at < head
        return Row(tuple(values), cell)

    def _payload(self, size: int, place: int, most: int) -> bytes:
        """The beginning of a row that may go on over further pages (section 1.5)."""
        largest = self._usable - 35
        least = (self._usable - 12) * 32 // 255 - 23
        local = size
        if size > largest:
            local = least + (size - least) % (self._usable - 4)
            local = least if local > largest else local
        parts = [self._data[place : place + local]]
        self._left -= local
        left = min(size, most) - local
        following = int.from_bytes(self._data[place + local : place + local + 4]) if size > largest else 0
        while left > 0:
            start = (following - 1) * self._size
            if not self._has(following) or self._left <= 0:
                self.is_cut = True
                break
            parts.append(self._data[start + 4 : start + 4 + min(left, self._usable - 4)])
            left -= self._usable - 4
            self._left -= self._size
            following = int.from_bytes(self._data[start : start + 4])
        return b"".join(parts)


def _value(kind: int, part: bytes) -> Value:
    if kind in (8, 9):
        return kind - 8
    if 1 <= kind <= 6:
        return int.from_bytes(part, signed=True)
    return part if kind >= 12 else None


def _varint(data: bytes, place: int, end: int) -> tuple[int, int]:
    """A number of up to nine octets (section 1.6), and where it ends: behind `end` where it is cut off."""
    value = 0
    for count in range(9):
        if not 0 <= place < end:
            return value, end + 1
        octet = data[place]
        place += 1
        if count == 8:
            return value << 8 | octet, place
        value = value << 7 | octet & 0x7F
        if octet < 0x80:
            break
    return value, place
