"""ELF files (System V ABI, chapters 4 and 5; the LSB for versions of symbols): libraries that are needed and symbols that others
must give.

Of a program the dynamic section is read, of an object file its table of symbols; sections of a linked program are not needed and
may have been cut off."""

from __future__ import annotations

import struct
from collections.abc import Callable, Container
from dataclasses import dataclass

from pqscan.errors import MalformedMessage
from pqscan.wire.program.linked import (
    MOST_LIBRARIES,
    MOST_NAME,
    MOST_SYMBOLS,
    MOST_TEXTS,
    Named,
    Program,
    Window,
    fields_at,
    named_in,
    number_at,
    window_of,
)

_MAGIC = b"\x7fELF"
_OBJECT_FILE = 1
_LOAD, _DYNAMIC = 1, 2
_MOST_SEGMENTS, _MOST_ENTRIES, _MOST_SECTIONS, _MOST_VERSIONS = 256, 8192, 20_000, 4096
_NEEDED, _STRTAB, _STRSZ, _SYMTAB, _SONAME, _HASH = 1, 5, 10, 6, 14, 4
_GNU_HASH, _VERNEED, _VERNEEDNUM = 0x6FFFFEF5, 0x6FFFFFFE, 0x6FFFFFFF
_SYMBOL_SECTION = 2

Texts = tuple[bytes, int]
"""A table of texts, and where in the file it stands."""


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


def read_elf(octets: bytes | Window, wanted: Container[bytes] | None = None) -> Program:
    """What it is linked with; of its symbols those that are `wanted` (None: all). Raises MalformedMessage where it is no ELF
    file."""
    data = window_of(octets)
    ident = data.part(0, 52)
    if not ident.startswith(_MAGIC) or len(ident) < 52 or ident[4] not in (1, 2) or ident[5] not in (1, 2):
        raise MalformedMessage("the file has no header of ELF")
    layout = _Layout("<" if ident[5] == 1 else ">", ident[4] == 2)
    if number_at(data, layout.order + "H", 16) == _OBJECT_FILE:
        return _object_file(data, layout, wanted)
    return _linked(data, layout, wanted)


def _linked(data: Window, layout: _Layout, wanted: Container[bytes] | None) -> Program:
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

    start = place(_STRTAB)
    if start is None:
        return Program("ELF", is_cut=is_cut)
    length = min(single.get(_STRSZ, MOST_TEXTS), MOST_TEXTS)
    texts = data.part(start, length)
    libraries = [named_in(texts, value, start, None) for tag, value in entries if tag == _NEEDED][:MOST_LIBRARIES]
    soname = named_in(texts, single[_SONAME], start, None) if _SONAME in single else None
    symbols, symbols_cut = _undefined(data, layout, (texts, start), place(_SYMTAB), _count(data, layout, place), wanted)
    return Program(
        "ELF",
        None if soname is None else soname.name,
        tuple(one for one in libraries if one is not None),
        symbols,
        _versions(data, layout, (texts, start), place(_VERNEED), single.get(_VERNEEDNUM, 0)),
        is_cut or symbols_cut or not texts or (_STRSZ in single and len(texts) < length),
    )


def _segments(data: Window, layout: _Layout) -> list[tuple[int, ...]] | None:
    """Kind, offset, address and size in the file of each; None where the table lies behind the data."""
    start = number_at(data, layout.word(), 32 if layout.is_wide else 28)
    size, count = (number_at(data, layout.order + "H", (54 if layout.is_wide else 42) + 2 * one) for one in (0, 1))
    if not start or not count:
        return []
    form = layout.order + ("I4xQQ8xQ" if layout.is_wide else "III4xI")
    if size is None or size < struct.calcsize(form):
        return []
    found = [fields_at(data, form, start + number * size) for number in range(min(count, _MOST_SEGMENTS))]
    return None if None in found else [one for one in found if one is not None]


