"""Signatures and encryption as programs write them: OpenSSL, `cryptography`, jarsigner, rpmbuild, osslsigncode, ssh-keygen."""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs7, pkcs12
from pqscan_probes.certificate_file import CertificateFileProbe
from pqscan_probes.signature_file import SignatureFileProbe
from pqscan_probes.signature_file.messages import MARKS

from pqscan.errors import MalformedMessage, WrongProtocol
from pqscan.model.observation import Subject
from pqscan.probe import Mark
from pqscan.registry.quantum import QuantumClass
from pqscan.scan.files.marks import PlainSearcher, YaraSearcher
from pqscan.wire.pki.der import SEQUENCE, DerReader
from tests.integration.signing import (
    EC_CERTIFICATE,
    EC_KEY,
    RSA_CERTIFICATE,
    RSA_KEY,
    needs,
    observations_in,
    outcomes_of,
    run,
    told,
    with_keys,
)  # fmt: skip
from tests.properties.test_signatures import MESSAGES, SAMPLES
from tests.unit.scan.files.making import facts_of
from tests.unit.wire.pki.cms_making import (
    PBES2,
    auth_enveloped,
    encrypted,
    enveloped,
    kem,
    pbes2,
    signed,
    signer,
    transport,
    without_lengths,
)  # fmt: skip
from tests.unit.wire.pki.making import seq, tlv
from tests.unit.wire.pki.making import signed as made_certificate

RSA, ECDSA_SHA256 = "1.2.840.113549.1.1.1", "1.2.840.10045.4.3.2"
BY_RSA = (RSA, "RSA", {"hash": "sha256", "size_bits": 3072})
BY_EC = (ECDSA_SHA256, "ecdsa-with-sha256", {"hash": "sha256", "size_bits": 384, "parameter": "secp384r1"})


def expected(form: str, *signatures: tuple[str, str, dict[str, str | int]]) -> list[tuple[str, str, str, dict[str, str | int]]]:
    return [(value, form, name, stated) for value, name, stated in signatures]


def openssl_cms(folder: Path, *options: str) -> Path:
    needs("openssl")
    run(with_keys(folder), "openssl", "cms", "-in", "message", "-out", "out", *options)
    return folder / "out"


SIGN = ("-sign", "-signer", "rsa.crt", "-inkey", "rsa.pem", "-signer", "ec.crt", "-inkey", "ec.pem")


@pytest.mark.parametrize(
    ("options", "form"),
    [
        (("-outform", "DER", "-nodetach"), "cms"),
        (("-outform", "DER", "-stream", "-nodetach"), "cms"),  # BER: without lengths
        (("-outform", "PEM"), "cms"),
        (("-outform", "PEM", "-stream", "-indef"), "cms"),
        (("-outform", "SMIME"), "smime"),
        (("-outform", "SMIME", "-nodetach"), "smime"),
    ],
)
def test_both_signers_of_a_message_of_openssl_are_told(tmp_path: Path, options: tuple[str, ...], form: str) -> None:
    path = openssl_cms(tmp_path, *SIGN, *options)
    found = told(path)
    key = str
    assert sorted(found, key=key) == sorted(expected(form, BY_RSA, BY_EC), key=key)
    assert all(outcome.profile is not None and outcome.profile.complete for outcome in outcomes_of(path))


def test_certificates_in_octets_are_left_to_their_probe_and_those_in_text_are_told(tmp_path: Path) -> None:
    der, pem, mail = (openssl_cms(tmp_path, *SIGN, "-outform", form).read_bytes() for form in ("DER", "PEM", "SMIME"))
    for data in (der, pem):
        assert facts_of(SignatureFileProbe(), data).certificates == ()
        assert len(facts_of(CertificateFileProbe(), data).certificates) == 2
    with pytest.raises(WrongProtocol):
        facts_of(CertificateFileProbe(), mail)
    assert sorted(facts_of(SignatureFileProbe(), mail).certificates) == sorted(
        one.public_bytes(Encoding.DER) for one in (RSA_CERTIFICATE, EC_CERTIFICATE)
    )


