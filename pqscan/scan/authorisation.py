"""Whether a target may be asked at all: exclusions and the written authorisation, before any packet. Loopback needs none.
What the register keeps out comes before all of it: nothing lets that be asked.

`screen` cuts a whole set of targets at once and says what it left out as ranges; `Permission` answers for single targets:
for what a look-up gave, and once more for every target just before it is dialled.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeVar

from pqscan.errors import UsageError
from pqscan.model.authorisation import Authorisation
from pqscan.model.reason import Reason
from pqscan.model.target import NetworkTarget, Transport
from pqscan.net.budget import Limits
from pqscan.scan.addresses import AddressSet, address_number, address_text, network_bounds
from pqscan.scan.names import name_matches
from pqscan.scan.ports import Port, format_ports
from pqscan.scan.targets import Exclusions, Section, TargetSet

NumberT = TypeVar("NumberT", int, float)

LOOPBACK = AddressSet([(0xFFFF << 32 | 127 << 24, 0xFFFF << 32 | 127 << 24 | 0xFFFFFF), (1, 1)])
"""127.0.0.0/8 and ::1: this machine, asked without an authorisation."""


@dataclass(frozen=True, slots=True)
class Permission:
    """An authorisation with the user's own exclusions, and what the register keeps out (`kept_out`: military units). Knows no
    date: every question brings its day."""

    authorisation: Authorisation | None = None
    exclusions: Exclusions = Exclusions()  # noqa: RUF009 - immutable, and shared on purpose.
    kept_out: Exclusions = Exclusions()  # noqa: RUF009
    _ranges: AddressSet = field(init=False, repr=False)
    _excluded: AddressSet = field(init=False, repr=False)

    def __post_init__(self) -> None:
        given = self.authorisation
        ranges = AddressSet(network_bounds(network) for network in given.ranges) if given else AddressSet()
        excluded = AddressSet(network_bounds(network) for network in given.exclusions) if given else AddressSet()
        object.__setattr__(self, "_ranges", ranges)
        object.__setattr__(self, "_excluded", excluded)

    def permits(self, target: NetworkTarget, today: date) -> Reason | None:
        """Why this target must not be asked; None where it may. `target.address` decides, its name can only forbid."""
        number = address_number(target.address)
        if number is None:
            return Reason.of("outside_authorisation", target=target.address)
        if number in self.kept_out.at(target.port):
            return Reason.of("kept_out_by_register", target=target.address)
        if target.server_name is not None and self.kept_out.has_name(target.server_name, target.port):
            return Reason.of("kept_out_by_register", target=target.server_name)
        if number in self.exclusions.at(target.port):
            return Reason.of("excluded_by_user", target=target.address)
        if target.server_name is not None and self.exclusions.has_name(target.server_name, target.port):
            return Reason.of("excluded_by_user", target=target.server_name)
        if number in LOOPBACK:
            return None
        reason = self._general(Port(target.port, target.transport), today)
        if reason is not None:
            return reason
        if number in self._excluded:
            return Reason.of("excluded_by_authorisation", target=target.address)
        if target.server_name is not None:
            reason = self._name(target.server_name)
            if reason is not None:
                return reason
        # A name that is authorised without any range may lie anywhere; with ranges its address must lie in them.
        if self._ranges or target.server_name is None or not self._given.names:
            return None if number in self._ranges else Reason.of("outside_authorisation", target=target.address)
        return None

    def permits_lookup(self, name: str, port: Port, today: date) -> Reason | None:
        """Why this name must not even be looked up; None where it may. `localhost` needs no look-up (RFC 6761, section 6.3)."""
        if self.kept_out.has_name(name, port.number):
            return Reason.of("kept_out_by_register", target=name)
        if self.exclusions.has_name(name, port.number):
            return Reason.of("excluded_by_user", target=name)
        if is_localhost(name):
            return None
        reason = self._general(port, today)
        if reason is not None:
            return reason
        if not self._given.names:
            return Reason.of("name_not_authorised", target=name)
        return self._name(name)

    def permits_reverse_lookup(self, port: Port, today: date) -> Reason | None:
        """Why the DNS must not be asked for the name of an address that answers; None where it may. Loopback is no exception."""
        return self._general(port, today)

    def holds(self, today: date) -> bool:
        """Whether the authorisation, if there is one, is in force on this day."""
        given = self.authorisation
        return given is None or given.valid_from <= today <= given.valid_to

    @property
    def _given(self) -> Authorisation:
        if self.authorisation is None:
            raise UsageError("outside loopback a scan needs an authorisation; give one with --authorisation")
        return self.authorisation

    def _general(self, port: Port, today: date) -> Reason | None:
        given = self.authorisation
        if given is None:
            return Reason.of("no_authorisation")
        if today < given.valid_from:
            return Reason.of("authorisation_not_yet_valid", valid_from=given.valid_from.isoformat())
        if today > given.valid_to:
            return Reason.of("authorisation_expired", valid_to=given.valid_to.isoformat())
        ports = given.ports if port.transport is Transport.TCP else given.udp_ports
        if (given.ports or given.udp_ports) and not any(first <= port.number <= last for first, last in ports):
            return Reason.of("port_not_authorised", port=port.number if port.transport is Transport.TCP else port.place)
        return None

    def _name(self, name: str) -> Reason | None:
        """An authorisation that lists names means these and no others; one without leaves them to the addresses."""
        if any(name_matches(name, pattern) for pattern in self._given.excluded_names):
            return Reason.of("excluded_by_authorisation", target=name)
        if self._given.names and not any(name_matches(name, pattern) for pattern in self._given.names):
            return Reason.of("name_not_authorised", target=name)
        return None

    def _split(self, addresses: AddressSet, port: Port, today: date) -> tuple[AddressSet, list[tuple[Reason, AddressSet]]]:
        """The addresses that may be asked on a port, and the others with their reasons."""
        kept_out, rest = addresses.split(self.kept_out.at(port.number))
        by_user, rest = rest.split(self.exclusions.at(port.number))
        own, rest = rest.split(LOOPBACK)
        refused = [
            (Reason.of("kept_out_by_register", target=""), kept_out),
            (Reason.of("excluded_by_user", target=""), by_user),
        ]
        reason = self._general(port, today)
        if reason is not None:
            return own, [*refused, (reason, rest)]
        excluded, rest = rest.split(self._excluded)
        inside, outside = rest.split(self._ranges)
        refused += [
            (Reason.of("excluded_by_authorisation", target=""), excluded),
            (Reason.of("outside_authorisation", target=""), outside),
        ]
        return own.union(inside), refused


@dataclass(frozen=True, slots=True)
class Refusal:
    """Targets that were left out for one reason: `what` is an address, a range or a name, `count` how many targets that is."""

    what: str
    ports: str
    count: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class Screened:
    """What may be asked, and what not."""

    permitted: TargetSet
    refusals: tuple[Refusal, ...]

    @property
    def refused_count(self) -> int:
        return sum(refusal.count for refusal in self.refusals)


def screen(targets: TargetSet, permission: Permission, today: date) -> Screened:
    """Cuts out what must not be asked, without walking the addresses. Names without an address stay when they may be looked up."""
    sections: list[Section] = []
    refused: dict[tuple[str, Reason, int], list[Port]] = {}
    cuts: dict[tuple[int, tuple[Port, ...]], tuple[AddressSet, list[tuple[Reason, AddressSet]]]] = {}
    special = {section.port.number for section in permission.exclusions.by_port}
    for section in targets.sections:
        port = section.port
        general = permission._general(port, today)
        key = (id(section.addresses), (port,) if port.number in special or general is not None else ())
        if key not in cuts:
            cuts[key] = permission._split(section.addresses, port, today)
        addresses, parts = cuts[key]
        for reason, part in parts:
            for first, last in part:
                text = address_text(first) if first == last else f"{address_text(first)}-{address_text(last)}"
                refused.setdefault((text, _about(reason, text), last - first + 1), []).append(section.port)
        names = []
        for name in section.names:
            if name.address is None:
                refusal = permission.permits_lookup(name.name, port, today)
            else:
                refusal = permission.permits(
                    NetworkTarget(address_text(name.address), port.number, name.name, transport=port.transport), today
                )
            if refusal is None:
                names.append(name)
            else:
                refused.setdefault((name.host, refusal, 1), []).append(section.port)
        sections.append(Section(section.port, addresses, tuple(names)))
    refusals = (Refusal(what, format_ports(ports), each * len(ports), reason) for (what, reason, each), ports in refused.items())
    return Screened(TargetSet(sections), tuple(refusals))


def is_localhost(name: str) -> bool:
    """`localhost` and names below it always mean this machine."""
    return name == "localhost" or name.endswith(".localhost")


def limits_of(authorisation: Authorisation | None, limits: Limits) -> Limits:
    """The narrower of the user's limits and the authorisation's budget."""
    if authorisation is None:
        return limits
    return replace(
        limits,
        per_address_concurrent=_least(limits.per_address_concurrent, authorisation.connections_per_host),
        global_rate=_least(limits.global_rate, authorisation.connections_per_second),
    )


def _least(one: NumberT | None, other: NumberT | None) -> NumberT | None:
    return other if one is None else one if other is None else min(one, other)


def _about(reason: Reason, what: str) -> Reason:
    return Reason.of(reason.code, target=what) if reason.parameters == (("target", ""),) else reason
