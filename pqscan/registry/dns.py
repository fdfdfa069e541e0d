"""What the numbers of DNSSEC, and of records that name keys in the DNS, mean (rows in data/dns.toml).

The tables are read once, when first asked for. A number that no source lists has no row: it is kept as it was sent."""

from __future__ import annotations

from functools import cache

from pqscan.registry.dns_rows import DnsKind, DnsNumber, DnssecAlgorithm, DnsStatus, KeyForm, Limit
from pqscan.registry.dns_tables import read_algorithms, read_limits, read_numbers, read_selectors

__all__ = [
    "EDITION",
    "DnsKind",
    "DnsNumber",
    "DnsStatus",
    "DnssecAlgorithm",
    "KeyForm",
    "Limit",
    "dns_number",
    "dnssec_algorithm",
    "dnssec_algorithms",
    "limit_of",
    "usual_selectors",
]

EDITION = "2026-11.2"
"""Of the questions that the probe asks of a zone, as `asked` tells it."""


@cache
def dnssec_algorithms() -> tuple[DnssecAlgorithm, ...]:
    """Every row, in the order of the file. Raises DataError."""
    return read_algorithms()


def dnssec_algorithm(value: int) -> DnssecAlgorithm | None:
    """The row of an algorithm number; None where no source names it. Raises DataError."""
    return _algorithms().get(value)


def dns_number(kind: DnsKind, value: int) -> DnsNumber | None:
    """The row of a number of another registry; None where no source names it. Raises DataError."""
    return _numbers().get((kind, value))


def limit_of(protocol: str) -> Limit | None:
    """What a protocol lacks however it is set; None where nothing is known to be lacking. Raises DataError."""
    return next((each for each in _limits() if each.name == protocol), None)


@cache
def usual_selectors() -> tuple[str, ...]:
    """Selectors of DKIM that mail services give their customers, in the order of asking. Raises DataError."""
    return read_selectors()


@cache
def _algorithms() -> dict[int, DnssecAlgorithm]:
    return {row.value: row for row in dnssec_algorithms()}


@cache
def _numbers() -> dict[tuple[DnsKind, int], DnsNumber]:
    return {(row.kind, row.value): row for row in read_numbers()}


@cache
def _limits() -> tuple[Limit, ...]:
    return read_limits()
