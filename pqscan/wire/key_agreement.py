"""Our side of a key agreement in any group that `cryptography` can carry through, by the components its registry row names.

Order and sizes of hybrid parts come from the registry (draft-ietf-tls-ecdhe-mlkem, RFC 10024), never from this file.
Randomness is drawn inside `cryptography`; a caller that wants fixed keys passes its own `KeyMaker`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, mlkem, x448, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pqscan.errors import MalformedMessage
from pqscan.registry.finite_field import finite_field
from pqscan.registry.tls import NamedGroup


class ComponentKey(Protocol):
    """One part of a share: `public` bytes to send, and how to agree with the peer's part of `peer_bytes` bytes."""

    @property
    def public(self) -> bytes: ...

    @property
    def peer_bytes(self) -> int: ...

    def agree(self, peer: bytes) -> bytes:
        """The shared secret. Raises ValueError where the peer's part is not valid."""


class _X25519Key:
    peer_bytes = 32

    def __init__(self, private: x25519.X25519PrivateKey | None = None) -> None:
        self._private = private or x25519.X25519PrivateKey.generate()
        self.public = self._private.public_key().public_bytes_raw()

    def agree(self, peer: bytes) -> bytes:
        return self._private.exchange(x25519.X25519PublicKey.from_public_bytes(peer))


class _X448Key:
    peer_bytes = 56

    def __init__(self, private: x448.X448PrivateKey | None = None) -> None:
        self._private = private or x448.X448PrivateKey.generate()
        self.public = self._private.public_key().public_bytes_raw()

    def agree(self, peer: bytes) -> bytes:
        return self._private.exchange(x448.X448PublicKey.from_public_bytes(peer))


class CurveKey:
    """Uncompressed points (0x04); the secret is the X coordinate as a fixed-length string (RFC 9846, section 7.4.2). A peer of SSH
    may compress its point (RFC 5656, section 4; RFC 10042, section 2.3), which `uncompressed` undoes."""

    def __init__(self, curve: ec.EllipticCurve, private: ec.EllipticCurvePrivateKey | None = None) -> None:
        self._private = private or ec.generate_private_key(curve)
        numbers = self._private.public_key().public_numbers()
        size = (curve.key_size + 7) // 8
        self.public = b"\x04" + numbers.x.to_bytes(size, "big") + numbers.y.to_bytes(size, "big")
        self.peer_bytes, self.compressed_bytes = 1 + 2 * size, 1 + size
        self._curve = curve

    def uncompressed(self, peer: bytes) -> bytes:
        """The same point with both coordinates. Raises ValueError where it is none of the curve."""
        point = ec.EllipticCurvePublicKey.from_encoded_point(self._curve, peer)
        return point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def agree(self, peer: bytes) -> bytes:
        if peer[:1] != b"\x04":
            raise ValueError("the point is not uncompressed")
        return self._private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(self._curve, peer))


class _MlKem768Key:
    peer_bytes = 1088  # the ciphertext, FIPS 203 table 3

    def __init__(self, private: mlkem.MLKEM768PrivateKey | None = None) -> None:
        self._private = private or mlkem.MLKEM768PrivateKey.generate()
        self.public = self._private.public_key().public_bytes_raw()

    def agree(self, peer: bytes) -> bytes:
        return self._private.decapsulate(peer)


class _MlKem1024Key:
    peer_bytes = 1568

    def __init__(self, private: mlkem.MLKEM1024PrivateKey | None = None) -> None:
        self._private = private or mlkem.MLKEM1024PrivateKey.generate()
        self.public = self._private.public_key().public_bytes_raw()

    def agree(self, peer: bytes) -> bytes:
        return self._private.decapsulate(peer)


