"""Sizes as strengths, in classical bits, by the registry's tables; below every row of them there is no strength worth a number."""

from __future__ import annotations

from pqscan.registry import strength

BELOW_EVERY_ROW = 0


def modulus_strength(size_bits: int) -> int:
    """Strength of RSA, DSA and finite-field DH by the size of the modulus."""
    return strength.integer_strength(size_bits) or BELOW_EVERY_ROW


def curve_strength(name: str, size_bits: int | None) -> int | None:
    """Strength of a curve by its name, else by its size; None where neither tells."""
    named = strength.curve_strength(name)
    if named is not None or size_bits is None:
        return named
    return strength.elliptic_strength(size_bits) or BELOW_EVERY_ROW
