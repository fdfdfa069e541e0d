"""Host keys and OpenSSH's certificates as facts, read from those that OpenSSH ships for its own tests."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import mldsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_ssh_public_key

from pqscan.errors import MalformedMessage
from pqscan.registry.quantum import QuantumClass
from pqscan.wire.ssh.host_key import MOST_PRINCIPALS, fingerprint, read_host_key, signing_key
from tests.unit.wire.pki.making import signed
from tests.unit.wire.ssh.server_model import number, text

VECTORS = Path(__file__).parents[3] / "vectors" / "ssh"


def blob(name: str) -> bytes:
    return base64.b64decode((VECTORS / f"{name}.pub").read_text().split()[1])


@pytest.mark.parametrize(
    ("name", "key", "bits"),
    [
        ("rsa_1", "RSA", 1024),
        ("ecdsa_2", "EC secp521r1", 521),
        ("ed25519_1", "Ed25519", 256),
        ("ed25519_sk1", "Ed25519", 256),
        ("ecdsa_sk1", "EC secp256r1", 256),
        ("mldsa44_ed25519_1", "MLDSA44-Ed25519-SHA512", 10752),
    ],
)
def test_a_plain_key_is_told_in_the_words_of_x509(name: str, key: str, bits: int) -> None:
    data = blob(name)
    read = read_host_key(data)
    assert (read.kind, read.public_key.name, read.public_key.size_bits) == ("ssh_key", key, bits)
    assert (read.sha256, read.der, read.malformed) == (hashlib.sha256(data).digest(), data, ())
    assert (read.subject, read.issuer, read.names, read.not_after) == ("", "", (), None)


@pytest.mark.parametrize("name", ["rsa_1", "ecdsa_2", "ed25519_1"])
def test_one_key_has_one_digest_in_ssh_and_in_x509(name: str) -> None:
    loaded = load_ssh_public_key((VECTORS / f"{name}.pub").read_bytes())
    info = loaded.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert read_host_key(blob(name)).public_key.spki_sha256 == hashlib.sha256(info).digest()
    if (VECTORS / f"{name}-cert.pub").exists():
        assert read_host_key(blob(f"{name}-cert")).public_key.spki_sha256 == hashlib.sha256(info).digest()


@pytest.mark.parametrize("name", ["rsa_1", "ecdsa_2", "ed25519_1", "mldsa44_ed25519_1"])
def test_a_fingerprint_is_that_of_openssh(name: str) -> None:
    assert fingerprint(blob(name)) == (VECTORS / f"{name}.fp").read_text().strip()


def test_a_composite_key_is_a_hybrid_of_its_parts() -> None:
    key = read_host_key(blob("mldsa44_ed25519_1")).public_key
    assert (key.quantum_class, key.components) == (QuantumClass.PQT_HYBRID, ("ML-DSA-44", "Ed25519"))


def test_a_key_of_ml_dsa_is_post_quantum() -> None:
    public = mldsa.MLDSA65PrivateKey.generate().public_key().public_bytes_raw()
    read = read_host_key(text(b"ssh-mldsa-65") + text(public))
    assert (read.public_key.name, read.public_key.quantum_class) == ("ML-DSA-65", QuantumClass.POST_QUANTUM)
    assert read.malformed == ()
    assert read_host_key(text(b"ssh-mldsa-65") + text(public[:-1])).malformed == ("public_key_size",)


def test_a_certificate_tells_its_key_id_principals_validity_and_authority() -> None:
    read = read_host_key(blob("ed25519_1-cert"))
    assert read.kind == "ssh_certificate"
    assert (read.subject, read.names, read.serial) == ("julius", ("host1", "host2"), "08")
    assert (read.not_before, read.not_after) == (datetime(1998, 12, 31, 23, tzinfo=UTC), datetime(2010, 12, 31, 23, tzinfo=UTC))
    assert read.signature.algorithm == "ssh-ed25519"
    assert read.issuer.startswith("SHA256:")
    assert read.public_key.name == "Ed25519"


def test_a_composite_certificate_of_openssh_10_6_is_read_under_its_name_without_a_domain() -> None:
    read = read_host_key(blob("composite-cert"))
    assert (read.kind, read.subject, read.names, read.malformed) == ("ssh_certificate", "the host", ("a.demo.invalid",), ())
    assert (read.public_key.quantum_class, read.signature.quantum_class) == (QuantumClass.PQT_HYBRID, QuantumClass.TRADITIONAL)
    key = signing_key(read.der)
    assert key is not None
    assert key.type == "ssh-mldsa44-ed25519"


def test_a_certificate_for_users_is_as_sound_as_one_for_hosts_and_another_kind_is_not() -> None:
    assert read_host_key(blob("rsa_1-cert")).malformed == ()
    users = blob("rsa_1_sha512-cert")
    read = read_host_key(users)
    assert (read.malformed, read.signature.algorithm, read.signature.hash) == ((), "rsa-sha2-512", "sha512")
    kind = 0
    for _ in range(4):  # type, nonce, exponent, modulus; then the serial number
        kind += 4 + int.from_bytes(users[kind : kind + 4])
    kind += 8
    assert read_host_key(users[:kind] + b"\0\0\0\x03" + users[kind + 4 :]).malformed == ("bad_field",)


def certificate(*, after: int = 0, before: int = 2**64 - 1, principals: bytes = b"", serial: int = 0) -> bytes:
    key = text(b"ssh-ed25519") + text(bytes(32))
    dates = after.to_bytes(8, "big") + before.to_bytes(8, "big")
    head = text(b"ssh-ed25519-cert-v01@openssh.com") + text(b"nonce") + text(bytes(32)) + serial.to_bytes(8, "big")
    signature = text(text(b"ssh-ed25519") + text(bytes(64)))
    return head + (2).to_bytes(4, "big") + text(b"id") + text(principals) + dates + text(b"") * 3 + text(key) + signature


def test_no_limit_of_time_is_no_date() -> None:
    read = read_host_key(certificate())
    assert (read.not_before, read.not_after, read.serial) == (None, None, "00")
    assert read_host_key(certificate(after=1, before=2**63)).not_after is None


def test_principals_are_bounded_and_safe_to_show() -> None:
    read = read_host_key(certificate(principals=text(b"a\x1b[0m") + text(b"b") * 1000))
    assert read.names[0] == "a\\x1b[0m"
    assert (len(read.names), read.malformed) == (MOST_PRINCIPALS, ("names_cut",))


def test_a_key_of_an_unknown_type_is_told_by_its_type() -> None:
    read = read_host_key(text(b"ssh-new") + text(b"whatever"))
    assert (read.public_key.algorithm, read.public_key.size_bits) == ("ssh-new", None)
    assert read.public_key.quantum_class is QuantumClass.UNKNOWN
    listed = read_host_key(text(b"ssh-falcon512") + text(b"whatever")).public_key
    assert listed.quantum_class is QuantumClass.POST_QUANTUM
    assert signing_key(text(b"ssh-new") + text(b"whatever")) is None


def test_the_first_certificate_of_an_x509_key_is_read() -> None:
    leaf = signed("a.example")
    data = text(b"x509v3-ecdsa-sha2-nistp256") + (1).to_bytes(4, "big") + text(leaf) + (0).to_bytes(4, "big")
    read = read_host_key(data)
    assert (read.kind, read.sha256, read.names) == ("ssh_certificate", hashlib.sha256(data).digest(), ("a.example",))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        text(b"ssh-rsa"),
        text(b"ssh-rsa") + number(65537),
        text(b"ssh-rsa") + text(b"\x80") + number(15),
        text(b"ssh-ed25519") + b"\xff\xff\xff\xff",
        text(b"ecdsa-sha2-nistp256") + text(b"nistp384") + text(b"\x04" + bytes(64)),
        text(b"ecdsa-sha2-nonsense") + text(b"nonsense") + text(b"\x04" + bytes(64)),
        text(b"x" * 1000),
        text(b"x509v3-ssh-rsa") + bytes(4),
        certificate()[:-1],
    ],
)
def test_a_blob_that_does_not_hold_what_its_type_demands_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedMessage):
        read_host_key(data)


def test_bytes_after_a_key_are_told() -> None:
    assert read_host_key(blob("ed25519_1") + b"x").malformed == ("trailing_bytes",)
