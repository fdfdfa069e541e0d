"""Certificates and keys for the demo servers, made at run time and never written to disk.

Chains are root, intermediate, leaf (RFC 5280; ML-DSA as in RFC 9881). What `cryptography` no longer signs, SHA-1, is
signed by the OpenSSL that it carries.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from OpenSSL import SSL, crypto

from pqscan.errors import WorkError

PrivateKey = (
    rsa.RSAPrivateKey
    | ec.EllipticCurvePrivateKey
    | ed25519.Ed25519PrivateKey
    | mldsa.MLDSA44PrivateKey
    | mldsa.MLDSA65PrivateKey
    | mldsa.MLDSA87PrivateKey
)


class KeyKind(StrEnum):
    """What a certificate's key is, in the spelling of reports."""

    RSA_1024 = "RSA-1024"
    RSA_2048 = "RSA-2048"
    RSA_4096 = "RSA-4096"
    P_256 = "P-256"
    P_384 = "P-384"
    P_521 = "P-521"
    ED25519 = "Ed25519"
    ML_DSA_44 = "ML-DSA-44"
    ML_DSA_65 = "ML-DSA-65"
    ML_DSA_87 = "ML-DSA-87"

    def generate(self) -> PrivateKey:
        """A fresh private key. RSA-4096 takes up to a few seconds, everything else well under one."""
        return _GENERATORS[self]()


_GENERATORS: Mapping[KeyKind, Callable[[], PrivateKey]] = {
    KeyKind.RSA_1024: partial(rsa.generate_private_key, 65537, 1024),
    KeyKind.RSA_2048: partial(rsa.generate_private_key, 65537, 2048),
    KeyKind.RSA_4096: partial(rsa.generate_private_key, 65537, 4096),
    KeyKind.P_256: partial(ec.generate_private_key, ec.SECP256R1()),
    KeyKind.P_384: partial(ec.generate_private_key, ec.SECP384R1()),
    KeyKind.P_521: partial(ec.generate_private_key, ec.SECP521R1()),
    KeyKind.ED25519: ed25519.Ed25519PrivateKey.generate,
    KeyKind.ML_DSA_44: mldsa.MLDSA44PrivateKey.generate,
    KeyKind.ML_DSA_65: mldsa.MLDSA65PrivateKey.generate,
    KeyKind.ML_DSA_87: mldsa.MLDSA87PrivateKey.generate,
}
_CURVE_HASHES: dict[str, hashes.SHA256 | hashes.SHA384 | hashes.SHA512] = {
    "secp256r1": hashes.SHA256(),
    "secp384r1": hashes.SHA384(),
    "secp521r1": hashes.SHA512(),
}


@dataclass(frozen=True, slots=True)
class CertificateSpec:
    """One certificate that a server is to have: the leaf's key, the issuers' keys, and whether all is signed with SHA-1."""

    key: KeyKind
    issuer: KeyKind
    sha1: bool = False


@dataclass(frozen=True, slots=True)
class Identity:
    """A private key and the chain that a server sends for it, leaf first, without the root."""

    key: PrivateKey
    chain: tuple[x509.Certificate, ...]
    root: x509.Certificate

    @property
    def key_der(self) -> bytes:
        """The private key as PKCS#8 (RFC 5958), unencrypted: for OpenSSL in this process only."""
        return self.key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())

    @property
    def chain_pem(self) -> bytes:
        return b"".join(certificate.public_bytes(serialization.Encoding.PEM) for certificate in self.chain)

    @property
    def chain_der(self) -> tuple[bytes, ...]:
        return tuple(certificate.public_bytes(serialization.Encoding.DER) for certificate in self.chain)


@dataclass(frozen=True, slots=True)
class _Authority:
    key: PrivateKey
    certificate: x509.Certificate
    root: x509.Certificate


class CertificateMaker:
    """Issues identities at one moment; authorities are made once for each kind and shared by all identities."""

    def __init__(self, now: datetime) -> None:
        self._now = now.replace(microsecond=0)
        self._authorities: dict[tuple[KeyKind, bool], _Authority] = {}

    def identity(self, spec: CertificateSpec, names: tuple[str, ...]) -> Identity:
        """A key and its chain for these names. `names` are DNS names or literal addresses, the first is the subject."""
        authority = self._authority(spec.issuer, spec.sha1)
        key = spec.key.generate()
        builder = (
            self._builder(names[0], authority.certificate.subject, key, years=1)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        )
        leaf = _sign(builder, authority.key, spec.sha1)
        return Identity(key, (leaf, authority.certificate), authority.root)

    def _authority(self, kind: KeyKind, sha1: bool) -> _Authority:
        if (kind, sha1) not in self._authorities:
            suffix = f"{kind} SHA-1" if sha1 else str(kind)
            root_key, key = kind.generate(), kind.generate()
            root_name = _name(f"pqscan demo root {suffix}")
            root = _sign(_as_authority(self._builder(root_name, root_name, root_key, years=20), None), root_key, sha1)
            builder = self._builder(f"pqscan demo intermediate {suffix}", root_name, key, years=10)
            self._authorities[kind, sha1] = _Authority(key, _sign(_as_authority(builder, 0), root_key, sha1), root)
        return self._authorities[kind, sha1]

    def _builder(self, subject: str | x509.Name, issuer: x509.Name, key: PrivateKey, *, years: int) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(_name(subject) if isinstance(subject, str) else subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._now - timedelta(days=1))
            .not_valid_after(self._now + timedelta(days=365 * years))
        )


def _as_authority(builder: x509.CertificateBuilder, path_length: int | None) -> x509.CertificateBuilder:
    return builder.add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True).add_extension(
        x509.KeyUsage(False, False, False, False, False, True, True, False, False), critical=True
    )


def _sign(builder: x509.CertificateBuilder, key: PrivateKey, sha1: bool) -> x509.Certificate:
    """Sign with the hash that fits the key. SHA-1 goes through OpenSSL itself: `cryptography` refuses to make such signatures."""
    if isinstance(key, rsa.RSAPrivateKey):
        certificate = builder.sign(key, hashes.SHA256())
    elif isinstance(key, ec.EllipticCurvePrivateKey):
        certificate = builder.sign(key, _CURVE_HASHES[key.curve.name])
    else:
        certificate = builder.sign(key, None)
    if not sha1:
        return certificate
    native = crypto.X509.from_cryptography(certificate)
    signer = crypto.load_privatekey(crypto.FILETYPE_ASN1, Identity(key, (), certificate).key_der)
    library = SSL._lib  # type: ignore[attr-defined]  # Untyped: the binding that pyOpenSSL itself calls.
    if library.X509_sign(native._x509, signer._pkey, library.EVP_get_digestbyname(b"sha1")) == 0:
        raise WorkError(
            "The OpenSSL of pyOpenSSL does not sign with SHA-1, so the old demo servers cannot start: install the pinned pyOpenSSL."
        )
    return native.to_cryptography()


def _name(common_name: str) -> x509.Name:
    organisation = x509.NameAttribute(NameOID.ORGANIZATION_NAME, "pqscan demo")
    return x509.Name([organisation, x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)
