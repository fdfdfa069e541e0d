"""What one row of the registries of DNSSEC, and of records that name keys in the DNS, holds (data/dns.toml)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from pqscan.registry.quantum import QuantumClass


class DnsStatus(StrEnum):
    """`obsolete`: a document says not to sign with it any more; `private`: the number means what its users agreed on."""

    STANDARD = "standard"
    DRAFT = "draft"
    PRIVATE = "private"
    OBSOLETE = "obsolete"


class KeyForm(StrEnum):
    """How the public key stands in a DNSKEY record: RFC 3110, RFC 2536, a point without its first octet (RFC 6605, RFC 9563), the
    key as it is (RFC 8080), or as its own document says, which is not read here."""

    RSA = "rsa"
    DSA = "dsa"
    POINT = "point"
    WHOLE = "whole"
    OWN = "own"


class DnsKind(StrEnum):
    """The registry of a number that is no algorithm of DNSSEC."""

    DS_DIGEST = "ds_digest"
    NSEC3_HASH = "nsec3_hash"
    TLSA_USAGE = "tlsa_usage"
    TLSA_SELECTOR = "tlsa_selector"
    TLSA_MATCHING = "tlsa_matching"
    SSHFP_ALGORITHM = "sshfp_algorithm"
    SSHFP_FINGERPRINT = "sshfp_fingerprint"
    HPKE_KEM = "hpke_kem"


@dataclass(frozen=True, slots=True)
class DnssecAlgorithm:
    """One algorithm number (RFC 4034, appendix A.1). `primitive` signs over `hash`; None where it hashes by itself, and of numbers
    that sign nothing. `oid` is that of the curve or key, `key_bytes` the key's size in the record where that is fixed."""

    value: int
    name: str
    quantum_class: QuantumClass
    status: DnsStatus
    primitive: str | None
    hash: str | None
    key_form: KeyForm | None
    oid: str | None
    key_bytes: int | None
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DnsNumber:
    """One number of another registry."""

    kind: DnsKind
    value: int
    name: str
    status: DnsStatus
    quantum_class: QuantumClass
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Limit:
    """What a protocol lacks, however a server is set, as of the day on which its registry was read."""

    name: str
    lacks: str
    read_on: date
    references: tuple[str, ...]
