"""What a loop-back server proves itself with: a chain and a signer. Made in memory, never written to disk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, padding, rsa
from cryptography.x509.oid import NameOID

_LIFE_DAYS = 7

PrivateKey = (
    ec.EllipticCurvePrivateKey
    | ed25519.Ed25519PrivateKey
    | rsa.RSAPrivateKey
    | mldsa.MLDSA44PrivateKey
    | mldsa.MLDSA65PrivateKey
    | mldsa.MLDSA87PrivateKey
)
_MAKERS: dict[int, Callable[[], PrivateKey]] = {
    0x0403: partial(ec.generate_private_key, ec.SECP256R1()),
    0x0503: partial(ec.generate_private_key, ec.SECP384R1()),
    0x0804: partial(rsa.generate_private_key, 65537, 2048),
    0x0807: ed25519.Ed25519PrivateKey.generate,
    0x0904: mldsa.MLDSA44PrivateKey.generate,
    0x0905: mldsa.MLDSA65PrivateKey.generate,
    0x0906: mldsa.MLDSA87PrivateKey.generate,
}
_CURVE_HASHES: dict[str, hashes.HashAlgorithm] = {"secp256r1": hashes.SHA256(), "secp384r1": hashes.SHA384()}


@dataclass(frozen=True, slots=True)
class ServerIdentity:
    """`chain` is DER, leaf first; `sign` makes a signature of `scheme` (RFC 9846, section 4.3.3) over the bytes it is given."""

    chain: tuple[bytes, ...]
    scheme: int
    sign: Callable[[bytes], bytes]


def self_made(scheme: int, now: datetime, name: str = "loopback.invalid") -> ServerIdentity:
    """A fresh key and a self-signed certificate for it that holds for a week from a day before `now`.

    `scheme`: ECDSA on P-256 or P-384, RSA-PSS, Ed25519 or ML-DSA by its SignatureScheme value. Raises ValueError for others."""
    if scheme not in _MAKERS:
        raise ValueError(f"no key of scheme 0x{scheme:04x} can be made here")
    key = _MAKERS[scheme]()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=_LIFE_DAYS))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    )
    certificate = builder.sign(key, _certificate_hash(key))
    return ServerIdentity((certificate.public_bytes(serialization.Encoding.DER),), scheme, partial(signature, key))


def signature(key: PrivateKey, data: bytes) -> bytes:
    """A signature as TLS 1.3 wants it of this kind of key (RFC 9846, section 4.5.2; ML-DSA with the empty context)."""
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(data, ec.ECDSA(_CURVE_HASHES[key.curve.name]))
    if isinstance(key, rsa.RSAPrivateKey):
        digest = hashes.SHA256()
        return key.sign(data, padding.PSS(padding.MGF1(digest), digest.digest_size), digest)
    return key.sign(data)


def _certificate_hash(key: PrivateKey) -> hashes.SHA256 | hashes.SHA384 | None:
    if isinstance(key, rsa.RSAPrivateKey):
        return hashes.SHA256()
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return hashes.SHA384() if key.curve.name == "secp384r1" else hashes.SHA256()
    return None
