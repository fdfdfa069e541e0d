"""What scans were sent to, so that an address that gave no answer and one that nobody asked can be told apart."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from pqscan.readiness.cells import WrongCell
from pqscan.readiness.scope import AddressScope, HostScope, network_bounds, read_expression


class Extent(StrEnum):
    """How much of a domain or range was asked. Of a domain nobody outside can tell which names it has: one is enough."""

    ASKED = "asked"
    IN_PART = "in_part"
    UNKNOWN = "unknown"  # nobody asked


@dataclass(frozen=True, slots=True)
class Asked:
    """Addresses as spans on one line, sorted and apart from each other; names in ASCII form."""

    spans: tuple[tuple[int, int], ...] = ()
    names: frozenset[str] = frozenset()

    @classmethod
    def by(cls, scopes: Iterable[str]) -> Self:
        """From the scopes of runs as they are kept (`10.0.0.0-10.0.0.255, a.example; TCP 443`). What a scope only counts, because
        it names too many, was asked as well and cannot be told: it stays unknown."""
        spans: list[tuple[int, int]] = []
        names: set[str] = set()
        for scope in scopes:
            for part in scope.partition(";")[0].split(","):
                try:
                    found = read_expression(part.strip())
                except WrongCell:
                    continue
                if isinstance(found, AddressScope):
                    spans.append((found.first, found.last))
                elif isinstance(found, HostScope) and not found.is_suffix:
                    names.add(found.name)
        return cls(tuple(_joined(spans)), frozenset(names))

    def extent(self, text: str, *, holds_a_target: bool = False) -> Extent:
        """Of a network in CIDR form; `holds_a_target`: a target in it was asked, whatever the scopes tell."""
        bounds = network_bounds(text)
        if bounds is not None:
            place = bisect_right(self.spans, bounds[0], key=lambda span: span[0]) - 1
            if place >= 0 and self.spans[place][1] >= bounds[1]:
                return Extent.ASKED
            touched = any(first <= bounds[1] and last >= bounds[0] for first, last in self.spans[max(0, place) : place + 2])
            if touched:
                return Extent.IN_PART
        return Extent.IN_PART if holds_a_target else Extent.UNKNOWN


def _joined(spans: Iterable[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    """What touches or overlaps becomes one."""
    first: int | None = None
    last = 0
    for start, end in sorted(spans):
        if first is None:
            first, last = start, end
        elif start <= last + 1:
            last = max(last, end)
        else:
            yield first, last
            first, last = start, end
    if first is not None:
        yield first, last
