"""The criteria of the gate as data says them (data/gate.toml): what is judged how, for which class of system, at which stage."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from pqscan.model.observation import Subject
from pqscan.policy.editions import floor
from pqscan.policy.rows import Document, PolicyRow
from pqscan.readiness.system import Stage, System

DATA_FILE = Path(__file__).parent / "data" / "gate.toml"
HIGHEST_LEVEL = 5


class Force(StrEnum):
    """What a criterion that is not met means for putting the system into use; the strongest first."""

    BLOCKS = "blocks"
    WARNS = "warns"
    INFORMS = "informs"


class Kind(StrEnum):
    """How a criterion is judged."""

    RULES = "rules"
    CHAIN = "chain"
    REGIME = "regime"
    AGILITY = "agility"
    QUANTUM = "quantum"


class Severity(StrEnum):
    """HARD: overdue, or not met today; SOFT: a date lies ahead, or not recommended; UNKNOWN: nothing can be told."""

    HARD = "hard"
    SOFT = "soft"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Criterion:
    """`rules` are ids of the floor's rules, `subjects` the facts that have to be complete before it can be met; `forces` by
    (severity, whether the system counts as critical)."""

    id: str
    kind: Kind
    part: int  # of the go-live sheet
    rules: frozenset[str]
    subjects: frozenset[str]
    forces: tuple[tuple[tuple[Severity, bool], Force], ...]
    strict_from_level: int
    stages: frozenset[Stage]
    source: str

    def is_strict_for(self, system: System | None) -> bool:
        """Whether the system counts as critical here. Of a system that nobody described, nothing stricter is assumed."""
        return system is not None and (system.is_critical or (system.level or 0) >= self.strict_from_level)

    def force(self, severity: Severity, system: System | None) -> Force:
        return dict(self.forces)[severity, self.is_strict_for(system)]

    def is_judged_at(self, stage: Stage) -> bool:
        return stage in self.stages


@cache
def criteria() -> tuple[Criterion, ...]:
    """Every criterion in the order of the sheet. Raises DataError."""
    known = {rule.id for rule in floor().rules}
    return tuple(_criterion(row, known) for row in Document.read(DATA_FILE).rows("criterion"))


def _criterion(row: PolicyRow, known: set[str]) -> Criterion:
    rules = frozenset(row.texts("rules"))
    if rules - known:
        raise row.wrong(f"rules must name rules of the floor: not {', '.join(sorted(rules - known))}")
    subjects = frozenset(row.texts("subjects"))
    if subjects - set(Subject):
        raise row.wrong(f"subjects must name subjects of facts: not {', '.join(sorted(subjects - set(Subject)))}")
    stages = row.texts("stages")
    if set(stages) - set(Stage):
        raise row.wrong(f"stages must name stages: not {', '.join(sorted(set(stages) - set(Stage)))}")
    fields = ((Severity.HARD, ""), (Severity.SOFT, "_soft"), (Severity.UNKNOWN, "_unknown"))
    forces = tuple(
        ((severity, strict), row.choice(("critical" if strict else "normal") + end, Force))
        for severity, end in fields
        for strict in (False, True)
    )
    criterion = Criterion(
        id=row.text("id"),
        kind=row.choice("kind", Kind),
        part=row.whole("part", least=5, most=6),
        rules=rules,
        subjects=subjects,
        forces=forces,
        strict_from_level=row.whole("strict_from_level", least=1, most=HIGHEST_LEVEL + 1),
        stages=frozenset(map(Stage, stages)),
        source="; ".join(row.references()),
    )
    row.done()
    return criterion
