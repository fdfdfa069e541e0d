"""Keys and certificates that the samples are made of. Each key is made once a process: its kind is judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, mldsa, mlkem, rsa, x448, x25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID

from tests.corpus.truth import Asset


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of key. `algorithm` and `size` are what must be told, `signature` what a certificate that it signs has."""

    name: str
    make: Callable[[], Any]
    algorithm: str
    size: int | None
    signature: str | None
    is_post_quantum: bool = False

    def asset(self, kind: str) -> Asset:
        return Asset(kind, self.algorithm, self.size, self.is_post_quantum)

    def certificate_assets(self) -> tuple[Asset, ...]:
        return self.asset("certificate_key"), Asset("certificate_signature", self.signature or "?", None, self.is_post_quantum)


def _rsa(bits: int) -> Callable[[], Any]:
    return lambda: rsa.generate_private_key(65537, bits)


KINDS = {
    kind.name: kind
    for kind in (
        Kind("rsa1024", _rsa(1024), "RSA", 1024, "sha256WithRSAEncryption"),
        Kind("rsa2048", _rsa(2048), "RSA", 2048, "sha256WithRSAEncryption"),
        Kind("rsa3072", _rsa(3072), "RSA", 3072, "sha256WithRSAEncryption"),
        Kind("rsa4096", _rsa(4096), "RSA", 4096, "sha256WithRSAEncryption"),
        Kind("p256", lambda: ec.generate_private_key(ec.SECP256R1()), "EC", 256, "ecdsa-with-SHA256"),
        Kind("p384", lambda: ec.generate_private_key(ec.SECP384R1()), "EC", 384, "ecdsa-with-SHA256"),
        Kind("p521", lambda: ec.generate_private_key(ec.SECP521R1()), "EC", 521, "ecdsa-with-SHA256"),
        Kind("k256", lambda: ec.generate_private_key(ec.SECP256K1()), "EC", 256, "ecdsa-with-SHA256"),
        Kind("bp384", lambda: ec.generate_private_key(ec.BrainpoolP384R1()), "EC", 384, "ecdsa-with-SHA256"),
        Kind("dsa2048", lambda: dsa.generate_private_key(2048), "DSA", 2048, "dsa-with-sha256"),
        Kind("ed25519", ed25519.Ed25519PrivateKey.generate, "Ed25519", None, "Ed25519"),
        Kind("ed448", ed448.Ed448PrivateKey.generate, "Ed448", None, "Ed448"),
        Kind("x25519", x25519.X25519PrivateKey.generate, "X25519", None, None),
        Kind("x448", x448.X448PrivateKey.generate, "X448", None, None),
        Kind("mldsa44", mldsa.MLDSA44PrivateKey.generate, "ML-DSA-44", None, "ML-DSA-44", True),
        Kind("mldsa65", mldsa.MLDSA65PrivateKey.generate, "ML-DSA-65", None, "ML-DSA-65", True),
        Kind("mldsa87", mldsa.MLDSA87PrivateKey.generate, "ML-DSA-87", None, "ML-DSA-87", True),
        Kind("mlkem768", mlkem.MLKEM768PrivateKey.generate, "ML-KEM-768", None, None, True),
        Kind("mlkem1024", mlkem.MLKEM1024PrivateKey.generate, "ML-KEM-1024", None, None, True),
    )
}
SIGNING = tuple(kind for kind in KINDS.values() if kind.signature)


@cache
def key(name: str) -> Any:
    return KINDS[name].make()


@cache
def certificate(name: str) -> x509.Certificate:
    """Of the key of that name, signed by itself."""
    called = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{name}.example.vn")])
    builder = x509.CertificateBuilder(
        issuer_name=called,
        subject_name=called,
        public_key=key(name).public_key(),
        serial_number=0x1234,
        not_valid_before=datetime(2026, 1, 1, tzinfo=UTC),
        not_valid_after=datetime(2036, 1, 1, tzinfo=UTC),
    )
    hashed = None if name.startswith(("ed", "ml")) else hashes.SHA256()
    return builder.sign(key(name), hashed)


def certificate_pem(name: str) -> bytes:
    return certificate(name).public_bytes(Encoding.PEM)


def certificate_der(name: str) -> bytes:
    return certificate(name).public_bytes(Encoding.DER)


def private_pem(name: str, form: PrivateFormat = PrivateFormat.PKCS8, lock: Any = None) -> bytes:
    return bytes(key(name).private_bytes(Encoding.PEM, form, lock or NoEncryption()))


def private_der(name: str, form: PrivateFormat = PrivateFormat.PKCS8) -> bytes:
    return bytes(key(name).private_bytes(Encoding.DER, form, NoEncryption()))


def public_pem(name: str, form: PublicFormat = PublicFormat.SubjectPublicKeyInfo) -> bytes:
    return bytes(key(name).public_key().public_bytes(Encoding.PEM, form))


def public_der(name: str) -> bytes:
    return bytes(key(name).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
