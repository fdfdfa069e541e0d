"""A certificate as facts: names, validity, subject key and signature apart. Made by `pqscan.wire.pki`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pqscan.registry.quantum import QuantumClass


@dataclass(frozen=True, slots=True)
class PublicKey:
    """The subject's key. `algorithm` is the registry's family name or, unlisted, the dotted OID; `size_bits` the modulus,
    field or raw key size; `parameter` a curve or parameter set; `spki_sha256` 32 bytes."""

    oid: str
    algorithm: str
    size_bits: int | None
    parameter: str | None
    components: tuple[str, ...]
    spki_sha256: bytes
    quantum_class: QuantumClass

    @property
    def name(self) -> str:
        """`EC P-256`, `ML-DSA-44`, `RSA`: the algorithm with its parameter, once where the parameter names the algorithm."""
        if not self.parameter:
            return self.algorithm
        return self.parameter if self.algorithm in self.parameter else f"{self.algorithm} {self.parameter}"


@dataclass(frozen=True, slots=True)
class SignatureAlgorithm:
    """How the issuer signed. `algorithm` as published (`sha256WithRSAEncryption`, `ML-DSA-65`), or the dotted OID."""

    oid: str
    algorithm: str
    hash: str | None
    components: tuple[str, ...]
    quantum_class: QuantumClass


@dataclass(frozen=True, slots=True)
class Certificate:
    """One X.509 certificate (RFC 5280), or another key that is kept as one: `kind` is `x509`, `ssh_key`, `ssh_certificate`,
    `dnskey` or `public_key` (a SubjectPublicKeyInfo alone).

    Names are RFC 4514 text; times aware UTC, None where unreadable; `serial` lower-case hex, a leading `-` where negative;
    `malformed` codes tell what is wrong with its encoding."""

    sha256: bytes
    subject: str
    issuer: str
    serial: str
    not_before: datetime | None
    not_after: datetime | None
    public_key: PublicKey
    signature: SignatureAlgorithm
    names: tuple[str, ...] = ()  # dNSName and iPAddress of subjectAltName, else the common name when it is a DNS name
    key_usage: tuple[str, ...] = ()
    extended_key_usage: tuple[str, ...] = ()  # dotted OIDs or their registered names
    is_ca: bool = False
    self_signed: bool = False
    malformed: tuple[str, ...] = ()
    der: bytes = b""
    alternative_algorithms: tuple[str, ...] = ()  # of second keys and signatures in extensions (X.509 9.8; delta certificates)
    kind: str = "x509"

    @property
    def is_bare_key(self) -> bool:
        """A key without names, dates and a signature: an SSH host key, a key of a zone, one of an identity service."""
        return self.kind in ("ssh_key", "dnskey", "public_key")