def test_each_recipient_of_a_message_of_openssl_is_told(tmp_path: Path) -> None:
    path = openssl_cms(tmp_path, "-encrypt", "-aes256", "rsa.crt", "ec.crt")
    assert told(path, Subject.DOCUMENT_ENCRYPTION) == [
        (RSA, "smime", "RSA", {"recipient": "key_transport", "size_bits": 3072, "cipher": "aes256-cbc"}),
        (
            "1.3.133.16.840.63.0.2",
            "smime",
            "ECDH",
            {"recipient": "key_agreement", "size_bits": 384, "wrap": "id-aes256-wrap", "cipher": "aes256-cbc"},
        ),
    ]
    assert told(path, Subject.ALGORITHM) == [("AES-256", "encryption", "AES-256", {})]


def test_triple_des_is_not_told_as_des(tmp_path: Path) -> None:
    path = openssl_cms(tmp_path, "-encrypt", "-des3", "rsa.crt")
    assert told(path, Subject.ALGORITHM) == [("3DES", "encryption", "3DES", {})]


@pytest.mark.parametrize(
    ("options", "expected_one"),
    [
        (
            ("-aes-128-gcm", "-recip", "rsa.crt", "-keyopt", "rsa_padding_mode:oaep"),
            (
                "1.2.840.113549.1.1.7", "cms", "RSA-OAEP",
                {"recipient": "key_transport", "size_bits": 3072, "cipher": "aes128-gcm"},
            ),
        ),
        (
            ("-aes128", "-pwri_password", "a planted password"),
            (
                "password", "cms", None,
                {"recipient": "password", "kdf": "PBKDF2", "wrap": "aes128-cbc", "cipher": "aes128-cbc"},
            ),
        ),
        (
            ("-aes128", "-secretkey", "00" * 16, "-secretkeyid", "01"),
            (
                "2.16.840.1.101.3.4.1.5", "cms", "id-aes128-wrap", {"recipient": "shared_key", "cipher": "aes128-cbc"},
            ),
        ),
    ],
)  # fmt: skip
def test_other_ways_to_encrypt_are_told(
    tmp_path: Path, options: tuple[str, ...], expected_one: tuple[str, str, str | None, dict[str, str | int]]
) -> None:
    path = openssl_cms(tmp_path, "-encrypt", "-outform", "DER", *options)
    assert told(path, Subject.DOCUMENT_ENCRYPTION) == [expected_one]


@pytest.mark.parametrize("form", ["DER", "PEM", "SMIME"])
def test_what_is_encrypted_with_a_key_that_both_know_is_told(tmp_path: Path, form: str) -> None:
    path = openssl_cms(tmp_path, "-EncryptedData_encrypt", "-aes256", "-secretkey", "00" * 32, "-outform", form)
    context = "smime" if form == "SMIME" else "cms"
    assert told(path, Subject.DOCUMENT_ENCRYPTION) == [
        ("2.16.840.1.101.3.4.1.42", context, "aes256-cbc", {"recipient": "shared_key", "cipher": "aes256-cbc"})
    ]
    assert [name for _, _, name, _ in told(path, Subject.ALGORITHM)] == ["AES-256"]


@pytest.mark.parametrize(
    "wrap",
    [
        lambda der: der,
        base64.b64encode,
        lambda der: b"-----BEGIN CMS-----\n" + base64.encodebytes(der) + b"-----END CMS-----\n",
        lambda der: b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(der),
        lambda der: json.dumps({"a": "-----BEGIN CMS-----\n" + base64.encodebytes(der).decode()}).encode(),
        lambda der: b"data: " + base64.b64encode(der),
    ],
    ids=["octets", "Base64", "PEM", "a mail", "PEM in JSON", "a value"],
)
def test_what_is_encrypted_by_a_password_is_told(wrap: Callable[[bytes], bytes]) -> None:
    (whole, cipher) = facts_of(SignatureFileProbe(), wrap(encrypted(PBES2, pbes2()))).observations
    assert (whole.value, dict(whole.parameters)) == (
        "password",
        {"recipient": "password", "kdf": "PBKDF2", "cipher": "aes256-cbc"},
    )
    assert cipher.name == "AES-256"


def test_the_safes_of_a_key_store_are_told_by_the_probe_of_key_stores_alone() -> None:
    certificate = x509.load_der_x509_certificate(made_certificate("a"))
    store = pkcs12.serialize_key_and_certificates(b"a", None, certificate, None, BestAvailableEncryption(b"word"))
    inside = encrypted(PBES2, pbes2())
    texts = [b"-----BEGIN X-----\n" + base64.encodebytes(bytes(at) + store + inside) for at in range(3)]
    for data in (store, base64.b64encode(store), bytes(20) + inside, *texts):
        with pytest.raises(WrongProtocol):
            facts_of(SignatureFileProbe(), data)


