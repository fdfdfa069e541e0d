"""What one row of the SSH registry holds: a name that stands in a KEXINIT (data/ssh_algorithms.toml), or a client
(data/ssh_clients.toml)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from pqscan.registry.quantum import QuantumClass


class SshKind(StrEnum):
    """Which list of a KEXINIT (RFC 4253, section 7.1) a name stands in; a marker stands among key exchange methods and is none."""

    KEY_EXCHANGE = "key_exchange"
    HOST_KEY = "host_key"
    CIPHER = "cipher"
    MAC = "mac"
    COMPRESSION = "compression"
    MARKER = "marker"


class SshStatus(StrEnum):
    """`vendor`: a name under a domain (RFC 4251, section 6); `private`: one without, which nobody registered; `obsolete`: taken
    back by a document, or out of the defaults of those who had it."""

    STANDARD = "standard"
    DRAFT = "draft"
    VENDOR = "vendor"
    PRIVATE = "private"
    OBSOLETE = "obsolete"


class KeyForm(StrEnum):
    """What a host key comes in: nothing, an OpenSSH certificate, X.509 (RFC 6187), OpenPGP or SPKI (RFC 4253, section 6.6)."""

    PLAIN = "plain"
    CERTIFICATE = "certificate"
    X509 = "x509"
    PGP = "pgp"
    SPKI = "spki"


@dataclass(frozen=True, slots=True)
class SshAlgorithm:
    """One name. Sizes in bytes, of the values in the key exchange, raw public keys and raw signatures; None where they vary or no
    source gives them.

    A name that ends in `-*` stands for all that begin so: what follows names a GSS-API mechanism (RFC 4462, section 2).
    `components` stand in the order of the wire. `classical_bits` is the strength of the traditional part of a key exchange or host
    key; it is missing where the key or the server's modulus decides. `key_format` is the name inside the key's blob, which differs
    from `name` where several signature algorithms share one key (RFC 8332, section 3).
    """

    name: str
    kind: SshKind
    quantum_class: QuantumClass
    status: SshStatus
    primitive: str
    components: tuple[str, ...]
    classical_bits: int | None
    nist_category: int | None
    hash: str | None
    mode: str
    aead: bool
    key_bits: int | None
    tag_bits: int | None
    client_share_bytes: int | None
    server_share_bytes: int | None
    public_key_bytes: int | None
    signature_bytes: int | None
    key_format: str
    form: KeyForm
    weak: tuple[str, ...]
    references: tuple[str, ...]
    notes: str = ""

    @property
    def is_prefix(self) -> bool:
        return self.name.endswith("-*")


@dataclass(frozen=True, slots=True)
class SshClient:
    """One SSH client in one version, with its defaults: the lists of its KEXINIT in its order, without markers.

    `captured` is the day its lists were read from the program; None where the row rests on a document."""

    name: str
    title: str
    version: str
    released: date
    kex_methods: tuple[str, ...]
    host_keys: tuple[str, ...]
    ciphers: tuple[str, ...]
    macs: tuple[str, ...]
    compressions: tuple[str, ...]
    source: str
    notes: str = ""
    captured: date | None = None
    current: bool = False
