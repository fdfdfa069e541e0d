"""Which system a target belongs to: the most specific scope expression wins, equally specific ones of two systems are a tie.

Prefix tables and look-ups by name: what a target costs depends on how many lengths of prefixes there are, not on how many
systems."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pqscan.model.target import FileTarget, NetworkTarget, Target
from pqscan.readiness.cells import WrongCell
from pqscan.readiness.scope import (
    AddressScope,
    FileScope,
    HostScope,
    ScopeExpression,
    Specificity,
    TagScope,
    address_number,
    names_of,
    read_expression,
)
from pqscan.readiness.system import System

_BITS = 128
_MOST_TIES = 4096  # remembered


@dataclass(frozen=True, slots=True)
class Tie:
    """Several systems claim a target equally: it belongs to none of them. Codes, sorted."""

    systems: tuple[str, ...]


Condition = tuple[int | None, str | None]
"""Port and site that an expression asks for."""


class _Node:
    """The expressions at one place of a table: for each condition, the most specific ones and whose they are."""

    __slots__ = ("claims",)

    def __init__(self) -> None:
        self.claims: dict[Condition, tuple[Specificity, set[str]]] = {}

    def add(self, condition: Condition, specificity: Specificity, system: str) -> None:
        known = self.claims.get(condition)
        if known is None or specificity > known[0]:
            self.claims[condition] = specificity, {system}
        elif specificity == known[0]:
            known[1].add(system)


class Assigner:
    """Knows the scopes of all systems. Expressions that cannot be read are left out: the register's check tells them."""

    def __init__(self, systems: Iterable[System], tagged: Mapping[str, Sequence[str]] | None = None) -> None:
        """`tagged`: by tag the places, as scope expressions, whose targets bear it."""
        self._prefixes: dict[int, dict[int, _Node]] = defaultdict(lambda: defaultdict(_Node))
        self._hosts: dict[str, _Node] = defaultdict(_Node)
        self._suffixes: dict[str, _Node] = defaultdict(_Node)
        self._folders: dict[str, dict[str, _Node]] = defaultdict(lambda: defaultdict(_Node))
        self._tags: dict[str, _Node] = defaultdict(_Node)
        for system in systems:
            for expression in expressions(system):
                self._add(expression, system.code)
        self._bearers = {
            tag: Assigner([System(tag, tag, scope=tuple(places))]) for tag, places in (tagged or {}).items() if tag in self._tags
        }
        self._ties: dict[int, tuple[set[str], Tie]] = {}
        self._lengths = sorted(self._prefixes, reverse=True)
        self._is_empty = not (self._prefixes or self._hosts or self._suffixes or self._folders or self._tags)

    def _add(self, expression: ScopeExpression, system: str) -> None:
        specificity = expression.specificity
        match expression:
            case AddressScope(first, last, port, site):
                for length, prefix in _prefixes(first, last):
                    self._prefixes[length][prefix].add((port, site), specificity, system)
            case HostScope(name, is_suffix, port, site):
                (self._suffixes if is_suffix else self._hosts)[name].add((port, site), specificity, system)
            case FileScope(machine, path):
                self._folders[machine][path].add((None, None), specificity, system)
            case TagScope(name, site):
                self._tags[name].add((None, site), specificity, system)

    def system_of(self, target: Target, tags: Collection[str] = ()) -> str | Tie | None:
        """The code of the system, a tie, or None where no system claims the target."""
        if self._is_empty:
            return None
        nodes = self._file_nodes(target) if isinstance(target, FileTarget) else self._network_nodes(target)
        conditions = _conditions(target)
        borne = (*tags, *(tag for tag, bearer in self._bearers.items() if bearer.system_of(target) is not None))
        best: Specificity | None = None
        claimed: set[str] = set()
        for node in (*nodes, *(self._tags[tag] for tag in borne if tag in self._tags)):
            for condition in conditions:
                claim = node.claims.get(condition)
                if claim is None:
                    continue
                if best is None or claim[0] > best:
                    best, claimed = claim
                elif claim[0] == best:
                    claimed = claimed | claim[1]
        return self._tie(claimed) if len(claimed) > 1 else next(iter(claimed), None)

    def _tie(self, claimed: set[str]) -> Tie:
        """Sorted once where the same many systems claim every target of a network."""
        known = self._ties.get(id(claimed))
        if known is None or known[0] is not claimed:
            known = self._ties[id(claimed)] = claimed, Tie(tuple(sorted(claimed)))
            if len(self._ties) > _MOST_TIES:
                self._ties.clear()
        return known[1]

    def _network_nodes(self, target: NetworkTarget) -> Iterator[_Node]:
        number = address_number(target.address) if self._lengths else None
        if number is not None:
            for length in self._lengths:
                node = self._prefixes[length].get(number >> (_BITS - length))
                if node is not None:
                    yield node
        for name in names_of(target) if self._hosts or self._suffixes else ():
            if name in self._hosts:
                yield self._hosts[name]
            parent = name.partition(".")[2]
            while parent:
                if parent in self._suffixes:
                    yield self._suffixes[parent]
                parent = parent.partition(".")[2]

    def _file_nodes(self, target: FileTarget) -> Iterator[_Node]:
        folders = self._folders.get(target.machine.casefold())
        path = target.path
        while folders and path:
            if path in folders:
                yield folders[path]
            path = path.rpartition("/")[0]
        if folders and "/" in folders and target.path.startswith("/"):
            yield folders["/"]


def expressions(system: System) -> Iterator[ScopeExpression]:
    """The expressions of a system that can be read."""
    for text in system.scope:
        try:
            yield read_expression(text)
        except WrongCell:
            continue


def overlaps(systems: Iterable[System]) -> Iterator[tuple[str, Tie]]:
    """Expressions of different systems that claim the same with the same specificity, each as it is written, and whose they are.

    Two names of one target can tie as well: that shows only where the target is seen (`Assigner.system_of`)."""
    same: dict[ScopeExpression, dict[str, str]] = defaultdict(dict)
    ranges: dict[tuple[int, Condition], list[tuple[AddressScope, str, str]]] = defaultdict(list)
    for system in systems:
        for text in system.scope:
            try:
                found = read_expression(text)
            except WrongCell:
                continue
            same[found][system.code] = text
            if isinstance(found, AddressScope):
                ranges[found.last - found.first, (found.port, found.site)].append((found, system.code, text))
    for claims in same.values():
        if len(claims) > 1:
            yield min(claims.values()), Tie(tuple(sorted(claims)))
    for group in ranges.values():
        group.sort(key=lambda row: (row[0].first, row[1], row[2]))
        for (one, code, text), (other, other_code, other_text) in pairwise(group):
            if one.first < other.first <= one.last and code != other_code:
                yield f"{text}, {other_text}", Tie(tuple(sorted((code, other_code))))


def _conditions(target: Target) -> tuple[Condition, ...]:
    if isinstance(target, FileTarget):
        return ((None, None),)
    return (None, None), (target.port, None), (None, target.site), (target.port, target.site)


def _prefixes(first: int, last: int) -> Iterator[tuple[int, int]]:
    """The prefixes (length, leading bits) that make up a range of addresses; at most 254."""
    while first <= last:
        size = min(first & -first or 1 << _BITS, 1 << ((last - first + 1).bit_length() - 1))
        bits = size.bit_length() - 1
        yield _BITS - bits, first >> bits
        first += size
