"""Any bytes give a certificate or MalformedMessage; PEM blocks come back whatever lies between them."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import asdict

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, mldsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pqscan.errors import MalformedMessage
from pqscan.model.certificate import Certificate
from pqscan.wire.pki.certificate import read_certificate
from pqscan.wire.pki.der import DerReader, dotted
from pqscan.wire.pki.flaw import Flaw
from pqscan.wire.pki.names import escaped
from pqscan.wire.pki.pem import scan_pem
from pqscan.wire.pki.times import read_time
from tests.unit.wire.pki.making import (
    EC_KEY,
    NOT_AFTER,
    NOT_BEFORE,
    P256_POINT,
    alternative_names,
    assembled,
    binary_field,
    extension,
    oid,
    seq,
    signed,
    spki,
    tlv,
)

SAMPLES = (
    signed("a.example", names=(x509.DNSName("a.example"), x509.DNSName("b.example"))),
    signed(key=mldsa.MLDSA44PrivateKey.from_seed_bytes(bytes(32)) if hasattr(mldsa.MLDSA44PrivateKey, "from_seed_bytes") else None),
    assembled(
        key=spki("1.2.643.7.1.1.1.1", tlv(4, bytes(64)), seq(oid("1.2.643.2.2.35.1"))),
        signature_algorithm=seq(oid("1.2.840.113549.1.1.10"), seq(tlv(0xA0, seq(oid("2.16.840.1.101.3.4.2.1"))))),
        extensions=(
            alternative_names(tlv(0x82, b"a.example"), tlv(0x87, b"\x7f\x00\x00\x01")),
            extension("2.5.29.15", b"\x03\x02\x05\xa0"),
            extension("2.5.29.37", seq(oid("1.3.6.1.5.5.7.3.1"))),
            extension("2.5.29.72", spki("2.16.840.1.101.3.4.3.18", bytes(64))),
            extension("2.5.29.73", seq(oid("2.16.840.1.101.3.4.3.18"))),
        ),
    ),
    assembled(key=spki(EC_KEY, P256_POINT, binary_field(571))),
)
VISIBLE = st.text(st.characters(categories=("L", "N", "P", "S"), include_characters=" "), min_size=1, max_size=30)
MOST_KEY_BITS = 65_536
CODES = {flaw.value for flaw in Flaw}


def holds(der: bytes) -> Certificate | None:
    """Reads; checks what must hold of every certificate; None where the bytes are refused as they may be."""
    try:
        certificate = read_certificate(der)
    except MalformedMessage:
        return None
    assert certificate.sha256 == hashlib.sha256(der).digest()
    assert set(certificate.malformed) <= CODES
    assert list(certificate.malformed) == sorted(set(certificate.malformed))
    assert dotted(oid(certificate.public_key.oid)[2:]) == certificate.public_key.oid
    assert len(certificate.public_key.spki_sha256) == 32
    assert 0 <= (certificate.public_key.size_bits or 0) <= max(8 * len(der), MOST_KEY_BITS)
    json.dumps([certificate.subject, certificate.issuer, certificate.names], ensure_ascii=False).encode("utf-8")
    for text in (certificate.subject, certificate.issuer, *certificate.names):
        assert text.isprintable()
    for moment in (certificate.not_before, certificate.not_after):
        assert moment is None or moment.tzinfo is not None
    assert asdict(read_certificate(der)) == asdict(certificate)
    return certificate


@given(st.binary(max_size=400))
def test_any_bytes_give_a_certificate_or_malformed_message(data: bytes) -> None:
    holds(data)


@given(st.sampled_from(SAMPLES), st.data())
def test_a_proper_prefix_of_a_certificate_is_refused_or_called_truncated(sample: bytes, data: st.DataObject) -> None:
    size = data.draw(st.integers(0, len(sample) - 1))
    certificate = holds(sample[:size])
    assert certificate is None or "truncated" in certificate.malformed


@given(st.sampled_from(SAMPLES), st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(1, 255)), min_size=1, max_size=8))
def test_flipped_bits_give_a_certificate_or_malformed_message(sample: bytes, flips: list[tuple[int, int]]) -> None:
    changed = bytearray(sample)
    for at, mask in flips:
        changed[at % min(len(changed), 600)] ^= mask
    holds(bytes(changed))


@given(st.sampled_from(SAMPLES), st.integers(0, 600), st.binary(max_size=12), st.integers(0, 12))
def test_inserted_and_removed_bytes_give_a_certificate_or_malformed_message(sample: bytes, at: int, new: bytes, gone: int) -> None:
    holds(sample[:at] + new + sample[at + gone :])


@given(
    subject=st.lists(
        st.tuples(st.sampled_from(["2.5.4.3", "2.5.4.10", "1.2.3"]), st.binary(max_size=20), st.sampled_from(range(12, 31)))
    ),
    names=st.lists(st.tuples(st.integers(0x80, 0x88), st.binary(max_size=20))),
    serial=st.binary(max_size=24),
)
def test_any_names_and_serials_are_kept_as_text(
    subject: list[tuple[str, bytes, int]], names: list[tuple[int, bytes]], serial: bytes
) -> None:
    parts = [tlv(0x31, seq(oid(number), tlv(tag, text))) for number, text, tag in subject]
    general = alternative_names(*[tlv(tag, text) for tag, text in names])
    certificate = holds(assembled(subject=seq(*parts), serial=tlv(2, serial), extensions=(general,)))
    assert certificate is not None
    assert certificate.serial == "" or int(certificate.serial, 16) == int.from_bytes(serial, "big", signed=True)


@given(st.integers(0, 16_000), st.integers(-1, 1))
@settings(max_examples=30)
def test_no_number_in_a_key_is_greater_than_a_key_can_be(power: int, more: int) -> None:
    assert holds(assembled(key=spki(EC_KEY, P256_POINT, binary_field((1 << power) + more)))) is not None


@given(st.text())
def test_escaped_text_says_the_same_when_its_escapes_are_undone(text: str) -> None:
    octets, at, written = bytearray(), 0, escaped(text)
    while at < len(written):
        if written[at] != "\\":
            octets += written[at].encode()
            at += 1
        elif written[at + 1] in '"+,;<>\\# ':
            octets += written[at + 1].encode()
            at += 2
        else:
            octets.append(int(written[at + 1 : at + 3], 16))
            at += 3
    assert octets.decode("utf-8", "surrogatepass") == text


@given(st.integers(0, 255), st.binary(max_size=40))
def test_any_time_is_a_moment_or_none(tag: int, value: bytes) -> None:
    moment, as_demanded = read_time(tag, value)
    assert moment is not None or not as_demanded


@given(st.binary(max_size=200))
def test_a_walk_over_any_bytes_goes_forward_and_ends(data: bytes) -> None:
    reader = DerReader(data, set())
    before = -1
    try:
        while not reader.exhausted:
            assert reader.position > before
            before = reader.position
            element = reader.read("anything")
            assert element.start <= element.content <= element.content_end <= element.end <= len(data)
    except MalformedMessage:
        pass


@given(st.lists(st.integers(0, 2**70), max_size=6), st.integers(0, 2), st.integers(0, 39))
def test_an_object_identifier_is_read_back(arcs: list[int], first: int, second: int) -> None:
    number = ".".join(map(str, (first, second, *arcs)))
    assert dotted(oid(number)[2:]) == number


@given(
    st.lists(
        st.tuples(st.binary(min_size=1, max_size=120), st.sampled_from(["CERTIFICATE", "X509 CRL", "PRIVATE KEY"])), max_size=5
    ),
    st.data(),
)
def test_pem_blocks_come_back_whatever_lies_between_them(blocks: list[tuple[bytes, str]], data: st.DataObject) -> None:
    between = st.binary(max_size=30).filter(lambda noise: b"-" not in noise)
    text, starts = data.draw(between), []
    for der, label in blocks:
        starts.append((text.count(b"\n") + 1, len(text)))
        text += b"-----BEGIN %b-----\n%b-----END %b-----\n" % (label.encode(), base64.encodebytes(der), label.encode())
        text += data.draw(between)
    found = list(scan_pem(text))
    assert [(block.der, block.label) for block in found] == blocks
    assert [(block.line, block.offset) for block in found] == starts


@given(
    st.lists(st.sampled_from([b"-----BEGIN ", b"-----END ", b"A", b"-----", b"\n", b"AAAA", b":", b"\xff", b"-"]), max_size=60).map(
        b"".join
    )
)
@example(b"-----BEGIN A-----" * 3)
def test_any_bytes_can_be_scanned_for_pem(data: bytes) -> None:
    last = -1
    for block in scan_pem(data):
        assert block.offset > last
        assert data.startswith(b"-----BEGIN " + block.label.encode() + b"-----", block.offset)
        assert data.count(b"\n", 0, block.offset) + 1 == block.line
        last = block.offset


@settings(max_examples=25)
@given(
    st.lists(VISIBLE, min_size=1, max_size=4),
    st.sampled_from([ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1()]),
    st.integers(1, 2**159 - 1),
)
def test_the_walk_says_what_cryptography_says(values: list[str], curve: ec.EllipticCurve, serial: int) -> None:
    key = ec.derive_private_key(3, curve)
    types = (NameOID.COUNTRY_NAME, NameOID.ORGANIZATION_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME, NameOID.COMMON_NAME)
    attributes = [x509.NameAttribute(kind, text, _validate=False) for kind, text in zip(types[1:], values, strict=False)]
    subject = x509.Name(attributes)
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), serial, NOT_BEFORE, NOT_AFTER)
    der = builder.sign(key, hashes.SHA384()).public_bytes(Encoding.DER)
    ours, theirs = read_certificate(der), x509.load_der_x509_certificate(der)
    assert ours.subject == ours.issuer == theirs.subject.rfc4514_string()
    assert (ours.not_before, ours.not_after) == (theirs.not_valid_before_utc, theirs.not_valid_after_utc)
    assert int(ours.serial, 16) == theirs.serial_number
    assert (ours.public_key.parameter, ours.public_key.size_bits) == (curve.name, curve.key_size)
    assert ours.signature.algorithm == "ecdsa-with-sha384"
    assert ours.malformed == ()
