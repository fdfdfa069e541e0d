"""What a scan is asked to reach: expanded one target at a time, in an order that a cursor can resume.

Ports go round in the outer turn and addresses in the inner one, shuffled (`order.py`), so that neighbours in time are far apart
on the network. The number of targets is known without expanding; names are one item each until they are looked up.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pqscan.errors import UsageError
from pqscan.model.observation import Observation
from pqscan.model.target import NetworkTarget, Transport
from pqscan.scan.addresses import AddressSet, address_text
from pqscan.scan.names import name_matches
from pqscan.scan.order import Order
from pqscan.scan.ports import Port, default_ports, format_ports
from pqscan.scan.target_file import words_of
from pqscan.scan.target_syntax import MOST_V6_ADDRESSES, Entry, RangeEntry, parse_target


@dataclass(frozen=True, slots=True)
class Name:
    """A name to scan: `name` in ASCII form, `host` as written, `address` (a number) where it needs no look-up."""

    name: str
    host: str
    address: int | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One place in the order of expansion. `address` None: the name has to be looked up first."""

    index: int
    port: int
    address: str | None
    name: str | None = None
    host: str | None = None
    transport: Transport = Transport.TCP
    service: str = ""  # the protocol that the user named, empty where the server shall tell
    is_open: bool = False  # the sweep's connection to it was accepted
    heard: Observation | None = None  # the software that nmap names there

    def target(self, address: str, site: str = "", starttls: str | None = None) -> NetworkTarget:
        """The target of this item at one of its addresses."""
        return NetworkTarget(address, self.port, self.name, self.host, self.transport, starttls, site)

    @property
    def label(self) -> str:
        """As a user would write it."""
        place = self.address if self.address is None or ":" not in self.address else f"[{self.address}]"
        port = f"{self.port}{Port(self.port, self.transport, self.service).suffix}"
        return f"{self.host}@{place}:{port}" if self.host and place else f"{self.host or place}:{port}"


@dataclass(frozen=True, slots=True)
class Section:
    """All targets on one port: addresses first, then names."""

    port: Port
    addresses: AddressSet
    names: tuple[Name, ...] = ()

    @property
    def count(self) -> int:
        return self.addresses.count + len(self.names)


class TargetSet:
    """The targets of one run, as sections in their order. Immutable."""

    __slots__ = ("count", "sections")

    def __init__(self, sections: Iterable[Section]) -> None:
        self.sections = tuple(section for section in sections if section.count)
        self.count = sum(section.count for section in self.sections)

    def items(self, start: int = 0, key: bytes = b"") -> Iterator[Item]:
        """The targets from place `start` on, in the order of `key`; two calls with the same give the same."""
        base = 0
        orders: dict[int, Order] = {}  # Ports with as many addresses go through them alike: a host's ports are far apart.
        for section in self.sections:
            count = section.addresses.count
            if start < base + section.count:
                if count not in orders:
                    orders[count] = Order(count, key)
                yield from _items(section, base, max(0, start - base), orders[count])
            base += section.count

    @property
    def addresses(self) -> AddressSet:
        """Every address that is known without a look-up."""
        intervals: set[tuple[int, int]] = set()
        for one in {id(section.addresses): section.addresses for section in self.sections}.values():
            intervals.update(one)
        intervals.update((n.address, n.address) for section in self.sections for n in section.names if n.address is not None)
        return AddressSet(intervals)

    @property
    def lookups(self) -> frozenset[str]:
        """The names that have to be looked up."""
        return frozenset(name.name for section in self.sections for name in section.names if name.address is None)

    @property
    def digest(self) -> bytes:
        """SHA-256 of the order of targets: where it differs, a cursor of one set means nothing in the other."""
        hasher = hashlib.sha256(b"order 2\n")  # Another way of shuffling is another order.
        known: dict[int, bytes] = {}
        for section in self.sections:
            key = id(section.addresses)  # Most ports share one set.
            if key not in known:
                text = "".join(f"{first:x}-{last:x}\n" for first, last in section.addresses)
                known[key] = hashlib.sha256(text.encode()).digest()
            hasher.update(f"port {section.port.number}{section.port.suffix}\n".encode() + known[key])
            for name in section.names:
                hasher.update(f"{name.name}@{name.address}\n".encode())
        return hasher.digest()


def expand(
    words: Iterable[str],
    ports: tuple[Port, ...] | None = None,
    *,
    most_v6_addresses: int = MOST_V6_ADDRESSES,
) -> TargetSet:
    """Reads targets as on the command line, `@file` and `@-` included; `ports` default to `default_ports`.

    Raises UsageError naming the word, or the file and line."""
    ports = default_ports() if ports is None else ports
    collected = _Collected()
    for word, place in _all_words(words):
        collected.add(_entry(word, place, most_v6_addresses), ports)
    return TargetSet(collected.sections(ports))


_NONE = AddressSet()
_MOST_LISTED_PORTS = 5_000_000  # over all port lists that differ, and all names


