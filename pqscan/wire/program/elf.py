"""ELF files (System V ABI, chapters 4 and 5; the LSB for versions of symbols): libraries that are needed and symbols that others
must give.

Of a program the dynamic section is read, of an object file its table of symbols; sections of a linked program are not needed and
may have been cut off."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

from pqscan.errors import MalformedMessage
from pqscan.wire.program.linked import MOST_LIBRARIES, MOST_SYMBOLS, Named, Program, name_at, number_at

_MAGIC = b"\x7fELF"
_OBJECT_FILE = 1
_LOAD, _DYNAMIC = 1, 2
_MOST_SEGMENTS, _MOST_ENTRIES, _MOST_SECTIONS, _MOST_VERSIONS = 256, 8192, 20_000, 4096
_NEEDED, _STRTAB, _SYMTAB, _SONAME, _HASH = 1, 5, 6, 14, 4
_GNU_HASH, _VERNEED, _VERNEEDNUM = 0x6FFFFEF5, 0x6FFFFFFE, 0x6FFFFFFF
_SYMBOL_SECTION = 2


@dataclass(frozen=True, slots=True)
class _Layout:
    """How wide and in which order integers stand."""

    order: str
    is_wide: bool

    def word(self) -> str:
        return self.order + ("Q" if self.is_wide else "I")

    def symbol(self) -> str:
        """st_name and st_shndx, the rest passed over (figure 4-15)."""
        return self.order + ("I2xH16x" if self.is_wide else "I10xH")


def read_elf(data: bytes) -> Program:
    """What it is linked with. Raises MalformedMessage where it is no ELF file."""
    if not data.startswith(_MAGIC) or len(data) < 52 or data[4] not in (1, 2) or data[5] not in (1, 2):
        raise MalformedMessage("the file has no header of ELF")
    layout = _Layout("<" if data[5] == 1 else ">", data[4] == 2)
    if number_at(data, layout.order + "H", 16) == _OBJECT_FILE:
        return _object_file(data, layout)
    return _linked(data, layout)


def _linked(data: bytes, layout: _Layout) -> Program:
    segments = _segments(data, layout)
    if segments is None:
        return Program("ELF", is_cut=True)
    dynamic = next(((offset, size) for kind, offset, _, size in segments if kind == _DYNAMIC), None)
    if dynamic is None:
        return Program("ELF")
    entries, is_cut = _dynamic(data, layout, *dynamic)
    single = dict(reversed(entries))

    def place(tag: int) -> int | None:
        """Where in the file the table lies that the entry points to by its address."""
        address = single.get(tag)
        found = (offset + address - start for kind, offset, start, size in segments
                 if address is not None and kind == _LOAD and start <= address < start + size)  # fmt: skip
        return next(found, None)

    texts = place(_STRTAB)
    if texts is None or texts >= len(data):
        return Program("ELF", is_cut=is_cut or texts is not None)
    libraries = [_named(data, texts + value) for tag, value in entries if tag == _NEEDED][:MOST_LIBRARIES]
    soname = single.get(_SONAME)
    symbols, symbols_cut = _undefined(data, layout, texts, place(_SYMTAB), _count(data, layout, place))
    return Program(
        "ELF",
        None if soname is None else name_at(data, texts + soname),
        tuple(one for one in libraries if one is not None),
        symbols,
        _versions(data, layout, texts, place(_VERNEED), single.get(_VERNEEDNUM, 0)),
        is_cut or symbols_cut,
    )


def _segments(data: bytes, layout: _Layout) -> list[tuple[int, int, int, int]] | None:
    """Kind, offset, address and size in the file of each; None where the table lies behind the data."""
    start = number_at(data, layout.word(), 32 if layout.is_wide else 28)
    size, count = (number_at(data, layout.order + "H", (54 if layout.is_wide else 42) + 2 * one) for one in (0, 1))
    if not start or not count:
        return []
    form = layout.order + ("I4xQQ8xQ" if layout.is_wide else "III4xI")
    if size is None or size < struct.calcsize(form):
        return []
    found = []
    for number in range(min(count, _MOST_SEGMENTS)):
        if start + number * size + size > len(data):
            return None
        found.append(struct.unpack_from(form, data, start + number * size))
    return found


def _dynamic(data: bytes, layout: _Layout, offset: int, size: int) -> tuple[list[tuple[int, int]], bool]:
    """Tags and values; whether the section lies behind the data or goes on."""
    form = layout.order + ("QQ" if layout.is_wide else "II")
    width = struct.calcsize(form)
    found: list[tuple[int, int]] = []
    for place in range(offset, offset + min(size, width * _MOST_ENTRIES) - width + 1, width):
        if place + width > len(data):
            return found, True
        tag, value = struct.unpack_from(form, data, place)
        if tag == 0:
            return found, False
        found.append((tag, value))
    return found, size > width * _MOST_ENTRIES


def _count(data: bytes, layout: _Layout, place: Callable[[int], int | None]) -> int:
    """How many symbols from the first on may be undefined: those that the table of hashes leaves out, or all that there are."""
    gnu = place(_GNU_HASH)
    first = None if gnu is None else number_at(data, layout.order + "I", gnu + 4)
    if first is not None and first > 0:
        return first
    table = place(_HASH)
    chains = None if table is None else number_at(data, layout.order + "I", table + 4)
    if chains is not None:
        return chains
    symbols, texts = place(_SYMTAB), place(_STRTAB)
    if symbols is None or texts is None or texts < symbols:
        return 0
    return (texts - symbols) // struct.calcsize(layout.symbol())


def _undefined(data: bytes, layout: _Layout, texts: int, table: int | None, count: int) -> tuple[tuple[Named, ...], bool]:
    """The symbols without a section of their own, in their order, each once; whether some were left out."""
    if table is None:
        return (), False
    width = struct.calcsize(layout.symbol())
    read = min(count, MOST_SYMBOLS, max(0, len(data) - table) // width)
    found: dict[str, Named] = {}
    for name, section in struct.iter_unpack(layout.symbol(), memoryview(data)[table : table + read * width]):
        if section == 0 and name and (one := _named(data, texts + name)) is not None:
            found.setdefault(one.name, one)
    return tuple(found.values()), read < count


def _versions(data: bytes, layout: _Layout, texts: int, table: int | None, count: int) -> tuple[tuple[str, str], ...]:
    """The versions that are needed of libraries (LSB 5.0, section 10.7.3), behind the library's file: OPENSSL_3.0.0."""
    found: list[tuple[str, str]] = []
    steps = _MOST_VERSIONS  # Of both loops together: each may lead back into the other's octets.
    while table is not None and count > 0 and steps > 0 and table + 16 <= len(data):
        _, parts, file_name, part, following = struct.unpack_from(layout.order + "HHIII", data, table)
        place, file = table + part, name_at(data, texts + file_name)
        while parts > 0 and steps > 0 and place + 16 <= len(data):
            name, further = struct.unpack_from(layout.order + "8xII", data, place)
            if file is not None and (version := name_at(data, texts + name)) is not None:
                found.append((file, version))
            parts, place, steps = (parts - 1 if further else 0), place + further, steps - 1
        count, table, steps = count - 1, (table + following if following else None), steps - 1
    return tuple(found)


def _object_file(data: bytes, layout: _Layout) -> Program:
    """The undefined symbols of what is not linked yet."""
    start = number_at(data, layout.word(), 40 if layout.is_wide else 32)
    size, count = (number_at(data, layout.order + "H", (58 if layout.is_wide else 46) + 2 * one) for one in (0, 1))
    form = layout.order + ("4xI16xQQI" if layout.is_wide else "4xI8xIII")
    if not start or not count or size is None or size < struct.calcsize(form):
        return Program("ELF")
    sections = []
    for number in range(min(count, _MOST_SECTIONS)):
        if start + number * size + size > len(data):
            return Program("ELF", is_cut=True)
        sections.append(struct.unpack_from(form, data, start + number * size))
    for kind, offset, length, link in sections:
        if kind == _SYMBOL_SECTION and link < len(sections):
            entries = length // struct.calcsize(layout.symbol())
            symbols, is_cut = _undefined(data, layout, sections[link][1], offset, entries)
            return Program("ELF", symbols=symbols, is_cut=is_cut)
    return Program("ELF")


def _named(data: bytes, offset: int) -> Named | None:
    name = name_at(data, offset)
    return None if name is None else Named(name, offset)