def test_what_cryptography_writes_is_read() -> None:
    builder = pkcs7.PKCS7SignatureBuilder().set_data(b"text").add_signer(RSA_CERTIFICATE, RSA_KEY, hashes.SHA512())
    facts = facts_of(SignatureFileProbe(), builder.sign(Encoding.SMIME, []))
    (one,) = [one for one in facts.observations if one.subject is Subject.DOCUMENT_SIGNATURE]
    assert (one.context, dict(one.parameters)) == ("smime", {"hash": "sha512", "size_bits": 3072})
    envelope = pkcs7.PKCS7EnvelopeBuilder().set_data(b"text").add_recipient(RSA_CERTIFICATE)
    facts = facts_of(SignatureFileProbe(), envelope.encrypt(Encoding.PEM, []))
    assert [one.subject.value for one in facts.observations] == ["document_encryption", "algorithm"]


def test_post_quantum_signers_and_recipients_are_what_they_are(tmp_path: Path) -> None:
    (tmp_path / "signed").write_bytes(signed(signer("2.16.840.1.101.3.4.3.18"), signer("1.3.6.1.5.5.7.6.39")))
    (tmp_path / "encrypted").write_bytes(enveloped(kem(), transport()))
    assert {(one.name, one.quantum_class) for one in observations_in(tmp_path / "signed")} == {
        ("ML-DSA-65", QuantumClass.POST_QUANTUM),
        ("MLDSA44-Ed25519-SHA512", QuantumClass.PQT_HYBRID),
    }
    assert told(tmp_path / "encrypted", Subject.DOCUMENT_ENCRYPTION)[1] == (
        "2.16.840.1.101.3.4.4.2",
        "cms",
        "ML-KEM-768",
        {"recipient": "kem", "kdf": "id-alg-hkdf-with-sha256", "wrap": "id-aes256-wrap", "cipher": "aes256-cbc"},
    )


def test_a_message_in_json_and_in_source_code_is_read(tmp_path: Path) -> None:
    der = pkcs7.PKCS7SignatureBuilder().set_data(b"t").add_signer(EC_CERTIFICATE, EC_KEY, hashes.SHA256()).sign(Encoding.DER, [])
    (tmp_path / "a.json").write_text(json.dumps({"bundle": {"signature": base64.b64encode(der).decode()}}, indent=2))
    (tmp_path / "b").write_text('x = "' + base64.encodebytes(der).decode().replace("\n", "\\n") + '"\n')
    for name in ("a.json", "b"):
        assert told(tmp_path / name) == expected("cms", BY_EC)


def test_a_bundle_of_certificates_is_signed_by_nobody(tmp_path: Path) -> None:
    bundle = pkcs7.serialize_certificates([RSA_CERTIFICATE, EC_CERTIFICATE], Encoding.DER)
    with pytest.raises(WrongProtocol):
        facts_of(SignatureFileProbe(), bundle)


@pytest.mark.parametrize("mark", [one for one in MARKS if "base64" in one.name], ids=lambda mark: mark.name)
def test_words_that_begin_as_a_message_in_base64_and_are_none_are_passed_over(mark: Mark) -> None:
    for sign in b"-A\n":
        begin = bytes(sign if pair == "??" else int(pair, 16) for pair in mark.pattern.split())
        with contextlib.suppress(WrongProtocol, MalformedMessage):
            facts_of(SignatureFileProbe(), begin + b"A" * 400)


def test_a_message_that_is_cut_off_is_told_and_not_passed_over() -> None:
    with pytest.raises(MalformedMessage):
        facts_of(SignatureFileProbe(), signed(signer())[:-9])


def test_messages_beside_one_that_cannot_be_read_are_told_and_it_is_said() -> None:
    facts = facts_of(SignatureFileProbe(), signed(signer()) + signed(signer())[:-9])
    assert len(facts.observations) == 1
    assert not facts.complete
    assert facts.detail is not None
    assert (facts.detail.code, facts.detail.parameters) == ("signatures_unreadable", (("count", 1),))


