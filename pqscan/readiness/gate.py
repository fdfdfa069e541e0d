"""The gate: which cryptographic criteria a system meets before it is put into use. Pure, and dated.

What comes out is met, not met, awaiting guidance, not applicable or unknown, criterion by criterion, with its reason and evidence.
It is no verdict on the system: whether that is fit is for the people to say who sign the go-live sheet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Protocol

from pqscan.model.reason import Reason
from pqscan.policy.finding import Finding, Verdict
from pqscan.policy.rule import PolicyEdition, Rule
from pqscan.policy.state import State
from pqscan.readiness.chain_check import ChainCheck
from pqscan.readiness.criteria import Criterion, Force, Severity
from pqscan.readiness.system import Regime, Stage, System
from pqscan.readiness.waiver import Waiver

Key = tuple[str, str, str, str, str]


class Outcome(StrEnum):
    MET = "met"
    NOT_MET = "not_met"
    AWAITING = "awaiting"
    NOT_APPLICABLE = "not_applicable"
    UNKNOWN = "unknown"


class Standing(StrEnum):
    """COUNTS against the criterion; WAIVED for the time being; KNOWN before, where only what is new is asked for."""

    COUNTS = "counts"
    WAIVED = "waived"
    KNOWN = "known"


class Source(StrEnum):
    """Where the facts come from: a scan, or the dossier of a system that does not run yet (R19)."""

    SCAN = "scan"
    DOSSIER = "dossier"


class Conclusion(StrEnum):
    """The three boxes of the go-live sheet. People tick one; a criterion only speaks for one."""

    SUFFICIENT = "sufficient"
    CONDITIONAL = "conditional"
    INSUFFICIENT = "insufficient"


class RegimeProduct(Protocol):
    """What the gate asks of a product in the register."""

    @property
    def name(self) -> str: ...

    @property
    def regime(self) -> Regime | None: ...

    @property
    def licence_until(self) -> date | None: ...


@dataclass(frozen=True, slots=True)
class GateTarget:
    """One target as reports name it. `is_known` is False where it gave no complete answer; `not_told` are subjects of facts of
    which it left something open: what was not proven to be refused is no "no"."""

    name: str
    state: State
    is_known: bool = True
    chain: ChainCheck = ChainCheck()  # noqa: RUF009  # Frozen.
    not_told: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Placed:
    """A finding, the rule that made it, and the targets on which it stands."""

    finding: Finding
    rule: Rule | None
    targets: tuple[str, ...]

    def key(self, target: str) -> Key:
        """What stays when the same weakness is seen on a later day: not the run, not the certificate's fingerprint."""
        finding = self.finding
        return target, finding.policy, finding.rule, finding.subject, finding.name or finding.value


@dataclass(frozen=True, slots=True)
class Comments:
    """At how many places a comment (`pqscan: ignore`) lets pass what was found, at how many its day is past, so that what stands
    there counts, and in how many files a comment lacks its reason or its day, so that it silences nothing."""

    let_pass: int = 0
    expired: int = 0
    wrong: int = 0


@dataclass(frozen=True, slots=True)
class GateFacts:
    """`unread` are names in a dossier that no list knows; `outside` are targets of systems that are outside of the assessment:
    counted, and not judged. `comments` is what comments in files let pass, and what they let pass no more."""

    source: Source
    targets: tuple[GateTarget, ...] = ()
    placed: tuple[Placed, ...] = ()
    unread: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    comments: Comments = Comments()

    @property
    def unknown(self) -> tuple[str, ...]:
        return tuple(target.name for target in self.targets if not target.is_known)

    def keys(self) -> frozenset[Key]:
        return frozenset(placed.key(target) for placed in self.placed for target in placed.targets)


@dataclass(frozen=True, slots=True)
class GateSettings:
    """`blocking` are policies whose findings block because the unit decided so; others inform. `fail_on` is the mildest verdict
    that blocks, in place of what data/gate.toml says. `known` are findings of the run before, where only new ones count;
    `decided` are waivers of single findings."""

    blocking: frozenset[str] = frozenset()
    fail_on: Verdict | None = None
    known: frozenset[Key] | None = None
    waivers: tuple[Waiver, ...] = ()
    decided: Mapping[Key, Waiver] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that a criterion rests on. `rule` and `clause` say what asks for it (R24); `targets` are those on which it has
    this standing."""

    reason: Reason
    rule: str = ""
    policy: str = ""
    clause: str = ""
    verdict: Verdict | None = None
    due: date | None = None
    targets: tuple[str, ...] = ()
    standing: Standing = Standing.COUNTS
    waiver: Waiver | None = None
    severity: Severity = Severity.HARD


@dataclass(frozen=True, slots=True)
class CriterionResult:
    """`policy` names the one that judged, where policies are asked one by one. `force` is that of what counts."""

    criterion: Criterion
    outcome: Outcome
    force: Force
    reason: Reason
    evidence: tuple[Evidence, ...] = ()
    policy: PolicyEdition | None = None
    expired: tuple[Waiver, ...] = ()

    @property
    def blocks(self) -> bool:
        return self.force is Force.BLOCKS and self.outcome in (Outcome.NOT_MET, Outcome.UNKNOWN)

    @property
    def speaks_for(self) -> Conclusion | None:
        """Which box the criterion speaks for; None where it says nothing either way."""
        if self.outcome is Outcome.MET:
            return Conclusion.SUFFICIENT
        if self.outcome is not Outcome.NOT_MET:
            return None
        if self.force is Force.BLOCKS:
            return Conclusion.INSUFFICIENT
        waived = any(row.standing is Standing.WAIVED for row in self.evidence)
        return Conclusion.CONDITIONAL if waived or self.force is Force.WARNS else None


@dataclass(frozen=True, slots=True)
class GateResult:
    day: date
    system: System | None
    source: Source
    facts: GateFacts
    results: tuple[CriterionResult, ...]
    settings: GateSettings = field(default_factory=GateSettings)

    @property
    def is_blocked(self) -> bool:
        return any(result.blocks for result in self.results)

    @property
    def stage(self) -> Stage | None:
        return None if self.system is None else self.system.stage
