"""Certificate files as people have them, written by OpenSSL and `cryptography`, and the certificate folder of this machine."""

from __future__ import annotations

import base64
import json
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, mldsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs7
from pqscan_probes.certificate_file import MOST_CERTIFICATES, CertificateFileProbe

from pqscan.errors import MalformedMessage, WrongProtocol
from pqscan.model.certificate import Certificate
from pqscan.model.observation import Observation, Subject, Usage, Where
from pqscan.model.outcome import Facts
from pqscan.registry.quantum import QuantumClass
from pqscan.scan.files.marks import MOST_PLACES
from pqscan.wire.pki.certificate import read_certificate
from pqscan.wire.pki.pem import scan_pem
from tests.unit.scan.files.making import facts_of
from tests.unit.wire.pki import cms_making as cms
from tests.unit.wire.pki.making import assembled, signed

MACHINE = Path("/etc/ssl/certs")
ROOT_KEY = ec.derive_private_key(31, ec.SECP256R1())
ROOT = signed("Root", key=ROOT_KEY, ca=True)
LEAF = signed("a.example", issuer=(ROOT_KEY, "Root"))


def probe(data: bytes) -> Facts:
    return facts_of(CertificateFileProbe(), data, "some.pem")


def pem(der: bytes, label: str = "CERTIFICATE") -> bytes:
    return f"-----BEGIN {label}-----\n".encode() + base64.encodebytes(der) + f"-----END {label}-----\n".encode()


def about(facts: Facts, subject: Subject) -> Sequence[Observation]:
    return [observation for observation in facts.observations if observation.subject is subject]


def openssl(*arguments: str, data: bytes) -> str:
    done = subprocess.run(["openssl", *arguments], input=data, capture_output=True, check=True)
    return done.stdout.decode("utf-8", "replace")


@pytest.mark.parametrize("encoding", [Encoding.DER, Encoding.PEM])
def test_certificates_in_a_bundle_of_pkcs_7_are_found_in_either_form(encoding: Encoding) -> None:
    certificates = [x509.load_der_x509_certificate(der) for der in (LEAF, ROOT)]
    facts = probe(pkcs7.serialize_certificates(certificates, encoding))
    assert set(facts.certificates) == {LEAF, ROOT}
    places = {observation.where for observation in facts.observations}
    assert (places == {Where(line=1, offset=0)}) is (encoding is Encoding.PEM)


@pytest.mark.parametrize("label", ["PKCS7", "CERTIFICATE", None])
def test_a_certificate_of_version_1_in_a_bundle_is_found_beside_others(label: str | None) -> None:
    """`certutil -encode` writes CERTIFICATE above a bundle, too."""
    old = assembled(version=b"")
    bundle = cms.signed(certificates=LEAF + old)
    facts = probe(pem(bundle, label) if label else b"before it" + bundle)
    assert set(facts.certificates) == {LEAF, old}
    assert facts.complete


def test_nothing_behind_a_certificate_in_its_block_is_kept() -> None:
    secret = ROOT_KEY.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    assert probe(pem(LEAF + secret)).certificates == (LEAF,)
    assert probe(LEAF + secret).certificates == (LEAF,)


def test_a_certificate_that_goes_on_as_a_private_key_is_not_kept() -> None:
    words = b"-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA"
    with pytest.raises(MalformedMessage):
        probe(LEAF[: -len(words)] + words)


def test_a_pem_file_gives_key_and_signature_with_their_place() -> None:
    key = mldsa.MLDSA65PrivateKey.generate()
    text = b"Bag Attributes\n" + pem(signed("a.example", key=key))
    facts = probe(text)
    (own,), (signature,) = about(facts, Subject.CERTIFICATE_KEY), about(facts, Subject.CERTIFICATE_SIGNATURE)
    assert (own.name, own.value, own.quantum_class) == ("ML-DSA-65", "2.16.840.1.101.3.4.3.18", QuantumClass.POST_QUANTUM)
    assert own.parameters == (("parameter", "ML-DSA-65"), ("size_bits", 15616))
    assert (own.where, own.usage, own.context) == (Where(line=2, offset=15), Usage.PRESENT, "file")
    assert signature.name == "ML-DSA-65"
    assert facts.complete


