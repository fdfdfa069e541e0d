"""Reads what a server proves itself with: a plain key, an OpenSSH certificate (PROTOCOL.certkeys), or X.509 (RFC 6187).

Certificates are told, not judged: whether the authority that signed one is trusted is nothing that a scanner knows.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from datetime import UTC, datetime

from pqscan.errors import MalformedMessage
from pqscan.model.certificate import Certificate, PublicKey, SignatureAlgorithm
from pqscan.registry.quantum import QuantumClass
from pqscan.registry.ssh import KeyForm, SshKind, ssh_algorithm
from pqscan.wire.cursor import Cursor
from pqscan.wire.pki.certificate import read_certificate
from pqscan.wire.pki.flaw import Flaw
from pqscan.wire.ssh.fields import read_string, shown
from pqscan.wire.ssh.public_key import SshPublicKey, certified_type, described, knows_type, read_fields, read_type, unread

MOST_BLOB = 1 << 18
MOST_PRINCIPALS = 256
MOST_TEXT = 255
_KINDS = frozenset({1, 2})  # for users and for hosts (PROTOCOL.certkeys of OpenSSH)
_LAST_SECOND = 253_402_300_799  # of the year 9999
_NO_SIGNATURE = SignatureAlgorithm("", "", None, (), QuantumClass.NOT_PUBLIC_KEY)


def read_host_key(blob: bytes) -> Certificate:
    """One host key as facts: `sha256` is the digest of the blob, which for a plain key is its fingerprint; `der` is the blob.

    A plain key has neither names nor validity. Of a certificate, `subject` is its key id, `names` its principals, `issuer` the
    fingerprint of the authority's key. A key of a type that cannot be read is told by its type. Raises MalformedMessage, and
    nothing else, where the bytes do not hold what their type demands."""
    if len(blob) > MOST_BLOB:
        raise MalformedMessage(f"a host key of {len(blob)} bytes, at most {MOST_BLOB} are read")
    cursor, flaws = Cursor(blob), set[Flaw]()
    key_type = read_type(cursor)
    row = ssh_algorithm(SshKind.HOST_KEY, key_type)
    if row is not None and row.form is KeyForm.X509:
        return _x509(cursor, blob)
    certified = certified_type(key_type)
    if certified is not None and knows_type(certified):
        return _certificate(cursor, certified, blob, flaws)
    if not knows_type(key_type):
        return _facts(blob, unread(key_type, blob), flaws)
    key = described(read_fields(cursor, key_type), flaws)
    if cursor.remaining:
        flaws.add(Flaw.TRAILING_BYTES)
    return _facts(blob, key, flaws)


def signing_key(blob: bytes) -> SshPublicKey | None:
    """The key that signs for a host key; None for a type that cannot be read here. Raises MalformedMessage."""
    cursor = Cursor(blob)
    key_type = read_type(cursor)
    certified = certified_type(key_type)
    if certified is not None and knows_type(certified):
        read_string(cursor, "the nonce of a certificate")
        return read_fields(cursor, certified)
    return read_fields(cursor, key_type) if knows_type(key_type) else None


def fingerprint(blob: bytes) -> str:
    """As OpenSSH shows it: `SHA256:` and base64 without padding."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode("ascii").rstrip("=")


def _facts(blob: bytes, key: PublicKey, flaws: set[Flaw]) -> Certificate:
    return Certificate(
        sha256=hashlib.sha256(blob).digest(),
        subject="",
        issuer="",
        serial="",
        not_before=None,
        not_after=None,
        public_key=key,
        signature=_NO_SIGNATURE,
        malformed=tuple(sorted(flaw.value for flaw in flaws)),
        der=blob,
        kind="ssh_key",
    )


def _certificate(cursor: Cursor, key_type: str, blob: bytes, flaws: set[Flaw]) -> Certificate:
    read_string(cursor, "the nonce of a certificate")
    key = described(read_fields(cursor, key_type), flaws)
    serial = cursor.take(8, "the serial number of a certificate")
    if cursor.uint32("the kind of a certificate") not in _KINDS:
        flaws.add(Flaw.BAD_FIELD)
    key_id = read_string(cursor, "the key id of a certificate")
    principals = _principals(Cursor(read_string(cursor, "the principals of a certificate")), flaws)
    after, before = (_time(int.from_bytes(cursor.take(8, what), "big")) for what in ("valid after", "valid before"))
    for what in ("critical options", "extensions", "reserved"):
        read_string(cursor, what)
    authority = read_string(cursor, "the key of a certificate's authority")
    signature = read_string(cursor, "the signature of a certificate")
    if cursor.remaining:
        flaws.add(Flaw.TRAILING_BYTES)
    return replace(
        _facts(blob, key, flaws),
        subject=shown(key_id, MOST_TEXT),
        issuer=fingerprint(authority),
        serial=serial.lstrip(b"\0").hex() or "00",
        not_before=after,
        not_after=before,
        signature=_signature(signature, flaws),
        names=principals,
        malformed=tuple(sorted(flaw.value for flaw in flaws)),
        kind="ssh_certificate",
    )


def _principals(cursor: Cursor, flaws: set[Flaw]) -> tuple[str, ...]:
    found: list[str] = []
    while cursor.remaining:
        name = read_string(cursor, "a principal of a certificate")
        if len(found) == MOST_PRINCIPALS:
            flaws.add(Flaw.NAMES_CUT)
            break
        found.append(shown(name, MOST_TEXT))
    return tuple(found)


def _time(seconds: int) -> datetime | None:
    """Aware, UTC; None for the beginning and the end of time, which mean that there is no such limit."""
    return datetime.fromtimestamp(seconds, UTC) if 0 < seconds <= _LAST_SECOND else None


def _signature(blob: bytes, flaws: set[Flaw]) -> SignatureAlgorithm:
    try:
        name = shown(read_string(Cursor(blob), "the signature of a certificate", most=MOST_TEXT), MOST_TEXT)
    except MalformedMessage:
        flaws.add(Flaw.NO_SIGNATURE)
        return _NO_SIGNATURE
    row = ssh_algorithm(SshKind.HOST_KEY, name)
    if row is None:
        return SignatureAlgorithm("", name, None, (), QuantumClass.UNKNOWN)
    hash_name = row.hash if row.hash != "intrinsic" else None
    return SignatureAlgorithm("", name, hash_name, row.components if len(row.components) > 1 else (), row.quantum_class)


def _x509(cursor: Cursor, blob: bytes) -> Certificate:
    """The first certificate of the chain (RFC 6187, section 2.1)."""
    if not cursor.uint32("the number of certificates"):
        raise MalformedMessage("an X.509 host key without a certificate")
    leaf = read_certificate(read_string(cursor, "an X.509 certificate"))
    return replace(leaf, sha256=hashlib.sha256(blob).digest(), der=blob, kind="ssh_certificate")
