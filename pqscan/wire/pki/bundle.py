"""What lies in a SignedData beside its signatures (RFC 5652, sections 5.1 and 10.2; PKCS#7: RFC 2315): certificates, also
of attributes, revocation lists and answers of OCSP (RFC 5940, section 2). Each is given as the element that it is, and not read."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pqscan.errors import MalformedMessage
from pqscan.wire.pki.der import INTEGER, OBJECT_IDENTIFIER, SEQUENCE, SET, DerReader, Element, dotted

TYPE = "06 09 2a 86 48 86 f7 0d 01 07 ?? a0"
"""The type of a message, which its tag and its length stand in front of, in hexadecimal."""
LABELS = frozenset({"PKCS7", "PKCS #7 SIGNED DATA", "CMS"})
"""Of bundles in PEM. Windows writes CERTIFICATE above whatever it encodes (certutil)."""
_TYPE = re.compile(b"(?=" + re.escape(bytes.fromhex(TYPE[:29])) + rb"\x02\xa0)")
_SIGNED_DATA = "1.2.840.113549.1.7.2"
_OCSP_RESPONSE = "1.3.6.1.5.5.7.16.2"
_OTHER_FORMAT = 0xA1
_ATTRIBUTE_CERTIFICATES = (0xA1, 0xA2)  # of version 1 and 2
_MOST_HEAD = 6  # octets of a tag and its length
"""A certificate does not fit into less than 128 octets."""
_HEAD = re.compile(rb"0(?:\x80|\x81.|\x82..|\x83...|\x84....)\Z", re.DOTALL)
_MOST_ELEMENTS = 10_000
_MOST_BUNDLES = 1000
_MOST_INDEFINITE = 8 << 20
"""Octets of all bundles without length in one content: their end is found element by element."""


@dataclass(slots=True)
class Bundle:
    """`is_cut`: not all that lies in it was looked at. `attribute_certificates` have the tag of their place, not their own."""

    certificates: list[Element] = field(default_factory=list)
    attribute_certificates: list[Element] = field(default_factory=list)
    revocation_lists: list[Element] = field(default_factory=list)
    responses: list[Element] = field(default_factory=list)
    start: int = 0
    end: int = 0
    is_cut: bool = False


def read_bundle(der: bytes, start: int = 0, end: int | None = None) -> Bundle:
    """What lies in the SignedData that begins at `start`, as far as it can be read. Raises MalformedMessage where none does."""
    outer = DerReader(der, set(), start, end)
    info = outer.enter("ContentInfo", SEQUENCE)
    if dotted(info.read("contentType", OBJECT_IDENTIFIER).value, "contentType") != _SIGNED_DATA:
        raise MalformedMessage("the message holds no certificates: it is not signed")
    inside = info.enter("content", 0xA0).enter("SignedData", SEQUENCE)
    inside.read("version", INTEGER)
    inside.read("digestAlgorithms", SET)
    inside.read("encapContentInfo", SEQUENCE)
    bundle = Bundle(start=start, end=outer.position)
    certificates, revocations = inside.read_if("certificates", 0xA0), inside.read_if("crls", 0xA1)
    for choices, add in ((certificates, _add_certificate), (revocations, _add_revocation)):
        if choices is not None:
            with contextlib.suppress(MalformedMessage):
                for element in _elements(inside.inside(choices), bundle):
                    add(bundle, inside, element)
    return bundle


def bundles_at(data: bytes, places: Iterable[int]) -> Iterator[Bundle]:
    """What lies in each SignedData whose type stands at one of `places`; messages of another kind are passed over."""
    left = _MOST_INDEFINITE
    for number, place in enumerate(places):
        if number >= _MOST_BUNDLES or left <= 0:
            yield Bundle(is_cut=True)  # Its places mean nothing.
            return
        start = next(
            (place - size for size in range(2, min(_MOST_HEAD, place) + 1) if _HEAD.match(data, place - size, place)), None
        )
        if start is None:
            continue
        is_indefinite = data[start + 1] == 0x80
        end = min(len(data), start + left) if is_indefinite else len(data)
        try:
            bundle = read_bundle(data, start, end)
        except MalformedMessage:
            left -= end - start if is_indefinite else 0
            continue
        left -= bundle.end - start if is_indefinite else 0
        yield bundle


def bundles_in(der: bytes) -> Iterator[Bundle]:
    """What lies in each SignedData that stands in `der`, also in another one. Raises nothing."""
    return bundles_at(der, (found.start() for found in _TYPE.finditer(der)))


def begins_as_bundle(der: bytes) -> bool:
    """Whether a SignedData stands there first."""
    found = _TYPE.search(der, 0, _MOST_HEAD + len(TYPE) // 3 + 1)
    return found is not None and _HEAD.match(der, 0, found.start()) is not None


def _elements(reader: DerReader, bundle: Bundle) -> Iterator[Element]:
    for _ in range(_MOST_ELEMENTS):
        if reader.exhausted:
            return
        yield reader.read("element of a bundle")
    bundle.is_cut = bundle.is_cut or not reader.exhausted


def _add_certificate(bundle: Bundle, _: DerReader, element: Element) -> None:
    """CertificateChoices (RFC 5652, section 10.2.2)."""
    if element.tag == SEQUENCE:
        bundle.certificates.append(element)
    elif element.tag in _ATTRIBUTE_CERTIFICATES:
        bundle.attribute_certificates.append(element)


def _add_revocation(bundle: Bundle, reader: DerReader, element: Element) -> None:
    """RevocationInfoChoice (RFC 5652, section 10.2.1)."""
    if element.tag == SEQUENCE:
        bundle.revocation_lists.append(element)
    elif element.tag == _OTHER_FORMAT:
        inside = reader.inside(element)
        if dotted(inside.read("otherRevInfoFormat", OBJECT_IDENTIFIER).value) == _OCSP_RESPONSE:
            bundle.responses.append(inside.read("otherRevInfo", SEQUENCE))
