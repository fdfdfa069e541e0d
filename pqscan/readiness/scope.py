"""Scope expressions, by which targets join systems.

`10.20.0.0/24`, `10.20.0.5-10.20.0.9`, `2001:db8::/48`, `host.example`, `*.tinh.gov.vn` (below it, at any depth), each also with a
port (`host.example:443`, `[2001:db8::/48]:443`); `files:MACHINE:/path` (the file or all below the folder); `tag:NAME`; and
`site:NAME/` before any but files, for targets of that site alone."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address, ip_network

from pqscan.model.target import FileTarget, NetworkTarget, Target
from pqscan.readiness.cells import WrongCell
from pqscan.registry.foreign_text import shown

_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_V4_BASE = 0xFFFF << 32  # IPv4 lies in one number line with IPv6, as the IPv4-mapped block (RFC 4291, section 2.5.5.2).

Specificity = tuple[int, int, bool, bool]
"""Kind (host, then suffix, then address or path, then tag), how long its name, prefix or path is, with port, with site: what is
compared, greatest first."""
_TAG, _PLACE, _SUFFIX, _HOST = range(4)


@dataclass(frozen=True, slots=True)
class AddressScope:
    """Addresses from `first` to `last`, numbers on one line for IPv4 and IPv6."""

    first: int
    last: int
    port: int | None = None
    site: str | None = None

    @property
    def specificity(self) -> Specificity:
        return _PLACE, self.first - self.last, self.port is not None, self.site is not None

    def fits(self, target: Target, tags: Collection[str] = ()) -> bool:
        number = address_number(target.address) if isinstance(target, NetworkTarget) else None
        return number is not None and self.first <= number <= self.last and _fits(target, self.port, self.site)


@dataclass(frozen=True, slots=True)
class HostScope:
    """A name in ASCII form; as a suffix, whatever is below it at any depth."""

    name: str
    is_suffix: bool
    port: int | None = None
    site: str | None = None

    @property
    def specificity(self) -> Specificity:
        rank = (_SUFFIX, self.name.count(".") + 1) if self.is_suffix else (_HOST, 0)
        return *rank, self.port is not None, self.site is not None

    def fits(self, target: Target, tags: Collection[str] = ()) -> bool:
        if not isinstance(target, NetworkTarget) or not _fits(target, self.port, self.site):
            return False
        return any(name.endswith("." + self.name) if self.is_suffix else name == self.name for name in names_of(target))


@dataclass(frozen=True, slots=True)
class FileScope:
    """A file, or what lies below a folder, on one machine (its name without case)."""

    machine: str
    path: str

    @property
    def specificity(self) -> Specificity:
        return _PLACE, len(self.path), False, False

    def fits(self, target: Target, tags: Collection[str] = ()) -> bool:
        if not isinstance(target, FileTarget) or target.machine.casefold() != self.machine:
            return False
        return target.path == self.path or target.path.startswith(self.path.removesuffix("/") + "/")


@dataclass(frozen=True, slots=True)
class TagScope:
    """Whatever bears the tag, where nothing else names it."""

    name: str
    site: str | None = None

    @property
    def specificity(self) -> Specificity:
        return _TAG, 0, False, self.site is not None

    def fits(self, target: Target, tags: Collection[str] = ()) -> bool:
        return self.name in tags and _fits(target, None, self.site)


ScopeExpression = AddressScope | HostScope | FileScope | TagScope


def _fits(target: Target, port: int | None, site: str | None) -> bool:
    if isinstance(target, FileTarget):
        return port is None and site is None
    return port in (None, target.port) and site in (None, target.site)


def names_of(target: NetworkTarget) -> frozenset[str]:
    """The names of a target in ASCII form: the one that was sent to it and the one that it was given by."""
    found = (ascii_host(name) for name in {target.server_name, target.host} if name)
    return frozenset(name for name in found if name is not None)


def address_number(text: str) -> int | None:
    """The place of an address on the line; None for what is no literal address."""
    try:
        if ":" in text:
            return None if "%" in text else int(IPv6Address(text))
        return _V4_BASE + int(IPv4Address(text))
    except AddressValueError:
        return None


def network_bounds(text: str) -> tuple[int, int] | None:
    """First and last address of a network in CIDR form; None for what is none."""
    try:
        network = ip_network(text)
    except ValueError:
        return None
    base = _V4_BASE if network.version == 4 else 0
    return base + int(network.network_address), base + int(network.broadcast_address)


def ascii_host(text: str) -> str | None:
    """A host name as it goes into the DNS (RFC 5890): ASCII, lower case, no final dot; None for what is none."""
    name = text.removesuffix(".")
    if not name.isascii():
        try:
            name = name.encode("idna").decode("ascii")
        except UnicodeError:
            return None
    name = name.lower()
    labels = name.split(".")
    fits = 0 < len(name) <= 253 and not labels[-1].isdigit() and all(map(_LABEL.fullmatch, labels))
    return name if fits else None


def read_expression(text: str) -> ScopeExpression:
    """Reads one expression. Raises WrongCell with what would be right."""
    site, rest = _site(text)
    if rest.startswith("files:"):
        if site is not None:
            raise WrongCell("scope_site_of_files", value=shown(text))
        return _file(rest, text)
    if rest.startswith("tag:"):
        name = rest.removeprefix("tag:").strip()
        if not name:
            raise WrongCell("scope_no_tag", value=shown(text))
        return TagScope(name, site)
    place, port = _port(rest, text)
    bounds = _bounds(place, text)
    if bounds is not None:
        return AddressScope(*bounds, port, site)
    host = ascii_host(place.removeprefix("*."))
    if host is None:
        raise WrongCell("scope_unknown", value=shown(text))
    return HostScope(host, place.startswith("*."), port, site)


def _site(text: str) -> tuple[str | None, str]:
    if not text.startswith("site:"):
        return None, text
    name, slash, rest = text.removeprefix("site:").partition("/")
    if not slash or not name.strip() or not rest:
        raise WrongCell("scope_no_site", value=shown(text))
    return name.strip(), rest


def _file(rest: str, text: str) -> FileScope:
    machine, colon, path = rest.removeprefix("files:").partition(":")
    if not colon or not machine.strip() or not path.startswith("/") or "/../" in path + "/" or "//" in path:
        raise WrongCell("scope_no_path", value=shown(text))
    return FileScope(machine.strip().casefold(), path if path == "/" else path.removesuffix("/"))


def _port(rest: str, text: str) -> tuple[str, int | None]:
    """Splits `place:port` and `[v6]:port`; a bare IPv6 address has no port."""
    if rest.startswith("["):
        place, bracket, tail = rest[1:].partition("]")
        if not bracket or (tail and not tail.startswith(":")):
            raise WrongCell("scope_unknown", value=shown(text))
        digits = tail[1:] if tail else None
    elif rest.count(":") == 1:
        place, _, digits = rest.partition(":")
    else:
        return rest, None
    if digits is None:
        return place, None
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 5 and 0 < int(digits) < 65536):
        raise WrongCell("scope_no_port", value=shown(text))
    return place, int(digits)


def _bounds(place: str, text: str) -> tuple[int, int] | None:
    """The addresses of `address`, `address/prefix` or `first-last`; None where it is a name."""
    one = address_number(place)
    if one is not None:
        return one, one
    if "/" in place:
        bounds = network_bounds(place)
        if bounds is None:
            raise _no_network(place, text)
        return bounds
    first, dash, last = place.partition("-")
    ends = address_number(first), address_number(last) if dash else None
    if ends[0] is None or not dash:
        return None
    if ends[1] is None or ends[1] < ends[0] or (":" in first) != (":" in last):
        raise WrongCell("scope_no_range", value=shown(text))
    return ends[0], ends[1]


def _no_network(place: str, text: str) -> WrongCell:
    """With the network that was probably meant, where host bits are set."""
    try:
        meant = str(ip_network(place, strict=False))
    except ValueError:
        return WrongCell("scope_unknown", value=shown(text))
    return WrongCell("scope_host_bits", value=shown(text), meant=meant)
