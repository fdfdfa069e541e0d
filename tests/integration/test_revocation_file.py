"""Revocation lists, messages of OCSP and time stamps as `cryptography` and OpenSSL write them."""

from __future__ import annotations

import shutil
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pqscan_probes.revocation_file import RevocationFileProbe

from pqscan.app import assess, open_store, scan_files
from pqscan.errors import MalformedMessage, WrongProtocol
from pqscan.model.observation import Observation, Subject, Where
from pqscan.model.outcome import Facts
from pqscan.model.target import FileTarget
from pqscan.policy.state import State
from pqscan.registry.quantum import QuantumClass
from pqscan.scan.files.bounds import Bounds
from pqscan.scan.files.examine import Examiner
from pqscan.wire.pki.der import SEQUENCE, DerReader
from tests.unit.scan.files.making import facts_of
from tests.unit.wire.pki import cms_making as cms
from tests.unit.wire.pki.making import integer, name, oid, seq, tlv

NOW = datetime(2026, 11, 1, tzinfo=UTC)
RSA, EC = rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP256R1())
SHA256 = hashes.SHA256()
NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "CA")])


def probe(data: bytes) -> Facts:
    return facts_of(RevocationFileProbe(), data)


def one(data: bytes) -> tuple[Observation, dict[str, str | int]]:
    (observation,) = probe(data).observations
    return observation, dict(observation.parameters)


def crl(
    key: CertificateIssuerPrivateKeyTypes = RSA, hashed: hashes.SHA256 | hashes.SHA384 | None = SHA256, revoked: int = 3
) -> bytes:
    builder = x509.CertificateRevocationListBuilder().issuer_name(NAME).last_update(NOW).next_update(NOW + timedelta(30))
    for number in range(revoked):
        row = x509.RevokedCertificateBuilder().serial_number(1_000_000 + number).revocation_date(NOW).build()
        builder = builder.add_revoked_certificate(row)
    return builder.sign(key, hashed).public_bytes(Encoding.DER)


def certificate(key: CertificateIssuerPrivateKeyTypes = RSA, purpose: x509.ObjectIdentifier | None = None) -> x509.Certificate:
    builder = x509.CertificateBuilder().subject_name(NAME).issuer_name(NAME).public_key(key.public_key())
    builder = builder.serial_number(7).not_valid_before(NOW).not_valid_after(NOW + timedelta(3650))
    if purpose is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=True)
    return builder.sign(key, hashes.SHA256())


def pem(label: str, der: bytes) -> bytes:
    import base64

    return f"-----BEGIN {label}-----\n".encode() + base64.encodebytes(der) + f"-----END {label}-----\n".encode()


@pytest.mark.parametrize(
    ("key", "hashed", "name", "hash_name"),
    [
        (RSA, hashes.SHA256(), "sha256WithRSAEncryption", "sha256"),
        (EC, hashes.SHA384(), "ecdsa-with-sha384", "sha384"),
        (ed25519.Ed25519PrivateKey.generate(), None, "Ed25519", None),
        (mldsa.MLDSA65PrivateKey.generate(), None, "ML-DSA-65", None),
    ],
)
def test_a_revocation_list_tells_how_it_is_signed_and_by_whom(
    key: CertificateIssuerPrivateKeyTypes, hashed: hashes.SHA256 | None, name: str, hash_name: str | None
) -> None:
    der = crl(key, hashed)
    for data, where in (
        (der, Where(offset=0)),
        (bytes(50) + der + bytes(9), Where(offset=50)),
        (b"text\n" + pem("X509 CRL", der), Where(line=2, offset=5)),
    ):
        observation, stated = one(data)
        assert (observation.subject, observation.context) == (Subject.DOCUMENT_SIGNATURE, "crl")
        assert (observation.name, stated.get("hash"), stated["issuer"]) == (name, hash_name, "CN=CA")
        assert observation.where == where


def test_how_many_are_revoked_changes_nothing_that_is_kept() -> None:
    assert probe(crl(EC, revoked=1)).observations[0].parameters == probe(crl(EC, revoked=9)).observations[0].parameters


