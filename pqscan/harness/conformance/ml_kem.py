"""Encapsulation keys of ML-KEM with coefficients that are not reduced, which FIPS 203, section 7.2 (modulus check), tells to
refuse."""

from __future__ import annotations

from collections.abc import Callable

Q, LARGEST = 3329, 4095  # the modulus, and the largest value that 12 bits hold
_SEED_BYTES = 32


def not_reduced(place: int, value: int) -> Callable[[bytes], bytes]:
    """Sets one 12-bit coefficient of an encapsulation key, a negative place counts from the last (FIPS 203, algorithm 5: two
    coefficients in three bytes)."""

    def change(key: bytes) -> bytes:
        count = (len(key) - _SEED_BYTES) // 3 * 2
        number = place % count
        at, bent = number // 2 * 3, bytearray(key)
        if number % 2 == 0:
            bent[at] = value & 0xFF
            bent[at + 1] = (bent[at + 1] & 0xF0) | value >> 8
        else:
            bent[at + 1] = (bent[at + 1] & 0x0F) | (value & 0x0F) << 4
            bent[at + 2] = value >> 4
        return bytes(bent)

    return change


KEY_FAULTS = (
    ("first coefficient 3329", not_reduced(0, Q)),
    ("second coefficient 3329", not_reduced(1, Q)),
    ("last coefficient 4095", not_reduced(-1, LARGEST)),
)
