"""Public values for a Key Exchange payload (RFC 7296, section 3.4; RFC 5903; RFC 8031). The private half is thrown away: no
question here is carried on to where it would be needed. For curves, randomness is drawn inside `cryptography`."""

from __future__ import annotations

from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric import ec, x448, x25519

from pqscan.registry.ike import IkeKind, ike_number
from pqscan.registry.modp import modp_groups

_CURVES: dict[str, type[ec.EllipticCurve]] = {
    "secp192r1": ec.SECP192R1,
    "secp224r1": ec.SECP224R1,
    "secp256r1": ec.SECP256R1,
    "secp384r1": ec.SECP384R1,
    "secp521r1": ec.SECP521R1,
    "brainpoolP256r1": ec.BrainpoolP256R1,
    "brainpoolP384r1": ec.BrainpoolP384R1,
    "brainpoolP512r1": ec.BrainpoolP512R1,
}


def can_compute(group: int) -> bool:
    """Whether `public_value` has one of that method."""
    row = ike_number(IkeKind.KEY_EXCHANGE, group)
    component = row.components[0] if row is not None and len(row.components) == 1 else ""
    return component in _CURVES or component in ("X25519", "X448") or component in modp_groups()


_EXPONENT_BYTES = 64  # RFC 3526, section 8: twice the strength, at most 480 bits.


def public_value(group: int, random: Callable[[int], bytes]) -> bytes | None:
    """A new public value; `random` gives so many bytes. None for a method that nobody knows, or that cannot be computed here."""
    row = ike_number(IkeKind.KEY_EXCHANGE, group)
    if row is None or len(row.components) != 1:
        return None
    component = row.components[0]
    if component == "X25519":
        return x25519.X25519PrivateKey.generate().public_key().public_bytes_raw()
    if component == "X448":
        return x448.X448PrivateKey.generate().public_key().public_bytes_raw()
    if component in _CURVES:
        return _point(_CURVES[component]())
    modp = modp_groups().get(component)
    return None if modp is None else _modular(modp.prime, random)


def _point(curve: ec.EllipticCurve) -> bytes:
    """x and y, without a byte for the format (RFC 5903, section 7)."""
    numbers = ec.generate_private_key(curve).public_key().public_numbers()
    size = (curve.key_size + 7) // 8
    return numbers.x.to_bytes(size, "big") + numbers.y.to_bytes(size, "big")


def _modular(prime: int, random: Callable[[int], bytes]) -> bytes:
    """As long as the prime, with zeros in front (RFC 7296, section 3.4)."""
    exponent = int.from_bytes(random(_EXPONENT_BYTES), "big") | 1 << (8 * _EXPONENT_BYTES - 1)
    return pow(2, exponent, prime).to_bytes((prime.bit_length() + 7) // 8, "big")
