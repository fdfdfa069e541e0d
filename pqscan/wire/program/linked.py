"""What a program's tables say of its links, whatever its format; and reading integers from bytes that may end anywhere."""

from __future__ import annotations

import struct
from dataclasses import dataclass

MOST_LIBRARIES = 4096
MOST_SYMBOLS = 100_000
_MOST_NAME = 512


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


def number_at(data: bytes, form: str, offset: int) -> int | None:
    """The integer at the place; None where the data end before. `form` as for `struct`."""
    if offset < 0 or offset + struct.calcsize(form) > len(data):
        return None
    value: int = struct.unpack_from(form, data, offset)[0]
    return value


def name_at(data: bytes, offset: int) -> str | None:
    """The text up to a zero octet; None where it is empty, is no plain text, does not end, or lies behind the data."""
    if not 0 <= offset < len(data):
        return None
    end = data.find(b"\0", offset, offset + _MOST_NAME)
    text = data[offset:end]
    if end <= offset or not text.isascii():
        return None
    name = text.decode("ascii")
    return name if name.isprintable() else None
