"""Who may scan what, when, and by which number. Declared by the user in a TOML file; read by `pqscan.scan.authorisation`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from ipaddress import IPv4Network, IPv6Network


@dataclass(frozen=True, slots=True)
class Authorisation:
    """One written permission. Anything outside `ranges`/`names`, in `exclusions` or out of its dates is refused before
    any packet (name look-ups are packets). Where `ports` and `udp_ports` are both empty, any port of either may be asked; else
    those alone. Rates: connections and datagrams per second.

    Of files, `paths` (whole ones, with all that is below) may be read on `machines`, but for `excluded_paths`; with no machines on
    any one, with no paths all of theirs. With neither it permits no file to be read."""

    unit: str
    number: str
    approver: str
    ranges: tuple[IPv4Network | IPv6Network, ...]
    names: tuple[str, ...]
    ports: tuple[tuple[int, int], ...]  # TCP, inclusive ranges
    valid_from: date
    valid_to: date  # the last day on which it holds
    exclusions: tuple[IPv4Network | IPv6Network, ...] = ()
    excluded_names: tuple[str, ...] = ()
    connections_per_second: float | None = None
    connections_per_host: int | None = None
    active_tests: bool = False
    digest: bytes = b""  # SHA-256 of the file as read
    udp_ports: tuple[tuple[int, int], ...] = ()  # inclusive ranges
    machines: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    excluded_paths: tuple[str, ...] = ()
