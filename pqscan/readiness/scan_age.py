"""How long ago each system was last seen by a scan, and which are stale (R12). What may not be looked at, and what does not run,
has no age: no scan is to see it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from pqscan.model.target import Target
from pqscan.readiness.context import context_of
from pqscan.readiness.coverage import RUNNING
from pqscan.readiness.register import Register

STALE_DAYS = 180
"""Half a year, the shorter of the periods in use (R40)."""


@dataclass(frozen=True, slots=True)
class ScanAge:
    """One system. `last_seen` is the day on which one of its targets last answered, None where none ever did."""

    code: str
    name: str
    owner: str | None
    last_seen: date | None
    days: int | None

    def is_stale(self, most: int) -> bool:
        """Whether it is older than so many days, or was never seen at all."""
        return self.days is None or self.days > most


def scan_ages(register: Register, answered: Iterable[tuple[Target, date]], day: date) -> tuple[ScanAge, ...]:
    """The systems that run and may be looked at, by code. `answered` are targets with the day of their last answer, streamed; what
    came after `day` has not happened yet."""
    assigner = register.assigner()
    newest: dict[str, date] = {}
    for target, seen in answered:
        code = assigner.system_of(target)
        if isinstance(code, str) and seen <= day:
            newest[code] = max(seen, newest.get(code, seen))
    return tuple(
        ScanAge(code, system.name, system.owner, newest.get(code), (day - newest[code]).days if code in newest else None)
        for code, system in sorted(register.systems.items())
        if system.stage in RUNNING and not context_of(system).is_outside_assessment
    )
