"""The octets of a section of a program by its name: ELF (System V ABI, chapter 4), PE (Microsoft, PE Format) and Mach-O (Apple,
mach-o/loader.h), of every architecture in the file.

Loaders do without sections and programs may have none, so this is for notes that tools leave, and for nothing that runs."""

from __future__ import annotations

from collections.abc import Iterator

from pqscan.wire.program.linked import Window, fields_at, number_at

_MOST_SECTIONS, _MOST_COMMANDS, _MOST_ARCHITECTURES = 20_000, 4096, 8
_MOST_TEXTS = 1 << 20
_MACHO = {
    b"\xfe\xed\xfa\xce": (">", False),
    b"\xfe\xed\xfa\xcf": (">", True),
    b"\xce\xfa\xed\xfe": ("<", False),
    b"\xcf\xfa\xed\xfe": ("<", True),
}
_FAT = {b"\xca\xfe\xba\xbe": ">8xI8x", b"\xca\xfe\xba\xbf": ">8xQ16x"}


def sections_named(data: Window, name: bytes, most: int) -> Iterator[tuple[int, bytes]]:
    """Where each section of the name stands, and its octets: fewer than there are where it is larger than `most` or the data end
    before. Of a file that is no program, none."""
    for offset, size in _places(data, name):
        yield offset, data.part(offset, min(size, most))


def _places(data: Window, name: bytes) -> Iterator[tuple[int, int]]:
    magic = data.part(0, 4)
    if magic == b"\x7fELF":
        yield from _of_elf(data, name)
    elif magic[:2] == b"MZ":
        yield from _of_pe(data, name)
    elif magic in _MACHO:
        yield from _of_macho(data, 0, name)
    elif magic in _FAT:
        count = number_at(data, ">I", 4) or 0
        for number in range(min(count, _MOST_ARCHITECTURES)):
            start = number_at(data, _FAT[magic], 8 + number * (20 if magic == b"\xca\xfe\xba\xbe" else 32))
            if start and data.part(start, 4) in _MACHO:
                yield from _of_macho(data, start, name)


def _of_elf(data: Window, name: bytes) -> Iterator[tuple[int, int]]:
    ident = data.part(0, 6)
    if len(ident) < 6:
        return
    order, is_wide = "<" if ident[5] == 1 else ">", ident[4] == 2
    start = number_at(data, order + ("Q" if is_wide else "I"), 40 if is_wide else 32)
    shape = fields_at(data, order + "HHH", 58 if is_wide else 46)
    if not start or shape is None or shape[0] < (64 if is_wide else 40):
        return
    size, count, names = shape
    form = order + ("I20xQQ" if is_wide else "I12xII")
    table = fields_at(data, form, start + names * size)
    texts = b"" if table is None else data.part(table[1], min(table[2], _MOST_TEXTS))
    for number in range(min(count, _MOST_SECTIONS)):
        section = fields_at(data, form, start + number * size)
        if section is None:
            return
        if texts.startswith(name + b"\0", section[0]):
            yield section[1], section[2]


def _of_pe(data: Window, name: bytes) -> Iterator[tuple[int, int]]:
    header = number_at(data, "<I", 0x3C)
    shape = None if header is None else fields_at(data, "<6xH12xH", header)
    if header is None or shape is None or data.part(header, 4) != b"PE\0\0":
        return
    for number in range(min(shape[0], _MOST_SECTIONS)):
        place = header + 24 + shape[1] + 40 * number
        section = fields_at(data, "<8xI4xII", place)
        if section is None:
            return
        if data.part(place, 8) == name.ljust(8, b"\0"):
            size, raw_size, raw = section  # Raw octets are filled up to a boundary; the size in memory is the content's own.
            yield raw, min(size, raw_size) or raw_size


def _of_macho(data: Window, start: int, name: bytes) -> Iterator[tuple[int, int]]:
    order, is_wide = _MACHO[data.part(start, 4)]
    count = number_at(data, order + "I", start + 16) or 0
    place = start + (32 if is_wide else 28)
    segment, counted, head, width = (0x19, 64, 72, 80) if is_wide else (0x1, 48, 56, 68)
    form = order + ("40xQI" if is_wide else "36xII")
    left = _MOST_SECTIONS  # Of all segments together: commands may lie in each other.
    for _ in range(min(count, _MOST_COMMANDS)):
        command = fields_at(data, order + "II", place)
        if command is None or command[1] < 8:
            return
        for number in range(number_at(data, order + "I", place + counted) or 0 if command[0] == segment else 0):
            section = fields_at(data, form, place + head + width * number)
            left -= 1
            if section is None or left <= 0:
                return
            if data.part(place + head + width * number, 16) == name.ljust(16, b"\0"):
                yield start + section[1], section[0]
        place += command[1]
