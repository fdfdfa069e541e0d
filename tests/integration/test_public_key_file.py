"""Public keys as people have them, written by OpenSSL, OpenSSH and `cryptography`."""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from pqscan_probes.public_key_file import PublicKeyFileProbe

from pqscan.app import assess, open_store, scan_files
from pqscan.errors import MalformedMessage, WrongProtocol
from pqscan.model.observation import Subject, Usage, Where
from pqscan.model.outcome import Chain, Facts
from pqscan.policy.state import State
from pqscan.registry.quantum import QuantumClass
from pqscan.wire.pki.bare_key import read_bare_key
from pqscan.wire.ssh.host_key import read_host_key
from tests.unit.scan.files.making import facts_of

RSA, EC = rsa.generate_private_key(65537, 3072).public_key(), ec.generate_private_key(ec.SECP384R1())
ED, ML_DSA = ed25519.Ed25519PrivateKey.generate().public_key(), mldsa.MLDSA65PrivateKey.generate().public_key()
SIGNING_RSA = rsa.generate_private_key(65537, 2048)
SPKI = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def probe(data: bytes) -> Facts:
    return facts_of(PublicKeyFileProbe(), data)


def told(data: bytes) -> list[tuple[str | None, dict[str, str | int]]]:
    return [(one.name, dict(one.parameters)) for one in probe(data).observations]


def pem(key: object) -> bytes:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined,no-any-return]


def test_a_key_in_pem_is_told_with_its_place_and_kept() -> None:
    facts = probe(b"text\n" + pem(ML_DSA))
    (observation,) = facts.observations
    assert (observation.subject, observation.name, observation.usage) == (Subject.PUBLIC_KEY, "ML-DSA-65", Usage.PRESENT)
    assert observation.quantum_class is QuantumClass.POST_QUANTUM
    assert observation.where == Where(line=2, offset=5)
    assert facts.certificates == (ML_DSA.public_bytes(*SPKI),)
    assert facts.chains[0].certificates == (read_bare_key(facts.certificates[0]).sha256,)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (RSA, ("RSA", {"size_bits": 3072})),
        (EC.public_key(), ("EC", {"parameter": "secp384r1", "size_bits": 384})),
        (ED, ("Ed25519", {"size_bits": 256})),
    ],
)
def test_a_file_that_is_a_key_in_der_is_told_and_one_with_more_in_it_is_not(key: object, expected: object) -> None:
    der = key.public_bytes(*SPKI)  # type: ignore[attr-defined]  # Every public key has it.
    assert told(der) == [expected]
    with pytest.raises(WrongProtocol):
        probe(b"\0" + der)


@pytest.mark.parametrize("form", ["der", "pem", "rsa"])
def test_nothing_behind_a_key_is_kept_for_it_may_be_the_private_one(form: str) -> None:
    made = rsa.generate_private_key(65537, 2048) if form == "rsa" else ec.generate_private_key(ec.SECP256R1())
    secret = made.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    public = made.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    data = public + secret
    if form != "der":
        data = b"-----BEGIN PUBLIC KEY-----\n" + base64.encodebytes(data) + b"-----END PUBLIC KEY-----\n"
    facts = probe(data)
    assert facts.certificates == (public,)
    assert facts.chains == (Chain(None, "file", (hashlib.sha256(public).digest(),)),)


def test_a_key_that_goes_on_as_a_private_key_is_not_kept() -> None:
    public = ML_DSA.public_bytes(*SPKI)
    words = b"-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA"
    with pytest.raises(MalformedMessage):
        probe(public[: -len(words)] + words)


def test_the_old_form_of_rsa_is_the_same_key() -> None:
    old = RSA.public_bytes(Encoding.PEM, PublicFormat.PKCS1)
    assert told(old) == [("RSA", {"size_bits": 3072})]
    assert probe(old).certificates == probe(pem(RSA)).certificates
    alone = RSA.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    assert told(alone) == told(alone + b"and more") == [("RSA", {"size_bits": 3072})]
    assert probe(alone).certificates == probe(old).certificates


