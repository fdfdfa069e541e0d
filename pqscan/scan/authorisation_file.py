"""Reads an authorisation: a TOML file that says who may scan what, when, by which number. Every key is checked.

```toml
unit = "..."            number = "..."          approver = "..."
ranges = ["10.20.0.0/16"]       names = ["www.example.vn", "*.example.vn"]      ports = [443, "8000-8999", "500/udp"]
from = 2026-11-01       to = 2026-12-31         exclusions = ["10.20.9.0/24", "mail.example.vn", "/srv/secret"]
machines = ["may-1"]    paths = ["/etc", "/srv"]
active_tests = false
[budget]
connections_per_second = 200    connections_per_host = 4
```
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection
from datetime import date, datetime
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, summarize_address_range
from pathlib import Path
from typing import TypeVar

from pqscan.errors import UsageError
from pqscan.model.authorisation import Authorisation
from pqscan.model.target import Transport
from pqscan.registry import foreign_toml
from pqscan.registry.foreign_file import open_regular
from pqscan.scan.addresses import V4_BASE
from pqscan.scan.names import ascii_pattern, shown
from pqscan.scan.ports import Port, parse_permitted, port_ranges
from pqscan.scan.target_syntax import RangeEntry, parse_target

MOST_BYTES = 4 << 20
_MOST_PORT_ENTRIES = 256
_MOST_NETWORKS = 20_000  # that ranges and exclusions come to as prefixes
_MOST_PATH = 4096  # characters
_KEYS = frozenset([
    "unit", "number", "approver", "ranges", "names", "ports", "from", "to", "exclusions", "budget", "active_tests", "machines",
    "paths",
])  # fmt: skip
_BUDGET_KEYS = frozenset({"connections_per_second", "connections_per_host"})

ValueT = TypeVar("ValueT")


def read_authorisation(path: Path) -> Authorisation:
    """Raises UsageError with the file, the line and what to write instead."""
    try:
        with open_regular(path, or_stream=True) as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"the authorisation {shown(str(path), 200)} cannot be read: {error.strerror}") from None
    name = shown(str(path), 200)
    if len(data) > MOST_BYTES:
        raise UsageError(f"the authorisation {name} is larger than {MOST_BYTES} bytes; is it the right file?")
    try:
        table = foreign_toml.parse(data)
    except UnicodeDecodeError:
        raise UsageError(f"the authorisation {name} is not UTF-8 text; save it as UTF-8") from None
    except ValueError as error:
        raise UsageError(f"the authorisation {name} is not valid TOML: {error}") from None
    return _Table(name, data.decode("utf-8-sig"), table).authorisation(hashlib.sha256(data).digest())


class _Table:
    """One parsed file; knows on which line a key stands."""

    def __init__(self, name: str, text: str, table: dict[str, object]) -> None:
        self._name = name
        self._text = text
        self._table = table
        self._networks_left = _MOST_NETWORKS

    def authorisation(self, digest: bytes) -> Authorisation:
        for key in self._table:
            if key not in _KEYS:
                raise self._wrong(key, f"is no key of an authorisation; the keys are {', '.join(sorted(_KEYS))}")
        ranges = tuple(network for word in self._words("ranges") for network in self._networks("ranges", word))
        names = tuple(self._read("names", word, ascii_pattern) for word in self._words("names"))
        machines = tuple(self._read("machines", word, _machine) for word in self._words("machines"))
        paths = tuple(self._read("paths", word, _path) for word in self._words("paths"))
        if not ranges and not names and not machines and not paths:
            raise UsageError(f"the authorisation {self._name} names no ranges, names, machines or paths: it permits nothing")
        excluded, excluded_names, excluded_paths = self._exclusions()
        valid_from, valid_to = self._day("from"), self._day("to")
        if valid_to < valid_from:
            raise self._wrong("to", "is before `from`: the authorisation would never hold")
        budget, ports = self._budget(), self._ports()
        return Authorisation(
            unit=self._sentence("unit"),
            number=self._sentence("number"),
            approver=self._sentence("approver"),
            ranges=ranges,
            names=names,
            ports=_of(ports, Transport.TCP),
            udp_ports=_of(ports, Transport.UDP),
            valid_from=valid_from,
            valid_to=valid_to,
            exclusions=excluded,
            excluded_names=excluded_names,
            connections_per_second=budget.get("connections_per_second"),
            connections_per_host=None if budget.get("connections_per_host") is None else int(budget["connections_per_host"]),
            active_tests=self._yes_or_no("active_tests"),
            digest=digest,
            machines=machines,
            paths=paths,
            excluded_paths=excluded_paths,
        )

    def _wrong(self, key: str, what: str) -> UsageError:
        line = next(
            (
                n
                for n, line in enumerate(self._text.splitlines(), 1)
                if re.match(rf"""\s*["']?{re.escape(key)}["']?\s*=|\s*\[{re.escape(key)}\]""", line)
            ),
            None,
        )
        place = f"line {line}" if line is not None else "at its end"
        return UsageError(f"the authorisation {self._name}, {place}: `{shown(key)[1:-1]}` {what}")

    def _sentence(self, key: str) -> str:
        value = self._table.get(key)
        if not isinstance(value, str) or not value.strip() or len(value) > 500 or not all(c.isprintable() for c in value):
            raise self._wrong(key, f'must be a line of text, such as {key} = "..."')
        return value.strip()

    def _words(self, key: str) -> list[str]:
        value = self._table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            raise self._wrong(key, f'must be a list of texts, such as {key} = ["..."]')
        return value

    def _day(self, key: str) -> date:
        value = self._table.get(key)
        if isinstance(value, str):
            try:
                value = date.fromisoformat(value)
            except ValueError:
                value = None
        if not isinstance(value, date) or isinstance(value, datetime):
            raise self._wrong(key, f"must be a day, such as {key} = 2026-12-31")
        return value

    def _yes_or_no(self, key: str) -> bool:
        value = self._table.get(key, False)
        if value in ("yes", "no"):
            return value == "yes"
        if not isinstance(value, bool):
            raise self._wrong(key, "must be true or false")
        return value

    def _ports(self) -> set[Port]:
        value = self._table.get("ports", [])
        if not isinstance(value, list) or not all(isinstance(port, int | str) and not isinstance(port, bool) for port in value):
            raise self._wrong("ports", 'must be a list of ports and ranges, such as ports = [443, "8000-8999", "500/udp"]')
        if len(value) > _MOST_PORT_ENTRIES:
            raise self._wrong("ports", f"has {len(value)} entries, at most {_MOST_PORT_ENTRIES} are read: write ranges")
        return {port for entry in value for port in self._read("ports", str(entry), parse_permitted)}

    def _exclusions(self) -> tuple[tuple[IPv4Network | IPv6Network, ...], tuple[str, ...], tuple[str, ...]]:
        """Networks, names and paths."""
        networks: list[IPv4Network | IPv6Network] = []
        names: list[str] = []
        paths: list[str] = []
        for word in self._words("exclusions"):
            if word.startswith("/"):
                paths.append(self._read("exclusions", word, _path))
            elif self._read("exclusions", word, _is_range):
                networks += self._networks("exclusions", word)
            else:
                names.append(self._read("exclusions", word, ascii_pattern))
        return tuple(networks), tuple(names), tuple(paths)

    def _networks(self, key: str, word: str) -> list[IPv4Network | IPv6Network]:
        entry = self._read(key, word, _range)
        found = self._summarized(entry)
        self._networks_left -= len(found)
        if self._networks_left < 0:
            raise self._wrong(key, f"is more than {_MOST_NETWORKS} networks in all: write prefixes instead of ranges")
        return found

    @staticmethod
    def _summarized(entry: RangeEntry) -> list[IPv4Network | IPv6Network]:
        if entry.first >= V4_BASE and entry.last < V4_BASE + (1 << 32):
            return list(summarize_address_range(IPv4Address(entry.first - V4_BASE), IPv4Address(entry.last - V4_BASE)))
        return list(summarize_address_range(IPv6Address(entry.first), IPv6Address(entry.last)))

    def _budget(self) -> dict[str, int | float]:
        value = self._table.get("budget", {})
        if not isinstance(value, dict):
            raise self._wrong("budget", "must be a table with connections_per_second and connections_per_host")
        for key, number in value.items():
            whole = key == "connections_per_host"
            if key not in _BUDGET_KEYS:
                raise self._wrong(key, f"is no budget; the budgets are {' and '.join(sorted(_BUDGET_KEYS))}")
            if isinstance(number, bool) or not isinstance(number, int if whole else (int, float)) or not 0 < number < 1e9:
                raise self._wrong(key, "must be a number above 0")
        return value

    def _read(self, key: str, word: str, reader: Callable[[str], ValueT]) -> ValueT:
        try:
            return reader(word)
        except UsageError as error:
            raise self._wrong(key, f"is wrong: {error}") from None


def _of(ports: Collection[Port], transport: Transport) -> tuple[tuple[int, int], ...]:
    return port_ranges({port.number for port in ports if port.transport is transport})


def _machine(word: str) -> str:
    if not word.strip() or len(word) > _MOST_PATH or not word.isprintable():
        raise UsageError(f"{shown(word)} is no name of a machine")
    return word.strip()


def _path(word: str) -> str:
    if not word.startswith("/") or len(word) > _MOST_PATH or not word.isprintable():
        raise UsageError(f"{shown(word)} is no whole path, such as /etc/ssl")
    return word


def _is_range(word: str) -> bool:
    return not word.startswith("*.") and isinstance(parse_target(word, most_v6_addresses=None), RangeEntry)


def _range(word: str) -> RangeEntry:
    entry = parse_target(word, most_v6_addresses=None)
    if not isinstance(entry, RangeEntry) or entry.ports is not None:
        raise UsageError(f"{shown(word)} is no network or range without ports, such as 10.20.0.0/16")
    return entry