BARE = base64.b64encode(LEAF).decode()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f'{{\n "certificate": "{BARE}"}}', 2),
        (f'{{"certificate": ["{BARE}"]}}', 1),
        (f"idp.x509cert={BARE}\n", 1),
        ("cert: |\n" + "".join(f"  {BARE[at : at + 64]}\n" for at in range(0, len(BARE), 64)) + "next: MII\n", 2),
        (BARE, 1),
        (json.dumps({"a": BARE}).replace("+", "\\u002B").replace("/", "\\/"), 1),
        (json.dumps({"a": "".join(f"{BARE[at : at + 64]}\r\n" for at in range(0, len(BARE), 64))}), 1),
        (f'<wsse:BinarySecurityToken ValueType="X509v3">\n{BARE}</wsse:BinarySecurityToken>', 2),
        (f"<plist><data>\n\t{BARE}\n\t</data></plist>", 2),
    ],
    ids=["json", "list", "properties", "yaml", "alone", "escaped", "lines-escaped", "soap", "plist"],
)
def test_a_certificate_without_lines_of_pem_is_found_as_a_value(text: str, line: int) -> None:
    facts = probe(text.encode())
    assert facts.certificates == (LEAF,)
    where = about(facts, Subject.CERTIFICATE_KEY)[0].where
    assert where is not None
    assert (where.line, facts.complete) == (line, True)


@pytest.mark.parametrize(
    "text",
    [
        f'{{"x5c": ["{BARE}"]}}',
        f"<X509Certificate>{BARE}</X509Certificate>",
        f'"{BARE[:200]}"',
        f'"a{BARE}"',
        f'"MII=\n{BARE[5:]}"',
    ],
)
def test_base64_that_is_told_elsewhere_or_is_cut_off_is_left(text: str) -> None:
    with pytest.raises(WrongProtocol):
        probe(text.encode())


def test_a_certificate_in_pem_is_told_once() -> None:
    assert len(about(probe(pem(LEAF)), Subject.CERTIFICATE_KEY)) == 1


def test_what_claims_to_be_long_a_thousand_times_is_left_at_some_point() -> None:
    claim = base64.b64encode(bytes.fromhex("3082ffff3082fffba003020102020101")).decode()
    facts = probe(f'"{BARE}",'.encode() + f'"{claim}",'.encode() * 1_000)
    assert facts.certificates == (LEAF,)
    assert not facts.complete


def test_a_der_file_is_known_by_its_content() -> None:
    facts = probe(LEAF)
    assert facts.certificates == (LEAF,)
    assert about(facts, Subject.CERTIFICATE_KEY)[0].where == Where(offset=0)


def test_a_chain_and_a_bundle_are_told_apart() -> None:
    stray = signed("Stray", ca=True)
    facts = probe(pem(LEAF) + pem(ROOT) + pem(stray) + pem(ROOT))
    digests = {der: read_certificate(der).sha256 for der in (LEAF, ROOT, stray)}
    assert [chain.certificates for chain in facts.chains] == [
        (digests[LEAF], digests[ROOT]),
        (digests[stray],),
        (digests[ROOT],),
    ]
    assert {chain.context for chain in facts.chains} == {"file"}
    assert facts.certificates == (LEAF, ROOT, stray)


def test_a_malformed_certificate_is_told_of_beside_what_it_says() -> None:
    facts = probe(pem(assembled(serial=b"\x02\x01\xef") + b"\x00"))
    (behaviour,) = about(facts, Subject.BEHAVIOUR)
    assert (behaviour.value, behaviour.parameters) == ("malformed_certificate", (("codes", "negative_serial trailing_bytes"),))
    assert about(facts, Subject.CERTIFICATE_KEY)[0].name == "EC"


def test_a_broken_block_does_not_hide_the_others_and_the_answer_is_not_complete() -> None:
    facts = probe(b"-----BEGIN CERTIFICATE-----\nMIIBAAAAAAAAAAAAA!A\n-----END CERTIFICATE-----\n" + pem(LEAF))
    assert facts.certificates == (LEAF,)
    assert not facts.complete
    assert facts.detail is not None
    assert (facts.detail.code, dict(facts.detail.parameters)) == ("certificates_unreadable", {"count": 1, "line": 1})


@pytest.mark.parametrize("data", [b"", b"hello", b"\x30\x03\x02\x01\x00", pem(b"x", "X509 CRL"), b"\x89PNG\r\n\x1a\n", bytes(1000)])
def test_another_content_is_the_wrong_protocol(data: bytes) -> None:
    with pytest.raises(WrongProtocol, match=r"some\.pem"):
        probe(data)


