"""Reads integers and length-prefixed vectors of the TLS presentation language (RFC 9846, section 3) from bytes."""

from __future__ import annotations

from pqscan.errors import MalformedMessage


class Cursor:
    """A position in bytes. Every read names what it reads, so that the error does too.

    Raises MalformedMessage where the bytes end too soon, a length lies, or something is left over.
    """

    __slots__ = ("_data", "_end", "_position")

    def __init__(self, data: bytes, position: int = 0, end: int | None = None) -> None:
        self._data = data
        self._position = position
        self._end = len(data) if end is None else end

    @property
    def remaining(self) -> int:
        """Bytes not yet read."""
        return self._end - self._position

    def _advance(self, size: int, what: str) -> int:
        start = self._position
        if size > self._end - start:
            raise MalformedMessage(f"{what}: {size} bytes announced or needed, {self._end - start} left")
        self._position = start + size
        return start

    def uint8(self, what: str) -> int:
        return self._data[self._advance(1, what)]

    def uint16(self, what: str) -> int:
        start = self._advance(2, what)
        return (self._data[start] << 8) | self._data[start + 1]

    def uint24(self, what: str) -> int:
        start = self._advance(3, what)
        return int.from_bytes(self._data[start : start + 3], "big")

    def uint32(self, what: str) -> int:
        start = self._advance(4, what)
        return int.from_bytes(self._data[start : start + 4], "big")

    def take(self, size: int, what: str) -> bytes:
        start = self._advance(size, what)
        return self._data[start : start + size]

    def rest(self) -> bytes:
        return self.take(self.remaining, "rest")

    def opaque8(self, what: str, *, least: int = 0, most: int = 0xFF) -> bytes:
        return self._opaque(self.uint8(what), what, least, most)

    def opaque16(self, what: str, *, least: int = 0, most: int = 0xFFFF) -> bytes:
        return self._opaque(self.uint16(what), what, least, most)

    def opaque24(self, what: str, *, least: int = 0, most: int = 0xFFFFFF) -> bytes:
        return self._opaque(self.uint24(what), what, least, most)

    def _opaque(self, size: int, what: str, least: int, most: int) -> bytes:
        if not least <= size <= most:
            raise MalformedMessage(f"{what}: a length of {size}, allowed are {least} to {most}")
        return self.take(size, what)

    def uint16_list(self, what: str) -> tuple[int, ...]:
        """A vector of 16-bit values with a 16-bit length in bytes."""
        return uint16_values(self.opaque16(what), what)

    def finish(self, what: str) -> None:
        """Raises MalformedMessage where bytes are left over."""
        if self.remaining:
            raise MalformedMessage(f"{what}: {self.remaining} bytes left over")


def uint16_values(data: bytes, what: str) -> tuple[int, ...]:
    """`data` as big-endian 16-bit values. Raises MalformedMessage where its length is odd."""
    if len(data) % 2:
        raise MalformedMessage(f"{what}: {len(data)} bytes are no list of 16-bit values")
    return tuple((data[i] << 8) | data[i + 1] for i in range(0, len(data), 2))
