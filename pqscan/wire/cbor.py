"""Reads CBOR (RFC 8949) as far as COSE needs it: integers, strings, arrays, maps by numbers or texts, tags, in definite and
indefinite lengths. Numbers with a fraction and simple values are passed over; a tag is kept as its number and means nothing here.

What is read is bounded in depth and count; octets are copied once, so that no more is held than was given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from pqscan.errors import MalformedMessage

MOST_DEPTH = 16
MOST_ITEMS = 10_000
_INDEFINITE = 31
_BREAK = 0xFF
_SIMPLE = {20: False, 21: True, 22: None, 23: None}  # section 3.3


@dataclass(frozen=True, slots=True)
class Tagged:
    """A tag (section 3.4) and what it stands before."""

    tag: int
    value: Item


Item: TypeAlias = "int | bytes | str | bool | list[Item] | dict[int | str, Item] | Tagged | None"
"""None is null, undefined, and what is passed over."""


def read_cbor(data: bytes, position: int = 0) -> tuple[Item, int]:
    """The item that begins there, and where it ends. Raises MalformedMessage where it is cut off, is not well-formed, or has more
    parts than are read."""
    reader = _Reader(data, position)
    return reader.item(0), reader.position


def read_head(data: bytes, position: int) -> tuple[int, int | None, int]:
    """The major type of the item that begins there, its argument (None of an indefinite length), and where the rest of it stands.
    Raises MalformedMessage."""
    reader = _Reader(data, position)
    major, small = divmod(reader.octet(), 32)
    return major, None if small == _INDEFINITE else reader.argument(small), reader.position


class _Reader:
    def __init__(self, data: bytes, position: int) -> None:
        self._data = data
        self._left = MOST_ITEMS
        self.position = position

    def item(self, depth: int) -> Item:
        self._left -= 1
        if self._left < 0 or depth > MOST_DEPTH:
            raise MalformedMessage("the CBOR has more parts, or deeper ones, than are read")
        major, small = divmod(self.octet(), 32)
        if small == _INDEFINITE:
            return self._indefinite(major, depth)
        argument = self.argument(small)
        match major:
            case 0:
                return argument
            case 1:
                return -1 - argument
            case 2:
                return self._take(argument)
            case 3:
                return _text(self._take(argument))
            case 4:
                self._needs(argument)
                return [self.item(depth + 1) for _ in range(argument)]
            case 5:
                self._needs(2 * argument)
                return self._map(argument, depth)
            case 6:
                return Tagged(argument, self.item(depth + 1))
        if small == 24 and argument < 32:
            raise MalformedMessage("the CBOR is not well-formed")  # section 3.3
        return _SIMPLE.get(argument) if small <= 24 else None

    def _indefinite(self, major: int, depth: int) -> Item:
        """Section 3.2."""
        if major in (2, 3):
            parts = []
            while not self._ends():
                if self._data[self.position] // 32 != major or self._data[self.position] % 32 == _INDEFINITE:
                    raise MalformedMessage("the CBOR is not well-formed")
                part = self.item(depth + 1)
                parts.append(part.encode() if isinstance(part, str) else part if isinstance(part, bytes) else b"")
            return b"".join(parts) if major == 2 else _text(b"".join(parts))
        if major == 4:
            found = []
            while not self._ends():
                found.append(self.item(depth + 1))
            return found
        if major == 5:
            return self._map(None, depth)
        raise MalformedMessage("the CBOR is not well-formed")

    def _map(self, count: int | None, depth: int) -> dict[int | str, Item]:
        found: dict[int | str, Item] = {}
        while count is None or count:
            if count is None and self._ends():
                break
            key = self.item(depth + 1)
            if not isinstance(key, int | str) or isinstance(key, bool):
                raise MalformedMessage("the CBOR is not well-formed")
            if key in found:
                raise MalformedMessage("the CBOR is not well-formed")  # section 5.6
            found[key] = self.item(depth + 1)
            count = None if count is None else count - 1
        return found

    def _ends(self) -> bool:
        if self.position >= len(self._data):
            raise MalformedMessage("the CBOR is cut off")
        is_end = self._data[self.position] == _BREAK
        self.position += is_end
        return is_end

    def argument(self, small: int) -> int:
        """Section 3."""
        if small < 24:
            return small
        if small > 27:
            raise MalformedMessage("the CBOR is not well-formed")
        return int.from_bytes(self._take(1 << (small - 24)))

    def _needs(self, count: int) -> None:
        """So many items are at least as many octets."""
        if count > len(self._data) - self.position:
            raise MalformedMessage("the CBOR is cut off")

    def octet(self) -> int:
        return self._take(1)[0]

    def _take(self, size: int) -> bytes:
        start = self.position
        if size > len(self._data) - start:
            raise MalformedMessage("the CBOR is cut off")
        self.position = start + size
        return self._data[start : self.position]


def _text(octets: bytes) -> str:
    try:
        return octets.decode()
    except UnicodeDecodeError:
        raise MalformedMessage("the CBOR is not well-formed") from None
