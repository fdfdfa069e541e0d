"""The extensions that the inventory asks about (RFC 5280, section 4.2), and those that carry a second algorithm.

Second algorithms: X.509 (2019) 9.8, subjectAltPublicKeyInfo and altSignatureAlgorithm; delta certificates
(draft-bonnell-lamps-chameleon-certs).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pqscan.errors import MalformedMessage
from pqscan.wire.pki.algorithms import read_algorithm
from pqscan.wire.pki.der import BIT_STRING, BOOLEAN, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, DerReader, Element, dotted
from pqscan.wire.pki.flaw import Flaw
from pqscan.wire.pki.names import read_general_names
from pqscan.wire.pki.object_names import key_purpose

KEY_USAGES = (  # RFC 5280, section 4.2.1.3, from bit 0 on
    "digitalSignature",
    "nonRepudiation",
    "keyEncipherment",
    "dataEncipherment",
    "keyAgreement",
    "keyCertSign",
    "cRLSign",
    "encipherOnly",
    "decipherOnly",
)

_KEY_USAGE = "2.5.29.15"
_ALTERNATIVE_NAMES = "2.5.29.17"
_BASIC_CONSTRAINTS = "2.5.29.19"
_EXTENDED_KEY_USAGE = "2.5.29.37"
_SECOND_KEY = "2.5.29.72"
_SECOND_SIGNATURE = "2.5.29.73"
_DELTA = "2.16.840.1.114027.80.6.1"
_SUBJECT_KEY = "2.5.29.14"
_AUTHORITY_KEY = "2.5.29.35"
_MOST_EXTENSIONS = 256
_MOST_PURPOSES = 256
_MOST_ALTERNATIVES = 8
_MOST_DELTA_FIELDS = 8


@dataclass(slots=True)
class Extensions:
    """What was found; the defaults stand for an extension that is not there. `alternative_names` None: no subjectAltName."""

    alternative_names: tuple[str, ...] | None = None
    key_usage: tuple[str, ...] = ()
    extended_key_usage: tuple[str, ...] = ()
    is_ca: bool = False
    alternative_algorithms: list[str] = field(default_factory=list)
    subject_key: bytes | None = None
    authority_key: bytes | None = None


def read_extensions(reader: DerReader, extensions: Element) -> Extensions:
    """Adds to the flaws: `bad_extension` (one cannot be read), `duplicate_extension`, `extensions_cut` (too many)."""
    found = Extensions()
    seen: set[str] = set()
    inside = reader.inside(extensions)
    looked_at = 0
    while not inside.exhausted:
        if looked_at >= _MOST_EXTENSIONS:
            reader.flaws.add(Flaw.EXTENSIONS_CUT)
            break
        looked_at += 1
        try:
            extension = inside.enter("Extension", SEQUENCE)
        except MalformedMessage:
            reader.flaws.add(Flaw.BAD_EXTENSION)
            break
        try:
            oid = dotted(extension.read("extnID", OBJECT_IDENTIFIER).value, "extnID")
            extension.read_if("critical", BOOLEAN)
            value = extension.inside(extension.read("extnValue", OCTET_STRING))
            if oid in seen:
                reader.flaws.add(Flaw.DUPLICATE_EXTENSION)
                continue
            seen.add(oid)
            _read_one(oid, value, found)
        except MalformedMessage:
            reader.flaws.add(Flaw.BAD_EXTENSION)
    return found


def _read_one(oid: str, value: DerReader, found: Extensions) -> None:
    if oid == _ALTERNATIVE_NAMES:
        found.alternative_names = ()  # Stands where the names themselves cannot be read.
        found.alternative_names = read_general_names(value, value.read("subjectAltName", SEQUENCE))
    elif oid == _KEY_USAGE:
        found.key_usage = _key_usage(value)
    elif oid == _EXTENDED_KEY_USAGE:
        found.extended_key_usage = _purposes(value)
    elif oid == _BASIC_CONSTRAINTS:
        boolean = value.enter("basicConstraints", SEQUENCE).read_if("cA", BOOLEAN)
        found.is_ca = boolean is not None and any(boolean.value)
    elif oid == _SUBJECT_KEY:
        found.subject_key = value.read("subjectKeyIdentifier", OCTET_STRING).value
    elif oid == _AUTHORITY_KEY:
        identifier = value.enter("authorityKeyIdentifier", SEQUENCE).read_if("keyIdentifier", 0x80)
        found.authority_key = identifier.value if identifier is not None else None
    elif oid == _SECOND_KEY:
        _second(found, value.enter("subjectAltPublicKeyInfo", SEQUENCE).enter("algorithm", SEQUENCE))
    elif oid == _SECOND_SIGNATURE:
        _second(found, value.enter("altSignatureAlgorithm", SEQUENCE))
    elif oid == _DELTA:
        _read_delta(value.enter("DeltaCertificateDescriptor", SEQUENCE), found)


def _second(found: Extensions, algorithm: DerReader) -> None:
    name = read_algorithm(algorithm).name
    if name not in found.alternative_algorithms and len(found.alternative_algorithms) < _MOST_ALTERNATIVES:
        found.alternative_algorithms.append(name)


def _read_delta(delta: DerReader, found: Extensions) -> None:
    """serialNumber, signature [0], issuer [1], validity [2], subject [3], subjectPublicKeyInfo, extensions [4], signatureValue."""
    for _ in range(_MOST_DELTA_FIELDS):
        if delta.exhausted:
            break
        element = delta.read("DeltaCertificateDescriptor")
        inside = delta.inside(element)
        if element.tag == 0xA0:  # Written with an explicit tag in some versions and an implicit one in others.
            _second(found, inside if inside.next_tag == OBJECT_IDENTIFIER else inside.enter("signature", SEQUENCE))
        elif element.tag == SEQUENCE:
            _second(found, inside.enter("algorithm", SEQUENCE))


def _key_usage(value: DerReader) -> tuple[str, ...]:
    bits = value.read("keyUsage", BIT_STRING).value[1:3]
    return tuple(name for at, name in enumerate(KEY_USAGES) if at // 8 < len(bits) and bits[at // 8] & 0x80 >> at % 8)


def _purposes(value: DerReader) -> tuple[str, ...]:
    purposes: dict[str, None] = {}
    inside = value.enter("extKeyUsage", SEQUENCE)
    looked_at = 0
    while not inside.exhausted:
        if looked_at >= _MOST_PURPOSES:
            value.flaws.add(Flaw.EXTENSIONS_CUT)
            break
        looked_at += 1
        oid = dotted(inside.read("KeyPurposeId", OBJECT_IDENTIFIER).value, "KeyPurposeId")
        purposes[key_purpose(oid) or oid] = None
    return tuple(purposes)