def test_a_signed_jar_tells_its_signature_and_the_hash_of_its_files(tmp_path: Path) -> None:
    needs("jarsigner")
    needs("jar")
    (tmp_path / "a.txt").write_text("text")
    store = ("-keystore", "store", "-storepass", "changeit", "-storetype", "PKCS12")
    run(tmp_path, "jar", "cf", "a.jar", "a.txt")
    run(tmp_path, "keytool", "-genkeypair", "-alias", "a", "-keyalg", "RSA", "-keysize", "2048", "-dname", "CN=a", *store)
    run(tmp_path, "jarsigner", *store, "-sigalg", "SHA384withRSA", "a.jar", "a")
    ((value, form, name, stated),) = told(tmp_path / "a.jar")
    assert (form, stated) == ("jar", {"hash": "sha384", "size_bits": 2048})
    assert (value, name) in {(RSA, "RSA"), ("1.2.840.113549.1.1.12", "sha384WithRSAEncryption")}
    ((digest, context, _, _),) = told(tmp_path / "a.jar", Subject.ALGORITHM)
    assert digest.startswith("SHA-")
    assert context == "hash"


def test_a_signature_of_ssh_is_told(tmp_path: Path) -> None:
    needs("ssh-keygen")
    (tmp_path / "message").write_text("text")
    run(tmp_path, "ssh-keygen", "-q", "-t", "ecdsa", "-b", "521", "-N", "", "-f", "key")
    run(tmp_path, "ssh-keygen", "-Y", "sign", "-f", "key", "-n", "git", "message")
    commit = "tree 0\ngpgsig " + (tmp_path / "message.sig").read_text().replace("\n", "\n ")
    (tmp_path / "commit").write_text(commit)
    for name, line in (("message.sig", 2), ("commit", 3)):
        ((value, form, named, stated),) = told(tmp_path / name)
        assert (value, form, named) == ("ecdsa-sha2-nistp521", "ssh", "EC")
        assert stated == {"hash": "sha512", "size_bits": 521, "parameter": "secp521r1"}
        (one,) = observations_in(tmp_path / name)
        assert one.where is not None
        assert one.where.line == line


@pytest.mark.parametrize(("kind", "form", "hashed"), [(b"ED", "minisign", "blake2b512"), (b"Ed", "signify", None)])
def test_signatures_of_minisign_and_signify_are_told(tmp_path: Path, kind: bytes, form: str, hashed: str | None) -> None:
    text = b"untrusted comment: of somebody\n" + base64.b64encode(kind + bytes(72)) + b"\ntrusted comment: a secret name\n"
    (tmp_path / "a").write_bytes(text)
    ((value, told_form, _, stated),) = told(tmp_path / "a")
    assert (value, told_form, stated.get("hash")) == ("Ed25519", form, hashed)
    (tmp_path / "key").write_bytes(b"untrusted comment: key\n" + base64.b64encode(b"Ed" + bytes(40)) + b"\n")
    assert told(tmp_path / "key") == []


def test_both_ways_of_searching_find_the_same_marks() -> None:
    pytest.importorskip("yara_x")
    anywhere = tuple(mark for mark in SignatureFileProbe.marks if not mark.at_start)
    plain, fast = PlainSearcher(anywhere), YaraSearcher(anywhere)
    for sample in SAMPLES:
        for data in (sample, base64.b64encode(sample), b"x" + sample + sample):
            assert plain.find(data) == fast.find(data)


WIDEST = 70_001  # By four octets, of which two would do.


@pytest.mark.parametrize("der", [*MESSAGES, auth_enveloped(kem()), without_lengths(auth_enveloped(kem()))])
@pytest.mark.parametrize("size", [0, 200, 70_000, WIDEST])
def test_a_message_of_any_size_is_found_as_octets_and_in_base64(der: bytes, size: int) -> None:
    """Its length takes from one to four octets, and moves all letters of Base64 behind it."""
    if not der.startswith(b"\x30\x80"):  # Without a length its size says nothing.
        head = 2 + (der[1] & 0x7F if der[1] & 0x80 else 0)
        inside = DerReader(der, set()).enter("ContentInfo", SEQUENCE)
        kind, content = inside.read("contentType").encoded, inside.enter("content", 0xA0).read("content")
        padded = seq(kind, tlv(0xA0, seq(content.value, tlv(0x84, bytes(size)))) if size else der[head + len(kind) :])
        der = padded if size != WIDEST else b"\x30\x84" + (len(padded) - 5).to_bytes(4) + padded[5:]
    subjects = {one.subject for one in facts_of(SignatureFileProbe(), der).observations}
    assert subjects & {Subject.DOCUMENT_SIGNATURE, Subject.DOCUMENT_ENCRYPTION}
    text = base64.encodebytes(der)
    assert subjects == {one.subject for one in facts_of(SignatureFileProbe(), b"text: " + text).observations}