class _Collected:
    """Entries by port, without doubles; what takes the common ports is kept once for all of them."""

    def __init__(self) -> None:
        self._plain: list[tuple[int, int]] = []
        self._plain_names: dict[tuple[str, int | None], Name] = {}
        self._ranges: dict[tuple[Port, ...], list[tuple[int, int]]] = {}  # by their port lists, which most of them share
        self._listed_ports = 0
        self._names: dict[Port, dict[tuple[str, int | None], Name]] = {}

    def add(self, entry: Entry, ports: tuple[Port, ...]) -> None:
        if isinstance(entry, RangeEntry):
            if entry.ports is None:
                self._plain.append((entry.first, entry.last))
            else:
                self._of(entry.ports).append((entry.first, entry.last))
            return
        name = Name(entry.name, entry.host, entry.address)
        key = (name.name, name.address)
        if entry.ports is None:
            self._plain_names.setdefault(key, name)
        self._count_ports(len(entry.ports or ()))
        for port in entry.ports or ():
            self._names.setdefault(port, {}).setdefault(key, name)

    def _of(self, ports: tuple[Port, ...]) -> list[tuple[int, int]]:
        if ports not in self._ranges:
            self._count_ports(len(ports))
            self._ranges[ports] = []
        return self._ranges[ports]

    def _count_ports(self, more: int) -> None:
        self._listed_ports += more
        if self._listed_ports > _MOST_LISTED_PORTS:
            raise UsageError("the targets name too many different ports each; name common ones once with --ports")

    def sections(self, ports: tuple[Port, ...]) -> Iterator[Section]:
        plain = AddressSet(self._plain)
        plain_names = tuple(self._plain_names.values())
        ranges = self._by_port()
        for port in ports:
            addresses = plain.union(ranges.pop(port, _NONE))
            names = self._names.pop(port, None)
            yield Section(port, addresses, tuple((self._plain_names | names).values()) if names else plain_names)
        for port in sorted({*ranges, *self._names}):
            yield Section(port, ranges.get(port, _NONE), tuple(self._names.get(port, {}).values()))

    def _by_port(self) -> dict[Port, AddressSet]:
        """One set for all ports whose entries are the same."""
        lists: dict[Port, list[int]] = {}
        for place, ports in enumerate(self._ranges):
            for port in ports:
                lists.setdefault(port, []).append(place)
        entries = list(self._ranges.values())
        made: dict[tuple[int, ...], AddressSet] = {}
        found: dict[Port, AddressSet] = {}
        for port, places in lists.items():
            key = tuple(places)
            if key not in made:
                made[key] = AddressSet(interval for place in key for interval in entries[place])
            found[port] = made[key]
        return found


@dataclass(frozen=True, slots=True)
class Exclusions:
    """What must not be reached: addresses and name patterns on any port, and on single ports."""

    addresses: AddressSet = AddressSet()  # noqa: RUF009 - immutable, and shared on purpose.
    names: tuple[str, ...] = ()
    by_port: tuple[Section, ...] = ()

    def at(self, port: int) -> AddressSet:
        """Every address excluded on this port, over TCP and UDP alike, whatever is spoken there."""
        addresses = self.addresses
        for section in self.by_port:
            if section.port.number == port:
                addresses = addresses.union(section.addresses)
        return addresses

    def has_name(self, name: str, port: int) -> bool:
        if any(name_matches(name, pattern) for pattern in self.names):
            return True
        return any(
            section.port.number == port and any(name_matches(name, n.name) for n in section.names) for section in self.by_port
        )


def read_exclusions(words: Iterable[str]) -> Exclusions:
    """Reads `--exclude` words and files: the syntax of targets, with `*.name` too, and no cap on IPv6. Raises UsageError."""
    plain: list[tuple[int, int]] = []
    names: dict[str, None] = {}
    collected = _Collected()
    for word, place in _all_words(words):
        entry = _entry(word, place, None, patterns=True)
        if entry.ports is not None:
            collected.add(entry, ())
        elif isinstance(entry, RangeEntry):
            plain.append((entry.first, entry.last))
        else:
            names[entry.name] = None
    return Exclusions(AddressSet(plain), tuple(names), tuple(collected.sections(())))


def describe(targets: TargetSet) -> str:
    """The targets in a line, for the run's row and the audit log: ranges, names and ports, what is left out counted. It is kept
    and shown in any language, so there is no word in it."""
    ranges = [address_text(a) if a == b else f"{address_text(a)}-{address_text(b)}" for a, b in targets.addresses]
    names = sorted({name.host for section in targets.sections for name in section.names})
    parts = [*_first(ranges), *_first(names)]
    ports = format_ports(section.port for section in targets.sections if section.port.transport is Transport.TCP)
    datagrams = format_ports(Port(s.port.number) for s in targets.sections if s.port.transport is Transport.UDP)
    kinds = (f"{name} {', '.join(text.split(','))}" for name, text in (("TCP", ports), ("UDP", datagrams)) if text)
    return f"{', '.join(parts)}; {'; '.join(kinds)}"


def _first(texts: list[str], most: int = 8) -> list[str]:
    return texts if len(texts) <= most else [*texts[:most], f"… (+{len(texts) - most})"]


def _all_words(words: Iterable[str]) -> Iterator[tuple[str, str]]:
    for word in words:
        if word.startswith("@"):
            yield from words_of(word)
        else:
            yield word, ""


def _entry(word: str, place: str, most_v6: int | None, *, patterns: bool = False) -> Entry:
    try:
        return parse_target(word, most_v6_addresses=most_v6, patterns=patterns)
    except UsageError as error:
        raise (UsageError(f"{place}: {error}") if place else error) from None


def _items(section: Section, base: int, start: int, order: Order) -> Iterator[Item]:
    addresses, port = section.addresses, section.port
    count = addresses.count
    at = addresses.at
    for index, position in enumerate(order.positions(start), base + start):
        yield Item(index, port.number, address_text(at(position)), transport=port.transport, service=port.service)
    for place in range(max(0, start - count), len(section.names)):
        name = section.names[place]
        address = None if name.address is None else address_text(name.address)
        yield Item(base + count + place, port.number, address, name.name, name.host, port.transport, port.service)
