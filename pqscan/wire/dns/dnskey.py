"""A DNSKEY record (RFC 4034, section 2) as a key beside certificates: algorithm, size, key tag, flags.

The content that is kept is the record's RDATA, which names no zone: a key that two zones share is seen as one."""

from __future__ import annotations

import hashlib

from pqscan.errors import MalformedMessage
from pqscan.model.certificate import Certificate, PublicKey, SignatureAlgorithm
from pqscan.registry.dns import DnssecAlgorithm, KeyForm, dnssec_algorithm
from pqscan.registry.quantum import QuantumClass
from pqscan.wire.cursor import Cursor
from pqscan.wire.pki import spki
from pqscan.wire.pki.der import SEQUENCE, DerReader
from pqscan.wire.pki.flaw import Flaw
from pqscan.wire.pki.keys import read_public_key

PROTOCOL = 3  # RFC 4034, section 2.1.2: a record with another value is no key of a zone
_ZONE_KEY, _SECURE_ENTRY_POINT, _REVOKED = 0x0100, 0x0001, 0x0080  # RFC 4034, section 2.1.1; RFC 5011, section 7
_USAGES = ((_ZONE_KEY, "zone_key"), (_SECURE_ENTRY_POINT, "secure_entry_point"), (_REVOKED, "revoked"))
_RSAMD5 = 1
_UNCOMPRESSED = b"\x04"
_NO_SIGNATURE = SignatureAlgorithm("", "", None, (), QuantumClass.NOT_PUBLIC_KEY)


def looks_like_dnskey(data: bytes) -> bool:
    """Whether kept bytes begin as this record does and neither DER nor a key of SSH can: flags of which only three are known, then
    the protocol."""
    return len(data) > 4 and data[0] <= 1 and not data[1] & 0x7E and data[2] == PROTOCOL


def read_dnskey(rdata: bytes) -> Certificate:
    """One key as facts: `sha256` is the digest of the RDATA, `der` the RDATA, `serial` the key tag in four hexadecimal digits,
    `key_usage` its flags (`zone_key`, `secure_entry_point`, `revoked`). It has no names, dates or signature.

    A key of an algorithm that nobody lists is told by its size. Raises MalformedMessage where the record is too short, or is of
    another protocol."""
    cursor = Cursor(rdata)
    flags = cursor.uint16("DNSKEY flags")
    protocol = cursor.uint8("DNSKEY protocol")
    number = cursor.uint8("DNSKEY algorithm")
    key = cursor.rest()
    if protocol != PROTOCOL or not key:
        raise MalformedMessage(f"a DNSKEY record of protocol {protocol} with a key of {len(key)} bytes is no key of a zone")
    flaws = set[Flaw]()
    public_key = _described(number, key, rdata, flaws)
    return Certificate(
        sha256=hashlib.sha256(rdata).digest(),
        subject="",
        issuer="",
        serial=f"{key_tag(rdata):04x}",
        not_before=None,
        not_after=None,
        public_key=public_key,
        signature=_NO_SIGNATURE,
        key_usage=tuple(word for flag, word in _USAGES if flags & flag),
        malformed=tuple(sorted(flaw.value for flaw in flaws)),
        der=rdata,
        kind="dnskey",
    )


def key_tag(rdata: bytes) -> int:
    """By which DS and RRSIG records name the key (RFC 4034, appendix B); 16 bits, and not unique."""
    if len(rdata) > 6 and rdata[3] == _RSAMD5:
        return int.from_bytes(rdata[-3:-1], "big")
    total = sum(octet << 8 if place % 2 == 0 else octet for place, octet in enumerate(rdata))
    return (total + (total >> 16)) & 0xFFFF


def _described(number: int, key: bytes, rdata: bytes, flaws: set[Flaw]) -> PublicKey:
    row = dnssec_algorithm(number)
    info = None if row is None else _info(row, key, flaws)
    if info is None:
        return PublicKey(
            oid="",
            algorithm=f"DNSSEC {number}" if row is None else row.primitive or row.name,
            size_bits=8 * len(key),
            parameter=None,
            components=(),
            spki_sha256=hashlib.sha256(rdata).digest(),
            quantum_class=QuantumClass.UNKNOWN if row is None else row.quantum_class,
        )
    reader = DerReader(info, flaws)
    return read_public_key(reader, reader.read("SubjectPublicKeyInfo", SEQUENCE))


def _info(row: DnssecAlgorithm, key: bytes, flaws: set[Flaw]) -> bytes | None:
    """The same key as X.509 has it; None where it cannot be had: the key is broken, or its form is not read here."""
    if row.key_bytes is not None and len(key) != row.key_bytes:
        flaws.add(Flaw.PUBLIC_KEY_SIZE)
        return None
    try:
        match row.key_form:
            case KeyForm.RSA:
                return _rsa(Cursor(key))
            case KeyForm.DSA:
                return _dsa(Cursor(key))
            case KeyForm.POINT if row.oid is not None:
                return spki.elliptic(row.oid, _UNCOMPRESSED + key)
            case KeyForm.WHOLE if row.oid is not None:
                return spki.whole(row.oid, key)
    except MalformedMessage:
        flaws.add(Flaw.BAD_PUBLIC_KEY)
    return None


def _rsa(cursor: Cursor) -> bytes:
    """RFC 3110, section 2: the length of the exponent in one octet, or in two behind a zero; the exponent; the modulus."""
    size = cursor.uint8("the length of an RSA exponent") or cursor.uint16("the length of an RSA exponent")
    exponent = int.from_bytes(cursor.take(size, "an RSA exponent"), "big")
    modulus = int.from_bytes(cursor.rest(), "big")
    if not exponent or not modulus:
        raise MalformedMessage("an RSA key without exponent or modulus")
    return spki.rsa(modulus, exponent)


def _dsa(cursor: Cursor) -> bytes:
    """RFC 2536, section 2: T, Q of 20 octets, then P, G and Y of 64 + 8 T octets each."""
    size = 64 + 8 * cursor.uint8("DSA T")
    q = int.from_bytes(cursor.take(20, "DSA Q"), "big")
    p, g, y = (int.from_bytes(cursor.take(size, f"DSA {what}"), "big") for what in "PGY")
    cursor.finish("a DSA key")
    return spki.dsa(p, q, g, y)
