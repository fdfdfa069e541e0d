"""PE files (Microsoft, PE Format, read in November 2026): the libraries that a program imports from, and the names of what it
imports.

Of a program of .NET the names of types are read that its metadata refer to (ECMA-335, II.24)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pqscan.errors import MalformedMessage
from pqscan.wire.program.linked import (
    MOST_LIBRARIES,
    MOST_SYMBOLS,
    MOST_TEXTS,
    Named,
    Program,
    Window,
    fields_at,
    name_at,
    number_at,
    window_of,
)

_MAGIC, _SIGNATURE = b"MZ", b"PE\0\0"
_HEADER_PLACE = 0x3C
_WIDE, _NARROW = 0x20B, 0x10B
_EXPORT, _IMPORT, _DELAY_IMPORT, _DOTNET = 0, 1, 13, 14
_MOST_SECTIONS = 96  # as many as Windows loads
_MOST_DIRECTORIES = 16
_METADATA, _MOST_STREAMS = b"BSJB", 16
_CRYPTOGRAPHY = b"\0System.Security.Cryptography\0"

Locate = Callable[[int], int | None]
"""Where in the file the octet of a relative virtual address lies; None where it lies in no section."""


class _Cut(Exception):
    """A table lies behind the data. Never leaves this file."""


def read_pe(octets: bytes | Window) -> Program:
    """What it imports. Raises MalformedMessage where it is no PE file: programs of DOS begin alike."""
    data = window_of(octets)
    header = number_at(data, "<I", _HEADER_PLACE)
    if data.part(0, 2) != _MAGIC or header is None or data.part(header, 4) != _SIGNATURE:
        raise MalformedMessage("the file has no header of PE")
    sections, optional = number_at(data, "<H", header + 6), number_at(data, "<H", header + 20)
    magic = number_at(data, "<H", header + 24)
    if sections is None or optional is None or magic not in (_WIDE, _NARROW):
        raise MalformedMessage("the file has no optional header of PE")
    is_wide = magic == _WIDE
    directories = header + 24 + (112 if is_wide else 96)
    count = min(number_at(data, "<I", directories - 4) or 0, _MOST_DIRECTORIES)
    locate = _locator(data, header + 24 + optional, min(sections, _MOST_SECTIONS))

    def table(number: int) -> int | None:
        address = number_at(data, "<I", directories + 8 * number) if number < count else None
        return locate(address) if address else None

    libraries: list[Named] = []
    symbols = {named.name: named for named in _names_of_dotnet(data, table(_DOTNET), locate)}
    left, is_cut = MOST_SYMBOLS, False
    try:
        for name, thunks in (*_imports(data, table(_IMPORT), locate), *_delayed(data, table(_DELAY_IMPORT), locate)):
            libraries.append(name)
            names, left = _names(data, thunks, locate, left, is_wide=is_wide)
            for symbol in names:
                symbols.setdefault(symbol.name, symbol)
    except _Cut:
        is_cut = True
    return Program("PE", _own_name(data, table(_EXPORT), locate), tuple(libraries), tuple(symbols.values()), (), is_cut)


def _locator(data: Window, table: int, count: int) -> Locate:
    sections = [one for number in range(count) if (one := fields_at(data, "<8xIIII", table + 40 * number)) is not None]

    def locate(address: int) -> int | None:
        for size, start, raw_size, raw in sections:
            if start <= address < start + max(size, raw_size):
                return int(raw + address - start)
        return None

    return locate


def _imports(data: Window, table: int | None, locate: Locate) -> Iterator[tuple[Named, int]]:
    """The name of each library, and the address of the names in it."""
    yield from _descriptors(data, table, locate, size=20, name_place=12, thunk_places=(0, 16))


def _delayed(data: Window, table: int | None, locate: Locate) -> Iterator[tuple[Named, int]]:
    """The same of libraries that are loaded when first needed."""
    yield from _descriptors(data, table, locate, size=32, name_place=4, thunk_places=(16,))


def _descriptors(
    data: Window, table: int | None, locate: Locate, *, size: int, name_place: int, thunk_places: tuple[int, ...]
) -> Iterator[tuple[Named, int]]:
    if table is None:
        return
    for number in range(MOST_LIBRARIES):
        place = table + number * size
        if len(data.part(place, size)) < size:
            raise _Cut
        address = number_at(data, "<I", place + name_place)
        offset = locate(address) if address else None
        if offset is None:
            return
        name = name_at(data, offset)
        thunks = next((one for at in thunk_places if (one := number_at(data, "<I", place + at))), 0)
        if name is not None:
            yield Named(name, offset), thunks


def _names(data: Window, thunks: int, locate: Locate, left: int, *, is_wide: bool) -> tuple[list[Named], int]:
    """What is imported by name (what is imported by number has none), and how many more entries may be read."""
    found: list[Named] = []
    place = locate(thunks) if thunks else None
    form, width, by_number = ("<Q", 8, 1 << 63) if is_wide else ("<I", 4, 1 << 31)
    while place is not None:
        value = number_at(data, form, place)
        if value is None or left <= 0:
            raise _Cut
        if value == 0:
            break
        offset = None if value & by_number else locate(value & 0x7FFFFFFF)
        name = None if offset is None else name_at(data, offset + 2)  # behind a hint of two octets
        if name is not None and offset is not None:
            found.append(Named(name, offset + 2))
        place, left = place + width, left - 1
    return found, left


def _names_of_dotnet(data: Window, header: int | None, locate: Locate) -> list[Named]:
    """The names of a program of .NET where it refers to the namespace of cryptography; else none."""
    address = None if header is None else number_at(data, "<I", header + 8)
    root = locate(address) if address else None
    if root is None or data.part(root, 4) != _METADATA:
        return []
    place = root + 16 + (number_at(data, "<I", root + 12) or 0)
    streams = min(number_at(data, "<H", place + 2) or 0, _MOST_STREAMS)
    place += 4
    for _ in range(streams):
        start, size = number_at(data, "<I", place), number_at(data, "<I", place + 4)
        name = name_at(data, place + 8)
        if start is None or size is None or name is None:
            return []
        if name == "#Strings":
            heap = data.part(root + start, min(size, MOST_TEXTS))
            return _names_in(heap, root + start) if _CRYPTOGRAPHY in heap else []
        place += 8 + len(name) + 4 - len(name) % 4
    return []


def _names_in(heap: bytes, start: int) -> list[Named]:
    found: list[Named] = []
    for name in heap.split(b"\0", MOST_SYMBOLS)[:MOST_SYMBOLS]:
        if name.isascii() and name.isalnum():
            found.append(Named(name.decode("ascii"), start))
        start += len(name) + 1
    return found


def _own_name(data: Window, table: int | None, locate: Locate) -> str | None:
    address = None if table is None else number_at(data, "<I", table + 12)
    offset = locate(address) if address else None
    return None if offset is None else name_at(data, offset)