def asked(hashed: hashes.SHA1 | hashes.SHA256) -> bytes:
    holder = certificate()
    return ocsp.OCSPRequestBuilder().add_certificate(holder, holder, hashed).build().public_bytes(Encoding.DER)


@pytest.mark.parametrize(("hashed", "name"), [(hashes.SHA1(), "SHA-1"), (hashes.SHA256(), "SHA-256")])
def test_a_request_of_ocsp_tells_the_hash_by_which_it_asks(hashed: hashes.SHA1 | hashes.SHA256, name: str) -> None:
    for data in (asked(hashed), pem("OCSP REQUEST", asked(hashed))):
        observation, stated = one(data)
        assert (observation.subject, observation.name, observation.context) == (Subject.ALGORITHM, name, "hash")
        assert stated == {"of": "ocsp_request"}


def test_a_response_of_ocsp_tells_how_it_is_signed() -> None:
    holder = certificate()
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=holder, issuer=holder, algorithm=hashes.SHA1(), cert_status=ocsp.OCSPCertStatus.GOOD, this_update=NOW,
        next_update=None, revocation_time=None, revocation_reason=None,
    )  # fmt: skip
    for responder, issuer in ((ocsp.OCSPResponderEncoding.NAME, "CN=CA"), (ocsp.OCSPResponderEncoding.HASH, None)):
        der = builder.responder_id(responder, holder).sign(RSA, hashes.SHA256()).public_bytes(Encoding.DER)
        for data in (der, bytes(30) + der):
            observation, stated = one(data)
            assert (observation.context, observation.name) == ("ocsp", "sha256WithRSAEncryption")
            assert (stated["hash"], stated["names_by"], stated.get("issuer")) == ("sha256", "sha1", issuer)


def openssl(*arguments: str, folder: Path, data: bytes = b"") -> bytes:
    if shutil.which("openssl") is None:
        pytest.skip("this machine has no openssl")
    return subprocess.run(["openssl", *arguments], input=data, cwd=folder, capture_output=True, check=True).stdout


