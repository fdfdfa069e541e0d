"""One target as a user writes it: an address, CIDR, range or name, each with ports or without, or `name@address:port`."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_network

from pqscan.errors import UsageError
from pqscan.scan.addresses import V4_BASE, V4_LAST, address_number, network_bounds
from pqscan.scan.names import ascii_name, ascii_pattern, shown
from pqscan.scan.ports import Port, parse_ports

MOST_WORD = 1024  # characters
MOST_V6_ADDRESSES = 1 << 16
"""An IPv6 range above this is refused: nobody can walk a /64, and a slip of the pen should not try."""


@dataclass(frozen=True, slots=True)
class RangeEntry:
    """Addresses from `first` to `last` on the number line of `AddressSet`. `ports` None: those of the whole scan."""

    first: int
    last: int
    ports: tuple[Port, ...] | None


@dataclass(frozen=True, slots=True)
class NameEntry:
    """A name in ASCII form, `host` as it was written; `address` (a number) where it is dialled without a look-up."""

    name: str
    host: str
    address: int | None
    ports: tuple[Port, ...] | None


Entry = RangeEntry | NameEntry


def parse_target(word: str, *, most_v6_addresses: int | None = MOST_V6_ADDRESSES, patterns: bool = False) -> Entry:
    """Reads one target. `patterns` lets a name be `*.parent` (for exclusions). Raises UsageError."""
    if len(word) > MOST_WORD:
        raise UsageError(f"{shown(word)} is too long for a target ({len(word)} characters)")
    if not word or any(c.isspace() or not c.isprintable() for c in word):
        raise UsageError(f"{shown(word)} is no target; write one address, range or name without blanks")
    if "//" in word:
        raise UsageError(f"{shown(word)} is a URL; write its host and port, such as www.example.vn:443")
    name, at, rest = word.rpartition("@")
    if at:
        place, ports = _address_and_ports(rest, word)
        first, last = _bounds(place, word, most_v6_addresses) or (0, -1)
        if first != last:
            raise UsageError(f"{shown(word)}: after @ stands one address, such as www.example.vn@192.0.2.1:443")
        return NameEntry(ascii_name(name), name, first, ports)
    place, ports = _address_and_ports(word, word)
    bounds = _bounds(place, word, most_v6_addresses)
    if bounds is not None:
        return RangeEntry(*bounds, ports)
    return NameEntry(ascii_pattern(place) if patterns else ascii_name(place), place, None, ports)


def _address_and_ports(text: str, word: str) -> tuple[str, tuple[Port, ...] | None]:
    """Splits `[v6]:ports`, `v4:ports` and `name:ports`; a bare IPv6 address has no port."""
    if text.startswith("["):
        place, bracket, tail = text[1:].partition("]")
        if not bracket or ":" not in place or (tail and not tail.startswith(":")):
            raise UsageError(f"{shown(word)}: an IPv6 address with a port is written [2001:db8::1]:443")
        return place, parse_ports(tail[1:]) if tail else None
    if text.count(":") == 1:
        place, _, tail = text.partition(":")
        return place, parse_ports(tail)
    return text, None


def _bounds(text: str, word: str, most_v6: int | None) -> tuple[int, int] | None:
    """First and last address of a literal, CIDR or range; None for what must be a name."""
    if "/" in text:
        try:
            first, last = network_bounds(ip_network(text, strict=False))
        except ValueError:
            service = text.rpartition("/")[2]
            if service.isascii() and service[:1].isalpha():
                raise UsageError(f"{shown(word)}: before /{shown(service)} stands a port, as in mail.example.vn:587/smtp") from None
            raise UsageError(f"{shown(word)} is no network in CIDR form, such as 10.20.0.0/24") from None
    else:
        left, dash, right = text.partition("-")
        start = address_number(left)
        if start is None:
            if ":" in text:
                raise UsageError(f"{shown(word)} is no IPv6 address (zones such as %eth0 are not taken)")
            return None
        first = start
        end: int | None = first
        if dash:
            end = address_number(right)
            if end is None and right.isascii() and right.isdigit() and len(right) <= 3 and int(right) < 256 and ":" not in left:
                end = (first & ~0xFF) | int(right)
        if end is None or end < first:
            raise UsageError(f"{shown(word)} is no range; write 10.0.0.1-10.0.0.20 or 10.0.0.1-20")
        last = end
    is_v4 = first >= V4_BASE and last <= V4_LAST
    if not is_v4:
        if first <= V4_LAST and last >= V4_BASE:
            raise UsageError(f"{shown(word)} spans IPv4 and IPv6; write two ranges")
        if most_v6 is not None and last - first >= most_v6:
            raise UsageError(
                f"{shown(word)} holds more than {most_v6} IPv6 addresses; name the hosts or a narrower prefix (/112 or longer)"
            )
    return first, last