def test_a_file_whose_only_certificate_is_beyond_reading_is_malformed() -> None:
    with pytest.raises(MalformedMessage, match="line 1"):
        probe(pem(b"no certificate"))


@pytest.mark.parametrize("kept", [0.3, 0.9])
def test_a_certificate_that_is_cut_off_is_told_as_unreadable_and_never_named(kept: float) -> None:
    with pytest.raises(MalformedMessage, match="cannot be read"):
        probe(LEAF[: int(len(LEAF) * kept)])
    facts = probe(pem(LEAF) + bytes(8) + ROOT[: int(len(ROOT) * kept)])
    assert facts.certificates == (LEAF,)
    assert not facts.complete


def test_more_certificates_than_are_kept_are_cut_and_said() -> None:
    facts = probe(pem(ROOT) * (MOST_CERTIFICATES + 1))
    assert len(about(facts, Subject.CERTIFICATE_KEY)) == MOST_CERTIFICATES
    assert not facts.complete
    assert facts.detail is not None
    assert facts.detail.code == "file_cut"


def test_what_lies_behind_too_many_broken_blocks_is_cut_and_said() -> None:
    facts = probe(pem(LEAF) + b"-----BEGIN X509 CRL-----\n" * MOST_PLACES + pem(ROOT))
    assert facts.certificates == (LEAF,)
    assert facts.detail is not None
    assert facts.detail.code == "file_cut"


def test_what_openssl_trusts_is_read_without_its_trust() -> None:
    written = openssl("x509", "-inform", "DER", "-addtrust", "serverAuth", "-trustout", data=LEAF).encode()
    assert b"TRUSTED CERTIFICATE" in written
    facts = probe(written)
    assert facts.certificates == (LEAF,)
    assert about(facts, Subject.BEHAVIOUR) == []


def test_the_bundle_of_this_machine_is_read_whole() -> None:
    bundle = MACHINE / "ca-certificates.crt"
    if not bundle.is_file():
        pytest.skip("this machine has no ca-certificates.crt (package ca-certificates)")
    data = bundle.read_bytes()
    facts = probe(data)
    assert len(facts.certificates) == data.count(b"-----BEGIN CERTIFICATE-----")
    assert facts.complete
    assert len(facts.chains) == len(facts.certificates)  # Roots follow each other; none issued the next.


KEY_SIZE = re.compile(r"Public-Key: \((\d+) bit")
SIGNATURE = re.compile(r"Signature Algorithm: (\S+)")
FIELDS = ("-serial", "-subject", "-startdate", "-enddate", "-nameopt", "RFC2253,utf8,-esc_msb", "-dateopt", "iso_8601")


def told_by_openssl(der: bytes) -> dict[str, str]:
    text = openssl("x509", "-inform", "DER", "-noout", "-text", *FIELDS, data=der)
    fields = dict(line.split("=", 1) for line in text.splitlines() if re.match(r"(serial|subject|notBefore|notAfter)=", line))
    size, signature = KEY_SIZE.search(text), SIGNATURE.search(text)
    assert size is not None
    assert signature is not None
    return fields | {"size": size.group(1), "signature": signature.group(1)}


def as_openssl_says(certificate: Certificate) -> dict[str, str]:
    assert certificate.not_before is not None
    assert certificate.not_after is not None
    moments = {"notBefore": certificate.not_before, "notAfter": certificate.not_after}
    return {
        "serial": certificate.serial.upper(),
        "size": str(certificate.public_key.size_bits),
        "signature": certificate.signature.algorithm,
        **{name: f"{moment:%Y-%m-%d %H:%M:%SZ}" for name, moment in moments.items()},
    }


def test_openssl_says_the_same_of_every_certificate_of_this_machine() -> None:
    bundle = MACHINE / "ca-certificates.crt"
    if not bundle.is_file():
        pytest.skip("this machine has no ca-certificates.crt (package ca-certificates)")
    compared = 0
    for block in scan_pem(bundle.read_bytes()):
        theirs, certificate = told_by_openssl(block.der), read_certificate(block.der)
        subject = theirs.pop("subject")
        theirs["signature"] = theirs["signature"].replace("SHA", "sha") if "ecdsa" in theirs["signature"] else theirs["signature"]
        assert as_openssl_says(certificate) == theirs, certificate.subject
        if re.fullmatch(r"((CN|OU|O|L|ST|C)=[\w .()/-]+,?)+", certificate.subject):
            assert certificate.subject == subject
        compared += 1
    assert compared > 100
