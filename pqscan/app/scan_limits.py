"""The budgets of a scan as it was asked for, where nothing is said those of `Limits`; and when it is worth several processes."""

from __future__ import annotations

from typing import TypeVar

from pqscan.app.net_scan import NetScan
from pqscan.errors import UsageError
from pqscan.net.budget import Limits
from pqscan.scan.ports import expected
from pqscan.scan.targets import TargetSet

NumberT = TypeVar("NumberT", int, float)
_SEVERAL_PROCESSES_FROM = {"quick": 4000, "inventory": 100, "exhaustive": 50}
"""Targets: to start further processes costs as much as asking so many."""

_SEVERAL_PROCESSES_FOR_SSH_FROM = {"quick": 4000, "inventory": 500, "exhaustive": 250}
"""A server of SSH is asked on three connections where one of TLS is on thirty."""


def asked_limits(request: NetScan) -> Limits:
    """Raises UsageError for a budget or a size of networks that cannot be."""
    usual = Limits()
    v4_bits, v6_bits = parse_bits(request.network_bits) if request.network_bits else (usual.v4_bits, usual.v6_bits)
    return Limits(
        per_address_concurrent=_or(request.per_host, usual.per_address_concurrent),
        per_address_rate=_or(request.per_host_rate, usual.per_address_rate),
        global_concurrent=_or(request.at_once, usual.global_concurrent),
        global_rate=_or(request.rate, usual.global_rate),
        per_network_concurrent=_or(request.per_network, usual.per_network_concurrent),
        per_network_rate=_or(request.per_network_rate, usual.per_network_rate),
        v4_bits=v4_bits,
        v6_bits=v6_bits,
    )


def several_processes_from(profile: str, targets: TargetSet) -> int:
    """From how many targets on a scan of that profile is spread over processes."""
    only_ssh = all(expected(section.port) == "ssh" for section in targets.sections)
    return (_SEVERAL_PROCESSES_FOR_SSH_FROM if only_ssh else _SEVERAL_PROCESSES_FROM)[profile]


def parse_bits(text: str) -> tuple[int, int]:
    """Reads `24,64`: how many bits name a network of IPv4, and of IPv6. Raises UsageError."""
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != 2 or not all(part.isascii() and part.isdigit() and len(part) <= 3 for part in parts):
        raise UsageError(f"the size of networks {text[:40]!r} is no pair of prefix lengths such as 24,64")
    return int(parts[0]), int(parts[1])


def _or(given: NumberT | None, usual: NumberT | None) -> NumberT | None:
    return usual if given is None else given
