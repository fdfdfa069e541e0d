"""The key schedule of HPKE in base mode (RFC 9180, section 5.1), and its one-stage form for SHAKE (draft-ietf-hpke-pq, section 5).

TurboSHAKE is in no library here.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Protocol

from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

_VERSION = b"HPKE-v1"
_HASHES = {1: "sha256", 2: "sha384", 3: "sha512"}  # HKDF (RFC 9180, table 3)
_SHAKES = {0x10: ("shake_128", 32), 0x11: ("shake_256", 64)}  # with Nh (draft-ietf-hpke-pq)
_CIPHERS = {1: 16, 2: 32, 3: 32}  # Nk of AES-128-GCM, AES-256-GCM, ChaCha20Poly1305 (RFC 9180, table 5)
_NONCE_BYTES = 12


class _Aead(Protocol):
    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes: ...

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Suite:
    """Numbers of IANA's registry for HPKE."""

    kem: int
    kdf: int
    aead: int

    @property
    def is_known(self) -> bool:
        return (self.kdf in _HASHES or self.kdf in _SHAKES) and self.aead in _CIPHERS

    @property
    def identifier(self) -> bytes:
        return b"HPKE" + b"".join(number.to_bytes(2, "big") for number in (self.kem, self.kdf, self.aead))


@dataclass(frozen=True, slots=True)
class Context:
    """What the schedule gives: `key` and `base_nonce` for messages, `exporter_secret` for exports."""

    suite: Suite
    key: bytes
    base_nonce: bytes
    exporter_secret: bytes

    def cipher(self) -> _Aead:
        return ChaCha20Poly1305(self.key) if self.suite.aead == 3 else AESGCM(self.key)

    def nonce(self, sequence: int) -> bytes:
        number = int.from_bytes(self.base_nonce, "big") ^ sequence
        return number.to_bytes(_NONCE_BYTES, "big")

    def export(self, exporter_context: bytes, size: int) -> bytes:
        """Context.Export, section 5.3."""
        suite = self.suite
        if suite.kdf in _SHAKES:
            return _labeled_derive(suite, self.exporter_secret, b"sec", exporter_context, size)
        return labeled_expand(_HASHES[suite.kdf], suite.identifier, self.exporter_secret, b"sec", exporter_context, size)


def schedule(suite: Suite, shared_secret: bytes, info: bytes) -> Context:
    """KeySchedule for mode_base. The suite must be a known one."""
    key_bytes = _CIPHERS[suite.aead]
    if suite.kdf in _SHAKES:
        hash_bytes = _SHAKES[suite.kdf][1]
        secrets, about = _sized(b"") + _sized(shared_secret), b"\0" + _sized(b"") + _sized(info)
        made = _labeled_derive(suite, secrets, b"secret", about, key_bytes + _NONCE_BYTES + hash_bytes)
        key, rest = made[:key_bytes], made[key_bytes:]
        return Context(suite, key, rest[:_NONCE_BYTES], rest[_NONCE_BYTES:])
    name, own = _HASHES[suite.kdf], suite.identifier
    about = b"\0" + labeled_extract(name, own, b"", b"psk_id_hash", b"") + labeled_extract(name, own, b"", b"info_hash", info)
    secret = labeled_extract(name, own, shared_secret, b"secret", b"")
    key = labeled_expand(name, own, secret, b"key", about, key_bytes)
    nonce = labeled_expand(name, own, secret, b"base_nonce", about, _NONCE_BYTES)
    return Context(suite, key, nonce, labeled_expand(name, own, secret, b"exp", about, hashlib.new(name).digest_size))


def labeled_extract(hash_name: str, suite_id: bytes, salt: bytes, label: bytes, material: bytes) -> bytes:
    """RFC 9180, section 4."""
    return _extract(hash_name, salt, _VERSION + suite_id + label + material)


def labeled_expand(hash_name: str, suite_id: bytes, secret: bytes, label: bytes, info: bytes, size: int) -> bytes:
    """RFC 9180, section 4, over HKDF-Expand (RFC 5869, section 2.3)."""
    about = size.to_bytes(2, "big") + _VERSION + suite_id + label + info
    made, block, counter = b"", b"", 1
    while len(made) < size:
        block = hmac.digest(secret, block + about + bytes((counter,)), hash_name)
        made += block
        counter += 1
    return made[:size]


def _extract(hash_name: str, salt: bytes, material: bytes) -> bytes:
    return hmac.digest(salt or bytes(hashlib.new(hash_name).digest_size), material, hash_name)


def _labeled_derive(suite: Suite, secret: bytes, label: bytes, about: bytes, size: int) -> bytes:
    material = secret + _VERSION + suite.identifier + _sized(label) + size.to_bytes(2, "big") + about
    return hashlib.new(_SHAKES[suite.kdf][0], material).digest(size)  # type: ignore[call-arg]


def _sized(data: bytes) -> bytes:
    return len(data).to_bytes(2, "big") + data
