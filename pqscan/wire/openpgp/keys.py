"""Keys of OpenPGP (RFC 9580, sections 5.5.2 and 5.5.3; versions 2 to 6): algorithm, size, curve, and by what a secret one is
locked.

Of a secret key nothing behind its lock is read; whose key it is stands in other packets and is not read either."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pqscan.errors import MalformedMessage
from pqscan.model.certificate import PublicKey
from pqscan.registry.oids import by_oid
from pqscan.registry.openpgp import KeyForm, PublicKeyAlgorithm, aead_name, cipher_name, hash_name, public_key_algorithm
from pqscan.registry.quantum import QuantumClass
from pqscan.wire.cursor import Cursor
from pqscan.wire.openpgp.packets import Packet, Tag
from pqscan.wire.pki import spki
from pqscan.wire.pki.bare_key import read_bare_key
from pqscan.wire.pki.der import dotted
from pqscan.wire.pki.private_key import Lock

VERSIONS = (2, 3, 4, 5, 6)
_SECRET = frozenset({Tag.SECRET_KEY, Tag.SECRET_SUBKEY})
_LENGTHS = (5, 6)  # versions that say how long each part is
_EC = "1.2.840.10045.2.1"
_MONTGOMERY, _EDWARDS = "1.3.6.1.4.1.3029.1.5.1", "1.3.6.1.4.1.11591.15.1"
_AS_IN_X509 = {_MONTGOMERY: "1.3.101.110", _EDWARDS: "1.3.101.112", "1.3.101.111": "1.3.101.111", "1.3.101.113": "1.3.101.113"}
_NUMBERS = {KeyForm.RSA: 2, KeyForm.DSA: 4, KeyForm.ELGAMAL: 3}
_FIELD = re.compile(r"[1-9]\d\d")  # the bits of a curve's field, in every name of one
_SHA1, _CHECKSUM = 254, 255  # how the key is checked behind the lock
_AEAD = 253
_GNU = 101
_ON_CARD = {1: "none", 2: "card"}  # GnuPG, doc/DETAILS: gnu-dummy, gnu-divert-to-card
_SCHEMES = {0: "simple", 1: "salted", 3: "iterated", 4: "Argon2"}


@dataclass(frozen=True, slots=True)
class PgpKey:
    """`public` is None for an algorithm that no row names. `is_subkey`; `lock` of a secret key, None for one in the clear.
    `elsewhere` is `card` or `none` for a packet that stands for a secret key that is not in it, else empty."""

    version: int
    algorithm: int
    row: PublicKeyAlgorithm | None
    public: PublicKey | None
    is_secret: bool
    is_subkey: bool
    lock: Lock | None = None
    elsewhere: str = ""


def read_key(packet: Packet) -> PgpKey:
    """The key in a packet of one of the four kinds of keys. Raises MalformedMessage."""
    cursor = Cursor(packet.body)
    version = cursor.uint8("version of the key")
    if version not in VERSIONS:
        raise MalformedMessage(f"a key of OpenPGP of version {version}")
    cursor.take(4, "time of the key")
    if version < 4:
        cursor.take(2, "validity of the key")
    number = cursor.uint8("algorithm of the key")
    row = public_key_algorithm(number)
    is_secret, is_subkey = packet.tag in _SECRET, packet.tag in (Tag.SECRET_SUBKEY, Tag.PUBLIC_SUBKEY)
    material = cursor
    if version in _LENGTHS:
        material = Cursor(cursor.take(cursor.uint32("length of the key"), "public key"))
    if row is None or row.form is KeyForm.UNREAD:
        unread = _lock(cursor, version) if version in _LENGTHS else Lock(None)
        return PgpKey(version, number, row, None, is_secret, is_subkey, unread if is_secret else None)
    public = _public(row, material)
    if (version in _LENGTHS and material.remaining) or (not is_secret and cursor.remaining):
        raise MalformedMessage(f"{max(material.remaining, cursor.remaining)} octets follow a public key of OpenPGP")
    lock, elsewhere = _locked(cursor, version) if is_secret else (None, "")
    return PgpKey(version, number, row, public, is_secret, is_subkey, lock, elsewhere)


def scheme_name(cursor: Cursor) -> tuple[str, str]:
    """The way from a password to a key (RFC 9580, section 3.7.1): its name with its hash, and where a secret key is that is not
    here."""
    kind = cursor.uint8("kind of derivation")
    if kind == 4:
        cursor.take(19, "Argon2")
        return "Argon2id", ""
    hashed = hash_name(number := cursor.uint8("hash of the derivation")) or f"hash {number}"
    if kind == _GNU:
        cursor.take(3, "GNU")
        return "", _ON_CARD.get(cursor.uint8("GNU's kind"), "none")
    if kind not in _SCHEMES:
        raise MalformedMessage(f"a derivation of keys of the unknown kind {kind}")
    cursor.take({0: 0, 1: 8, 3: 9}[kind], "salt")
    return f"S2K {_SCHEMES[kind]} {hashed}", ""


def _locked(cursor: Cursor, version: int) -> tuple[Lock | None, str]:
    usage = cursor.uint8("lock of the key")
    if usage == 0:
        return None, ""
    if usage not in (_AEAD, _SHA1, _CHECKSUM):  # The number of a cipher, with MD5 of the password (RFC 9580, section 3.7.2.1).
        return Lock(_cipher(usage), "S2K simple MD5"), ""
    if version in _LENGTHS:
        cursor.uint8("length of the lock")
    cipher = _cipher(cursor.uint8("cipher of the lock"))
    mode = ""
    if usage == _AEAD:
        number = cursor.uint8("mode of the lock")
        mode = f"-{aead_name(number) or number}"
    if version == 6:
        cursor.uint8("length of the derivation")
    derivation, elsewhere = scheme_name(cursor)
    if elsewhere:
        return None, elsewhere
    return Lock(cipher + mode, derivation), ""


def _lock(cursor: Cursor, version: int) -> Lock | None:
    try:
        return _locked(cursor, version)[0]
    except MalformedMessage:
        return Lock(None)


def _cipher(number: int) -> str:
    return cipher_name(number) or f"cipher {number}"


def _public(row: PublicKeyAlgorithm, cursor: Cursor) -> PublicKey:
    if row.form is KeyForm.CURVE:
        return _of_curve(row, cursor)
    if row.form is KeyForm.NATIVE:
        cursor.take(row.key_bytes or 0, "public key")
        return _shape(row, 8 * (row.key_bytes or 0), row.name)
    numbers = [_number(cursor) for _ in range(_NUMBERS[row.form])]
    if row.form is KeyForm.RSA:
        return _in_x509(row, spki.rsa(numbers[0], numbers[1])) or _shape(row, numbers[0].bit_length())
    return _shape(row, numbers[0].bit_length())


def _shape(row: PublicKeyAlgorithm, size: int, parameter: str | None = None) -> PublicKey:
    named = parameter if row.quantum_class in (QuantumClass.PQT_HYBRID, QuantumClass.POST_QUANTUM) else None
    return PublicKey(row.oid or str(row.value), row.name, size, named, row.components, b"", row.quantum_class)


def _of_curve(row: PublicKeyAlgorithm, cursor: Cursor) -> PublicKey:
    """ECDSA, ECDH and EdDSALegacy: a curve by its number, a point, and for ECDH the hash and cipher that follow it."""
    oid = dotted(cursor.opaque8("curve", least=1, most=0xFE))
    _number(cursor)
    if row.name == "ECDH":
        cursor.opaque8("KDF parameters", least=1)
    known = _AS_IN_X509.get(oid)
    if known is not None:
        named = by_oid(known)
        if named is not None:
            return PublicKey(known, named.name, 8 * (named.public_key_bytes or 32), None, (), b"", QuantumClass.TRADITIONAL)
    curve = by_oid(oid)
    is_curve = curve is not None and curve.kind == "curve"
    digits = _FIELD.search(curve.name) if curve is not None and is_curve else None
    parameter = curve.name if curve is not None else oid
    return PublicKey(_EC, "EC", int(digits[0]) if digits else None, parameter, (), b"", QuantumClass.TRADITIONAL)


def _in_x509(row: PublicKeyAlgorithm, info: bytes) -> PublicKey | None:
    try:
        return read_bare_key(info).public_key
    except MalformedMessage:
        return None


def _number(cursor: Cursor) -> int:
    """An MPI (RFC 9580, section 3.2). Raises MalformedMessage where its length is not that of its number."""
    bits = cursor.uint16("length of a number")
    octets = cursor.take((bits + 7) // 8, "number")
    number = int.from_bytes(octets)
    if number.bit_length() > bits or (bits and not octets[0]):
        raise MalformedMessage(f"a number of OpenPGP of {bits} bits is written in another length")
    return number
