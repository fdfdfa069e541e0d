"""A key that lies alone in a form of a maker's: what its public half is, and that half as X.509 has it where it is there."""

from __future__ import annotations

from dataclasses import dataclass

from pqscan.errors import MalformedMessage
from pqscan.model.certificate import PublicKey
from pqscan.registry.oids import by_oid
from pqscan.registry.quantum import QuantumClass
from pqscan.wire.pki import spki
from pqscan.wire.pki.bare_key import read_bare_key
from pqscan.wire.pki.private_key import Lock

_OIDS = {"RSA": "1.2.840.113549.1.1.1", "DSA": "1.2.840.10040.4.1"}
MOST_BITS = 65_536


@dataclass(frozen=True, slots=True)
class LoneKey:
    """`form` is how it lies there. `info` is the SubjectPublicKeyInfo, empty where the public half is locked away, or missing.
    `encoding` is `seed` or `expanded` where a private key has both forms."""

    form: str
    is_private: bool
    public: PublicKey
    info: bytes = b""
    encoding: str | None = None
    lock: Lock | None = None


def of_size(form: str, family: str, bits: int | None, lock: Lock | None = None) -> LoneKey:
    """A private key of RSA or DSA whose public half is not there."""
    public = PublicKey(_OIDS[family], family, bits, None, (), b"", QuantumClass.TRADITIONAL)
    return LoneKey(form, True, public, lock=lock)


def of_rsa(form: str, is_private: bool, modulus: int, exponent: int) -> LoneKey:
    """Raises MalformedMessage where the numbers cannot be a key's."""
    if not (modulus & exponent & 1 and 1 < exponent < modulus and modulus.bit_length() <= MOST_BITS):
        raise MalformedMessage("its numbers are no key, but those of something else")
    return of_info(form, is_private, spki.rsa(modulus, exponent))


def of_dsa(form: str, is_private: bool, p: int, q: int, g: int, y: int) -> LoneKey:
    """Raises MalformedMessage where the numbers cannot be a key's."""
    if not (p & q & 1 and 1 < q < p and 1 < g < p and 1 < y < p and p.bit_length() <= MOST_BITS):
        raise MalformedMessage("its numbers are no key, but those of something else")
    return of_info(form, is_private, spki.dsa(p, q, g, y))


def of_info(form: str, is_private: bool, info: bytes) -> LoneKey:
    """Raises MalformedMessage where it is no key."""
    return LoneKey(form, is_private, read_bare_key(info).public_key, info)


def of_name(form: str, oid: str, encoding: str | None = None) -> LoneKey:
    """A private key of a listed algorithm that has one size, without its public half."""
    row = by_oid(oid)
    if row is None:
        raise MalformedMessage("its numbers are no key, but those of something else")
    bits = None if row.public_key_bytes is None else 8 * row.public_key_bytes
    parameter = None if row.family == row.name else row.name
    public = PublicKey(oid, row.name, bits, parameter, row.components, b"", row.quantum_class)
    return LoneKey(form, True, public, encoding=encoding)
