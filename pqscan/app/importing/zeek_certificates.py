"""Certificates as Zeek's `x509.log` tells them, found again by the fingerprints (Zeek 4.1 and later) or file numbers (before) that
`ssl.log` has of each connection. Fields by https://docs.zeek.org/en/master/scripts/base/files/x509/main.zeek.html.

Where the log carries the certificate itself (policy/protocols/ssl/log-certs-base64), that is taken over; else what the log says
of its key and signature. Names, dates and serial numbers are the certificate's, and not taken from the log's words."""

from __future__ import annotations

import binascii
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from pqscan.app.importing.found import plain
from pqscan.app.importing.tls_words import CHAIN_CONTEXT
from pqscan.errors import MalformedMessage
from pqscan.model.observation import Confidence, Observation, Subject, Support
from pqscan.registry.oids import ObjectIdentifier, object_identifiers
from pqscan.registry.quantum import QuantumClass
from pqscan.wire.pki.certificate import read_certificate

MOST_CERTIFICATES = 200_000
MOST_OF_CHAIN = 20
_MOST_BITS = 1 << 17
_NUMBER = "unknown "  # what OpenSSL writes before the number of an algorithm that it has no name for
_SIZED = frozenset({"rsa", "dsa"})  # of the others the curve or the name says it

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Logged:
    """One certificate: what the log says of it, or its DER, b"" where the log does not have it."""

    observations: tuple[Observation, ...]
    der: bytes = b""


def names_of(row: Row) -> tuple[str, ...]:
    """By what ssl.log may name this certificate."""
    return tuple(name for word in ("fingerprint", "id") if (name := plain(row.get(word, ""), 128)) not in ("", "-"))


def read_row(row: Row) -> Logged:
    """One line of x509.log."""
    der = _der(row)
    return Logged((), der) if der else Logged(tuple(_observations(row)))


def _der(row: Row) -> bytes:
    """The certificate itself, where it is the one that the fingerprint names."""
    try:
        der = binascii.a2b_base64(row.get("cert", ""), strict_mode=True)
        read_certificate(der)
    except (binascii.Error, ValueError, MalformedMessage):
        return b""
    named = row.get("fingerprint", "").replace(":", "").lower()
    return der if named in ("", "-", hashlib.sha256(der).hexdigest()) else b""


def _observations(row: Row) -> Iterator[Observation]:
    key = _identified(row.get("certificate.key_alg", ""))
    if key is not None:
        kind, curve = row.get("certificate.key_type", ""), _identified(row.get("certificate.curve", ""))
        length = row.get("certificate.key_length", "")
        parameters: list[tuple[str, str | int]] = [] if curve is None else [("parameter", curve.name)]
        if length.isascii() and length.isdigit() and len(length) < 7 and 0 < int(length) <= _MOST_BITS:
            parameters += [("size_bits", int(length))] if kind in _SIZED or curve is not None else []
        yield _observation(Subject.CERTIFICATE_KEY, key, tuple(parameters))
    signature = _identified(row.get("certificate.sig_alg", ""))
    if signature is not None:
        hashed = (("hash", signature.hash),) if signature.hash else ()
        yield _observation(Subject.CERTIFICATE_SIGNATURE, signature, hashed)


def _observation(subject: Subject, row: ObjectIdentifier, parameters: tuple[tuple[str, str | int], ...]) -> Observation:
    is_key = subject is Subject.CERTIFICATE_KEY
    return Observation(
        subject,
        row.oid,
        Support.OFFERED,
        CHAIN_CONTEXT,
        name=row.family if is_key and row.quantum_class is QuantumClass.TRADITIONAL else row.name,
        quantum_class=row.quantum_class,
        confidence=Confidence.INFERRED,
        components=row.components,
        parameters=parameters,
    )


def _identified(written: str) -> ObjectIdentifier | None:
    """By the name that OpenSSL has for it, or its number; None where no row has it."""
    return _named().get(written.removeprefix(_NUMBER).strip().lower())


@cache
def _named() -> dict[str, ObjectIdentifier]:
    found: dict[str, ObjectIdentifier] = {}
    for row in object_identifiers():
        for name in (row.oid, row.name, *row.aliases):
            found.setdefault(name.lower(), row)
    return found
