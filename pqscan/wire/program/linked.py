"""What a program's tables say of its links, whatever its format; and reading from octets that may end anywhere."""

from __future__ import annotations

import struct
from collections.abc import Callable, Container
from dataclasses import dataclass

MOST_LIBRARIES = 4096
MOST_SYMBOLS = 100_000
MOST_NAME = 512
MOST_TEXTS = 32 << 20
"""Octets of a table of texts that are read."""
_BLOCK = 1 << 16


@dataclass(frozen=True, slots=True)
class Named:
    """A name in a table, and where in the data it stands."""

    name: str
    offset: int


@dataclass(frozen=True, slots=True)
class Program:
    """`own_name` is what a library calls itself (soname, install name). `symbols` are those that others must give. `needs` are a
    library's file and a version of its interface that it must have (ELF alone). `is_cut`: a table lies behind the data, or is
    larger than is read."""

    format: str  # "ELF", "PE" or "Mach-O"
    own_name: str | None = None
    libraries: tuple[Named, ...] = ()
    symbols: tuple[Named, ...] = ()
    needs: tuple[tuple[str, str], ...] = ()
    is_cut: bool = False


class Window:
    """The octets of a program: its beginning, and what lies behind where `more` can read there, by offset and number of octets."""

    __slots__ = ("_at", "_block", "_head", "_more")

    def __init__(self, head: bytes, more: Callable[[int, int], bytes] | None = None) -> None:
        self._head = head
        self._more = more
        self._at, self._block = 0, b""

    def part(self, offset: int, size: int) -> bytes:
        """So many octets from there on, fewer where the data end."""
        if offset < 0 or size <= 0:
            return b""
        if self._more is None or offset + size <= len(self._head):
            return self._head[offset : offset + size]
        if size > _BLOCK:
            return self._more(offset, size)
        start = offset - self._at
        if start < 0 or start + size > len(self._block):  # Tables are read entry by entry: the octets around them are kept.
            self._at, start = offset, 0
            self._block = self._more(offset, _BLOCK)
        return self._block[start : start + size]


def window_of(data: bytes | Window) -> Window:
    return data if isinstance(data, Window) else Window(data)


def fields_at(data: Window, form: str, offset: int) -> tuple[int, ...] | None:
    """The integers at the place; None where the data end before. `form` as for `struct`."""
    part = data.part(offset, struct.calcsize(form))
    return struct.unpack(form, part) if len(part) == struct.calcsize(form) else None


def number_at(data: Window, form: str, offset: int) -> int | None:
    """The one integer at the place; None where the data end before."""
    fields = fields_at(data, form, offset)
    return None if fields is None else fields[0]


def name_at(data: Window, offset: int) -> str | None:
    """The text up to a zero octet; None where it is empty, is no plain text, does not end, or lies behind the data."""
    return _plain(data.part(offset, MOST_NAME), 0)


def named_in(texts: bytes, offset: int, start: int, wanted: Container[bytes] | None) -> Named | None:
    """The name at the offset of a table of texts that stands at `start`, where it is wanted (None: each is)."""
    end = texts.find(b"\0", offset, offset + MOST_NAME)
    if end < 0 or (wanted is not None and texts[offset:end] not in wanted):
        return None
    name = _plain(texts, offset)
    return None if name is None else Named(name, start + offset)


def _plain(texts: bytes, offset: int) -> str | None:
    end = texts.find(b"\0", offset, offset + MOST_NAME)
    text = texts[offset:end]
    if end <= offset or not text.isascii():
        return None
    name = text.decode("ascii")
    return name if name.isprintable() else None
