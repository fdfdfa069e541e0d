"""How much of what the register names was ever seen: systems by kind, and the units' domains and ranges (R22).

The register is the denominator: what nobody asked is unknown, and counted. What another authority answers for, and what does not
run yet or any more, is counted apart: no scan is to see it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from pqscan.model.target import NetworkTarget, Target
from pqscan.readiness.asked import Asked, Extent
from pqscan.readiness.assigner import Tie
from pqscan.readiness.context import context_of
from pqscan.readiness.register import Register
from pqscan.readiness.scope import address_number, ascii_host, names_of, network_bounds
from pqscan.readiness.system import Stage, SystemKind
from pqscan.readiness.unit import UnitKind

RUNNING = frozenset({Stage.TRIAL, Stage.OPERATION, Stage.UPGRADE})


@dataclass(frozen=True, slots=True)
class KindCoverage:
    """Systems of one kind that run and may be looked at: how many of them were seen, and which never, by name."""

    kind: SystemKind
    seen: int
    total: int
    never_seen: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnitCoverage:
    """One unit's domains and ranges: how many of them hold a target that was seen, and which do not; how many were asked whole,
    in part, and which nobody asked."""

    unit: str
    seen: int
    total: int
    never_seen: tuple[str, ...]
    asked: int = 0
    in_part: int = 0
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Coverage:
    """`targets` = `in_systems` + `outside` + `tied`. `not_running` and `out_of_assessment` count systems that are in no
    denominator."""

    kinds: tuple[KindCoverage, ...]
    units: tuple[UnitCoverage, ...]
    targets: int
    in_systems: int
    outside: int  # in the scope of no system
    tied: int  # claimed by several systems equally
    outside_units: int  # in no unit's domains or ranges
    not_running: int
    out_of_assessment: int


Listed = tuple[Target, bool]
"""A target of the inventory, and whether it ever gave an answer: one that never did was asked, and its system was not seen."""


def coverage(
    register: Register,
    targets: Iterable[Listed],
    day: date,
    asked: Asked | None = None,
    *,
    systems: Collection[str] | None = None,
    units: Collection[str] | None = None,
) -> Coverage:
    """Counts the inventory's targets against the register as it stands on `day`. Targets are streamed.

    The denominator are these systems, and the domains and ranges of these units; None: all. Military units report apart (R08)."""
    assigner = register.assigner()
    places = _Places(register, day, asked or Asked())
    seen: set[str] = set()
    count = in_systems = tied = outside_units = 0
    for target, answered in targets:
        count += 1
        found = assigner.system_of(target)
        if isinstance(found, Tie):
            tied += 1
        elif found is not None:
            in_systems += 1
            if answered:
                seen.add(found)
        outside_units += not places.see(target, answered=answered)
    counted = {code: system for code, system in register.systems.items() if systems is None or code in systems}
    running = {code: system for code, system in counted.items() if system.stage in RUNNING}
    assessed = {code: system for code, system in running.items() if not context_of(system).is_outside_assessment}
    kinds = []
    for kind in SystemKind:
        own = {code: system for code, system in assessed.items() if system.kind is kind}
        if own:
            never = tuple(sorted(system.name for code, system in own.items() if code not in seen))
            kinds.append(KindCoverage(kind, len(own) - len(never), len(own), never))
    return Coverage(
        tuple(kinds),
        places.units(units),
        count,
        in_systems,
        count - in_systems - tied,
        tied,
        outside_units,
        len(counted) - len(running),
        len(running) - len(assessed),
    )


class _Places:
    """The domains and ranges of the units of one day, and which of them hold a target."""

    def __init__(self, register: Register, day: date, asked: Asked) -> None:
        self._units = {code: unit for code, unit in register.units.items() if unit.exists_on(day)}
        self._domains: dict[str, str] = {}  # ASCII form: as it is written
        self._ranges: dict[int, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
        self._seen: set[str] = set()  # holds a target that answered
        self._touched: set[str] = set()  # holds one that was asked
        self._asked = asked
        for text in sorted({text for unit in self._units.values() for text in unit.domains}):
            self._domains[ascii_host(text) or text] = text
        for text in sorted({text for unit in self._units.values() for text in unit.ranges}):
            bounds = network_bounds(text)
            if bounds is not None:
                length = 128 - (bounds[1] - bounds[0]).bit_length()
                self._ranges[length][bounds[0] >> (128 - length)].append(text)

    def see(self, target: Target, *, answered: bool) -> bool:
        """Whether a target lies in a unit's domain or range; each that holds it was asked, and seen where it answered."""
        if not isinstance(target, NetworkTarget):
            return True  # Files lie on machines, which no unit lists.
        found = {text for name in names_of(target) for text in self._domains_above(name)}
        number = address_number(target.address)
        for length, prefixes in self._ranges.items() if number is not None else ():
            found.update(prefixes.get((number or 0) >> (128 - length), ()))
        self._touched |= found
        if answered:
            self._seen |= found
        return bool(found)

    def _domains_above(self, name: str) -> Iterator[str]:
        while name:
            if name in self._domains:
                yield self._domains[name]
            name = name.partition(".")[2]

    def units(self, wanted: Collection[str] | None) -> tuple[UnitCoverage, ...]:
        named = {text for name in self._asked.names for text in self._domains_above(name)}
        rows = []
        for code, unit in self._units.items():
            own = (*unit.domains, *unit.ranges)
            if not own or unit.kind is UnitKind.MILITARY or (wanted is not None and code not in wanted):
                continue
            never = tuple(text for text in own if text not in self._seen)
            extents = {
                **{text: Extent.ASKED if text in self._touched | named else Extent.UNKNOWN for text in unit.domains},
                **{text: self._asked.extent(text, holds_a_target=text in self._touched) for text in unit.ranges},
            }
            asked, in_part, unknown = (tuple(text for text in own if extents[text] is extent) for extent in Extent)
            rows.append(UnitCoverage(code, len(own) - len(never), len(own), never, len(asked), len(in_part), unknown))
        return tuple(rows)
