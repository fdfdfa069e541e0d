"""How one attempt at a target ended: status, facts, chains, evidence."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from pqscan.model.observation import Observation, Preference, Profile
from pqscan.model.reason import Reason
from pqscan.model.target import Target


class OutcomeStatus(StrEnum):
    COMPLETED = "completed"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    TIMED_OUT = "timed_out"
    CLOSED_EARLY = "closed_early"
    REJECTED = "rejected"
    MALFORMED = "malformed"
    WRONG_PROTOCOL = "wrong_protocol"
    THROTTLED = "throttled"
    NOT_ASKED = "not_asked"  # spared, as its address was silent, mute or at rest: nothing is said of the target itself
    EXCLUDED = "excluded"
    CANCELLED = "cancelled"
    BUG = "bug"


@dataclass(frozen=True, slots=True)
class Chain:
    """Certificates as the peer sent them, leaf first, as SHA-256 of DER (32 bytes each).

    `server_name` is the name asked for (None: no SNI was sent); `context` tells what was asked (`TLS1.3`, `TLS1.2`,
    `current_client`, `no_server_name`, `virtual_host`; of files `file`, `signing`, `encryption`, `any_use`).
    """

    server_name: str | None
    context: str
    certificates: tuple[bytes, ...]

    def __hash__(self) -> int:
        """Enough to tell chains apart quickly: thousands of targets are asked by the ones that they serve."""
        return hash(self.certificates)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Bytes of one deciding exchange, bounded; never secrets of ours that matter (ephemeral shares only)."""

    sent: bytes = b""
    received: bytes = b""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a probe returns. `status` is not COMPLETED where only part could be asked; what was learned is kept all the same.

    `certificates` maps nothing: it lists the DER bytes of every certificate that `chains` names, each once.
    """

    observations: tuple[Observation, ...]
    chains: tuple[Chain, ...] = ()
    certificates: tuple[bytes, ...] = ()
    preference: tuple[tuple[str, Preference], ...] = ()
    depth: str = "inventory"
    asked: str = ""
    complete: bool = True
    status: OutcomeStatus = OutcomeStatus.COMPLETED
    detail: Reason | None = None
    evidence: Evidence | None = None
    further_names: tuple[str, ...] = ()  # DNS names in certificates that answer differently and deserve a target


@dataclass(frozen=True, slots=True)
class Outcome:
    """One attempt, from `started_at` (aware, UTC). `profile` is None where nothing was learned."""

    target: Target
    probe: str
    status: OutcomeStatus
    started_at: datetime
    elapsed_seconds: float
    connections_used: int = 0
    detail: Reason | None = None
    profile: Profile | None = None
    chains: tuple[Chain, ...] = ()
    certificates: tuple[bytes, ...] = field(default=(), repr=False)  # DER
    evidence: Evidence | None = field(default=None, repr=False)
