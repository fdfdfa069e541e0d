"""What a rule makes of an observation, and findings that hold under any policy (weak extras, anomalies)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from pqscan.model.reason import Reason
from pqscan.policy.system import SystemContext
from pqscan.registry.quantum import QuantumClass


class Verdict(StrEnum):
    """Worst first. NOT_MET: a requirement that names no date is not fulfilled, so nothing can be overdue.
    AWAITING: the policy names no date or algorithm yet, so nothing can be said either way."""

    OVERDUE = "overdue"
    NOT_MET = "not_met"
    DUE = "due"
    NOT_RECOMMENDED = "not_recommended"
    UNDETERMINED = "undetermined"
    AWAITING = "awaiting"
    MEETS = "meets"


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule and one thing that it speaks of. `subject`/`value`/`name` name the observation or certificate part;
    `profile` or `certificate` says whose fact it is (32-byte digests), `system` in what kind of system (None: nobody described
    it); targets share findings through them."""

    policy: str
    rule: str
    verdict: Verdict
    subject: str
    value: str
    name: str | None
    context: str | None
    quantum_class: QuantumClass
    due: date | None
    reason: Reason
    profile: bytes | None = None
    certificate: bytes | None = None
    system: SystemContext | None = None
