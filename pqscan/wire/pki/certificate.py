"""Reads any X.509 certificate into facts (RFC 5280), well-formed or not: what is wrong with it becomes a `malformed` code.

One tolerant walk gives the facts of good and bad certificates alike; `cryptography` reads every one beside it, says
whether strict parsers accept it and its key, and checks the self-signature.
"""

from __future__ import annotations

import hashlib

from pqscan.errors import MalformedMessage
from pqscan.model.certificate import Certificate, PublicKey, SignatureAlgorithm
from pqscan.wire.pki.der import DerReader
from pqscan.wire.pki.extensions import Extensions, read_extensions
from pqscan.wire.pki.flaw import Flaw
from pqscan.wire.pki.keys import read_public_key
from pqscan.wire.pki.layout import Layout, find_layout
from pqscan.wire.pki.names import looks_like_dns_name, read_name
from pqscan.wire.pki.signatures import can_have_made, read_signature_algorithm
from pqscan.wire.pki.strict import MOST_BYTES, StrictCertificate
from pqscan.wire.pki.times import read_validity

_MOST_SERIAL_OCTETS = 20  # RFC 5280, section 4.1.2.2
_MOST_SERIAL_OCTETS_KEPT = 64


def read_certificate(der: bytes) -> Certificate:
    """One certificate from its DER encoding, or from something close to it.

    Raises MalformedMessage, and nothing else, where the bytes are no certificate, end before the algorithm of the
    subject's key, or are more than a TLS message can carry (16 MiB). The codes are those of `Flaw`."""
    flaws: set[Flaw] = set()
    layout = find_layout(der, flaws)
    reader = DerReader(der, flaws)
    serial = _serial(layout.serial, flaws)
    issuer, _ = read_name(reader, layout.issuer)
    subject, common_name = read_name(reader, layout.subject)
    not_before, not_after = read_validity(reader, layout.validity)
    public_key = read_public_key(reader, layout.key)
    signature = _signature(reader, layout)
    extensions = read_extensions(reader, layout.extensions) if layout.extensions is not None else Extensions()
    if layout.version < 3 and layout.extensions is not None:
        flaws.add(Flaw.BAD_VERSION)
    self_signed = _strict_opinion(der, layout, extensions, flaws, _may_sign_itself(public_key, signature))
    if Flaw.TRUNCATED in flaws:
        flaws.discard(Flaw.LENGTH_OVERRUN)  # Every element around the cut says that it is longer.
    names = extensions.alternative_names
    if not names and common_name is not None and looks_like_dns_name(common_name):
        names = (common_name,)
    return Certificate(
        sha256=hashlib.sha256(der).digest(),
        subject=subject,
        issuer=issuer,
        serial=serial,
        not_before=not_before,
        not_after=not_after,
        public_key=public_key,
        signature=signature,
        names=names or (),
        key_usage=extensions.key_usage,
        extended_key_usage=extensions.extended_key_usage,
        is_ca=extensions.is_ca,
        self_signed=self_signed,
        malformed=tuple(sorted(flaw.value for flaw in flaws)),
        der=der,
        alternative_algorithms=tuple(extensions.alternative_algorithms),
    )


def _serial(value: bytes, flaws: set[Flaw]) -> str:
    """Lower-case hexadecimal in whole octets, without those that only carry the sign; a leading `-` where it is negative."""
    if len(value) > _MOST_SERIAL_OCTETS:
        flaws.add(Flaw.LONG_SERIAL)
        value = value[:_MOST_SERIAL_OCTETS_KEPT]
    if not value:
        flaws.add(Flaw.BAD_SERIAL)
        return ""
    if len(value) > 1 and (value[0], value[1] & 0x80) in ((0, 0), (0xFF, 0x80)):
        flaws.add(Flaw.NON_MINIMAL_INTEGER)
    number = int.from_bytes(value, "big", signed=True)
    if number < 0:
        flaws.add(Flaw.NEGATIVE_SERIAL)
    elif number == 0:
        flaws.add(Flaw.ZERO_SERIAL)
    size = abs(number)
    return ("-" if number < 0 else "") + size.to_bytes(max((size.bit_length() + 7) // 8, 1), "big").hex()


def _signature(reader: DerReader, layout: Layout) -> SignatureAlgorithm:
    """As the outer identifier says, which is the one that holds; the inner one where the bytes ended before."""
    if layout.outer_algorithm is None:
        return read_signature_algorithm(reader, layout.inner_algorithm, None)
    if layout.outer_algorithm.encoded != layout.inner_algorithm.encoded:
        reader.flaws.add(Flaw.SIGNATURE_ALGORITHMS_DIFFER)
    try:
        return read_signature_algorithm(reader, layout.outer_algorithm, layout.signature_bytes)
    except MalformedMessage:
        reader.flaws.add(Flaw.NO_SIGNATURE)
        return read_signature_algorithm(reader, layout.inner_algorithm, None)


def _may_sign_itself(key: PublicKey, signature: SignatureAlgorithm) -> bool:
    """False where the key makes no such signatures: a new key that the old one certifies under the same name (RFC 9810,
    section 4.4) is self-issued, not self-signed (RFC 5280, section 3.2)."""
    return key.quantum_class is signature.quantum_class and can_have_made(key, signature)


def _strict_opinion(der: bytes, layout: Layout, extensions: Extensions, flaws: set[Flaw], may_sign_itself: bool) -> bool:
    """Adds what only strict parsers see; returns whether the certificate is signed with its own key.

    Where the signature cannot be checked here, equal names, a key that can have made it and key identifiers that do not
    differ are taken for it."""
    strict = StrictCertificate.load(der)
    if strict is None or not strict.is_sound:
        if not flaws and len(der) <= MOST_BYTES:
            flaws.add(Flaw.NOT_STRICT_DER)
    elif not strict.key_is_sound:
        flaws.add(Flaw.BAD_PUBLIC_KEY)
    if layout.subject.value != layout.issuer.value or not may_sign_itself:
        return False
    verified = strict.is_signed_by(strict) if strict is not None else None
    if verified is not None:
        return verified
    identifiers = (extensions.subject_key, extensions.authority_key)
    return None in identifiers or identifiers[0] == identifiers[1]