def _dynamic(data: Window, layout: _Layout, offset: int, size: int) -> tuple[list[tuple[int, int]], bool]:
    """Tags and values; whether the section lies behind the data or goes on."""
    form = layout.order + ("QQ" if layout.is_wide else "II")
    width = struct.calcsize(form)
    part = data.part(offset, min(size // width, _MOST_ENTRIES) * width)
    found: list[tuple[int, int]] = []
    for tag, value in struct.iter_unpack(form, part[: len(part) // width * width]):
        if tag == 0:
            return found, False
        found.append((tag, value))
    return found, len(part) < size // width * width


def _count(data: Window, layout: _Layout, place: Callable[[int], int | None]) -> int:
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


def _undefined(
    data: Window, layout: _Layout, texts: Texts, table: int | None, count: int, wanted: Container[bytes] | None
) -> tuple[tuple[Named, ...], bool]:
    """The symbols without a section of their own, in their order, each once; whether some were left out."""
    if table is None:
        return (), False
    form = layout.symbol()
    width = struct.calcsize(form)
    part = data.part(table, min(count, MOST_SYMBOLS) * width)
    part = part[: len(part) // width * width]
    found: dict[str, Named] = {}
    find = texts[0].find
    for name, section in struct.iter_unpack(form, part):
        if section or not name:
            continue
        # What is not wanted, which is nearly all, costs no call of a function of ours.
        if wanted is not None and texts[0][name : find(b"\0", name, name + MOST_NAME)] not in wanted:
            continue
        if (one := named_in(texts[0], name, texts[1], wanted)) is not None:
            found.setdefault(one.name, one)
    return tuple(found.values()), len(part) < count * width


def _versions(data: Window, layout: _Layout, texts: Texts, table: int | None, count: int) -> tuple[tuple[str, str], ...]:
    """The versions that are needed of libraries (LSB 5.0, section 10.7.3), behind the library's file: OPENSSL_3.0.0."""
    found: list[tuple[str, str]] = []
    steps = _MOST_VERSIONS  # Of both loops together: each may lead back into the other's octets.
    while table is not None and count > 0 and steps > 0:
        head = fields_at(data, layout.order + "HHIII", table)
        if head is None:
            break
        _, parts, file_name, part, following = head
        place, file = table + part, named_in(texts[0], file_name, texts[1], None)
        while parts > 0 and steps > 0 and (entry := fields_at(data, layout.order + "8xII", place)) is not None:
            name, further = entry
            version = named_in(texts[0], name, texts[1], None)
            if file is not None and version is not None:
                found.append((file.name, version.name))
            parts, place, steps = (parts - 1 if further else 0), place + further, steps - 1
        count, table, steps = count - 1, (table + following if following else None), steps - 1
    return tuple(found)


def _object_file(data: Window, layout: _Layout, wanted: Container[bytes] | None) -> Program:
    """The undefined symbols of what is not linked yet."""
    start = number_at(data, layout.word(), 40 if layout.is_wide else 32)
    size, count = (number_at(data, layout.order + "H", (58 if layout.is_wide else 46) + 2 * one) for one in (0, 1))
    form = layout.order + ("4xI16xQQI" if layout.is_wide else "4xI8xIII")
    if not start or not count or size is None or size < struct.calcsize(form):
        return Program("ELF")
    sections: list[tuple[int, ...]] = []
    for number in range(min(count, _MOST_SECTIONS)):
        section = fields_at(data, form, start + number * size)
        if section is None:
            return Program("ELF", is_cut=True)
        sections.append(section)
    for kind, offset, length, link in sections:
        if kind == _SYMBOL_SECTION and link < len(sections):
            texts = data.part(sections[link][1], min(sections[link][2], MOST_TEXTS))
            entries = length // struct.calcsize(layout.symbol())
            symbols, is_cut = _undefined(data, layout, (texts, sections[link][1]), offset, entries, wanted)
            return Program("ELF", symbols=symbols, is_cut=is_cut or not texts)
    return Program("ELF")
