"""Finds certificates in any octets: PEM (RFC 7468) and DER, alone, beside each other or inside of something else (a bundle of
PKCS#7, a program, a key store)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from pqscan.errors import MalformedMessage, WrongProtocol
from pqscan.model.certificate import Certificate
from pqscan.model.certificate_facts import observations_of
from pqscan.model.observation import Observation, Where
from pqscan.model.outcome import Chain, Facts
from pqscan.model.reason import Reason
from pqscan.model.target import FileTarget
from pqscan.model.trust_store import ANCHOR, trust_anchors, trust_store_observations
from pqscan.probe import FileSource, Mark
from pqscan.wire.base64_text import BESIDE, without_escapes
from pqscan.wire.pki.bundle import LABELS, TYPE, begins_as_bundle, bundles_at, bundles_in
from pqscan.wire.pki.certificate import read_certificate
from pqscan.wire.pki.chain import split_bundle
from pqscan.wire.pki.der import SEQUENCE, DerReader, element_at
from pqscan.wire.pki.flaw import Flaw
from pqscan.wire.pki.pem import PRIVATE, PemBlock, block_at
from pqscan.wire.sqlite import page_octets

MOST_CERTIFICATES = 10_000

_TRUSTED = "TRUSTED CERTIFICATE"  # OpenSSL's: a certificate, then what it is trusted for
_CERTIFICATES = frozenset({"CERTIFICATE", "X509 CERTIFICATE", _TRUSTED})
_ALL = _CERTIFICATES | LABELS
_IN_BUNDLE = re.compile(rb"(?=0(?:\x82..0(?:\x82..|\x81.)|\x81.0\x81.)\xa0\x03\x02\x01)", re.DOTALL)  # as _DER below
_MOST_DER = 1 << 17  # No mark begins a longer one.
_CONTEXT = "file"
_NSS = b"CREATE TABLE nssP"  # The probe of these databases puts together what SQLite keeps in pieces.

_PEM = Mark("pem", "-----BEGIN ")
_DER = (  # Certificate, TBSCertificate, then its version (RFC 5280, section 4.1), which version 1 leaves out.
    Mark("certificate", "30 82 ?? ?? 30 82 ?? ?? a0 03 02 01", is_hex=True),
    Mark("certificate-small", "30 82 ?? ?? 30 81 ?? a0 03 02 01", is_hex=True),
    Mark("certificate-smallest", "30 81 ?? 30 81 ?? a0 03 02 01", is_hex=True),
)
_MESSAGE = Mark("cms-0", TYPE, is_hex=True)  # Certificates of version 1 in a bundle begin as many other things do.
_VERSION_1 = Mark("certificate-v1", "30 82 ?? ?? 30 82 ?? ?? 02", is_hex=True, at_start=True)
_VERSION_1_SMALL = Mark("certificate-v1-small", "30 82 ?? ?? 30 81 ?? 02", is_hex=True, at_start=True)


_BASE64 = (  # What version 3 and the serial number of a certificate give in Base64, and how far in: with two long lengths, one.
    (Mark("certificate-base64", "gAwIBAgI"), 11),
    (Mark("certificate-base64-small", "ADAgECA"), 10),
)
_IN_FRONT = (b":", b"=", b",", b"|", b">", b"")  # of a value in JSON, YAML, properties and XML
_ELSEWHERE = (b"x5c", b"X509Certificate>")  # sets of keys; signatures and SAML
_FRONT = 200  # octets that are looked at there
_MOST_TEXT = 64 << 20  # characters of all in one file


@dataclass(slots=True)
class _Found:
    certificates: list[tuple[Certificate, Where]] = field(default_factory=list)
    unreadable: int = 0  # what begins like a certificate and is none
    first_unreadable: Where = field(default_factory=Where)
    cut: bool = False

    def add(self, der: bytes, where: Where) -> None:
        if len(self.certificates) >= MOST_CERTIFICATES:
            self.cut = True
            return
        try:
            certificate = None if PRIVATE in der else read_certificate(der)
        except MalformedMessage:
            certificate = None
        if (
            certificate is None or Flaw.TRUNCATED in certificate.malformed
        ):  # A cut one serves nobody: its end, the signature, is missing.
            self.add_unreadable(where)
        else:
            self.certificates.append((_without_rest(certificate), where))

    def add_unreadable(self, where: Where) -> None:
        self.unreadable += 1
        self.first_unreadable = where if self.unreadable == 1 else self.first_unreadable


class CertificateFileProbe:
    """Certificates with their place in the file. Raises WrongProtocol where there is none, MalformedMessage where every one
    is beyond reading."""

    name = "certificate_file"
    marks = (_PEM, *_DER, _MESSAGE, _VERSION_1, _VERSION_1_SMALL, *(mark for mark, _ in _BASE64))

    async def run(self, target: FileTarget, source: FileSource) -> Facts:
        found = _Found()
        _read_pem(source, found)
        _read_der(source, found)
        _read_base64(source, found)
        if not found.certificates:
            if not found.unreadable:
                raise WrongProtocol(f"{target.path} holds no certificate, neither as PEM nor as DER; leave it out")
            raise MalformedMessage(f"{target.path} has a certificate at {_place(found)} that cannot be read; look at the file")
        anchors = trust_anchors([certificate for certificate, _ in found.certificates])
        return Facts(
            observations=tuple(_observations(found, anchors)),
            chains=tuple(_chains(found, anchors)),
            certificates=tuple({one.sha256: one.der for one, _ in found.certificates}.values()),
            complete=not (found.cut or found.unreadable),
            detail=_detail(found),
        )


def _read_pem(source: FileSource, found: _Found) -> None:
    places = source.places(_PEM)
    found.cut = found.cut or places.is_cut
    for offset in places.offsets:
        read = block_at(source.data, offset, _ALL)
        if read is None:
            continue
        block, _ = read
        if block.is_mention:
            continue
        where = source.where(offset)
        if block.label in _CERTIFICATES and not begins_as_bundle(block.der):
            found.add(_certificate_of(block), where)
            continue
        inside = {one.start(): element_at(block.der, one.start(), _MOST_DER) for one in _IN_BUNDLE.finditer(block.der)}
        for bundle in bundles_in(block.der):
            found.cut = found.cut or bundle.is_cut
            inside.update((one.start, one.encoded) for one in bundle.certificates)
        for start in sorted(inside):
            found.add(inside[start], where)


def _read_der(source: FileSource, found: _Found) -> None:
    """In the order of the file, as a chain stands in a bundle."""
    offsets: set[int] = set()
    for mark in _DER:
        places = source.places(mark)
        found.cut = found.cut or places.is_cut
        offsets.update(places.offsets)
    for bundle in bundles_at(source.data, source.places(_MESSAGE).offsets):
        found.cut = found.cut or bundle.is_cut
        offsets.update(one.start for one in bundle.certificates)
    page = 0 if source.offset else page_octets(source.data)
    is_told_elsewhere = page > 0 and _NSS in source.data
    for offset in sorted(offsets):
        der, where = element_at(source.data, offset, _MOST_DER), replace(source.where(offset), line=None)
        if not page or offset // page == (offset + len(der) - 1) // page:
            found.add(der, where)
        elif not is_told_elsewhere:
            found.add_unreadable(where)
    if source.places(_VERSION_1).offsets or source.places(_VERSION_1_SMALL).offsets:
        _read_version_1(source, found)


def _read_base64(source: FileSource, found: _Found) -> None:
    """Values of JSON, YAML and properties that are a certificate without lines of PEM."""
    starts: set[int] = set()
    for mark, before in _BASE64:
        places = source.places(mark)
        found.cut = found.cut or places.is_cut
        starts.update(offset - before for offset in places.offsets)
    left = _MOST_TEXT
    for start in sorted(starts):
        if start < 0 or not _is_value(source.data, start):
            continue
        try:
            size = 4 + int.from_bytes(base64.b64decode(source.data[start : start + 8], validate=True)[2:4])
        except binascii.Error:
            continue
        characters = -(-size // 3) * 4
        left -= characters
        if left < 0:
            found.cut = True
            return
        text = without_escapes(source.data[start : start + characters + characters // 4 + 64], characters)
        if len(text) < characters:  # One that is cut off serves nobody.
            continue
        try:
            found.add(base64.b64decode(text, validate=True)[:size], source.where(start))
        except binascii.Error:
            continue  # Something else that begins so, or one that is cut off.


def _is_value(data: bytes, start: int) -> bool:
    """Whether Base64 of a certificate begins there as a value; those in PEM and in `x5c` are told as what they are."""
    if data[start : start + 2] != b"MI" or data[start + 2] not in b"IJKL":  # 30 82, and the first bits of a length
        return False
    front = data[max(0, start - _FRONT) : start].rstrip(BESIDE)
    return front[-1:] in _IN_FRONT and not front.rstrip(b":\"'\\ ").endswith(_ELSEWHERE)


def _read_version_1(source: FileSource, found: _Found) -> None:
    """Requests, revocation lists and keys begin alike: what cannot be read is none."""
    der = element_at(source.data, 0, _MOST_DER)
    try:
        read_certificate(der)
    except MalformedMessage:
        return
    found.add(der, replace(source.where(0), line=None))


def _certificate_of(block: PemBlock) -> bytes:
    """The certificate in the block; where what stands before the trust is none, all of it, which then cannot be read."""
    return _first_element(block.der) if block.label == _TRUSTED else block.der


def _first_element(der: bytes) -> bytes:
    try:
        return DerReader(der, set()).read("Certificate", SEQUENCE).encoded
    except MalformedMessage:
        return der


def _without_rest(certificate: Certificate) -> Certificate:
    """As it is kept: what stands behind a certificate in its block is told and may be a private key."""
    if Flaw.TRAILING_BYTES not in certificate.malformed:
        return certificate
    der = _first_element(certificate.der)
    return replace(certificate, der=der, sha256=hashlib.sha256(der).digest())


def _place(found: _Found) -> str:
    place = found.first_unreadable
    return f"line {place.line}" if place.line is not None else f"octet {place.offset}"


def _detail(found: _Found) -> Reason | None:
    if found.unreadable:
        place = found.first_unreadable
        if place.line is None:
            return Reason.of("certificates_unreadable_at", count=found.unreadable, offset=place.offset or 0)
        return Reason.of("certificates_unreadable", count=found.unreadable, line=place.line)
    if found.cut:
        return Reason.of("file_cut", certificates=len(found.certificates))
    return None


def _observations(found: _Found, anchors: frozenset[bytes]) -> Iterator[Observation]:
    yield from trust_store_observations([(one, where) for one, where in found.certificates if one.sha256 in anchors])
    for certificate, where in found.certificates:
        if certificate.sha256 not in anchors:
            yield from observations_of(certificate, where, _CONTEXT)


def _chains(found: _Found, anchors: frozenset[bytes]) -> Iterator[Chain]:
    for chain in split_bundle([one for one, _ in found.certificates if one.sha256 not in anchors]):
        yield Chain(None, _CONTEXT, tuple(one.sha256 for one in chain))
    for digest in dict.fromkeys(one.sha256 for one, _ in found.certificates if one.sha256 in anchors):
        yield Chain(None, ANCHOR, (digest,))
