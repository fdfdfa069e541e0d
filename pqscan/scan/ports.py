"""Port lists as a user writes them, and the default: ports on which TLS begins with the first byte."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache, lru_cache
from importlib.resources import files

import tomli

from pqscan.errors import DataError, UsageError

MOST_PORT_TEXT = 4096  # characters
_MOST_REMEMBERED = 16  # lists: every line of a long file names the same few


@cache
def default_tls_ports() -> tuple[int, ...]:
    """The ports of `data/tls_ports.toml` in its order. Raises DataError on a row without a number or a source."""
    rows = tomli.loads(files("pqscan.scan").joinpath("data/tls_ports.toml").read_text(encoding="utf-8"))["port"]
    ports: list[int] = []
    for place, row in enumerate(rows, 1):
        number, source = row.get("number"), row.get("source")
        if not isinstance(number, int) or not 0 < number < 65536 or number in ports or not source:
            raise DataError(f"tls_ports.toml, row {place}: a row needs a number of its own from 1 to 65535 and a source")
        ports.append(number)
    return tuple(ports)


@lru_cache(maxsize=_MOST_REMEMBERED)
def parse_ports(text: str) -> tuple[int, ...]:
    """Reads `443,8443,9000-9010`; `default` stands for the default list. Each port once, in order. Raises UsageError."""
    if len(text) > MOST_PORT_TEXT:
        raise UsageError(f"a port list of {len(text)} characters is too long; write ranges such as 9000-9010")
    ports: dict[int, None] = {}
    for part in text.split(","):
        part = part.strip()
        if part == "default":
            ports.update(dict.fromkeys(default_tls_ports()))
            continue
        first, dash, last = part.partition("-")
        low = _port(first, text)
        high = _port(last, text) if dash else low
        if high < low:
            raise UsageError(f"the port range {part} ends before it begins; write {last}-{first}")
        ports.update(dict.fromkeys(range(low, high + 1)))
    return tuple(ports)


def format_ports(ports: tuple[int, ...]) -> str:
    """The shortest text that `parse_ports` reads back as the same set: `443,9000-9010`."""
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in port_ranges(ports))


def port_ranges(ports: Collection[int]) -> tuple[tuple[int, int], ...]:
    """The same ports as ranges with both ends inside, in increasing order, none next to another."""
    found: list[tuple[int, int]] = []
    ordered = sorted(set(ports))
    start = 0
    for place in range(1, len(ordered) + 1):
        if place == len(ordered) or ordered[place] != ordered[place - 1] + 1:
            found.append((ordered[start], ordered[place - 1]))
            start = place
    return tuple(found)


def _port(text: str, whole: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 0 < int(text) < 65536):
        raise UsageError(f"{whole[:60]!r} is no port list; write numbers from 1 to 65535 and ranges, such as 443,8443,9000-9010")
    return int(text)
