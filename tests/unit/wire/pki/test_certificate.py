"""Good certificates, and about thirty bad ones: each still says what it says, and what is wrong with it."""

from __future__ import annotations

import hashlib
import ipaddress
import sys
import threading
import warnings
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, rsa

from pqscan.errors import MalformedMessage
from pqscan.registry.quantum import QuantumClass
from pqscan.wire.pki.certificate import read_certificate
from tests.unit.wire.pki.making import (
    EC_KEY,
    ECDSA_SHA256,
    NOT_AFTER,
    NOT_BEFORE,
    P256,
    P256_POINT,
    RSA_KEY,
    VALIDITY,
    alternative_names,
    assembled,
    bits,
    extension,
    name,
    oid,
    rsa_key,
    seq,
    signed,
    spki,
    tlv,
)

MD5_RSA, SHA1_RSA = "1.2.840.113549.1.1.4", "1.2.840.113549.1.1.5"


def test_a_proper_certificate_is_read_whole() -> None:
    names = (x509.DNSName("a.example"), x509.DNSName("*.b.example"), x509.IPAddress(ipaddress.ip_address("2001:db8::1")))
    der = signed("a.example", names=names)
    certificate = read_certificate(der)
    assert certificate.sha256 == hashlib.sha256(der).digest()
    assert (certificate.subject, certificate.issuer, certificate.serial) == ("CN=a.example", "CN=a.example", "1234")
    assert (certificate.not_before, certificate.not_after) == (NOT_BEFORE, NOT_AFTER)
    assert certificate.names == ("a.example", "*.b.example", "2001:db8::1")
    assert (certificate.is_ca, certificate.self_signed, certificate.malformed) == (False, True, ())
    assert (certificate.signature.algorithm, certificate.signature.hash) == ("ecdsa-with-sha256", "sha256")
    assert certificate.der == der


@pytest.mark.parametrize("made", [mldsa.MLDSA44PrivateKey, mldsa.MLDSA65PrivateKey, mldsa.MLDSA87PrivateKey])
def test_key_and_signature_are_told_apart(made: type[mldsa.MLDSA65PrivateKey]) -> None:
    key = made.generate()
    level = f"ML-DSA-{made.__name__[5:7]}"
    leaf = read_certificate(signed("a.example", issuer=(key, "A CA")))
    root = read_certificate(signed("A CA", key=key, ca=True))
    assert (leaf.public_key.algorithm, leaf.signature.algorithm) == ("EC", level)
    assert (leaf.public_key.quantum_class, leaf.signature.quantum_class) == (QuantumClass.TRADITIONAL, QuantumClass.POST_QUANTUM)
    assert (root.public_key.algorithm, root.public_key.parameter, root.signature.algorithm) == (level, level, level)
    assert (leaf.self_signed, root.self_signed, root.is_ca) == (False, True, True)
    assert leaf.malformed == root.malformed == ()


@pytest.mark.parametrize("made", [lambda: rsa.generate_private_key(65537, 2048), ed25519.Ed25519PrivateKey.generate])
def test_other_algorithms_sign_themselves_too(made) -> None:  # type: ignore[no-untyped-def]
    certificate = read_certificate(signed(key=made()))
    assert (certificate.self_signed, certificate.malformed) == (True, ())


def test_equal_names_with_a_foreign_signature_are_not_self_signed() -> None:
    certificate = read_certificate(signed("a.example", issuer=(ec.generate_private_key(ec.SECP256R1()), "a.example")))
    assert not certificate.self_signed


def test_equal_names_are_taken_for_self_signed_where_the_signature_cannot_be_checked() -> None:
    slh_dsa = "2.16.840.1.101.3.4.3.20"
    same = {"issuer": name(), "subject": name(), "key": spki(slh_dsa, bytes(32)), "signature_algorithm": seq(oid(slh_dsa))}
    assert read_certificate(assembled(**same, signature=bits(bytes(7856)))).self_signed
    differ = (extension("2.5.29.14", tlv(4, b"a")), extension("2.5.29.35", seq(tlv(0x80, b"b"))))
    assert not read_certificate(assembled(**same, signature=bits(bytes(7856)), extensions=differ)).self_signed


@pytest.mark.parametrize("new", [mldsa.MLDSA65PrivateKey.generate, ed25519.Ed25519PrivateKey.generate])
def test_a_new_key_that_the_old_one_certifies_under_the_same_name_is_not_self_signed(new) -> None:  # type: ignore[no-untyped-def]
    old = rsa.generate_private_key(65537, 2048)
    assert not read_certificate(signed("Root", key=new(), issuer=(old, "Root"), ca=True)).self_signed


