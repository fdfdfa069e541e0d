"""What people decide about a finding. Everything else in its life follows from what scans saw; "fixed" is nobody's decision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class DecisionState(StrEnum):
    PLANNED = "planned"
    IN_PROGRESS = "in_progress"
    WAIVED = "waived"  # for a time, with a reason and what is done instead
    ACCEPTED = "accepted"  # by the authority that may accept the risk
    DISPUTED = "disputed"  # the tool may be wrong
    DEPENDS_UPSTREAM = "depends_upstream"  # an upstream CA or project must change first
    DEPENDS_VENDOR = "depends_vendor"
    DEPENDS_CENTRAL = "depends_central"  # a system that another level runs for everybody
    RETIRED = "retired"
    OUT_OF_SCOPE = "out_of_scope"
    REOPENED = "reopened"  # takes back whatever was decided before


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One decision; the newest on a finding counts. `finding` is the finding's key (32 bytes).

    `fixer` is who must change it; `task`, `lead` and `coordinating` are codes of the register. `compensation` is what protects
    meanwhile; `expires_on` is the last day on which a waiver holds. `by` is who decided, `at` when (aware)."""

    finding: bytes
    state: DecisionState
    by: str
    at: datetime
    reason: str = ""
    fixer: str = ""
    deadline: date | None = None
    task: str | None = None
    lead: str | None = None
    coordinating: tuple[str, ...] = ()
    compensation: str = ""
    expires_on: date | None = None
