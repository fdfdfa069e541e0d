"""Certificate revocation lists, messages of OCSP, requests for time stamps and certificates of attributes, in PEM and DER, alone or
inside of something else: how each is signed.

Which certificates they speak of is not kept. Certificates in them are found by the probe of certificates, as in any file."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from pqscan.errors import MalformedMessage, WrongProtocol
from pqscan.model.algorithm_facts import algorithm_observation
from pqscan.model.observation import Observation, Subject, Support, Usage, Where
from pqscan.model.outcome import Facts
from pqscan.model.reason import Reason
from pqscan.model.target import FileTarget
from pqscan.probe import FileSource, Mark
from pqscan.registry.algorithms import Function, by_name
from pqscan.wire.pki.bundle import LABELS, TYPE, Bundle, begins_as_bundle, bundles_at, bundles_in
from pqscan.wire.pki.der import element_at, element_octets
from pqscan.wire.pki.pem import block_at
from pqscan.wire.pki.revocation import (
    Signed,
    read_attribute_certificate,
    read_crl,
    read_ocsp_request,
    read_ocsp_response,
    read_timestamp_request,
)

MOST_FOUND = 10_000
_MOST_DER = 8 << 20
_HEAD = 1 << 16  # of a list that is longer, or that goes on in the next piece
_MOST_OCTETS = 256 << 20
"""Of all elements of one piece together: those that overlap could be read for hours."""
_PEM = Mark("pem", "-----BEGIN ")
_CRL = (  # A sequence, a sequence, version 2, an AlgorithmIdentifier (RFC 5280, section 5.1).
    Mark("crl", "30 82 ?? ?? 30 82 ?? ?? 02 01 01 30 ?? 06", is_hex=True),
    Mark("crl-middle", "30 82 ?? ?? 30 81 ?? 02 01 01 30 ?? 06", is_hex=True),
    Mark("crl-short", "30 82 ?? ?? 30 ?? 02 01 01 30 ?? 06", is_hex=True),
    Mark("crl-small", "30 81 ?? 30 81 ?? 02 01 01 30 ?? 06", is_hex=True),
    Mark("crl-smallest", "30 81 ?? 30 ?? 02 01 01 30 ?? 06", is_hex=True),
    Mark("crl-large", "30 83 ?? ?? ?? 30 83 ?? ?? ?? 02 01 01 30 ?? 06", is_hex=True),
    Mark("crl-large-middle", "30 83 ?? ?? ?? 30 82 ?? ?? 02 01 01 30 ?? 06", is_hex=True),
    Mark("crl-huge", "30 84 ?? ?? ?? ?? 30 84 ?? ?? ?? ?? 02 01 01 30 ?? 06", is_hex=True),
    Mark("crl-huge-middle", "30 84 ?? ?? ?? ?? 30 83 ?? ?? ?? 02 01 01 30 ?? 06", is_hex=True),
)
_CRL_AT_START = (  # Version 1 has no number, and begins as other structures do.
    Mark("crl-v1", "30 82 ?? ?? 30 82 ?? ?? 30 ?? 06", is_hex=True, at_start=True),
    Mark("crl-v1-middle", "30 82 ?? ?? 30 81 ?? 30 ?? 06", is_hex=True, at_start=True),
    Mark("crl-v1-small", "30 81 ?? 30 ?? 30 ?? 06", is_hex=True, at_start=True),
)
_BASIC = "06 09 2b 06 01 05 05 07 30 01 01"  # id-pkix-ocsp-basic (RFC 6960, section 4.2.1)
_OCSP_RESPONSE = (
    Mark("ocsp", "30 82 ?? ?? 0a 01 00 a0 82 ?? ?? 30 82 ?? ?? " + _BASIC, is_hex=True),
    Mark("ocsp-middle", "30 81 ?? 0a 01 00 a0 81 ?? 30 81 ?? " + _BASIC, is_hex=True),
)
_OCSP_REQUEST = (  # Six sequences in one another, the innermost a hash (RFC 6960, section 4.1.1).
    Mark("ocsp-request", "30 ?? 30 ?? 30 ?? 30 ?? 30 ?? 30 ?? 06", is_hex=True, at_start=True),
    Mark("ocsp-request-middle", "30 81 ?? 30 ?? 30 ?? 30 ?? 30 ?? 30 ?? 06", is_hex=True, at_start=True),
    Mark("ocsp-request-named", "30 ?? 30 ?? a1 ?? a4", is_hex=True, at_start=True),
    Mark("ocsp-request-several", "30 81 ?? 30 81 ?? 30 ?? 30 ?? 30 ?? 30 ?? 06", is_hex=True, at_start=True),
    Mark("ocsp-request-signed", "30 82 ?? ?? 30 ?? a1 ?? a4", is_hex=True, at_start=True),
    Mark("ocsp-request-signed-middle", "30 82 ?? ?? 30 81 ?? a1 ?? a4", is_hex=True, at_start=True),
)
_TIMESTAMP_REQUEST = Mark("timestamp-request", "30 ?? 02 01 01 30 ?? 30 ?? 06", is_hex=True, at_start=True)
_ATTRIBUTES = (  # Version 2, then a holder, which is a sequence.
    Mark("attribute-certificate", "30 82 ?? ?? 30 82 ?? ?? 02 01 01 30", is_hex=True, at_start=True),
    Mark("attribute-certificate-middle", "30 82 ?? ?? 30 81 ?? 02 01 01 30", is_hex=True, at_start=True),
    Mark("attribute-certificate-small", "30 81 ?? 30 81 ?? 02 01 01 30", is_hex=True, at_start=True),
    Mark("attribute-certificate-smallest", "30 81 ?? 30 ?? 02 01 01 30", is_hex=True, at_start=True),
)
_IN_PEM: dict[str, Callable[[bytes], Signed]] = {
    "X509 CRL": read_crl,
    "CRL": read_crl,
    "OCSP RESPONSE": read_ocsp_response,
    "OCSP REQUEST": read_ocsp_request,
    "ATTRIBUTE CERTIFICATE": read_attribute_certificate,  # RFC 7468, section 12
}
_IN_BUNDLE: tuple[tuple[re.Pattern[bytes], Callable[[bytes], Signed]], ...] = (  # as _CRL and _OCSP_RESPONSE
    (
        re.compile(rb"(?=0(?:\x81.|\x82..|\x83...|\x84....)0(?:.|\x81.|\x82..|\x83...|\x84....)\x02\x01\x010.\x06)", re.DOTALL),
        read_crl,
    ),
    (re.compile(rb"(?=0(?:\x81.|\x82..)\x0a\x01\x00\xa0[\x81\x82])", re.DOTALL), read_ocsp_response),
)
_SEQUENCE = b"\x30"
_MESSAGE = Mark("cms-0", TYPE, is_hex=True)
_ENCODED = re.compile(rb"-----BEGIN CERTIFICATE-----\s{1,4}M[A-Za-z0-9+/]{1,6}(?:YJKoZIhvcNAQcC|BgkqhkiG9w0BBwKg|CSqGSIb3DQEHAqC)")
"""A bundle as Windows encodes it: what else stands under these words need not be decoded here."""
_WANTED = frozenset(_IN_PEM) | LABELS
_WINDOWS = frozenset({"CERTIFICATE"})
_AT_START: tuple[tuple[tuple[Mark, ...], Callable[[bytes], Signed]], ...] = (
    (_CRL_AT_START, read_crl),
    (_OCSP_REQUEST, read_ocsp_request),
    ((_TIMESTAMP_REQUEST,), read_timestamp_request),
    (_ATTRIBUTES, read_attribute_certificate),
)


@dataclass(slots=True)
class _Found:
    observations: list[Observation] = field(default_factory=list)
    unreadable: int = 0
    is_cut: bool = False
    octets: int = 0

    def add(self, signed: Signed, where: Where) -> None:
        if len(self.observations) >= MOST_FOUND:
            self.is_cut = True
            return
        self.observations.extend(_observations(signed, where))

    def add_attributes(self, bundle: Bundle, where: Where) -> None:
        """The certificates of attributes in a bundle, which have another tag there."""
        self.is_cut = self.is_cut or bundle.is_cut
        for element in bundle.attribute_certificates:
            try:
                self.add(read_attribute_certificate(_SEQUENCE + element.encoded[1:]), where)
            except MalformedMessage:
                self.unreadable += 1


class RevocationFileProbe:
    """Raises WrongProtocol where nothing of the kind is there."""

    name = "revocation_file"
    marks = (_PEM, *_CRL, *_CRL_AT_START, *_OCSP_RESPONSE, *_OCSP_REQUEST, *_ATTRIBUTES, _MESSAGE, _TIMESTAMP_REQUEST)

    async def run(self, target: FileTarget, source: FileSource) -> Facts:
        found = _Found()
        _read_pem(source, found)
        _read_anywhere(source, found)
        _read_at_start(source, found)
        if not found.observations and not found.unreadable:
            raise WrongProtocol(f"{target.path} holds no revocation list, message of OCSP or time stamp; leave it out")
        if not found.observations:
            raise MalformedMessage(
                f"{target.path} has a revocation list, an OCSP message or a certificate of attributes that cannot be read; "
                "look at the file"
            )
        return Facts(
            observations=tuple(found.observations),
            complete=not (found.unreadable or found.is_cut),
            detail=Reason.of("revocations_unreadable", count=found.unreadable) if found.unreadable else None,
        )


def _read_pem(source: FileSource, found: _Found) -> None:
    for offset in source.places(_PEM).offsets:
        wanted = _WINDOWS if _ENCODED.match(source.data, offset) else _WANTED
        read = block_at(source.data, offset, wanted)
        if read is None or read[0].is_mention or read[0].label not in wanted:
            continue
        block, where = read[0], source.where(offset)
        if block.label not in _IN_PEM or begins_as_bundle(block.der):
            _read_bundle(block.der, where, found)
            continue
        try:
            found.add(_IN_PEM[block.label](block.der), where)
        except MalformedMessage:
            found.unreadable += 1


def _read_bundle(der: bytes, where: Where, found: _Found) -> None:
    """What stands in a bundle in PEM, which marks do not see: where its lists belong, and in attributes of its signatures."""
    begins = {one.start(): read for pattern, read in _IN_BUNDLE for one in pattern.finditer(der)}
    belong: dict[int, Callable[[bytes], Signed]] = {}
    for bundle in bundles_in(der):
        found.add_attributes(bundle, where)
        belong.update((one.start, read_crl) for one in bundle.revocation_lists)
        belong.update((one.start, read_ocsp_response) for one in bundle.responses)
    begins.update(belong)
    for start in sorted(begins):
        element = element_at(der, start, len(der))
        found.octets += len(element)
        if found.octets > _MOST_OCTETS:
            found.is_cut = True
            return
        try:
            found.add(begins[start](element), where)
        except MalformedMessage:
            found.unreadable += start in belong


def _read_anywhere(source: FileSource, found: _Found) -> None:
    """What begins alike and is something else (a signed message, a key) is passed over."""
    bundled: set[int] = set()  # Lists of version 1 among them, of which the beginning alone says too little.
    for bundle in bundles_at(source.data, source.places(_MESSAGE).offsets):
        found.add_attributes(bundle, replace(source.where(bundle.start), line=None))
        bundled.update(one.start for one in bundle.revocation_lists)
    for marks, read, known in ((_CRL, read_crl, bundled), (_OCSP_RESPONSE, read_ocsp_response, set[int]())):
        for offset in sorted(known | {offset for mark in marks for offset in source.places(mark).offsets}):
            if found.octets > _MOST_OCTETS:
                found.is_cut = True
                return
            element, is_head = element_at(source.data, offset, _MOST_DER), False
            if read is read_crl and _goes_on(source, offset, len(element)):
                element, is_head = element[:_HEAD], True
            found.octets += len(element)
            try:
                signed = read_crl(element, is_head=True) if is_head else read(element)
            except MalformedMessage:
                continue
            found.add(signed, replace(source.where(offset), line=None))


def _goes_on(source: FileSource, offset: int, taken: int) -> bool:
    """Whether the element has more octets than were taken, in the piece or behind it."""
    octets = element_octets(source.data, offset)
    if octets is None or octets <= taken:
        return False
    return not source.is_whole or offset + octets <= len(source.data)


def _read_at_start(source: FileSource, found: _Found) -> None:
    """A file that is nothing but one of these."""
    if not source.is_whole or found.observations:
        return
    for marks, read in _AT_START:
        if any(source.places(mark).offsets for mark in marks):
            try:
                found.add(read(source.data), replace(source.where(0), line=None))
            except MalformedMessage:
                continue
            return


def _observations(signed: Signed, where: Where) -> tuple[Observation, ...]:
    signature = signed.signature
    if signature is None:
        rows = (by_name(spelling) for spelling in signed.hashes)
        return tuple(
            algorithm_observation(row, Usage.PRESENT, where, function=Function.HASH, others=(("of", f"{signed.kind}_request"),))
            for row in rows
            if row is not None
        )
    stated = (
        ("hash", signature.hash),
        ("issuer", signed.issuer or None),
        ("is_request", "yes" if signed.is_request else None),
        ("imprint_hash" if signed.kind == "timestamp" else "names_by", " ".join(signed.hashes) or None),
    )
    return (
        Observation(
            Subject.DOCUMENT_SIGNATURE,
            signature.oid,
            Support.OFFERED,
            context=signed.kind,
            name=None if signature.algorithm == signature.oid else signature.algorithm,
            quantum_class=signature.quantum_class,
            usage=Usage.PRESENT,
            components=signature.components,
            parameters=tuple((name, value) for name, value in stated if value is not None),
            where=where,
        ),
    )
