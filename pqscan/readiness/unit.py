"""Units: whom systems belong to, to whom each reports, through whom, and who headed it when.

A unit has a superior and may report through another body (`via`): a subordinate Party committee reports to the Standing
Committee through the Party committee of the provincial police. Units are set up, renamed and merged: their rows have a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class UnitKind(StrEnum):
    PARTY = "party"
    STATE = "state"
    POLICE = "police"
    MILITARY = "military"
    FRONT = "front"
    ENTERPRISE = "enterprise"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Unit:
    """`code` is the identity and stays when the unit is renamed. `valid_from` and `valid_to` are inclusive, None for open;
    `successor` is what it was merged into. `domains` and `ranges` (CIDR) are all that it answers for: what coverage is counted
    against."""

    code: str
    name: str
    kind: UnitKind = UnitKind.OTHER
    superior: str | None = None
    via: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    successor: str | None = None
    domains: tuple[str, ...] = ()
    ranges: tuple[str, ...] = ()
    contact: str = ""
    cipher_contact: str = ""

    def exists_on(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Head:
    """Who answers for a unit, directly and fully, from `since` to `until` (inclusive, None for open)."""

    unit: str
    name: str
    title: str
    since: date
    until: date | None = None

    def serves_on(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day <= self.until)
