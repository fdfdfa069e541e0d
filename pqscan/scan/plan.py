"""What a scan would cost, told without sending anything: targets, connections, datagrams, bytes and time, from least to most."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pqscan.model.target import Transport
from pqscan.net.budget import Limits
from pqscan.scan.addresses import V4_BASE, V4_LAST, AddressSet
from pqscan.scan.authorisation import LOOPBACK, Screened
from pqscan.scan.ports import Port
from pqscan.scan.settings import Discovery, ScanSettings

_LOOPBACK_PER_SECOND = 2000.0
"""Targets that one process asks on this machine; measured at 2,000 to 4,000, so the time told is on the safe side."""

_SWEEP_PER_SECOND = 20_000.0
"""Closed addresses of this machine that the connect sweep tells; measured at 38,000 to 57,000."""

_CONNECT_BYTES = 200
"""SYN, ACK and FIN of one connection with their IPv4 headers, in one direction (RFC 9293, options of Linux)."""

_DATAGRAM_BYTES = 28
"""IPv4 and UDP headers of one datagram (RFC 791, RFC 768)."""


@dataclass(frozen=True, slots=True)
class ProbeCost:
    """What one answering target costs: as the probe's documentation states it.

    Over UDP an exchange counts as a connection, and each of our datagrams in the rates; `unanswered` are those after which a place
    that says nothing is given up, in which `sent_bytes` are spread evenly."""

    connections: int
    sent_bytes: int
    received_bytes: int
    seconds: float  # from the first connection to the last on a healthy peer
    datagrams: int = 0
    unanswered: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """Least: nobody answers (they refuse). Most: every target answers in full. Virtual hosts found on the way come on top."""

    targets: int
    addresses: int
    lookups: int
    refused: int
    connections_least: int
    connections_most: int
    datagrams_least: int
    datagrams_most: int
    bytes_least: int
    bytes_most: int
    seconds_least: float
    seconds_most: float


def plan(screened: Screened, cost_of: Callable[[Port], ProbeCost], settings: ScanSettings) -> Plan:
    """Estimates one run over what `screen` left; `cost_of` tells what is asked on a port."""
    targets = screened.permitted
    swept = (section for section in targets.sections if section.port.transport is Transport.TCP)
    sweeps = sum(section.addresses.count for section in swept) if settings.discovery is not Discovery.NONE else 0
    over_tcp, over_udp = _Sum(), _Sum()
    for section in targets.sections:
        (over_udp if section.port.transport is Transport.UDP else over_tcp).add(section.count, cost_of(section.port))
    least = over_tcp.targets  # A refused probe has tried one connection, and so has the sweep.
    most = sweeps + over_tcp.connections
    known = targets.addresses
    outside = known.split(LOOPBACK)[1].count + len(targets.lookups)
    addresses = max(1, known.count + len(targets.lookups))
    networks = max(1, _networks(known, settings.limits) + len(targets.lookups))
    at_rate_least, at_rate_most = least + over_udp.unanswered, most + over_udp.datagrams
    return Plan(
        targets=targets.count,
        addresses=known.count,
        lookups=len(targets.lookups),
        refused=screened.refused_count,
        connections_least=least,
        connections_most=most + over_udp.connections,
        datagrams_least=over_udp.unanswered,
        datagrams_most=over_udp.datagrams,
        bytes_least=2 * _CONNECT_BYTES * least + over_udp.unanswered_bytes,
        bytes_most=2 * _CONNECT_BYTES * most + over_tcp.bytes + over_udp.bytes,
        seconds_least=_seconds(at_rate_least, outside, addresses, networks, settings.limits, _SWEEP_PER_SECOND),
        seconds_most=max(
            _seconds(at_rate_most, outside, addresses, networks, settings.limits, _LOOPBACK_PER_SECOND),
            (over_tcp.seconds + over_udp.seconds) / settings.at_once,
        ),
    )


@dataclass(slots=True)
class _Sum:
    """Over all targets of one transport."""

    targets: int = 0
    connections: int = 0
    datagrams: int = 0
    unanswered: int = 0
    bytes: int = 0
    unanswered_bytes: int = 0
    seconds: float = 0.0

    def add(self, count: int, cost: ProbeCost) -> None:
        self.targets += count
        self.connections += count * cost.connections
        self.datagrams += count * cost.datagrams
        self.unanswered += count * cost.unanswered
        self.bytes += count * (cost.sent_bytes + cost.received_bytes + _DATAGRAM_BYTES * cost.datagrams)
        if cost.datagrams:
            self.unanswered_bytes += count * cost.unanswered * (cost.sent_bytes // cost.datagrams + _DATAGRAM_BYTES)
        self.seconds += count * cost.seconds


def _networks(addresses: AddressSet, limits: Limits) -> int:
    """In how many networks the addresses lie, which is at least as many as their intervals need."""
    count, last = 0, -1
    for first, end in addresses:
        is_v4 = V4_BASE <= first <= V4_LAST
        shift = 32 - limits.v4_bits if is_v4 else 128 - limits.v6_bits
        low, high = first >> shift, end >> shift
        count += high - low + (low != last)
        last = high
    return count


def _seconds(connections: int, outside: int, addresses: int, networks: int, limits: Limits, loopback_rate: float) -> float:
    """The slowest of what bounds the rate: this machine, all peers together, one network or one peer alone."""
    share = outside / addresses
    seconds = connections / loopback_rate
    if outside and limits.global_rate is not None:
        seconds = max(seconds, connections * share / limits.global_rate)
    if outside and limits.per_network_rate is not None:
        seconds = max(seconds, connections / networks / limits.per_network_rate)
    if outside and limits.per_address_rate is not None:
        seconds = max(seconds, connections / addresses / limits.per_address_rate)
    return seconds
