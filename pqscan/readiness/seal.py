"""The tool's seal on a document: SHA-256 over its canonical form, signed by Ed25519 (RFC 8032) and by ML-DSA-65 (FIPS 204).

Both signatures must verify. It shows that a file was made by the holder of an enrolled key and not changed since; it is the
tool's seal and no official signature. Keys arrive as arguments: nothing here makes, reads or keeps one."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Protocol, Self

from pqscan.readiness.foreign_json import Fields, Json

FORMAT = "pqscan-seal/1"
ED25519_BYTES, ED25519_SIGNATURE_BYTES = 32, 64  # RFC 8032, section 5.1
ML_DSA_65_BYTES, ML_DSA_65_SIGNATURE_BYTES = 1952, 3309  # FIPS 204, table 2


class Purpose(StrEnum):
    """What a signature is for: one made for one purpose is none for another."""

    SNAPSHOT = "snapshot"
    KEY = "key"  # by the key itself: whoever presents it holds it
    SUCCESSION = "succession"  # by the key that it takes the place of


@dataclass(frozen=True)  # Without slots: the fingerprint is kept.
class PublicKeys:
    """The public half of a unit's pair of keys, which are made, enrolled and revoked together."""

    ed25519: bytes
    ml_dsa_65: bytes

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over both keys, whose lengths are fixed: 64 hexadecimal digits, to be compared by voice or on paper."""
        return hashlib.sha256(b"pqscan-unit-key/1\0" + self.ed25519 + self.ml_dsa_65).hexdigest()

    def document(self) -> dict[str, Json]:
        return {"ed25519": self.ed25519.hex(), "ml_dsa_65": self.ml_dsa_65.hex()}

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Raises MalformedMessage."""
        found = cls(fields.bytes_of("ed25519", ED25519_BYTES), fields.bytes_of("ml_dsa_65", ML_DSA_65_BYTES))
        fields.done()
        return found


@dataclass(frozen=True, slots=True)
class Signatures:
    ed25519: bytes
    ml_dsa_65: bytes


class SealingKey(Protocol):
    """A pair of private keys. `context` goes into ML-DSA's own context (FIPS 204, section 5.2); the message holds it as well."""

    @property
    def public(self) -> PublicKeys: ...

    def sign(self, message: bytes, context: bytes) -> Signatures: ...


class SignatureCheck(Protocol):
    """True where both signatures are the keys'; whatever bytes it is given."""

    def verifies(self, public: PublicKeys, signatures: Signatures, message: bytes, context: bytes) -> bool: ...


@dataclass(frozen=True, slots=True)
class Seal:
    """`digest` is SHA-256 over the document's bytes, `signer` the fingerprint of the keys; both in lower-case hex."""

    digest: str
    signer: str
    signatures: Signatures

    def document(self) -> dict[str, Json]:
        signed = {"ed25519": self.signatures.ed25519.hex(), "ml_dsa_65": self.signatures.ml_dsa_65.hex()}
        return {"format": FORMAT, "digest": self.digest, "signer": self.signer, **signed}

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Raises MalformedMessage."""
        fields.constant("format", FORMAT)
        signatures = Signatures(
            fields.bytes_of("ed25519", ED25519_SIGNATURE_BYTES), fields.bytes_of("ml_dsa_65", ML_DSA_65_SIGNATURE_BYTES)
        )
        found = cls(fields.digest("digest"), fields.digest("signer"), signatures)
        fields.done()
        return found


def context_of(purpose: Purpose) -> bytes:
    return f"{FORMAT} {purpose.value}".encode()


def message_of(purpose: Purpose, signer: str, digest: str) -> bytes:
    """What is signed. It names both keys through their fingerprint, so that neither signature stands for another pair."""
    return context_of(purpose) + b"\0" + bytes.fromhex(signer) + bytes.fromhex(digest)


def seal(document: bytes, purpose: Purpose, key: SealingKey) -> Seal:
    digest = hashlib.sha256(document).hexdigest()
    signer = key.public.fingerprint
    return Seal(digest, signer, key.sign(message_of(purpose, signer, digest), context_of(purpose)))


def holds(found: Seal, document: bytes, purpose: Purpose, public: PublicKeys, check: SignatureCheck) -> bool:
    """Whether the seal is that of these keys on exactly this document for this purpose."""
    if found.digest != hashlib.sha256(document).hexdigest() or found.signer != public.fingerprint:
        return False
    return check.verifies(public, found.signatures, message_of(purpose, found.signer, found.digest), context_of(purpose))
