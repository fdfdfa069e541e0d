"""How much of what the register names was ever seen: systems by kind, and the units' domains and ranges (R22).

What another authority answers for, and what does not run yet or any more, is counted apart: no scan is to see it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from pqscan.model.target import NetworkTarget, Target
from pqscan.readiness.assigner import Tie
from pqscan.readiness.context import context_of
from pqscan.readiness.register import Register
from pqscan.readiness.scope import address_number, ascii_host, names_of, network_bounds
from pqscan.readiness.system import Stage, SystemKind

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
    """One unit's domains and ranges: how many of them hold a target that was seen, and which do not."""

    unit: str
    seen: int
    total: int
    never_seen: tuple[str, ...]


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


def coverage(register: Register, targets: Iterable[Target], day: date) -> Coverage:
    """Counts the targets that were seen against the register as it stands on `day`. Targets are streamed."""
    assigner = register.assigner()
    places = _Places(register, day)
    seen: set[str] = set()
    count = in_systems = tied = outside_units = 0
    for target in targets:
        count += 1
        found = assigner.system_of(target)
        if isinstance(found, Tie):
            tied += 1
        elif found is not None:
            in_systems += 1
            seen.add(found)
        outside_units += not places.see(target)
    running = {code: system for code, system in register.systems.items() if system.stage in RUNNING}
    assessed = {code: system for code, system in running.items() if not context_of(system).is_outside_assessment}
    kinds = []
    for kind in SystemKind:
        own = {code: system for code, system in assessed.items() if system.kind is kind}
        if own:
            never = tuple(sorted(system.name for code, system in own.items() if code not in seen))
            kinds.append(KindCoverage(kind, len(own) - len(never), len(own), never))
    return Coverage(
        tuple(kinds),
        places.units(),
        count,
        in_systems,
        count - in_systems - tied,
        tied,
        outside_units,
        len(register.systems) - len(running),
        len(running) - len(assessed),
    )


class _Places:
    """The domains and ranges of the units of one day, and which of them hold a target."""

    def __init__(self, register: Register, day: date) -> None:
        self._units = {code: unit for code, unit in register.units.items() if unit.exists_on(day)}
        self._domains: dict[str, str] = {}  # ASCII form: as it is written
        self._ranges: dict[int, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
        self._seen: set[str] = set()
        for text in sorted({text for unit in self._units.values() for text in unit.domains}):
            self._domains[ascii_host(text) or text] = text
        for text in sorted({text for unit in self._units.values() for text in unit.ranges}):
            bounds = network_bounds(text)
            if bounds is not None:
                length = 128 - (bounds[1] - bounds[0]).bit_length()
                self._ranges[length][bounds[0] >> (128 - length)].append(text)

    def see(self, target: Target) -> bool:
        """Whether a target lies in a unit's domain or range; each that holds it counts as seen."""
        if not isinstance(target, NetworkTarget):
            return True  # Files lie on machines, which no unit lists.
        found = False
        for name in names_of(target):
            while name:
                if name in self._domains:
                    self._seen.add(self._domains[name])
                    found = True
                name = name.partition(".")[2]
        number = address_number(target.address)
        for length, prefixes in self._ranges.items() if number is not None else ():
            for text in prefixes.get((number or 0) >> (128 - length), ()):
                self._seen.add(text)
                found = True
        return found

    def units(self) -> tuple[UnitCoverage, ...]:
        rows = []
        for code, unit in self._units.items():
            own = (*unit.domains, *unit.ranges)
            never = tuple(text for text in own if text not in self._seen)
            if own:
                rows.append(UnitCoverage(code, len(own) - len(never), len(own), never))
        return tuple(rows)
