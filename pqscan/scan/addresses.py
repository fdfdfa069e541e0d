"""Sets of IP addresses as sorted intervals: millions of addresses cost a few numbers, and every one can be found by its place.

IPv4 lies in one number line with IPv6, as the IPv4-mapped block (RFC 4291, section 2.5.5.2): `::ffff:10.0.0.1` is 10.0.0.1.
"""

from __future__ import annotations

import socket
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network

V4_BASE = 0xFFFF << 32
V4_LAST = V4_BASE + 0xFFFFFFFF
_MOST_REMEMBERED = 4096  # numbers of addresses: each is asked for several times while its target is in hand


@lru_cache(maxsize=_MOST_REMEMBERED)
def address_number(text: str) -> int | None:
    """The place of an address on the number line; None where the text is no literal address (or has a zone)."""
    try:
        if ":" in text:
            return None if "%" in text else int(IPv6Address(text))
        return V4_BASE + int(IPv4Address(text))
    except AddressValueError:
        return None


def address_text(number: int) -> str:
    """The canonical text of an address (RFC 5952)."""
    if V4_BASE <= number <= V4_LAST:
        return socket.inet_ntoa((number - V4_BASE).to_bytes(4, "big"))
    return str(IPv6Address(number))


def network_bounds(network: IPv4Network | IPv6Network) -> tuple[int, int]:
    """First and last address of a network on the number line."""
    base = V4_BASE if network.version == 4 else 0
    return base + int(network.network_address), base + int(network.broadcast_address)


class AddressSet:
    """Addresses in increasing order, as disjoint intervals with both ends inside."""

    __slots__ = ("_before", "_ends", "_starts", "count")

    def __init__(self, intervals: Iterable[tuple[int, int]] = ()) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for first, last in sorted(intervals):
            if self._ends and first <= self._ends[-1] + 1:
                if last > self._ends[-1]:
                    self._ends[-1] = last
            else:
                self._starts.append(first)
                self._ends.append(last)
        self._before: list[int] = []
        self.count = 0  # how many addresses
        for first, last in self:
            self._before.append(self.count)
            self.count += last - first + 1

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return zip(self._starts, self._ends, strict=True)

    def __bool__(self) -> bool:
        return bool(self._starts)

    def __contains__(self, number: int) -> bool:
        place = bisect_right(self._starts, number) - 1
        return place >= 0 and number <= self._ends[place]

    def at(self, position: int) -> int:
        """The address at a position from 0 to count - 1."""
        place = bisect_right(self._before, position) - 1
        return self._starts[place] + position - self._before[place]

    def union(self, other: AddressSet) -> AddressSet:
        if not other:
            return self
        return AddressSet([*self, *other]) if self else other

    def split(self, other: AddressSet) -> tuple[AddressSet, AddressSet]:
        """What also lies in `other`, and what does not."""
        inside: list[tuple[int, int]] = []
        outside: list[tuple[int, int]] = []
        for first, last in self:
            place = max(0, bisect_right(other._starts, first) - 1)
            while first <= last and place < len(other._starts) and other._starts[place] <= last:
                start, end = other._starts[place], other._ends[place]
                place += 1
                if end < first:
                    continue
                if start > first:
                    outside.append((first, start - 1))
                    first = start
                inside.append((first, min(last, end)))
                first = end + 1
            if first <= last:
                outside.append((first, last))
        return AddressSet(inside), AddressSet(outside)