class FiniteFieldKey:
    """A key in a finite field of any odd prime: a 256-bit exponent, enough for every size; values are padded to the prime's length
    (RFC 9846, section 7.4.1). Only for probing: nothing here keeps the time of a power secret."""

    def __init__(self, prime: int, generator: int = 2) -> None:
        self._prime, self.peer_bytes = prime, (prime.bit_length() + 7) // 8
        self._exponent = int.from_bytes(x25519.X25519PrivateKey.generate().private_bytes_raw(), "big") | 1 << 255
        self.public = pow(generator, self._exponent, prime).to_bytes(self.peer_bytes, "big")

    def agree(self, peer: bytes) -> bytes:
        value = int.from_bytes(peer, "big")
        if not 1 < value < self._prime - 1:
            raise ValueError("the public value is out of range")
        return pow(value, self._exponent, self._prime).to_bytes(self.peer_bytes, "big")


def _named_field(group: int) -> FiniteFieldKey:
    """FFDHE (RFC 7919)."""
    field = finite_field(group)
    if field is None:
        raise ValueError(f"group 0x{group:04x} is no finite field")
    return FiniteFieldKey(field.prime)


def _curve(make: Callable[[], ec.EllipticCurve]) -> Callable[[], ComponentKey]:
    return lambda: CurveKey(make())


KeyMaker = Callable[[], ComponentKey]
"""Makes a fresh key of one component."""

COMPONENT_KEYS: Mapping[str, KeyMaker] = {
    "X25519": _X25519Key,
    "X448": _X448Key,
    "secp256r1": _curve(ec.SECP256R1),
    "secp384r1": _curve(ec.SECP384R1),
    "secp521r1": _curve(ec.SECP521R1),
    "brainpoolP256r1": _curve(ec.BrainpoolP256R1),
    "brainpoolP384r1": _curve(ec.BrainpoolP384R1),
    "brainpoolP512r1": _curve(ec.BrainpoolP512R1),
    "ML-KEM-768": _MlKem768Key,
    "ML-KEM-1024": _MlKem1024Key,
    "ffdhe2048": lambda: _named_field(0x0100),
    "ffdhe3072": lambda: _named_field(0x0101),
    "ffdhe4096": lambda: _named_field(0x0102),
    "ffdhe6144": lambda: _named_field(0x0103),
    "ffdhe8192": lambda: _named_field(0x0104),
}


@dataclass(frozen=True, slots=True)
class KeyShare:
    """Our key pair for one named group: `public` goes into the hello, `agree` takes the server's share."""

    group: NamedGroup
    parts: tuple[tuple[str, ComponentKey], ...]  # in wire order
    public: bytes

    @property
    def server_bytes(self) -> int:
        return sum(part.peer_bytes for _, part in self.parts)

    def agree(self, server_share: bytes) -> bytes:
        """The (EC)DHE input to the key schedule, its parts in the order of the registry's `secret_components`.

        Raises MalformedMessage where the share has the wrong size or a part is invalid (FIPS 203, section 7.3)."""
        if len(server_share) != self.server_bytes:
            raise MalformedMessage(f"server share for {self.group.name}: {len(server_share)} bytes, {self.server_bytes} are right")
        secrets: dict[str, bytes] = {}
        position = 0
        for name, part in self.parts:
            piece = server_share[position : position + part.peer_bytes]
            position += part.peer_bytes
            try:
                secrets[name] = part.agree(piece)
            except ValueError as error:
                raise MalformedMessage(f"server share for {self.group.name}: its {name} part is invalid") from error
        return b"".join(secrets[name] for name in self.group.secret_components)


def can_carry_through(group: NamedGroup, makers: Mapping[str, KeyMaker] = COMPONENT_KEYS) -> bool:
    """True where every component of the group is one that we can compute."""
    return bool(group.components) and all(name in makers for name in group.components)


def generate(group: NamedGroup, makers: Mapping[str, KeyMaker] = COMPONENT_KEYS) -> KeyShare | None:
    """A fresh key pair, None where a component cannot be computed here. A share is reused within one run only: no
    secret that matters ever depends on it (a scanner sends nothing under the keys it agrees)."""
    if not can_carry_through(group, makers):
        return None
    try:
        parts = tuple((name, makers[name]()) for name in group.components)
    except UnsupportedAlgorithm:
        return None
    return KeyShare(group, parts, b"".join(part.public for _, part in parts))
