from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import ec

from pqscan.wire.pki.strict import MOST_BYTES, StrictCertificate
from tests.unit.wire.pki.making import EC_KEY, P256, assembled, extension, oid, signed, spki

CA_KEY = ec.derive_private_key(5, ec.SECP256R1())


def test_what_strict_parsers_refuse_is_none() -> None:
    assert StrictCertificate.load(assembled() + b"\x00") is None
    assert StrictCertificate.load(b"") is None
    assert StrictCertificate.load(signed() + bytes(MOST_BYTES)) is None


def test_a_good_certificate_is_sound_in_all_its_parts() -> None:
    strict = StrictCertificate.load(signed())
    assert strict is not None
    assert (strict.is_sound, strict.key_is_sound) == (True, True)


def test_a_part_that_is_refused_only_when_looked_at_is_told() -> None:
    twice = StrictCertificate.load(assembled(extensions=(extension("2.5.29.14", b"\x04\x01a"),) * 2))
    off_curve = StrictCertificate.load(assembled(key=spki(EC_KEY, b"\x04" + b"\x01" * 64, oid(P256))))
    unknown = StrictCertificate.load(assembled(key=spki("1.2.3.4", b"")))
    assert twice is not None
    assert off_curve is not None
    assert unknown is not None
    assert (twice.is_sound, off_curve.key_is_sound, unknown.key_is_sound) == (False, False, True)


def test_a_signature_is_checked_against_the_issuer() -> None:
    ca, leaf = StrictCertificate.load(signed("A CA", key=CA_KEY, ca=True)), StrictCertificate.load(signed(issuer=(CA_KEY, "A CA")))
    impostor = StrictCertificate.load(signed("A CA", ca=True))
    unknown = StrictCertificate.load(assembled(signature_algorithm=assembled_algorithm()))
    assert ca is not None
    assert leaf is not None
    assert impostor is not None
    assert unknown is not None
    assert leaf.is_signed_by(ca) is True
    assert leaf.is_signed_by(impostor) is False
    assert unknown.is_signed_by(unknown) is None


def assembled_algorithm() -> bytes:
    return b"\x30\x05" + oid("1.2.3.4")
