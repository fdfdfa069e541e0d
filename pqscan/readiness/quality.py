"""How good the register's data are: «đúng, đủ, sạch, sống», four shares with their counts (R31)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from pqscan.readiness.assigner import overlaps
from pqscan.readiness.register import Register
from pqscan.readiness.register_problems import same_names
from pqscan.readiness.system import Stage, System

LIVE_DAYS = 365  # A reporting year: what nobody looked at for longer is not live.
NEEDED = ("owner", "operator", "level", "data_classes", "regime", "scope", "contact")
"""What a row must state to be complete."""


@dataclass(frozen=True, slots=True)
class Share:
    """`count` of `of`; where `of` is 0 there is no share to tell."""

    count: int
    of: int


@dataclass(frozen=True, slots=True)
class Quality:
    """Over the systems that are not retired."""

    verified: Share  # đúng: somebody reviewed the row, and its owner and operator exist
    complete: Share  # đủ: everything of NEEDED is stated
    clean: Share  # sạch: no other system has the name, and no scope ties with another system's
    live: Share  # sống: reviewed within LIVE_DAYS
    oldest_days: int | None  # since the review that lies longest back, of the rows that were reviewed


def quality(register: Register, day: date, only: Collection[str] | None = None) -> Quality:
    """Counted on `day`; a review after it has not happened yet. With `only` these systems; whether one is clean is held against
    all."""
    systems = {code: system for code, system in register.systems.items() if system.stage is not Stage.RETIRED}
    unclean = {code for codes in same_names((code, system.name) for code, system in systems.items()) for code in codes}
    unclean |= {code for _scope, tie in overlaps(systems.values()) for code in tie.systems}
    if only is not None:
        systems = {code: system for code, system in systems.items() if code in only}
    reviewed = {code: system.reviewed_on for code, system in systems.items() if system.reviewed_on and system.reviewed_on <= day}
    ages = [(day - on).days for on in reviewed.values()]
    total = len(systems)
    known = register.units
    verified = sum(
        all(unit is None or unit in known for unit in (systems[code].owner, systems[code].operator))
        and systems[code].owner is not None
        for code in reviewed
    )
    return Quality(
        Share(verified, total),
        Share(sum(map(is_complete, systems.values())), total),
        Share(total - len(unclean & systems.keys()), total),
        Share(sum(day - on <= timedelta(LIVE_DAYS) for on in reviewed.values()), total),
        max(ages, default=None),
    )


def is_complete(system: System) -> bool:
    """Whether a row states all of NEEDED; a secrecy level says the class of data, too."""
    stated = {name: bool(getattr(system, name)) for name in NEEDED}
    stated["data_classes"] = stated["data_classes"] or system.secrecy is not None
    return all(stated.values())
