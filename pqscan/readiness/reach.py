"""Reach: how many others hang on a key, a certificate, an issuing authority or a configuration, and which systems are joined.

Targets hang together through what they share; systems through connections. Each other target is counted once, under the closest
tie: certificate, key, authority, profile. What many hold is counted once for all who hold the same of it, as whole numbers with one
bit a target; what few hold, one by one: so that a hundred thousand targets below one root take seconds."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pqscan.model.target import Target

MOST_STEPS = 3
"""How many connections away a system still counts as joined: what lies further hangs together with everything."""
MOST_SHARED = 64
"""Of one kind for one target; an honest chain has a few."""


class Tie(StrEnum):
    """By what two targets hang together, the closest first."""

    CERTIFICATE = "certificate"
    KEY = "key"  # the same public key, in whatever certificate
    AUTHORITY = "authority"  # an issuing key above them
    PROFILE = "profile"  # they answer alike: one configuration


_Shared = tuple[tuple[bytes, ...], ...]  # by tie


@dataclass(frozen=True, slots=True)
class Holding:
    """What one target holds: SHA-256 of its certificates and of its keys (SubjectPublicKeyInfo), of the keys above it, its
    profile's digest, the code of its system."""

    target: Target
    certificates: tuple[bytes, ...] = ()
    keys: tuple[bytes, ...] = ()
    authorities: tuple[bytes, ...] = ()
    profile: bytes | None = None
    system: str | None = None
    probe: str = ""

    def by_tie(self) -> _Shared:
        """In the order of the ties."""
        profile = () if self.profile is None else (self.profile,)
        return self.certificates[:MOST_SHARED], self.keys[:MOST_SHARED], self.authorities[:MOST_SHARED], profile


@dataclass(frozen=True, slots=True)
class Reach:
    """How many other targets are tied, each counted once under its closest tie, and how many other systems are joined."""

    certificate: int = 0
    key: int = 0
    authority: int = 0
    profile: int = 0
    systems: int = 0

    @property
    def targets(self) -> int:
        return self.certificate + self.key + self.authority + self.profile

    @property
    def total(self) -> int:
        return self.targets + self.systems


NO_REACH = Reach()
Edge = tuple[str, str]  # codes of two systems


_FEW = 64
"""Holders; what more than these hold is counted once for all of them."""
_WIDE = 64
"""What more than one in so many targets holds is remembered."""
_MOST_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class _Large:
    """`count` targets new under one tie; `seen`: those under it and all closer ones, one bit each."""

    count: int
    seen: bytes


