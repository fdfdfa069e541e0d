"""A keyed shuffle of a range of any length, by arithmetic: any place in the order is found at once, and no list is kept.

The range is cut into rows of neighbours, 256 at most. Each round visits one place of every row, the rows always in the same order,
so that two neighbours are a round apart; which row comes when, and which place of a row, the key decides.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from math import gcd

ROW = 256
"""As many addresses as a /24 has: the rows of a whole range are its networks."""


def order_key(run: str) -> bytes:
    """The key of a run's order, from its name: a run that is resumed goes on in the same one."""
    return hashlib.sha256(b"order of " + run.encode()).digest()


class Order:
    """A permutation of the numbers below `count`. The same key gives the same one, on every machine and in every version."""

    __slots__ = ("_columns", "_count", "_larger", "_offset", "_rows", "_salt", "_stride", "_width")

    def __init__(self, count: int, key: bytes = b"") -> None:
        self._count = count
        self._rows = max(1, -(-count // ROW))
        self._width, self._larger = divmod(count, self._rows)  # so many rows at the beginning have one place more
        draw = _Draw(key)
        self._offset = draw.below(self._rows)
        self._stride = self._rows // 4 + draw.below(self._rows // 2 + 1) or 1
        while gcd(self._stride, self._rows) != 1:
            self._stride += 1
        self._salt = draw.below(1 << 32) | 1
        self._columns = list(range(self._width))
        for last in range(self._width - 1, 0, -1):
            other = draw.below(last + 1)
            self._columns[last], self._columns[other] = self._columns[other], self._columns[last]

    def positions(self, start: int = 0) -> Iterator[int]:
        """The numbers from place `start` of the order on."""
        rows, width, larger = self._rows, self._width, self._larger
        stride, salt, columns = self._stride, self._salt, self._columns
        for turn in range(start // rows, width):
            first = start - turn * rows if turn == start // rows else 0
            row = (self._offset + first * stride) % rows
            for _ in range(first, rows):
                column = columns[(turn + (row * salt >> 7)) % width]
                yield row * width + min(row, larger) + column
                row = (row + stride) % rows
        for row in range(max(0, start - width * rows), larger):  # The places that only the larger rows have.
            yield row * width + row + width


class _Draw:
    """Numbers drawn from a key: SHA-256 over the key and a counter."""

    __slots__ = ("_count", "_key")

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._count = 0

    def below(self, end: int) -> int:
        """A number below `end`. So many bits are drawn that none is noticeably likelier than another."""
        self._count += 1
        drawn = hashlib.sha256(self._key + self._count.to_bytes(8, "big")).digest()
        return int.from_bytes(drawn[:16], "big") % end
