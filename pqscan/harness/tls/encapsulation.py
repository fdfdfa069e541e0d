"""The server's half of a key agreement: encapsulates to the client's share, component by component, as the registry orders them.

Follows RFC 10024 and FIPS 203 (section 7.2). Which library computes is the caller's choice: a mapping from component
name to `Encapsulator`. The checks that a server owes stand here, so that they hold whatever the library does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric import ec, mlkem, x448, x25519

from pqscan.registry.tls import NamedGroup

_MODULUS = 3329  # q of ML-KEM (FIPS 203, section 2.4)
_SEED_BYTES = 32  # rho, at the end of an encapsulation key
_UNCOMPRESSED = 4


class Encapsulator(Protocol):
    """One component: `client_bytes` is the size of the client's part, `server_bytes` that of ours."""

    @property
    def client_bytes(self) -> int: ...

    @property
    def server_bytes(self) -> int: ...

    def encapsulate(self, part: bytes) -> tuple[bytes, bytes]:
        """Our part and the shared secret. Raises ValueError where the client's part is not valid."""


def is_reduced(encapsulation_key: bytes) -> bool:
    """The modulus check of FIPS 203, section 7.2: every 12-bit coefficient is below 3329."""
    coefficients = encapsulation_key[:-_SEED_BYTES]
    for at in range(0, len(coefficients) - 2, 3):
        low, middle, high = coefficients[at : at + 3]
        if low | (middle & 0x0F) << 8 >= _MODULUS or middle >> 4 | high << 4 >= _MODULUS:
            return False
    return True


@dataclass(frozen=True, slots=True)
class MlKemEncapsulator:
    """ML-KEM of one size; `compute` gives ciphertext and secret for a key that passed the checks."""

    client_bytes: int
    server_bytes: int
    compute: Callable[[bytes], tuple[bytes, bytes]]

    def encapsulate(self, part: bytes) -> tuple[bytes, bytes]:
        """See `Encapsulator.encapsulate`."""
        if len(part) != self.client_bytes or not is_reduced(part):
            raise ValueError("the encapsulation key has a wrong size or is not reduced")
        return self.compute(part)


@dataclass(frozen=True, slots=True)
class CurveEncapsulator:
    """ECDH on a NIST or Brainpool curve with uncompressed points (RFC 9846, section 4.3.8.2)."""

    curve: ec.EllipticCurve

    @property
    def client_bytes(self) -> int:
        return 1 + 2 * ((self.curve.key_size + 7) // 8)

    @property
    def server_bytes(self) -> int:
        return self.client_bytes

    def encapsulate(self, part: bytes) -> tuple[bytes, bytes]:
        """See `Encapsulator.encapsulate`: the point is on the curve and not at infinity."""
        if len(part) != self.client_bytes or part[0] != _UNCOMPRESSED:
            raise ValueError("the point is not uncompressed, or its size is wrong")
        peer = ec.EllipticCurvePublicKey.from_encoded_point(self.curve, part)
        own = ec.generate_private_key(self.curve)
        numbers, size = own.public_key().public_numbers(), (self.curve.key_size + 7) // 8
        public = b"\x04" + numbers.x.to_bytes(size, "big") + numbers.y.to_bytes(size, "big")
        return public, own.exchange(ec.ECDH(), peer)


class X25519Encapsulator:
    """RFC 7748, section 6.1; an all-zero secret is refused (RFC 9846, section 7.4.2)."""

    client_bytes = server_bytes = 32

    def encapsulate(self, part: bytes) -> tuple[bytes, bytes]:
        """See `Encapsulator.encapsulate`."""
        own = x25519.X25519PrivateKey.generate()
        return own.public_key().public_bytes_raw(), own.exchange(x25519.X25519PublicKey.from_public_bytes(part))


class X448Encapsulator:
    """RFC 7748, section 6.2; an all-zero secret is refused."""

    client_bytes = server_bytes = 56

    def encapsulate(self, part: bytes) -> tuple[bytes, bytes]:
        """See `Encapsulator.encapsulate`."""
        own = x448.X448PrivateKey.generate()
        return own.public_key().public_bytes_raw(), own.exchange(x448.X448PublicKey.from_public_bytes(part))


def _ml_kem_768(key: bytes) -> tuple[bytes, bytes]:
    secret, ciphertext = mlkem.MLKEM768PublicKey.from_public_bytes(key).encapsulate()
    return ciphertext, secret


def _ml_kem_1024(key: bytes) -> tuple[bytes, bytes]:
    secret, ciphertext = mlkem.MLKEM1024PublicKey.from_public_bytes(key).encapsulate()
    return ciphertext, secret


ENCAPSULATORS: Mapping[str, Encapsulator] = {
    "X25519": X25519Encapsulator(),
    "X448": X448Encapsulator(),
    "secp256r1": CurveEncapsulator(ec.SECP256R1()),
    "secp384r1": CurveEncapsulator(ec.SECP384R1()),
    "secp521r1": CurveEncapsulator(ec.SECP521R1()),
    "ML-KEM-768": MlKemEncapsulator(1184, 1088, _ml_kem_768),
    "ML-KEM-1024": MlKemEncapsulator(1568, 1568, _ml_kem_1024),
}
"""What `cryptography` computes, by the component names of the registry."""


def can_encapsulate(group: NamedGroup, encapsulators: Mapping[str, Encapsulator] = ENCAPSULATORS) -> bool:
    """True where every component of the group is one that we can compute."""
    return bool(group.components) and all(name in encapsulators for name in group.components)


def encapsulate(
    group: NamedGroup, client_share: bytes, encapsulators: Mapping[str, Encapsulator] = ENCAPSULATORS
) -> tuple[bytes, bytes]:
    """Our share, its parts in wire order, and the (EC)DHE input to the key schedule, its parts in the order of
    `secret_components`. Raises ValueError where the client's share has the wrong size or a part of it is not valid."""
    parts = [(name, encapsulators[name]) for name in group.components]
    expected = sum(part.client_bytes for _, part in parts)
    if len(client_share) != expected:
        raise ValueError(f"a share of {len(client_share)} bytes for {group.name}, {expected} are right")
    public, secrets, at = b"", {}, 0
    for name, part in parts:
        ours, secrets[name] = part.encapsulate(client_share[at : at + part.client_bytes])
        public += ours
        at += part.client_bytes
    return public, b"".join(secrets[name] for name in group.secret_components)
