"""What is signed about certificates and times, as far as it tells algorithms: certificate revocation lists (RFC 5280, section 5),
requests and responses of OCSP (RFC 6960, section 4), requests and tokens of time-stamping services (RFC 3161), certificates of
attributes (RFC 5755; version 1: X.509 of 1997).

Which certificates are revoked, asked about or stamped, and whose attributes they are, is not read, nor is any signature checked.
"""

from __future__ import annotations

from dataclasses import dataclass

from pqscan.errors import MalformedMessage
from pqscan.model.certificate import SignatureAlgorithm
from pqscan.registry.oids import by_oid
from pqscan.wire.pki.algorithms import read_algorithm
from pqscan.wire.pki.der import (
    BIT_STRING,
    INTEGER,
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    SEQUENCE,
    DerReader,
    Element,
    dotted,
)
from pqscan.wire.pki.flaw import Flaw
from pqscan.wire.pki.names import read_name
from pqscan.wire.pki.signatures import read_signature_algorithm

_ENUMERATED = 0x0A
_TIMES = (0x17, 0x18)
_BASIC = "1.3.6.1.5.5.7.48.1.1"
_IN_PIECES = 0x24
_MOST_ASKED = 1_000
_HOLDERS = (SEQUENCE, 0xA0, 0xA1)  # Holder, and both choices of version 1
_DIRECTORY_NAME = 0xA4
_MOST_NAMES = 64


@dataclass(frozen=True, slots=True)
class Signed:
    """A statement with how it is signed. `kind` is `crl`, `ocsp`, `timestamp` or `attribute_certificate`; `issuer` is who says it,
    where a name says so (RFC 4514 text); `signature` is None for what is not signed, which only requests are. `hashes` are the
    names of the hashes by which it speaks of certificates or of what is stamped, in the order of their first use."""

    kind: str
    signature: SignatureAlgorithm | None
    issuer: str = ""
    hashes: tuple[str, ...] = ()
    is_request: bool = False


def read_crl(der: bytes, *, is_head: bool = False) -> Signed:
    """A CertificateList. `is_head`: only its beginning is there, and the algorithm in what is signed tells how, which is the same
    (RFC 5280, section 5.1.1.2). Raises MalformedMessage."""
    outer = DerReader(der, set()).enter("CertificateList", SEQUENCE) if is_head else _whole(der, "CertificateList")
    inside = outer.enter("tbsCertList", SEQUENCE)
    inside.read_if("version", INTEGER)
    inner = inside.read("signature", SEQUENCE)
    issuer, _ = read_name(inside, inside.read("issuer", SEQUENCE))
    if inside.next_tag not in _TIMES:
        raise MalformedMessage("it is no revocation list: no time follows its issuer")
    read_algorithm(inside.inside(inner))
    if is_head:
        return Signed("crl", read_signature_algorithm(inside, inner, None), issuer)
    algorithm = outer.read("signatureAlgorithm", SEQUENCE)
    outer.read("signatureValue", BIT_STRING)
    return Signed("crl", read_signature_algorithm(outer, algorithm, None), issuer)


def read_ocsp_response(der: bytes) -> Signed:
    """A successful OCSPResponse with a basic response in it. Raises MalformedMessage for any other."""
    outer = _whole(der, "OCSPResponse")
    outer.read("responseStatus", _ENUMERATED)
    response = outer.enter("responseBytes", 0xA0).enter("ResponseBytes", SEQUENCE)
    if dotted(response.read("responseType", OBJECT_IDENTIFIER).value) != _BASIC:
        raise MalformedMessage("it is no basic response of OCSP")
    basic = response.enter("response", OCTET_STRING).enter("BasicOCSPResponse", SEQUENCE)
    data = basic.enter("tbsResponseData", SEQUENCE)
    algorithm = basic.read("signatureAlgorithm", SEQUENCE)
    basic.read("signature", BIT_STRING)
    data.read_if("version", 0xA0)
    responder = data.read("responderID")
    issuer = ""
    if responder.tag == 0xA1:
        inside = data.inside(responder)
        issuer, _ = read_name(inside, inside.read("byName", SEQUENCE))
    data.read("producedAt")
    hashes = _hashes(data.enter("responses", SEQUENCE))
    return Signed("ocsp", read_signature_algorithm(basic, algorithm, None), issuer, hashes)


