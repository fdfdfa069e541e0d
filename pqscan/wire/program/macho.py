"""Mach-O files (Apple, mach-o/loader.h, fat.h and nlist.h of XNU): libraries that are loaded and symbols that others must give, of
every architecture in the file."""

from __future__ import annotations

import struct
from collections.abc import Iterable

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
    named_in,
    number_at,
    window_of,
)

_THIN = {
    b"\xfe\xed\xfa\xce": (">", False),
    b"\xfe\xed\xfa\xcf": (">", True),
    b"\xce\xfa\xed\xfe": ("<", False),
    b"\xcf\xfa\xed\xfe": ("<", True),
}
_FAT, _FAT_WIDE = b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf"
_MOST_ARCHITECTURES = 32  # Classes of Java begin alike, and have a number above 44 in its place.
_MOST_READ = 8
_MOST_COMMANDS = 4096
_OWN_NAME, _SYMBOLS = 0xD, 0x2
_LOADS = frozenset({0xC, 0x80000018, 0x8000001F, 0x20, 0x80000023})  # at once, weak, re-exported, lazy, upward
_KIND, _EXTERNAL, _DEBUG = 0x0E, 0x01, 0xE0  # N_TYPE, N_EXT, N_STAB


def read_macho(octets: bytes | Window) -> Program:
    """What all architectures together are linked with. Raises MalformedMessage where it is no Mach-O file."""
    data = window_of(octets)
    magic = data.part(0, 4)
    if magic in _THIN:
        return _thin(data, 0)
    count = number_at(data, ">I", 4)
    if magic not in (_FAT, _FAT_WIDE) or not count or count > _MOST_ARCHITECTURES:
        raise MalformedMessage("the file has no header of Mach-O")
    form = ">8xQ16x" if magic == _FAT_WIDE else ">8xI8x"
    programs, is_cut = [], count > _MOST_READ
    for number in range(min(count, _MOST_READ)):
        place = 8 + number * struct.calcsize(form)
        start = number_at(data, form, place)
        if start is None or data.part(start, 4) not in _THIN:
            is_cut = is_cut or start is None or len(data.part(start, 4)) < 4
            continue
        programs.append(_thin(data, start))
    if not programs and not is_cut:
        raise MalformedMessage("the file holds no architecture of Mach-O")
    return _together(programs, is_cut)


def _together(programs: list[Program], is_cut: bool) -> Program:
    return Program(
        "Mach-O",
        next((one.own_name for one in programs if one.own_name is not None), None),
        _distinct(one.libraries for one in programs),
        _distinct(one.symbols for one in programs),
        (),
        is_cut or any(one.is_cut for one in programs),
    )


def _distinct(tables: Iterable[tuple[Named, ...]]) -> tuple[Named, ...]:
    """Each name once, where it stands first."""
    found: dict[str, Named] = {}
    for named in (one for table in tables for one in table):
        found.setdefault(named.name, named)
    return tuple(found.values())


def _thin(data: Window, start: int) -> Program:
    """One architecture; offsets in its commands count from `start`."""
    order, is_wide = _THIN[data.part(start, 4)]
    count = number_at(data, order + "I", start + 16) or 0
    place = start + (32 if is_wide else 28)
    own_name: str | None = None
    libraries: list[Named] = []
    symbols: tuple[Named, ...] = ()
    has_symbols = False
    octets = number_at(data, order + "I", start + 20)
    is_cut = count > _MOST_COMMANDS or octets is None or len(data.part(place, octets)) < octets
    for _ in range(min(count, _MOST_COMMANDS)):
        kind, size = number_at(data, order + "I", place), number_at(data, order + "I", place + 4)
        if kind is None or size is None or size < 8:
            is_cut = is_cut or kind is None
            break
        text = number_at(data, order + "I", place + 8)
        if (kind in _LOADS or kind == _OWN_NAME) and text is not None:
            name = name_at(data, place + text)
            if name is not None and kind == _OWN_NAME:
                own_name = name
            elif name is not None and len(libraries) < MOST_LIBRARIES:
                libraries.append(Named(name, place + text))
        elif kind == _SYMBOLS and not has_symbols and (table := fields_at(data, order + "IIII", place + 8)) is not None:
            has_symbols = True
            symbols, symbols_cut = _undefined(data, order, is_wide, start, table)
            is_cut = is_cut or symbols_cut
        place += size
    return Program("Mach-O", own_name, tuple(libraries), symbols, (), is_cut)


def _undefined(data: Window, order: str, is_wide: bool, start: int, table: tuple[int, ...]) -> tuple[tuple[Named, ...], bool]:
    """Undefined external symbols in their order, each once, without the underscore of C; whether some lie behind the data."""
    symbols, count, texts_at, length = table
    form = order + ("IBxxx8x" if is_wide else "IBxxx4x")
    width = struct.calcsize(form)
    part = data.part(start + symbols, min(count, MOST_SYMBOLS) * width)
    part = part[: len(part) // width * width]
    texts = data.part(start + texts_at, min(length, MOST_TEXTS))
    found: dict[str, Named] = {}
    for name, kind in struct.iter_unpack(form, part):
        if kind & _KIND or not kind & _EXTERNAL or kind & _DEBUG or not name:
            continue
        one = named_in(texts, name, start + texts_at, None)
        if one is not None:
            plain = one.name.removeprefix("_")
            found.setdefault(plain, Named(plain, one.offset))
    return tuple(found.values()), len(part) < count * width or not texts
