"""Signatures of host keys, checked on those that OpenSSH's own tests sign with (sshsig)."""

from __future__ import annotations

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed448, mldsa, padding, rsa

from pqscan.errors import MalformedMessage
from pqscan.wire.ssh.host_key import signing_key
from pqscan.wire.ssh.signature import format_of, verifies
from tests.unit.wire.ssh.server_model import number, split, text
from tests.unit.wire.ssh.test_host_key import VECTORS, blob

NAMES = {
    "signed-rsa": "rsa-sha2-512",
    "signed-ecdsa": "ecdsa-sha2-nistp256",
    "signed-ed25519": "ssh-ed25519",
    "signed-ecdsa_sk": "sk-ecdsa-sha2-nistp256@openssh.com",
    "signed-ed25519_sk": "sk-ssh-ed25519@openssh.com",
    "signed-mldsa44-ed25519": "ssh-mldsa44-ed25519@openssh.com",
}


def signed(name: str) -> tuple[bytes, bytes]:
    """The signature, and what it is over: an envelope of the namespace and the digest of the message."""
    armoured = (VECTORS / f"{name}.sig").read_text().splitlines()
    fields = split(base64.b64decode("".join(armoured[1:-1]))[10:])
    message, namespace = (VECTORS / "signed-data").read_bytes(), (VECTORS / "namespace").read_bytes()
    digest = hashlib.new(fields[3].decode(), message).digest()
    assert fields[1] == namespace
    return fields[4], b"SSHSIG" + text(namespace) + text(b"") + text(fields[3]) + text(digest)


@pytest.mark.parametrize("name", NAMES)
def test_a_signature_of_openssh_is_verified_and_a_changed_one_is_not(name: str) -> None:
    signature, data = signed(name)
    key, algorithm = signing_key(blob(name)), NAMES[name]
    assert verifies(key, algorithm, signature, data) is True
    assert verifies(key, algorithm, signature, data + b"x") is False
    assert verifies(key, algorithm, signature[:-1] + bytes((signature[-1] ^ 1,)), data) is False


def test_a_part_of_a_composite_that_does_not_fit_spoils_it() -> None:
    signature, data = signed("signed-mldsa44-ed25519")
    first = bytearray(signature)
    first[60] ^= 1  # Within the signature of ML-DSA.
    key = signing_key(blob("signed-mldsa44-ed25519"))
    assert verifies(key, NAMES["signed-mldsa44-ed25519"], bytes(first), data) is False


def test_a_signature_of_another_algorithm_than_agreed_on_counts_as_none() -> None:
    signature, data = signed("signed-rsa")
    key = signing_key(blob("signed-rsa"))
    assert verifies(key, "rsa-sha2-256", signature, data) is False
    assert verifies(key, "rsa-sha2-512-cert-v01@openssh.com", signature, data) is True


def test_what_old_servers_sign_with_sha1_is_checked() -> None:
    private = rsa.generate_private_key(65537, 2048)
    numbers = private.public_key().public_numbers()
    key = signing_key(text(b"ssh-rsa") + number(numbers.e) + number(numbers.n))
    made = private.sign(b"H", padding.PKCS1v15(), hashes.SHA1())
    assert verifies(key, "ssh-rsa", text(b"ssh-rsa") + text(made), b"H") is True


def test_ml_dsa_and_ed448_are_checked() -> None:
    pure = mldsa.MLDSA87PrivateKey.generate()
    key = signing_key(text(b"ssh-mldsa-87") + text(pure.public_key().public_bytes_raw()))
    assert verifies(key, "ssh-mldsa-87", text(b"ssh-mldsa-87") + text(pure.sign(b"H")), b"H") is True
    assert verifies(key, "ssh-mldsa-87", text(b"ssh-mldsa-87") + text(pure.sign(b"G")), b"H") is False
    edwards = ed448.Ed448PrivateKey.generate()
    key = signing_key(text(b"ssh-ed448") + text(edwards.public_key().public_bytes_raw()))
    assert verifies(key, "ssh-ed448", text(b"ssh-ed448") + text(edwards.sign(b"H")), b"H") is True


def test_a_key_that_cannot_be_computed_here_stays_unchecked() -> None:
    assert verifies(None, "ssh-falcon512", text(b"ssh-falcon512") + text(b"s"), b"H") is None
    key = signing_key(text(b"ecdsa-sha2-1.3.132.0.38") + text(b"1.3.132.0.38") + text(b"\x04" + bytes(144)))
    assert verifies(key, "ecdsa-sha2-1.3.132.0.38", text(b"ecdsa-sha2-1.3.132.0.38") + text(b"s"), b"H") is None


@pytest.mark.parametrize("signature", [b"", text(b"ssh-ed25519"), b"\xff" * 8, text(b"x" * 1000) + text(b"")])
def test_bytes_that_are_no_signature_are_malformed(signature: bytes) -> None:
    with pytest.raises(MalformedMessage):
        verifies(None, "ssh-ed25519", signature, b"H")


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        ("ssh-ed25519", "ssh-ed25519"),
        ("ssh-ed25519-cert-v01@openssh.com", "ssh-ed25519"),
        ("rsa-sha2-512-cert-v01@openssh.com", "rsa-sha2-512"),
        ("sk-ssh-ed25519-cert-v01@openssh.com", "sk-ssh-ed25519@openssh.com"),
        ("ssh-mldsa44-ed25519-cert-v01@openssh.com", "ssh-mldsa44-ed25519@openssh.com"),
        ("ssh-mldsa44-ed25519-cert", "ssh-mldsa44-ed25519"),
    ],
)
def test_a_certificate_signs_in_the_name_of_its_key(algorithm: str, expected: str) -> None:
    assert format_of(algorithm) == expected
