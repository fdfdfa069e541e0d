"""Shares as faulty servers read and compute them: encapsulators with one check missing, and servers that misread a share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache

from cryptography.hazmat.primitives.asymmetric import ec

from pqscan.harness.tls.encapsulation import ENCAPSULATORS, CurveEncapsulator, Encapsulator, MlKemEncapsulator
from pqscan.harness.tls.records import Refusal
from pqscan.harness.tls.server import ServerConversation
from pqscan.registry.tls import named_group
from pqscan.wire.tls.client_hello import KeyShareEntry


def _reduced(key: bytes) -> bytes:
    """Every coefficient modulo 3329, as decoders do that do not look."""
    bent, body = bytearray(key), len(key) - 32
    for at in range(0, body, 3):
        low, high = key[at] | (key[at + 1] & 0x0F) << 8, key[at + 1] >> 4 | key[at + 2] << 4
        low, high = low % 3329, high % 3329
        bent[at], bent[at + 1], bent[at + 2] = low & 0xFF, low >> 8 | (high & 0x0F) << 4, high >> 4
    return bytes(bent)


@dataclass(frozen=True)
class Reducing:
    """circl #597, OpenSSL #25781: non-canonical coefficients are reduced and taken (FIPS 203, section 7.2)."""

    inner: MlKemEncapsulator

    @property
    def client_bytes(self) -> int:
        return self.inner.client_bytes

    @property
    def server_bytes(self) -> int:
        return self.inner.server_bytes

    def encapsulate(self, part: bytes) -> tuple[bytes, bytes]:
        return self.inner.encapsulate(_reduced(part))


class ZeroSecret:
    """An X25519 that does not look at its result (RFC 7748, section 6.1; tlsfuzzer's test-x25519.py asks for the check)."""

    client_bytes = server_bytes = 32

    def encapsulate(self, part: bytes) -> tuple[bytes, bytes]:
        try:
            return ENCAPSULATORS["X25519"].encapsulate(part)
        except ValueError:
            return b"\x09" + bytes(31), bytes(32)


@dataclass(frozen=True)
class Curve:
    """A curve whose points are read by `read`, which gives one that is right; None: as always."""

    read: Callable[[bytes], bytes | None]
    inner: CurveEncapsulator = field(default_factory=lambda: CurveEncapsulator(ec.SECP256R1()))

    @property
    def client_bytes(self) -> int:
        return self.inner.client_bytes

    @property
    def server_bytes(self) -> int:
        return self.inner.server_bytes

    def encapsulate(self, part: bytes) -> tuple[bytes, bytes]:
        return self.inner.encapsulate(self.read(part) or part)


_P256_GENERATOR = bytes.fromhex(
    "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
)
_P256_PRIME = 2**256 - 2**224 + 2**192 + 2**96 - 1


def any_point(part: bytes) -> bytes | None:
    """CVE-2015-7940 (Bouncy Castle): coordinates in range, and nobody asks whether they solve the equation."""
    x, y = int.from_bytes(part[1:33], "big"), int.from_bytes(part[33:], "big")
    fine = part[0] == 4 and 0 < x < _P256_PRIME and 0 < y < _P256_PRIME
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), part)
    except ValueError:
        return _P256_GENERATOR if fine else None
    return None


def hybrid_form(part: bytes) -> bytes | None:
    """OpenSSL #25781, 4.0.3 still: the hybrid form of X9.62 is taken for an uncompressed point."""
    return b"\x04" + part[1:] if part[0] in (6, 7) else None


@dataclass(frozen=True)
class Repeating:
    """Randomness that depends on nothing but the client's key: the same ciphertext for the same key (FIPS 203, section 3.3)."""

    inner: Encapsulator

    @property
    def client_bytes(self) -> int:
        return self.inner.client_bytes

    @property
    def server_bytes(self) -> int:
        return self.inner.server_bytes

    def encapsulate(self, part: bytes) -> tuple[bytes, bytes]:
        return _remembered(self.inner, part)


@cache
def _remembered(inner: Encapsulator, part: bytes) -> tuple[bytes, bytes]:
    return inner.encapsulate(part)


def ml_kem() -> MlKemEncapsulator:
    found = ENCAPSULATORS["ML-KEM-768"]
    assert isinstance(found, MlKemEncapsulator)
    return found


def with_component(name: str, made: Encapsulator) -> Mapping[str, Encapsulator]:
    return {**ENCAPSULATORS, name: made}


class TakesLongShare(ServerConversation):
    """Reads what it needs of a share and ignores the rest."""

    def key_agreement(self, entry: KeyShareEntry) -> tuple[bytes, bytes]:
        row = named_group(entry.group).rows[0]
        size = row.client_share_bytes or len(entry.key_exchange)
        return super().key_agreement(KeyShareEntry(entry.group, entry.key_exchange[:size]))


class TakesShareOneShort(ServerConversation):
    """Reads one byte beyond the end of a share, in a buffer that happens to hold a zero there."""

    def key_agreement(self, entry: KeyShareEntry) -> tuple[bytes, bytes]:
        row = named_group(entry.group).rows[0]
        if len(entry.key_exchange) + 1 == row.client_share_bytes:
            entry = KeyShareEntry(entry.group, entry.key_exchange + b"\x00")
        return super().key_agreement(entry)


class TakesParts(ServerConversation):
    """Guesses the order of the parts: draft versions of X25519MLKEM768 had X25519 first (X25519Kyber768Draft00)."""

    def key_agreement(self, entry: KeyShareEntry) -> tuple[bytes, bytes]:
        try:
            return super().key_agreement(entry)
        except Refusal:
            if entry.group != 0x11EC or len(entry.key_exchange) != 1216:
                raise
            turned = entry.key_exchange[32:] + entry.key_exchange[:32]
            return super().key_agreement(KeyShareEntry(entry.group, turned))