@pytest.mark.parametrize("second", [5, 4, 1, (1 << 2048) + 3], ids=["even-modulus", "even-exponent", "one", "greater"])
def test_two_numbers_that_are_no_key_of_rsa_are_none(second: int) -> None:
    first = (1 << 2047) + (0 if second == 5 else 1)
    numbers = b"".join(b"\x02\x82" + (258).to_bytes(2) + number.to_bytes(258) for number in (first, second))
    with pytest.raises(WrongProtocol):
        probe(b"\x30\x82" + len(numbers).to_bytes(2) + numbers)


def test_what_is_no_public_key_of_rsa_is_none_whatever_stands_above_it() -> None:
    private = rsa.generate_private_key(65537, 1024).private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    with pytest.raises(MalformedMessage):
        probe(private.replace(b"RSA PRIVATE KEY", b"RSA PUBLIC KEY"))


@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER])
def test_the_key_of_a_request_is_told(encoding: Encoding) -> None:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "máy chủ")])
    request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(EC, hashes.SHA384())
    assert told(request.public_bytes(encoding)) == [("EC", {"parameter": "secp384r1", "size_bits": 384})]


@pytest.mark.parametrize("version", [1, 2, 255])
@pytest.mark.parametrize("common_name", ["a", "a" * 64], ids=["a short name", "a long one"])
@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER])
def test_a_request_that_says_another_version_is_read(version: int, common_name: str, encoding: Encoding) -> None:
    """RFC 2986, section 4.1 knows 0 alone; others are written all the same."""
    kinds = (x509.NameOID.COMMON_NAME, x509.NameOID.ORGANIZATION_NAME)
    name = x509.Name([x509.NameAttribute(kind, common_name) for kind in kinds])
    for key, expected in ((EC, {"parameter": "secp384r1", "size_bits": 384}), (SIGNING_RSA, {"size_bits": 2048})):
        der = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA384()).public_bytes(Encoding.DER)
        at = der.index(b"\x02\x01\x00\x30")
        odd = der[: at + 2] + bytes((version,)) + der[at + 3 :]
        text = b"-----BEGIN CERTIFICATE REQUEST-----\n" + base64.encodebytes(odd) + b"-----END CERTIFICATE REQUEST-----\n"
        ((_, stated),) = told(text if encoding is Encoding.PEM else odd)
        assert stated == expected


def test_what_begins_like_a_request_of_another_version_is_none() -> None:
    """A revocation list of version 2, whose algorithm stands where a request has its subject."""
    issuer, day = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a")]), datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateRevocationListBuilder().issuer_name(issuer).last_update(day).next_update(day + timedelta(days=1))
    with pytest.raises(WrongProtocol):
        probe(builder.sign(EC, hashes.SHA384()).public_bytes(Encoding.DER))


def ssh(key: object) -> bytes:
    return key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)  # type: ignore[attr-defined,no-any-return]


def test_files_of_ssh_tell_each_key_with_its_line() -> None:
    authorized = b"# keys\n" + ssh(ED) + b" me@here\n" + b'from="10.0.0.1",command="x" ' + ssh(RSA) + b"\n"
    facts = probe(authorized)
    assert [(one.name, one.where and one.where.line) for one in facts.observations] == [("Ed25519", 2), ("RSA", 3)]
    blob = base64.b64decode(ssh(ED).split()[1])
    assert facts.certificates[0] == blob
    assert facts.chains[0].certificates == (read_host_key(blob).sha256,)
    known = b"|1|c2FsdA==|aGFzaA== " + ssh(EC.public_key()) + b"\n[10.0.0.9]:2222 " + ssh(RSA) + b"\n"
    assert [name for name, _ in told(known)] == ["EC", "RSA"]