def _held_by_others(holders: Mapping[bytes, Sequence[int]], digests: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """What someone else holds too: most keys are held by one target alone and tie nobody."""
    if len(digests) == 1:
        return digests if len(holders[digests[0]]) > 1 else ()
    shared = {digest for digest in digests if len(holders[digest]) > 1}
    return tuple(sorted(shared)) if len(shared) > 1 else tuple(shared)


def _holds(bits: bytes, place: int) -> bool:
    return bool(bits) and bool(bits[place >> 3] & (1 << (place & 7)))


@dataclass(frozen=True, slots=True)
class Dependants:
    """What hangs on one thing: the targets that hold it, their systems, and systems joined to those; each once."""

    targets: tuple[Target, ...]
    systems: tuple[str, ...]
    joined: tuple[str, ...]


class Ties:
    """All ties of one inventory."""

    def __init__(self, holdings: Iterable[Holding], edges: Iterable[Edge] = ()) -> None:
        self._holdings: Sequence[Holding] = tuple(holdings)
        self._holders: tuple[dict[bytes, list[int]], ...] = tuple({} for _tie in Tie)
        self._places: dict[tuple[Target, str], int] = {}
        for place, holding in enumerate(self._holdings):
            self._places[holding.target, holding.probe] = place
            for holders, digests in zip(self._holders, holding.by_tie(), strict=True):
                for digest in digests if len(digests) < 2 else dict.fromkeys(digests):
                    holders.setdefault(digest, []).append(place)
        self._neighbours = _neighbours(edges)
        self._joined: dict[str, frozenset[str]] = {}
        self._counted: dict[_Shared, tuple[int, ...]] = {}
        self._large: dict[_Shared, tuple[_Large, ...]] = {}
        self._wide: dict[tuple[int, bytes], int] = {}
        self._most_large = max(1, _MOST_BYTES // (len(Tie) * 2 * (len(self._holdings) // 8 + 1)))

    def reach(self, target: Target, probe: str = "") -> Reach:
        """Of one target; nothing where the inventory does not hold it."""
        place = self._places.get((target, probe))
        if place is None:
            return NO_REACH
        holding = self._holdings[place]
        shared = tuple(map(_held_by_others, self._holders, holding.by_tie()))
        counts = self._counted.get(shared)
        if counts is None:
            counts = self._counted[shared] = self._counts(shared)
        systems = 0 if holding.system is None else len(self.joined(holding.system))
        certificate, key, authority, profile = counts
        return Reach(certificate, key, authority, profile, systems)

    def dependants(self, tie: Tie, digest: bytes, *, steps: int = MOST_STEPS) -> Dependants:
        """What hangs on one certificate, key, authority or profile, breadth first."""
        places = self._holders[list(Tie).index(tie)].get(digest, [])
        systems = {system for place in places if (system := self._holdings[place].system) is not None}
        joined = self._within(systems, steps)
        return Dependants(tuple(self._holdings[place].target for place in places), tuple(sorted(systems)), tuple(sorted(joined)))

    def joined(self, system: str) -> frozenset[str]:
        """Other systems within `MOST_STEPS` connections."""
        known = self._joined.get(system)
        if known is None:
            known = self._joined[system] = self._within({system}, MOST_STEPS)
        return known

    def _within(self, systems: set[str], steps: int) -> frozenset[str]:
        seen = dict.fromkeys(systems, 0)
        waiting = deque(systems)
        while waiting:
            here = waiting.popleft()
            if seen[here] == steps:
                continue
            for other in self._neighbours.get(here, ()):
                if other not in seen:
                    seen[other] = seen[here] + 1
                    waiting.append(other)
        return frozenset(seen) - systems

    def _counts(self, shared: _Shared) -> tuple[int, ...]:
        """By tie, each target once, the holder itself left out."""
        large = self._of_large(
            tuple(
                tuple(digest for digest in digests if len(self._holders[number][digest]) > _FEW)
                for number, digests in enumerate(shared)
            )
        )
        counts: list[int] = []
        seen: set[int] = set()  # of what few hold
        before = b""
        for number, (digests, many) in enumerate(zip(shared, large, strict=True)):
            few = {
                place for digest in digests if len(self._holders[number][digest]) <= _FEW for place in self._holders[number][digest]
            }
            already = sum(1 for place in seen if _holds(many.seen, place) and not _holds(before, place))
            new = {place for place in few - seen if not _holds(many.seen, place)}
            counts.append(many.count - already + len(new))
            seen |= few
            before = many.seen
        for number, count in enumerate(counts):
            if count:  # Itself is in the first that is not empty.
                counts[number] = count - 1
                break
        return tuple(counts)

    def _of_large(self, shared: _Shared) -> tuple[_Large, ...]:
        known = self._large.get(shared)
        if known is not None:
            return known
        found: list[_Large] = []
        seen = 0
        for number, digests in enumerate(shared):
            own = self._bits(number, digests)
            new = own & ~seen if seen else own
            seen |= own
            found.append(_Large(new.bit_count(), seen.to_bytes(len(self._holdings) // 8 + 1, "little") if seen else b""))
        if len(self._large) >= self._most_large:
            self._large.clear()
        self._large[shared] = tuple(found)
        return tuple(found)

    def _bits(self, number: int, digests: tuple[bytes, ...]) -> int:
        bits = 0
        for digest in digests:
            bits |= self._bits_of(number, digest)
        return bits

    def _bits_of(self, number: int, digest: bytes) -> int:
        """One authority above everybody is in what thousands share: its holders are marked once."""
        known = self._wide.get((number, digest))
        if known is not None:
            return known
        holders = self._holders[number][digest]
        marked = bytearray(len(self._holdings) // 8 + 1)
        for place in holders:
            marked[place >> 3] |= 1 << (place & 7)
        bits = int.from_bytes(marked, "little")
        if len(holders) * _WIDE > len(self._holdings):  # Of such there can be few.
            self._wide[number, digest] = bits
        return bits


def _neighbours(edges: Iterable[Edge]) -> Mapping[str, frozenset[str]]:
    """Both ways: whoever is called and whoever calls must speak the same algorithms."""
    found: dict[str, set[str]] = {}
    for first, second in edges:
        if first != second:
            found.setdefault(first, set()).add(second)
            found.setdefault(second, set()).add(first)
    return {code: frozenset(others) for code, others in found.items()}
