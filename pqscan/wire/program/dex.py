"""Dalvik executables in Android's packages (Dalvik Executable format, source.android.com, read in November 2026): which methods
are called, and texts that are handed to them.

As in class files, one shape of code is looked for: a text is put into a register, and the next call takes the register."""

from __future__ import annotations

import struct

from pqscan.errors import MalformedMessage
from pqscan.wire.program.java_class import Call, JavaClass

_MAGIC, _LITTLE = b"dex\n0", 0x12345678
_HEADER = 112
_OF_SEVERAL = b"041"
_CONST_STRING, _CONST_STRING_JUMBO, _INVOKE_STATIC = 0x1A, 0x1B, 0x71
_ONE_TEXT, _TWO_ARGUMENTS = b"LL", b"LLL"  # shorty descriptors: what is given back, then each argument
_MOST_METHODS, _MOST_CALLED, _MOST_CALLS, _MOST_TEXT, _MOST_TEXTS = 65_536, 256, 10_000, 300, 200_000


def read_dex(data: bytes, owners: frozenset[str]) -> JavaClass:
    """The calls of methods of the classes named (`javax/crypto/Cipher`). Of several executables in one container (version 041) the
    first is read. Raises MalformedMessage."""
    if not data.startswith(_MAGIC) or len(data) < _HEADER or int.from_bytes(data[40:44], "little") != _LITTLE:
        raise MalformedMessage("the file has no header of a Dalvik executable")
    tables = _Tables(data)
    calls: list[Call] = []
    for number in range(min(tables.methods[0], _MOST_METHODS)):
        owner, prototype, name = tables.method(number)
        written = tables.type_name(owner)
        if written[:1] == "L" and written[1:-1] in owners and len(calls) < _MOST_CALLED:
            calls.append(Call(written[1:-1], tables.text(name), _handed(data, tables, number, tables.shorty(prototype))))
    texts = tuple(tables.text(number) for number in range(min(tables.texts[0], _MOST_TEXTS))) if calls else ()
    is_cut = tables.methods[0] > _MOST_METHODS or len(calls) >= _MOST_CALLED or (bool(calls) and tables.texts[0] > _MOST_TEXTS)
    return JavaClass("", tuple(calls), texts, is_cut or _is_one_of_several(data))


def _is_one_of_several(data: bytes) -> bool:
    own, whole = int.from_bytes(data[32:36], "little"), int.from_bytes(data[_HEADER : _HEADER + 4], "little")
    return data[4:7].isdigit() and data[4:7] >= _OF_SEVERAL and whole > own


class _Tables:
    """The tables that a header names, each with how many entries it has and where it stands."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.texts, self.types, self.prototypes, _, self.methods = (
            struct.unpack_from("<II", data, place) for place in (0x38, 0x40, 0x48, 0x50, 0x58)
        )

    def method(self, number: int) -> tuple[int, int, int]:
        """The class, the prototype and the name, as numbers in their tables."""
        owner, prototype, name = self._fields("<HHI", self.methods[1] + 8 * number)
        return owner, prototype, name

    def type_name(self, number: int) -> str:
        return self.text(self._fields("<I", self.types[1] + 4 * number)[0])

    def shorty(self, number: int) -> bytes:
        return self.text(self._fields("<I", self.prototypes[1] + 12 * number)[0]).encode("ascii")

    def text(self, number: int) -> str:
        """Plain text alone: what is no ASCII names nothing that is looked for."""
        if number >= self.texts[0]:
            return ""
        start = self._fields("<I", self.texts[1] + 4 * number)[0]
        for _ in range(5):  # The length, a number in groups of seven bits.
            if self._data[start : start + 1] < b"\x80":
                break
            start += 1
        start += 1
        end = self._data.find(b"\0", start, start + _MOST_TEXT)
        text = self._data[start:end] if end >= 0 else b""
        return text.decode("ascii") if text.isascii() else ""

    def _fields(self, form: str, place: int) -> tuple[int, ...]:
        if place + struct.calcsize(form) > len(self._data):
            raise MalformedMessage("a table of the Dalvik executable is cut off")
        return struct.unpack_from(form, self._data, place)


def _handed(data: bytes, tables: _Tables, method: int, shorty: bytes) -> tuple[tuple[str, int], ...]:
    """The first argument where a call takes one or two and the first was put into its register right before."""
    if shorty not in (_ONE_TEXT, _TWO_ARGUMENTS):
        return ()
    found: list[tuple[str, int]] = []
    call = bytes((_INVOKE_STATIC, 0x10 * (len(shorty) - 1))) + method.to_bytes(2, "little")
    place, left = data.find(call, _HEADER), _MOST_CALLS
    while place >= 0 and left > 0:
        register = data[place + 4] & 0x0F if place + 4 < len(data) else -1
        loaded = _loaded(data, place, register)
        text = "" if loaded is None else tables.text(loaded[0])
        if loaded is not None and text:
            found.append((text, loaded[1]))
        place, left = data.find(call, place + 1), left - 1
    return tuple(found)


def _loaded(data: bytes, end: int, register: int) -> tuple[int, int] | None:
    """The number of the text that one of the last two instructions in front of `end` puts into the register, and its place."""
    for _ in range(2):
        if end >= 4 and data[end - 4] == _CONST_STRING:
            size, number = 4, int.from_bytes(data[end - 2 : end], "little")
        elif end >= 6 and data[end - 6] == _CONST_STRING_JUMBO:
            size, number = 6, int.from_bytes(data[end - 4 : end], "little")
        else:
            return None
        end -= size
        if data[end + 1] == register:
            return number, end
    return None