@pytest.mark.parametrize("kind", [("ed25519",), ("ecdsa", "-b", "521"), ("rsa", "-b", "2048")])
def test_what_openssh_writes_is_read_and_so_are_its_certificates(tmp_path: Path, kind: tuple[str, ...]) -> None:
    if shutil.which("ssh-keygen") is None:
        pytest.skip("this machine has no ssh-keygen (package openssh-client)")
    for name in ("ca", "host"):
        subprocess.run(["ssh-keygen", "-q", "-t", *kind, "-N", "", "-f", tmp_path / name], check=True)
    signing = ["ssh-keygen", "-q", "-s", tmp_path / "ca", "-I", "host", "-h", "-n", "a.example", tmp_path / "host.pub"]
    subprocess.run(signing, check=True)
    (name, stated) = told((tmp_path / "host.pub").read_bytes())[0]
    assert (name, stated["size_bits"]) == {"ed25519": ("Ed25519", 256), "ecdsa": ("EC", 521), "rsa": ("RSA", 2048)}[kind[0]]
    facts = probe((tmp_path / "host-cert.pub").read_bytes())
    assert [one.subject for one in facts.observations] == [Subject.CERTIFICATE_KEY, Subject.CERTIFICATE_SIGNATURE]
    assert read_host_key(facts.certificates[0]).names == ("a.example",)


@pytest.mark.parametrize(
    "data",
    [
        b"ssh-rsa AAAAB3NzaC1yc2E...",
        b'"AAAAB3NzaC1yc2EAAAADAQABAAABAQ" is how they begin',
        b"-----BEGIN PUBLIC KEY-----",
        b"hello",
        b"ssh-ed25519 AAAAC3NzaC1lZ",
        b"---- BEGIN SSH2 PUBLIC KEY ----\nis how they begin\n---- END SSH2 PUBLIC KEY ----",
        b"---- BEGIN SSH2 PUBLIC KEY ----\nAAAA" * 3,
    ],
)
def test_words_about_keys_are_no_keys(data: bytes) -> None:
    with pytest.raises(WrongProtocol):
        probe(data)


def test_a_damaged_key_is_told_and_the_others_stand() -> None:
    damaged = pem(RSA).replace(b"MII", b"AAA")
    facts = probe(damaged + pem(ED))
    assert (len(facts.observations), facts.complete) == (1, False)
    with pytest.raises(MalformedMessage):
        probe(damaged)


def test_a_file_of_public_keys_is_judged_by_them(tmp_path: Path) -> None:
    files = {"a": pem(RSA), "b": pem(ML_DSA), "c": ssh(ED), "d": pem(RSA) + pem(ML_DSA)}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    with open_store(str(tmp_path / "store.sqlite"), create=True) as store:
        scan_files([tmp_path / name for name in files], store, machine="here")
        states = [target.authentication.state for target in assess(store).targets()]
    assert states == [State.VULNERABLE, State.EXCLUSIVE, State.VULNERABLE, State.CAPABLE]


@pytest.mark.parametrize("header", [b"Comment: one\n", b"", b'Subject: me\nComment: "one \\\nand another" \nx-own: 1\n'])
def test_a_key_of_rfc_4716_is_the_key_that_openssh_has(header: bytes) -> None:
    blob = ssh(RSA).split()[1]
    lines = b"\n".join(blob[at : at + 70] for at in range(0, len(blob), 70))
    facts = probe(b"text\n---- BEGIN SSH2 PUBLIC KEY ----\n" + header + lines + b"\n---- END SSH2 PUBLIC KEY ----\n")
    assert facts.certificates == probe(ssh(RSA)).certificates
    assert facts.observations[0].where == Where(line=2, offset=5)


def test_ssh_keygen_exports_the_same_key(tmp_path: Path) -> None:
    if shutil.which("ssh-keygen") is None:
        pytest.skip("this machine has no ssh-keygen (package openssh-client)")
    (tmp_path / "key.pub").write_bytes(ssh(RSA) + b"\n")
    exported = subprocess.run(["ssh-keygen", "-e", "-f", tmp_path / "key.pub"], check=True, capture_output=True).stdout
    assert probe(exported).certificates == probe(ssh(RSA)).certificates


def test_two_keys_on_one_line_of_utf_16_are_two(tmp_path: Path) -> None:
    (tmp_path / "keys").write_bytes(b"\xff\xfe" + (ssh(ED) + b" " + ssh(RSA)).decode().encode("utf-16-le"))
    with open_store(str(tmp_path / "store.sqlite"), create=True) as store:
        scan_files([tmp_path / "keys"], store, machine="here")
        assert len(store.certificates()) == 2
