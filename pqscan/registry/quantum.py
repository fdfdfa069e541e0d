"""What a quantum computer means for an algorithm, in the words of RFC 9794."""

from __future__ import annotations

from enum import StrEnum


class QuantumClass(StrEnum):
    TRADITIONAL = "traditional"
    PQT_HYBRID = "pqt_hybrid"
    POST_QUANTUM = "post_quantum"
    NOT_PUBLIC_KEY = "not_public_key"
    UNKNOWN = "unknown"


def together_with_another(one: QuantumClass) -> QuantumClass:
    """The class of two key exchanges, one traditional and one of class `one`, whose secrets both enter the keys (RFC 9794, section
    2): what resists makes a hybrid, and nothing else does."""
    return QuantumClass.PQT_HYBRID if one in (QuantumClass.POST_QUANTUM, QuantumClass.PQT_HYBRID) else one
