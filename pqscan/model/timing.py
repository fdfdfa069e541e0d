"""Timings: how often in a second a library does something, and how many bytes that puts on the wire. No fact about a target."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pqscan.registry.quantum import QuantumClass


class Purpose(StrEnum):
    KEY_ESTABLISHMENT = "key_establishment"
    SIGNATURE = "signature"
    HANDSHAKE = "handshake"


class Operation(StrEnum):
    KEY_GENERATION = "key_generation"
    ENCAPSULATION = "encapsulation"  # of a Diffie-Hellman function: an ephemeral key and the agreement
    DECAPSULATION = "decapsulation"  # of a Diffie-Hellman function: the agreement alone
    SIGN = "sign"
    VERIFY = "verify"
    HANDSHAKE = "handshake"  # a full one, both sides on this machine


@dataclass(frozen=True, slots=True)
class Rate:
    """Operations a second over several rounds; the best round is what the machine can, the median what to count on."""

    operation: Operation
    median_per_second: float
    best_per_second: float
    rounds: int


@dataclass(frozen=True, slots=True)
class Timing:
    """One algorithm in one library. Bytes are those on the wire of a handshake: of key establishment what the client and what the
    server sends, of a signature the server's public key and its signature; 0 where that has no meaning."""

    purpose: Purpose
    algorithm: str
    library: str
    quantum_class: QuantumClass
    rates: tuple[Rate, ...]
    client_bytes: int = 0
    server_bytes: int = 0
    public_key_bytes: int = 0
    signature_bytes: int = 0

    def rate(self, operation: Operation) -> Rate | None:
        return next((rate for rate in self.rates if rate.operation is operation), None)


@dataclass(frozen=True, slots=True)
class TimingReport:
    """All timings of one run. `seconds` is the time that each operation was given; `machine` is the processor, as the system
    names it."""

    started_at: datetime
    seconds: float
    machine: str
    timings: tuple[Timing, ...]
    versions: tuple[tuple[str, str], ...] = ()
