"""Class files of Java (Java Virtual Machine Specification 21, chapter 4): which methods are called, and texts that are handed to
them.

Only the table of constants is read, and the octets behind it are looked through for one shape of code: a text is put on the stack
and the next call takes it. What is computed, or passed on, is not seen."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from pqscan.errors import MalformedMessage

_MAGIC = b"\xca\xfe\xba\xbe"
_OLDEST = 45  # the major version; in files of Mach-O that begin alike the number of architectures stands there
_UTF8, _CLASS, _STRING, _NAME_AND_TYPE = 1, 7, 8, 12
_FIELD, _METHOD, _INTERFACE_METHOD = 9, 10, 11
_WIDTHS = {3: 4, 4: 4, 5: 8, 6: 8, 7: 2, 8: 2, 9: 4, 10: 4, 11: 4, 12: 4, 15: 3, 16: 2, 17: 4, 18: 4, 19: 2, 20: 2}
_WIDE = frozenset({5, 6})  # A long or a double takes two numbers.
_LDC, _LDC_WIDE, _INVOKE_STATIC = 0x12, 0x13, 0xB8
_MOST_TEXT = 300
_MOST_OCTETS, _MOST_METHODS, _MOST_CALLS = 4 << 20, 256, 10_000
_TEXT_ALONE, _TEXT_AND_PROVIDER = "(Ljava/lang/String;)", "(Ljava/lang/String;Ljava/lang/String;)"


@dataclass(frozen=True, slots=True)
class Call:
    """A method that is called. `texts` are constants that code puts on the stack right before, each with its place in the file."""

    owner: str  # javax/crypto/Cipher
    method: str
    texts: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class JavaClass:
    """`texts` are all constants of text, whether a call takes them or not. `is_cut`: there is more that was not read."""

    name: str
    calls: tuple[Call, ...]
    texts: tuple[str, ...]
    is_cut: bool = False


def read_java_class(data: bytes, owners: frozenset[str]) -> JavaClass:
    """The calls of methods of the classes named. Raises MalformedMessage."""
    if not data.startswith(_MAGIC) or len(data) < 24 or int.from_bytes(data[6:8]) < _OLDEST:
        raise MalformedMessage("the file has no header of a class file")
    data = data[:_MOST_OCTETS]
    pool = _Pool(data)
    called = [method for method in pool.methods() if method.owner in owners][:_MOST_METHODS]
    texts = dict(pool.strings()) if called else {}
    calls = tuple(Call(method.owner, method.name, _handed(data, pool.end, method, texts)) for method in called)
    return JavaClass(pool.own_name(), calls, tuple(texts.values()))


@dataclass(frozen=True, slots=True)
class _Method:
    number: int
    owner: str
    name: str
    descriptor: str


class _Pool:
    """The table of constants (section 4.4), each with its number."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._tags: dict[int, tuple[int, int]] = {}
        count, place, number = int.from_bytes(data[8:10]), 10, 1
        while number < count:
            if place >= len(data):
                raise MalformedMessage("the table of constants is cut off")
            tag = data[place]
            self._tags[number] = (tag, place + 1)
            if tag == _UTF8:
                place += 3 + int.from_bytes(data[place + 1 : place + 3])
            elif tag in _WIDTHS:
                place += 1 + _WIDTHS[tag]
            else:
                raise MalformedMessage("the table of constants has an entry of no kind that is known")
            number += 2 if tag in _WIDE else 1
        if place + 6 > len(data):
            raise MalformedMessage("the class file is cut off behind its constants")
        self.end = place

    def own_name(self) -> str:
        return self._class_name(int.from_bytes(self._data[self.end + 2 : self.end + 4]))

    def methods(self) -> Iterator[_Method]:
        """Each method that is called."""
        for number, (tag, place) in self._tags.items():
            if tag in (_METHOD, _INTERFACE_METHOD):
                owner, named = self._two(place)
                tag, place = self._tags.get(named, (0, 0))
                if tag == _NAME_AND_TYPE:
                    name, descriptor = self._two(place)
                    yield _Method(number, self._class_name(owner), self._text(name), self._text(descriptor))

    def strings(self) -> Iterator[tuple[int, str]]:
        for number, (tag, place) in self._tags.items():
            if tag == _STRING and (text := self._text(int.from_bytes(self._data[place : place + 2]))):
                yield number, text

    def _class_name(self, number: int) -> str:
        tag, place = self._tags.get(number, (0, 0))
        return self._text(int.from_bytes(self._data[place : place + 2])) if tag == _CLASS else ""

    def _text(self, number: int) -> str:
        """Plain text alone: what is no ASCII names nothing that is looked for."""
        tag, place = self._tags.get(number, (0, 0))
        text = self._data[place + 2 : place + 2 + min(_MOST_TEXT, int.from_bytes(self._data[place : place + 2]))]
        return text.decode("ascii") if tag == _UTF8 and text.isascii() else ""

    def _two(self, place: int) -> tuple[int, int]:
        if place + 4 > len(self._data):
            return 0, 0
        first, second = struct.unpack_from(">HH", self._data, place)
        return int(first), int(second)


def _handed(data: bytes, start: int, method: _Method, texts: dict[int, str]) -> tuple[tuple[str, int], ...]:
    """The first argument where a call of the method takes one or two texts that are put on the stack right before (section 6.5:
    ldc, ldc_w, invokestatic)."""
    if not method.descriptor.startswith((_TEXT_ALONE, _TEXT_AND_PROVIDER)):
        return ()
    found: list[tuple[str, int]] = []
    call = bytes((_INVOKE_STATIC,)) + method.number.to_bytes(2)
    place, left = data.find(call, start), _MOST_CALLS
    while place >= 0 and left > 0:
        loaded = _loaded(data, place)
        if loaded is not None and method.descriptor.startswith(_TEXT_AND_PROVIDER):
            loaded = _loaded(data, loaded[1])
        if loaded is not None and loaded[0] in texts:
            found.append((texts[loaded[0]], loaded[1]))
        place, left = data.find(call, place + 1), left - 1
    return tuple(found)


def _loaded(data: bytes, end: int) -> tuple[int, int] | None:
    """The number of the constant that the instruction in front of `end` loads, and its place; None for another instruction."""
    if end >= 3 and data[end - 3] == _LDC_WIDE:
        return int.from_bytes(data[end - 2 : end]), end - 3
    if end >= 2 and data[end - 2] == _LDC:
        return data[end - 1], end - 2
    return None
