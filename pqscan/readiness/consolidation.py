"""Adds up what units report for one period: the sum of the units is the total, figure by figure, and nothing is typed in twice.

Units that sent nothing, sent it late or sent what was refused are named. They are never counted as zero: every total says how many
units stand behind it. Units are listed by their code; nothing is ranked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from pqscan.model.reason import Reason
from pqscan.readiness.figure_names import Figures, policy_of
from pqscan.readiness.filed_snapshot import FiledSnapshot, in_force
from pqscan.readiness.foreign_json import Json, moment_text
from pqscan.readiness.snapshot import Period

FORMAT = "pqscan-consolidation/1"


class Sending(StrEnum):
    """How a unit stands to the deadline. RECEIVED: it came, and no deadline was given."""

    RECEIVED = "received"
    ON_TIME = "on_time"
    LATE = "late"
    REFUSED = "refused"
    MISSING = "missing"
    NOT_YET_DUE = "not_yet_due"


COUNTED = frozenset({Sending.RECEIVED, Sending.ON_TIME, Sending.LATE})


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that was not taken. `unit` is what it claims to be of, None where it could not even be read."""

    file: str
    unit: str | None
    reason: Reason


@dataclass(frozen=True, slots=True)
class UnitLine:
    """One unit. `figures` are empty and `kept` None where nothing of it is counted."""

    unit: str
    sending: Sending
    figures: Figures = field(default_factory=dict)
    kept: FiledSnapshot | None = None
    name: str = ""
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Total:
    """The sum of one figure, and how many units stated it."""

    value: int
    units: int


@dataclass(frozen=True, slots=True)
class Consolidation:
    """`unplaced` are refused files of no unit that is expected here. `mixed` are policies of which units used different editions:
    their figures are added all the same, and said to be mixed."""

    period: Period
    deadline: date | None
    lines: tuple[UnitLine, ...]
    totals: Mapping[str, Total]
    unplaced: tuple[Refused, ...] = ()
    mixed: tuple[str, ...] = ()

    @property
    def counted(self) -> tuple[UnitLine, ...]:
        return tuple(line for line in self.lines if line.sending in COUNTED)

    def document(self) -> dict[str, Json]:
        """As JSON. Reasons are codes with parameters."""
        totals: dict[str, Json] = {name: {"value": total.value, "units": total.units} for name, total in self.totals.items()}
        units: list[Json] = [_line_document(line) for line in self.lines]
        unplaced: list[Json] = [{"file": one.file, "reason": _reason_document(one.reason)} for one in self.unplaced]
        return {
            "format": FORMAT,
            "period": {"start": self.period.start.isoformat(), "end": self.period.end.isoformat()},
            "deadline": None if self.deadline is None else self.deadline.isoformat(),
            "units_expected": len(self.lines),
            "units_counted": len(self.counted),
            "units": units,
            "totals": totals,
            "unplaced": unplaced,
            "mixed_policies": list(self.mixed),
        }


def _line_document(line: UnitLine) -> dict[str, Json]:
    figures: dict[str, Json] = dict(line.figures)
    return {
        "unit": line.unit,
        "name": line.name,
        "sending": line.sending.value,
        "snapshot": None if line.kept is None else line.kept.digest,
        "head": None if line.kept is None else line.kept.head,
        "kept_at": None if line.kept is None else moment_text(line.kept.kept_at),
        "reason": None if line.reason is None else _reason_document(line.reason),
        "figures": figures,
    }


def _reason_document(reason: Reason) -> dict[str, Json]:
    return {"code": reason.code, "parameters": {name: value for name, value in reason.parameters}}  # noqa: C416


def consolidate(
    period: Period,
    kept: Iterable[FiledSnapshot],
    expected: Collection[str],
    today: date,
    deadline: date | None = None,
    refused: Iterable[Refused] = (),
) -> Consolidation:
    """Adds up the snapshots of exactly this period. `expected` are the units that must report; a unit that reports without being
    expected is counted as well, for it was admitted. `deadline` is the last day on which a file is on time, in
    the time zone of `kept_at`."""
    found = {row.unit: row for row in in_force(kept) if row.period == period}
    known = {*expected, *found}
    refusals = list(refused)
    of_unit = {one.unit: one for one in reversed(refusals) if one.unit in known}
    lines = tuple(_line(unit, found.get(unit), of_unit.get(unit), today, deadline) for unit in sorted(known))
    editions: dict[str, set[str]] = {}
    for line in lines:
        for mark in () if line.kept is None else line.kept.snapshot.policies:
            editions.setdefault(mark.id, set()).add(mark.digest)
    totals = _totals(lines)
    judged = {policy[0] for policy in map(policy_of, totals) if policy is not None}
    return Consolidation(
        period,
        deadline,
        lines,
        totals,
        tuple(one for one in refusals if one.unit not in known),
        tuple(sorted(policy for policy, digests in editions.items() if len(digests) > 1 and policy in judged)),
    )


def _line(unit: str, kept: FiledSnapshot | None, refused: Refused | None, today: date, deadline: date | None) -> UnitLine:
    if kept is None:
        if refused is not None:
            return UnitLine(unit, Sending.REFUSED, reason=refused.reason)
        waits = deadline is not None and today <= deadline
        return UnitLine(unit, Sending.NOT_YET_DUE if waits else Sending.MISSING)
    sending = Sending.RECEIVED
    if deadline is not None:
        sending = Sending.ON_TIME if kept.kept_at.date() <= deadline else Sending.LATE
    snapshot = kept.snapshot
    return UnitLine(unit, sending, dict(snapshot.figures), kept, snapshot.unit_name, None if refused is None else refused.reason)


def _totals(lines: Iterable[UnitLine]) -> dict[str, Total]:
    values: dict[str, Total] = {}
    for line in lines:
        for name, value in line.figures.items():
            before = values.get(name, Total(0, 0))
            values[name] = Total(before.value + value, before.units + 1)
    return {name: values[name] for name in sorted(values)}
