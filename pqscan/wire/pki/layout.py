"""Finds the parts of an X.509 certificate (RFC 5280, section 4.1) without asking whether they make sense."""

from __future__ import annotations

from dataclasses import dataclass

from pqscan.errors import MalformedMessage
from pqscan.wire.pki.der import BIT_STRING, INTEGER, OBJECT_IDENTIFIER, SEQUENCE, DerReader, Element
from pqscan.wire.pki.flaw import Flaw

MOST_CERTIFICATE_BYTES = 1 << 24  # what a TLS Certificate message can carry (RFC 9846, section 4.5.1)

_VERSION = 0xA0  # [0] EXPLICIT
_EXTENSIONS = 0xA3  # [3] EXPLICIT
_MOST_FIELDS = 16  # looked at behind the key; four can stand there
_OPTIONAL = (0x81, 0x82, 0xA1, 0xA2)  # issuerUniqueID [1], subjectUniqueID [2]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the parts lie. What lies behind the subject's key may be missing where the bytes end too soon."""

    version: int
    serial: bytes  # the INTEGER's value: two's complement, big-endian
    issuer: Element
    validity: Element
    subject: Element
    key: Element  # SubjectPublicKeyInfo
    extensions: Element | None  # SEQUENCE OF Extension
    inner_algorithm: Element  # TBSCertificate.signature
    outer_algorithm: Element | None  # Certificate.signatureAlgorithm
    signature_bytes: int | None


def find_layout(der: bytes, flaws: set[Flaw]) -> Layout:
    """The parts of one certificate; adds to `flaws` what is wrong with the encoding.

    Raises MalformedMessage where the bytes are no certificate, or end before the subject's key."""
    if len(der) > MOST_CERTIFICATE_BYTES:
        raise MalformedMessage(f"the certificate has {len(der)} bytes; at most {MOST_CERTIFICATE_BYTES} are read")
    whole = DerReader(der, flaws)
    outer = whole.read("Certificate", SEQUENCE)
    if Flaw.LENGTH_OVERRUN in flaws:
        flaws.add(Flaw.TRUNCATED)
    if outer.end < len(der):
        flaws.add(Flaw.TRAILING_BYTES)
    certificate = whole.inside(outer)
    tbs = certificate.enter("TBSCertificate", SEQUENCE)
    version = _version(tbs, flaws)
    serial = tbs.read("serialNumber", INTEGER).value
    inner_algorithm = _algorithm(tbs, "TBSCertificate.signature")
    issuer = tbs.read("issuer", SEQUENCE)
    validity = tbs.read("validity", SEQUENCE)
    subject = tbs.read("subject", SEQUENCE)
    key = tbs.read("subjectPublicKeyInfo", SEQUENCE)
    extensions = _extensions(tbs, flaws)
    outer_algorithm, signature_bytes = _signature(certificate, flaws)
    return Layout(version, serial, issuer, validity, subject, key, extensions, inner_algorithm, outer_algorithm, signature_bytes)


def _algorithm(reader: DerReader, what: str) -> Element:
    element = reader.read(what, SEQUENCE)
    reader.inside(element).read(f"{what}.algorithm", OBJECT_IDENTIFIER)
    return element


def _version(tbs: DerReader, flaws: set[Flaw]) -> int:
    """1 to 3; anything else is a flaw and counts as 3, so that extensions are still looked for."""
    if tbs.next_tag != _VERSION:
        return 1
    value = tbs.enter("version", _VERSION).read("version", INTEGER).value
    number = int.from_bytes(value[:4], "big") + 1
    if len(value) != 1 or number not in (2, 3):
        flaws.add(Flaw.BAD_VERSION)
        return 3
    return number


def _extensions(tbs: DerReader, flaws: set[Flaw]) -> Element | None:
    found = None
    try:
        for _ in range(_MOST_FIELDS):
            if tbs.exhausted:
                break
            element = tbs.read("TBSCertificate")
            if element.tag == _EXTENSIONS and found is None:
                found = tbs.inside(element).read("extensions", SEQUENCE)
            elif element.tag not in _OPTIONAL:
                flaws.add(Flaw.BAD_FIELD)
    except MalformedMessage:
        flaws.add(Flaw.BAD_FIELD)
    return found


def _signature(certificate: DerReader, flaws: set[Flaw]) -> tuple[Element | None, int | None]:
    algorithm = None
    try:
        algorithm = _algorithm(certificate, "signatureAlgorithm")
        value = certificate.read("signatureValue", BIT_STRING)
    except MalformedMessage:
        flaws.add(Flaw.NO_SIGNATURE)
        return algorithm, None
    if not certificate.exhausted:
        flaws.add(Flaw.TRAILING_BYTES)
    return algorithm, max(value.content_end - value.content - 1, 0)
