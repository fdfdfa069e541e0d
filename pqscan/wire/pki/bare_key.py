"""Reads a public key that stands alone, as the SubjectPublicKeyInfo that it has in X.509 (RFC 5280, section 4.1.2.7)."""

from __future__ import annotations

from pqscan.errors import MalformedMessage
from pqscan.model.certificate import Certificate, SignatureAlgorithm
from pqscan.registry.quantum import QuantumClass
from pqscan.wire.pki.der import BIT_STRING, OBJECT_IDENTIFIER, SEQUENCE, DerReader
from pqscan.wire.pki.flaw import Flaw
from pqscan.wire.pki.keys import read_public_key

KIND = "public_key"
MOST_BYTES = 2 << 20
"""Of one key; those of Classic McEliece have up to 1357824 (mceliece8192128)."""
_UNSIGNED = SignatureAlgorithm("", "", None, (), QuantumClass.NOT_PUBLIC_KEY)


def looks_like_bare_key(data: bytes) -> bool:
    """Whether the bytes begin as one: two sequences and an algorithm's number, where a certificate has its version or serial."""
    flaws: set[Flaw] = set()
    try:
        outer = DerReader(data, flaws)
        inside = outer.inside(outer.read("SubjectPublicKeyInfo", SEQUENCE))
        algorithm = inside.read("algorithm", SEQUENCE)
        inside.inside(algorithm).read("algorithm.algorithm", OBJECT_IDENTIFIER)
        inside.read("subjectPublicKey", BIT_STRING)
    except MalformedMessage:
        return False
    return not flaws


def read_bare_key(data: bytes) -> Certificate:
    """The key as it is kept among certificates: without names, dates and a signature. What stands behind it is not kept: it may be
    the private key. Raises MalformedMessage."""
    if len(data) > MOST_BYTES:
        raise MalformedMessage(f"a public key of {len(data)} bytes")
    flaws: set[Flaw] = set()
    reader = DerReader(data, flaws)
    element = reader.read("SubjectPublicKeyInfo", SEQUENCE)
    key = read_public_key(reader, element)
    return Certificate(
        sha256=key.spki_sha256,
        subject="",
        issuer="",
        serial="",
        not_before=None,
        not_after=None,
        public_key=key,
        signature=_UNSIGNED,
        malformed=tuple(sorted(flaw.value for flaw in flaws)),
        der=element.encoded,
        kind=KIND,
    )
