"""What one row of the TLS registries holds: a named group, a signature scheme, a cipher suite (data/tls_*.toml)."""

from __future__ import annotations

from dataclasses import dataclass

from pqscan.registry.quantum import QuantumClass


@dataclass(frozen=True, slots=True)
class NamedGroup:
    """One meaning of a NamedGroup value (RFC 9846, section 4.3.7). Sizes in bytes; None where no source gives them."""

    value: int
    name: str
    aliases: tuple[str, ...]
    kind: str  # ecdh | ffdh | kem | hybrid | grease
    quantum_class: QuantumClass
    status: str  # standard | draft | private | obsolete | reserved
    components: tuple[str, ...]  # in the order in which they stand on the wire
    secret_components: tuple[str, ...]  # in the order in which they enter the shared secret
    client_share_bytes: int | None
    server_share_bytes: int | None
    shared_secret_bytes: int | None
    nist_category: int | None
    classical_bits: int | None
    minimum_version: str
    references: tuple[str, ...]
    notes: str = ""
    maximum_version: str = "TLS1.3"  # by specification: the binary and small curves end with TLS1.2


@dataclass(frozen=True, slots=True)
class SignatureScheme:
    """One meaning of a SignatureScheme value (RFC 9846, section 4.3.3). `versions`: ("TLS1.2", "TLS1.3") and the like."""

    value: int
    name: str
    aliases: tuple[str, ...]
    quantum_class: QuantumClass
    status: str
    components: tuple[str, ...]
    hash: str | None
    public_key_bytes: int | None
    signature_bytes: int | None
    nist_category: int | None
    classical_bits: int | None
    versions: tuple[str, ...]
    references: tuple[str, ...]
    notes: str = ""


@dataclass(frozen=True, slots=True)
class CipherSuite:
    """One cipher suite. `value` is 16-bit, 24-bit for SSLv2; versions are spelled SSLv2, SSLv3, TLS1.0 to TLS1.3."""

    value: int
    name: str
    openssl_name: str | None
    key_exchange: str  # ECDHE, DHE, RSA, TLS13 (the group is negotiated apart), PSK, ...; "" for an SCSV or GREASE
    authentication: str
    encryption: str
    mode: str
    bits: int | None
    mac: str
    aead: bool
    minimum_version: str  # by specification; "" where the value is no suite (SCSV, GREASE); TLCP1.1 for GM/T 0024
    maximum_version: str
    forward_secrecy: bool
    registry: str  # iana | non-iana | sslv2
    weak: tuple[str, ...]
    quantum_class: QuantumClass
    references: tuple[str, ...]
    notes: str = ""