def test_requests_and_answers_of_a_time_stamping_service_as_openssl_writes_them(tmp_path: Path) -> None:
    service = certificate(EC, ExtendedKeyUsageOID.TIME_STAMPING)
    (tmp_path / "key.pem").write_bytes(EC.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (tmp_path / "cert.pem").write_bytes(service.public_bytes(Encoding.PEM))
    (tmp_path / "serial").write_text("01")
    (tmp_path / "ts.cnf").write_text(
        "[tsa]\ndefault_tsa = a\n[a]\nserial = serial\nsigner_cert = cert.pem\nsigner_key = key.pem\nsigner_digest = sha384\n"
        "default_policy = 1.2.3.4\ndigests = sha256, sha512\ness_cert_id_alg = sha256\n"
    )
    question = openssl("ts", "-query", "-digest", "ab" * 64, "-sha512", "-cert", folder=tmp_path)
    observation, stated = one(question)
    assert (observation.name, stated) == ("SHA-512", {"of": "timestamp_request"})
    (tmp_path / "q").write_bytes(question)
    for options in ((), ("-token_out",)):
        answer = openssl("ts", "-reply", "-queryfile", "q", "-config", "ts.cnf", *options, folder=tmp_path)
        with pytest.raises(WrongProtocol):  # A signed message: the probe of signatures tells it.
            one(answer)


def test_what_is_signed_and_no_time_stamp_is_left_to_others(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_bytes(EC.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (tmp_path / "cert.pem").write_bytes(certificate(EC).public_bytes(Encoding.PEM))
    signed = openssl("cms", "-sign", "-signer", "cert.pem", "-inkey", "key.pem", "-outform", "DER", folder=tmp_path, data=b"text")
    for data in (signed, certificate().public_bytes(Encoding.DER), b"-----BEGIN X509 CRL-----", b"30 82"):
        with pytest.raises(WrongProtocol):
            probe(data)


def test_a_damaged_list_is_told_and_the_others_stand() -> None:
    facts = probe(pem("X509 CRL", crl()[:-20]) + pem("X509 CRL", crl(EC)))
    assert (len(facts.observations), facts.complete) == (1, False)
    assert facts.detail is not None
    assert facts.detail.code == "revocations_unreadable"


def test_a_list_is_judged_by_its_signature(tmp_path: Path) -> None:
    (tmp_path / "a.crl").write_bytes(crl())
    (tmp_path / "b.crl").write_bytes(crl(mldsa.MLDSA65PrivateKey.generate(), None))
    with open_store(str(tmp_path / "store.sqlite"), create=True) as store:
        scan_files([tmp_path / "a.crl", tmp_path / "b.crl"], store, machine="here")
        states = [target.authentication.state for target in assess(store).targets()]
    assert states == [State.VULNERABLE, State.EXCLUSIVE]


def test_the_class_of_the_signature_is_told() -> None:
    assert one(crl(mldsa.MLDSA65PrivateKey.generate(), None))[0].quantum_class is QuantumClass.POST_QUANTUM


def test_overlapping_beginnings_are_left_at_some_point() -> None:
    head = bytes.fromhex("3083 7fffff 3083 7fffff 020101 300d06".replace(" ", ""))
    assert not probe(crl(EC) + head * 200_000).complete


def lengthened(der: bytes, octets: int) -> bytes:
    """The same list with many more rows of it, as bare octets."""
    reader = DerReader(der, set()).enter("CertificateList", SEQUENCE)
    signed = reader.read("tbsCertList", SEQUENCE)
    content, rest = signed.value + bytes(octets), der[signed.end :]
    inner = b"\x30\x84" + len(content).to_bytes(4) + content
    return b"\x30\x84" + len(inner + rest).to_bytes(4) + inner + rest


def test_a_list_of_any_size_is_told(tmp_path: Path) -> None:
    expected = probe(crl(EC)).observations[0].parameters
    for octets in (9 << 20, 17 << 20):
        (tmp_path / "a.crl").write_bytes(lengthened(crl(EC), octets))
        examiner = Examiner((RevocationFileProbe(),), Bounds(), lambda: NOW, time.monotonic)
        (outcome,) = examiner.examine(FileTarget("machine", str(tmp_path / "a.crl"))).outcomes
        assert outcome.profile is not None
        assert [one.parameters for one in outcome.profile.observations] == [expected]


def test_a_list_that_ends_before_its_time_is_none() -> None:
    with pytest.raises(WrongProtocol):
        probe(lengthened(crl(EC), 9 << 20)[:-9])


def pkcs7_of(tmp_path: Path, form: str) -> bytes:
    (tmp_path / "list.pem").write_bytes(pem("X509 CRL", crl(EC)))
    (tmp_path / "certificate.pem").write_bytes(certificate().public_bytes(Encoding.PEM))
    command = ("crl2pkcs7", "-in", "list.pem", "-certfile", "certificate.pem", "-outform", form)
    return openssl(*command, folder=tmp_path)


@pytest.mark.parametrize(("form", "where"), [("PEM", Where(line=1, offset=0)), ("DER", None)])
def test_a_list_in_a_bundle_as_openssl_writes_it_is_told_in_either_form(tmp_path: Path, form: str, where: Where | None) -> None:
    observation, stated = one(pkcs7_of(tmp_path, form))
    assert (observation.context, observation.name, stated["issuer"]) == ("crl", "ecdsa-with-sha256", "CN=CA")
    assert where is None or observation.where == where


def test_a_list_in_a_bundle_that_windows_has_encoded_is_told(tmp_path: Path) -> None:
    der = pkcs7_of(tmp_path, "DER")
    assert one(pem("CERTIFICATE", der))[0].context == "crl"
    with pytest.raises(WrongProtocol):
        probe(pem("CERTIFICATE", certificate().public_bytes(Encoding.DER)))


def test_lists_of_version_1_and_answers_of_ocsp_in_a_bundle_are_told() -> None:
    plain = seq(seq(oid("1.2.840.10045.4.3.2")), name(), tlv(0x17, b"261101000000Z"))
    first = seq(plain, seq(oid("1.2.840.10045.4.3.2")), tlv(3, b"\0signature"))
    data = (seq(oid("2.16.840.1.101.3.4.2.1"), tlv(4, b""), tlv(4, b""), integer(1)),)
    answers = seq(tlv(0xA1, name()), tlv(0x18, b"20260101000000Z"), seq(seq(seq(data[0]))))
    basic = seq(answers, seq(oid("1.2.840.113549.1.1.11")), tlv(3, b"\0signature"))
    answer = seq(tlv(0x0A, b"\0"), tlv(0xA0, seq(oid("1.3.6.1.5.5.7.48.1.1"), tlv(4, basic))))
    other = tlv(0xA1, oid("1.3.6.1.5.5.7.16.2"), answer)
    bundle = cms.signed(certificates=certificate().public_bytes(Encoding.DER), revocations=first + other)
    expected = {("crl", "ecdsa-with-sha256"), ("ocsp", "sha256WithRSAEncryption")}
    assert {(found.context, found.name) for found in probe(pem("PKCS7", bundle)).observations} == expected
    assert {(found.context, found.name) for found in probe(bytes(9) + bundle).observations} == {("crl", "ecdsa-with-sha256")}


def test_a_list_in_a_bundle_that_cannot_be_read_is_told_and_stops_nothing() -> None:
    facts = probe(pem("PKCS7", cms.signed(revocations=seq(seq(), seq()) + crl(EC))))
    assert (len(facts.observations), facts.complete) == (1, False)


ATTRIBUTES = Path(__file__).parents[1] / "vectors" / "attributes"


@pytest.mark.parametrize(("kind", "name"), [("ec", "ecdsa-with-sha256"), ("ml-dsa-65", "ML-DSA-65")])
def test_a_certificate_of_attributes_tells_how_it_is_signed_and_by_whom(kind: str, name: str) -> None:
    der = (ATTRIBUTES / f"attribute-{kind}.der").read_bytes()
    bundle = (ATTRIBUTES / f"attribute-{kind}.p7b").read_bytes()
    for data, line in ((der, None), (pem("ATTRIBUTE CERTIFICATE", der), 1), (bundle, None), (pem("CMS", bundle), 1)):
        observation, stated = one(data)
        assert (observation.subject, observation.context) == (Subject.DOCUMENT_SIGNATURE, "attribute_certificate")
        assert (observation.name, stated["issuer"]) == (name, "O=Example,CN=Attributes")
        assert (observation.where or Where()).line == line


def attributes(issuer: bytes, version: bytes = integer(1), holder: bytes | None = None) -> bytes:
    """A certificate of attributes that nobody has signed."""
    validity = seq(tlv(0x18, b"20260101000000Z"), tlv(0x18, b"20270101000000Z"))
    algorithm = seq(oid("1.2.840.10045.4.3.2"))
    inside = seq(version, holder or seq(tlv(0xA1, b"")), issuer, algorithm, integer(7), validity, seq())
    return seq(inside, algorithm, tlv(3, b"\0" + bytes(130)))


@pytest.mark.parametrize(
    ("der", "issuer"),
    [
        (attributes(seq(tlv(0xA4, name()))), "CN=a.example"),
        (attributes(tlv(0xA0, seq(tlv(0x82, b"a.example"), tlv(0xA4, name())))), "CN=a.example"),
        (attributes(tlv(0xA0)), None),
        (attributes(seq(tlv(0xA4, name())), b"", tlv(0xA1, b"")), "CN=a.example"),
    ],
    ids=["v1Form", "v2Form", "without a name", "version 1"],
)
def test_each_form_of_an_issuer_of_attributes_is_read(der: bytes, issuer: str | None) -> None:
    assert one(pem("ATTRIBUTE CERTIFICATE", der))[1].get("issuer") == issuer


@pytest.mark.parametrize("der", [attributes(seq())[:-1], attributes(integer(1)), attributes(seq(), holder=integer(1))])
def test_what_begins_as_a_certificate_of_attributes_and_is_none_is_told_in_pem_alone(der: bytes) -> None:
    with pytest.raises(MalformedMessage):
        probe(pem("ATTRIBUTE CERTIFICATE", der))
    with pytest.raises(WrongProtocol):
        probe(der)


def test_attributes_in_a_bundle_that_cannot_be_read_are_told_and_stop_nothing() -> None:
    facts = probe(pem("PKCS7", cms.signed(certificates=tlv(0xA2, seq(integer(1))), revocations=crl(EC))))
    assert (len(facts.observations), facts.complete) == (1, False)
