"""What the store gives back: runs, sightings, coverage. A sighting is an interval in which a target answered alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from pqscan.model.observation import Observation
from pqscan.model.outcome import Chain, Outcome, OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.model.target import Target

HARNESS_PROBE = "harness"
"""The probe of outcomes of the harness. They prove what a target's own answer shows, and are no answer of their own."""


class RunKind(StrEnum):
    NET = "net"
    FILES = "files"
    IMPORT = "import"
    HARNESS = "harness"
    CAPTURE = "capture"


class RunState(StrEnum):
    RUNNING = "running"
    INTERRUPTED = "interrupted"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class Run:
    """One command that asked or read something. `arguments` is what `--resume` starts again from (JSON text).

    `cursor` counts the targets, in the order of expansion, of which every earlier one is done; `counts` are outcomes
    by status up to that cursor (dead addresses are counted here and have no row of their own).
    """

    id: str
    kind: RunKind
    started_at: datetime
    finished_at: datetime | None
    state: RunState
    scope: str
    site: str
    profile: str
    client: str
    tool_version: str
    registry_edition: str
    arguments: str = "{}"
    cursor: int = 0
    counts: Mapping[OutcomeStatus, int] = field(default_factory=dict)
    authorisation_number: str | None = None


@dataclass(frozen=True, slots=True)
class ReadFolder:
    """Which files of a folder were read whole, at a moment (aware). `files` are digests one behind another, each of a file's name
    and of what the system tells of it (`pqscan.scan.files.unchanged`): no name of a file can be told from it."""

    machine: str
    path: str
    files: bytes
    looked_at: datetime


@dataclass(frozen=True, slots=True)
class StillThere:
    """Targets, each with a probe, whose last answer was seen to hold at a moment (aware) without asking anew: files that did not
    change."""

    seen_at: datetime
    targets: tuple[tuple[Target, str], ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """What is committed in one transaction: outcomes worth a row, and how far the run has come.

    `counts` is the growth since the last batch, only for targets below `cursor`. Committing the same outcome twice for
    one run changes nothing: (run, target, probe) is unique, the later complete answer wins over an incomplete one.
    """

    run: str
    outcomes: tuple[Outcome, ...]
    cursor: int
    counts: Mapping[OutcomeStatus, int] = field(default_factory=dict)
    still_there: StillThere | None = None
    folders: tuple[ReadFolder, ...] = ()


@dataclass(frozen=True, slots=True)
class Sighting:
    """The newest interval of one target and probe. `profile` is the digest of what was learned, None for nothing."""

    target: Target
    probe: str
    run: str
    status: OutcomeStatus
    detail: Reason | None
    connections_used: int
    elapsed_seconds: float
    first_seen: datetime
    last_seen: datetime
    profile: bytes | None
    chains: tuple[Chain, ...] = ()


@dataclass(frozen=True, slots=True)
class Proven:
    """A named group with which a handshake was carried through, by which run and when last: the server's Finished verified, and
    application data, an orderly close or an alert for want of a certificate came back after ours."""

    observation: Observation
    run: str
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class NotRead:
    """Something that was in scope and gave no answer: the target or path, and why."""

    what: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of what was asked answered: nothing that was left out stays unsaid. The counts add up `runs` runs; what several
    of them asked is in each."""

    attempted: int
    by_status: Mapping[OutcomeStatus, int]
    not_read: tuple[NotRead, ...] = ()
    runs: int = 1