def test_a_hybrid_certificate_tells_its_second_algorithms() -> None:
    second = extension("2.5.29.72", spki("2.16.840.1.101.3.4.3.18", bytes(1952)))
    certificate = read_certificate(assembled(extensions=(second,)))
    assert certificate.alternative_algorithms == ("ML-DSA-65",)
    assert certificate.public_key.algorithm == "EC"


def test_the_common_name_stands_in_only_where_no_name_is_given_and_it_is_a_host() -> None:
    assert read_certificate(assembled(subject=name(b"a.example"))).names == ("a.example",)
    assert read_certificate(assembled(subject=name("Nguyễn Văn A".encode()))).names == ()
    given = (alternative_names(tlv(0x82, b"b.example")),)
    assert read_certificate(assembled(subject=name(b"a.example"), extensions=given)).names == ("b.example",)


LONG = bytes(range(1, 31))
TRUNCATED = assembled(extensions=(alternative_names(tlv(0x82, b"a.example")),))
BAD: dict[str, tuple[bytes, tuple[str, ...]]] = {
    "negative serial": (assembled(serial=b"\x02\x01\xef"), ("negative_serial",)),
    "serial zero": (assembled(serial=b"\x02\x01\x00"), ("zero_serial",)),
    "serial of 30 octets": (assembled(serial=tlv(2, LONG)), ("long_serial",)),
    "serial of a megabyte": (assembled(serial=tlv(2, b"\x11" * 1_000_000)), ("long_serial",)),
    "serial with idle zeros": (assembled(serial=b"\x02\x03\x00\x00\x11"), ("non_minimal_integer",)),
    "empty serial": (assembled(serial=b"\x02\x00"), ("bad_serial",)),
    "MD5": (assembled(signature_algorithm=seq(oid(MD5_RSA), b"\x05\x00")), ()),
    "SHA-1": (assembled(signature_algorithm=seq(oid(SHA1_RSA), b"\x05\x00")), ()),
    "RSA-512": (assembled(key=spki(RSA_KEY, rsa_key(512), b"\x05\x00")), ()),
    "unlisted algorithms": (assembled(key=spki("1.2.3.4", bytes(33)), signature_algorithm=seq(oid("1.2.3.5"))), ()),
    "SLH-DSA": (
        assembled(
            key=spki("2.16.840.1.101.3.4.3.20", bytes(32)),
            signature_algorithm=seq(oid("2.16.840.1.101.3.4.3.20")),
            signature=bits(bytes(7856)),
        ),
        (),
    ),
    "Falcon": (assembled(key=spki("1.3.9999.3.11", bytes(897)), signature_algorithm=seq(oid("1.3.9999.3.11"))), ()),
    "LMS": (assembled(key=spki("1.2.840.113549.1.9.16.3.17", bytes(60))), ()),
    "composite of a draft": (assembled(key=spki("2.16.840.1.114027.80.8.1.3", bytes(1344))), ()),
    "SM2": (assembled(key=spki(EC_KEY, P256_POINT, oid("1.2.156.10197.1.301"))), ()),
    "point beside its curve": (assembled(key=spki(EC_KEY, b"\x04" + b"\x01" * 64, oid(P256))), ("bad_public_key",)),
    "trailing bytes": (assembled() + b"\x00\x00", ("trailing_bytes",)),
    "trailing bytes inside": (seq(assembled()[3:], b"\x05\x00"), ("trailing_bytes",)),
    "length longer than needed": (b"\x30\x84\x00\x00\x00" + assembled()[2:], ("non_minimal_length",)),
    "indefinite length": (b"\x30\x80" + assembled()[3:] + b"\x00\x00", ("indefinite_length",)),
    "bad PrintableString": (assembled(subject=name(b"A*@B", 19)), ("bad_string",)),
    "bad UTF8String": (assembled(subject=name(b"\xff\xfe", 12)), ("bad_string",)),
    "bad UTCTime": (assembled(validity=seq(tlv(0x17, b"269901000000Z"), tlv(0x17, b"300601120000Z"))), ("bad_time",)),
    "UTCTime without seconds": (assembled(validity=seq(tlv(0x17, b"2601010000Z"), tlv(0x17, b"300601120000Z"))), ("bad_time",)),
    "no times": (assembled(validity=seq()), ("bad_time",)),
    "version 7": (assembled(version=b"\xa0\x03\x02\x01\x06"), ("bad_version",)),
    "extensions in version 1": (assembled(version=b"", extensions=(extension("2.5.29.14", b"\x04\x01a"),)), ("bad_version",)),
    "other outer algorithm": (assembled(outer_algorithm=seq(oid("1.2.840.10045.4.3.3"))), ("signature_algorithms_differ",)),
    "the same extension twice": (assembled(extensions=(extension("2.5.29.14", b"\x04\x01a"),) * 2), ("duplicate_extension",)),
    "a field that is none": (assembled(after_key=b"\x04\x01x"), ("bad_field",)),
    "a million fields that are none": (assembled(after_key=b"\x04\x00" * 1_000_000), ("bad_field",)),
    "cut inside the signature": (TRUNCATED[:-4], ("truncated",)),
    "cut before the signature": (TRUNCATED[:-11], ("no_signature", "truncated")),
    "cut inside a name": (TRUNCATED[:-26], ("no_signature", "truncated")),
    "cut inside the key": (TRUNCATED[:-60], ("bad_public_key", "no_signature", "truncated")),
    "a name that breaks off": (assembled(subject=seq(b"\x31\x02\x04\x00")), ("bad_name",)),
    "a length that lies inside": (assembled(subject=name()[:3] + b"\x40" + name()[4:]), ("length_overrun",)),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_certificate_says_what_is_wrong_with_it(case: str) -> None:
    der, codes = BAD[case]
    assert set(codes) == set(read_certificate(der).malformed)


@pytest.mark.parametrize("case", BAD)
def test_a_bad_certificate_still_has_its_algorithms_and_the_digest_of_its_bytes(case: str) -> None:
    der, _ = BAD[case]
    certificate = read_certificate(der)
    assert certificate.public_key.oid
    assert certificate.signature.oid
    assert certificate.sha256 == hashlib.sha256(der).digest()


def test_bad_parts_leave_the_good_ones_as_they_are() -> None:
    certificate = read_certificate(BAD["bad UTCTime"][0])
    assert (certificate.not_before, certificate.not_after) == (None, datetime(2030, 6, 1, 12, tzinfo=UTC))
    assert (certificate.subject, certificate.issuer, certificate.serial) == ("CN=a.example", "CN=An issuer", "11")
    assert certificate.public_key.parameter == "secp256r1"


@pytest.mark.parametrize(
    ("value", "text"),
    [(b"\x00", "00"), (b"\x0a", "0a"), (b"\x00\xff", "ff"), (b"\xff", "-01"), (b"\xef", "-11"), (b"\x80\x00", "-8000")],
)
def test_a_serial_is_hexadecimal_in_whole_octets_with_its_sign(value: bytes, text: str) -> None:
    assert read_certificate(assembled(serial=tlv(2, value))).serial == text


def test_nothing_is_warned_of_not_even_where_warnings_are_errors(capfd: pytest.CaptureFixture[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for der, _ in BAD.values():
            read_certificate(der)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = lambda *said: print(said, file=sys.stderr)  # type: ignore[assignment]
        for der, _ in BAD.values():
            read_certificate(der)
    assert capfd.readouterr() == ("", "")


def test_the_filters_of_warnings_are_as_before_however_many_threads_read() -> None:
    before = list(warnings.filters)
    threads = [threading.Thread(target=lambda: [read_certificate(BAD["serial zero"][0]) for _ in range(50)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(warnings.filters) == before


def test_a_certificate_cut_before_its_key_is_refused_and_after_it_is_read() -> None:
    der = assembled()
    algorithm_end = der.index(oid(EC_KEY)) + len(oid(EC_KEY))
    with pytest.raises(MalformedMessage):
        read_certificate(der[: algorithm_end - 8])
    certificate = read_certificate(der[:algorithm_end])
    assert (certificate.public_key.algorithm, certificate.signature.algorithm) == ("EC", "ecdsa-with-sha256")
    assert certificate.names == ("a.example",)


NO_CERTIFICATES = {
    "nothing": b"",
    "text": b"not a certificate",
    "an empty sequence": b"\x30\x00",
    "a PKCS#8 key": seq(b"\x02\x01\x00", seq(oid("1.3.101.112")), tlv(4, tlv(4, bytes(32)))),
    "a request": seq(seq(b"\x02\x01\x00", name(), spki("1.3.101.112", bytes(32)), b"\xa0\x00"), seq(oid("1.3.101.112")), bits(b"")),
    "a revocation list": seq(
        seq(b"\x02\x01\x01", seq(oid(ECDSA_SHA256)), name(), *[tlv(0x17, b"260101000000Z")] * 2), seq(), bits(b"")
    ),
    "a sequence in a sequence, a million deep": b"\x30\x80" * 1_000_000,
    "more than a TLS message": seq(VALIDITY, bytes(1 << 24)),
}


@pytest.mark.parametrize("case", NO_CERTIFICATES)
def test_what_is_no_certificate_is_refused(case: str) -> None:
    with pytest.raises(MalformedMessage):
        read_certificate(NO_CERTIFICATES[case])


def test_a_certificate_of_ten_megabytes_is_read_and_its_names_are_cut() -> None:
    names = alternative_names(*[tlv(0x82, b"host-%06d.example" % number) for number in range(500_000)])
    certificate = read_certificate(assembled(extensions=(names,)))
    assert len(certificate.der) > 10_000_000
    assert (len(certificate.names), certificate.malformed) == (1000, ("names_cut",))
