"""The one interface that every report fulfils, and the assessed inventory that all of them render. Reports decide nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import BinaryIO, Protocol

from pqscan.model.certificate import Certificate
from pqscan.model.inventory import Coverage, Proven, Run, Sighting
from pqscan.model.observation import Profile
from pqscan.model.reason import Reason
from pqscan.model.target import Target
from pqscan.policy.finding import Finding, Verdict
from pqscan.policy.rule import PolicyEdition, Purpose
from pqscan.policy.state import Assessment, State
from pqscan.policy.system import SystemContext
from pqscan.readiness.classification import Mark
from pqscan.readiness.coverage import Coverage as RegisterCoverage
from pqscan.readiness.exposure import ExposureKind
from pqscan.readiness.figure_names import Figures
from pqscan.readiness.snapshot import ActsHead, Period
from pqscan.readiness.system import System
from pqscan.readiness.training import UnitTraining
from pqscan.readiness.unit import Head, Unit


@dataclass(frozen=True, slots=True)
class AssessedTarget:
    """One sighting with its two states. `proven` are groups that the harness carried through; no state depends on them.

    `system` is the code of the system that it belongs to, `context` what the judgement knew of that; None: nobody described it."""

    sighting: Sighting
    key_establishment: Assessment
    authentication: Assessment
    proven: tuple[Proven, ...] = ()
    system: str | None = None
    context: SystemContext | None = None


@dataclass(frozen=True, slots=True)
class ClientView:
    """What one client profile would get from one server profile, told from stored facts without a packet.

    `outcome` is "post_quantum", "classical", "fails" or "unknown"; `group` and `version` where they can be told; `reason` is
    why it is told so."""

    client: str
    outcome: str
    version: str | None = None
    group: str | None = None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class AdviceLine:
    """One product's configuration that would change what a profile answers.

    `lines` stand in the product's own configuration language, verbatim; `since` is the first version that knows them;
    `source` names the product's documentation."""

    product: str
    lines: tuple[str, ...]
    since: str = ""
    source: str = ""
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Contradiction:
    """One thing that several policies judge differently: policy id and verdict, sorted by policy."""

    subject: str
    name: str
    verdicts: tuple[tuple[str, Verdict], ...]
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Marking:
    """What a competent person decided to be written into a document's mark slot, by which decision. Without one it stays empty:
    the tool proposes no mark and writes none. `Mark.NONE`: it was decided that it bears none."""

    mark: Mark
    decided_by: str
    number: str
    decided_on: date


@dataclass(frozen=True, slots=True)
class FirstPlace:
    """Rows of the exposure list that are alike but for their targets, from place `first` to `last`: whose they are, `count` targets
    and some of them, and in words how long they are exposed, who must change it, why they stand before the next."""

    first: int
    last: int
    system: str | None
    system_name: str
    purpose: Purpose
    state: State | None
    examples: tuple[Target, ...]
    count: int
    reasons: tuple[Reason, ...]
    fixer: Reason | None
    why: Reason


@dataclass(frozen=True, slots=True)
class FirstPlaces:
    """The top of the exposure list, `folded` places more below it. `quantum_year` is assumed, and always printed; `counts` are
    rows by purpose and kind."""

    quantum_year: int
    places: tuple[FirstPlace, ...]
    folded: int
    counts: Mapping[Purpose, Mapping[ExposureKind, int]]
    out_of_scope: int
    without_system: int


@dataclass(frozen=True, slots=True)
class ReadinessView:
    """What stands beside the scanned facts: who answers, the systems as described, the figures of the period.

    `coverage` is that against the register, `unit_names` by code; `year` that of money and training, `trained` its training by
    unit; `first` the top of the exposure list. `targets_of` counts targets by the code of their system. `facts_digest` is SHA-256
    over the inventory as JSON; `snapshot` the digest of the sealed snapshot, None before it is sealed; `acts` the head of the chain
    of acts."""

    figures: Figures
    unit: Unit | None = None
    head: Head | None = None
    period: Period | None = None
    systems: tuple[System, ...] = ()
    targets_of: Mapping[str, int] = field(default_factory=dict)
    marking: Marking | None = None
    facts_digest: str = ""
    snapshot: str | None = None
    acts: ActsHead | None = None
    coverage: RegisterCoverage | None = None
    unit_names: Mapping[str, str] = field(default_factory=dict)
    first: FirstPlaces | None = None
    year: int | None = None
    trained: tuple[UnitTraining, ...] = ()


@dataclass(frozen=True, slots=True)
class AssessedInventory:
    """Facts, states and findings at one date. Mappings are keyed by 32-byte digests; `targets()` walks the store anew each
    time, sorted, so that a hundred thousand targets need not lie in memory at once."""

    as_of: date
    generated_at: datetime
    policies: tuple[PolicyEdition, ...]
    runs: tuple[Run, ...]
    profiles: Mapping[bytes, Profile]
    certificates: Mapping[bytes, Certificate]
    targets: Callable[[], Iterator[AssessedTarget]]
    findings: tuple[Finding, ...]
    coverage: Coverage
    client_views: Mapping[bytes, tuple[ClientView, ...]]  # by profile digest
    advice: Mapping[bytes, tuple[AdviceLine, ...]] = field(default_factory=dict)  # by profile digest
    contradictions: tuple[Contradiction, ...] = ()
    local_registry: str = ""  # the digest of the user's own registry file; empty where there was none
    readiness: ReadinessView | None = None


@dataclass(frozen=True, slots=True)
class ReportOptions:
    language: str = "vi"
    excel: bool = False  # CSV for Excel: UTF-8 with BOM, semicolons
    is_redacted: bool = False  # the edition without anything that names a host, a person or a place
    spec_version: str = "1.6"  # of CycloneDX
    with_crypto_assets: bool = True  # CycloneDX: as components of their own, which not every consumer takes
    root: str = ""  # SARIF: the folder from which paths are told; empty: as they are


class Report(Protocol):
    """`name` is the word after `pqscan report`; `write` streams bytes. Same inventory and options, same bytes."""

    @property
    def name(self) -> str: ...

    def write(self, inventory: AssessedInventory, options: ReportOptions, out: BinaryIO) -> None: ...
