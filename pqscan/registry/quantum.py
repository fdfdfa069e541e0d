"""What a quantum computer means for an algorithm, in the words of RFC 9794."""

from __future__ import annotations

from enum import StrEnum


class QuantumClass(StrEnum):
    TRADITIONAL = "traditional"
    PQT_HYBRID = "pqt_hybrid"
    POST_QUANTUM = "post_quantum"
    NOT_PUBLIC_KEY = "not_public_key"
    UNKNOWN = "unknown"