def read_ocsp_request(der: bytes) -> Signed:
    """An OCSPRequest, signed or not. Raises MalformedMessage."""
    outer = _whole(der, "OCSPRequest")
    asked = outer.enter("tbsRequest", SEQUENCE)
    asked.read_if("version", 0xA0)
    asked.read_if("requestorName", 0xA1)
    hashes = _hashes(asked.enter("requestList", SEQUENCE))
    if not hashes:
        raise MalformedMessage("it is no request of OCSP: it asks about no certificate")
    signature = None
    if not outer.exhausted:
        inside = outer.enter("optionalSignature", 0xA0).enter("Signature", SEQUENCE)
        signature = read_signature_algorithm(inside, inside.read("signatureAlgorithm", SEQUENCE), None)
    return Signed("ocsp", signature, "", hashes, is_request=True)


def read_timestamp_request(der: bytes) -> Signed:
    """A TimeStampReq. Raises MalformedMessage."""
    outer = _whole(der, "TimeStampReq")
    if outer.read("version", INTEGER).value != b"\x01":
        raise MalformedMessage("it is no request for a time stamp: its version is not 1")
    imprint = outer.enter("messageImprint", SEQUENCE)
    hashed = _hash_name(imprint)
    imprint.read("hashedMessage", OCTET_STRING)
    if not imprint.exhausted:
        raise MalformedMessage("it is no request for a time stamp: something follows its hash")
    return Signed("timestamp", None, "", (hashed,), is_request=True)


def read_attribute_certificate(der: bytes) -> Signed:
    """An AttributeCertificate (RFC 5755, section 4.1). Raises MalformedMessage."""
    outer = _whole(der, "AttributeCertificate")
    inside = outer.enter("acinfo", SEQUENCE)
    inside.read_if("version", INTEGER)
    if inside.next_tag not in _HOLDERS:
        raise MalformedMessage("it is no certificate of attributes: no holder or no issuer stands in it")
    inside.read("holder")
    issuer = _issuer(inside)
    inner = inside.read("signature", SEQUENCE)
    inside.read("serialNumber", INTEGER)
    validity = inside.enter("attrCertValidityPeriod", SEQUENCE)
    for what in ("notBeforeTime", "notAfterTime"):
        validity.read(what, _TIMES[1])
    inside.read("attributes", SEQUENCE)
    read_algorithm(inside.inside(inner))
    algorithm = outer.read("signatureAlgorithm", SEQUENCE)
    outer.read("signatureValue", BIT_STRING)
    return Signed("attribute_certificate", read_signature_algorithm(outer, algorithm, None), issuer)


def _issuer(reader: DerReader) -> str:
    """The first name of a directory in an AttCertIssuer, in its old form or in V2Form; empty where there is none."""
    element = reader.read("issuer")
    if element.tag not in _HOLDERS[:2]:
        raise MalformedMessage("it is no certificate of attributes: no holder or no issuer stands in it")
    names = reader.inside(element)
    if element.tag == _HOLDERS[1]:
        if names.next_tag != SEQUENCE:
            return ""
        names = names.enter("issuerName", SEQUENCE)
    for _ in range(_MOST_NAMES):
        if names.exhausted:
            break
        name = names.read("GeneralName")
        if name.tag == _DIRECTORY_NAME:
            inside = names.inside(name)
            return read_name(inside, inside.read("directoryName", SEQUENCE))[0]
    return ""


def _whole(der: bytes, what: str) -> DerReader:
    reader = DerReader(der, set())
    inside = reader.enter(what, SEQUENCE)
    if Flaw.LENGTH_OVERRUN in reader.flaws:
        raise MalformedMessage(f"the {what} is cut off")
    return inside


def _hashes(entries: DerReader) -> tuple[str, ...]:
    """The hashes of the CertIDs at the beginning of each entry (RFC 6960, section 4.1.1)."""
    found: dict[str, None] = {}
    for _ in range(_MOST_ASKED):
        if entries.exhausted:
            break
        found[_hash_name(entries.enter("entry", SEQUENCE).enter("CertID", SEQUENCE))] = None
    return tuple(found)


def _hash_name(reader: DerReader) -> str:
    return _hash_name_of(reader.read("hashAlgorithm", SEQUENCE), reader)


def _hash_name_of(algorithm: Element, reader: DerReader) -> str:
    oid = read_algorithm(reader.inside(algorithm)).oid
    row = by_oid(oid)
    return row.name if row is not None else oid
