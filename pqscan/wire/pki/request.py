"""The key for which a certificate is requested (PKCS#10, RFC 2986, section 4)."""

from __future__ import annotations

from pqscan.errors import MalformedMessage
from pqscan.model.certificate import Certificate
from pqscan.wire.pki.bare_key import read_bare_key
from pqscan.wire.pki.der import BIT_STRING, INTEGER, SEQUENCE, DerReader
from pqscan.wire.pki.flaw import Flaw


def read_requested_key(der: bytes) -> Certificate:
    """The key alone, as it is kept. Raises MalformedMessage."""
    reader = DerReader(der, set())
    request = reader.enter("CertificationRequest", SEQUENCE)
    if Flaw.LENGTH_OVERRUN in reader.flaws:
        raise MalformedMessage("the certification request is cut off")
    info = request.enter("certificationRequestInfo", SEQUENCE)
    info.read("version", INTEGER)
    info.read("subject", SEQUENCE)
    key = info.read("subjectPKInfo", SEQUENCE)
    request.read("signatureAlgorithm", SEQUENCE)
    request.read("signature", BIT_STRING)
    return read_bare_key(key.encoded)
