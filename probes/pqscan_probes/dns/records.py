"""What a message of the DNS says, in our own words: whatever library read it stays behind `message.py`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum


class RecordType(StrEnum):
    """The types that are asked for, as the DNS spells them."""

    SOA = "SOA"
    DNSKEY = "DNSKEY"
    DS = "DS"
    NSEC = "NSEC"
    NSEC3PARAM = "NSEC3PARAM"
    MX = "MX"
    CAA = "CAA"
    TXT = "TXT"
    TLSA = "TLSA"
    SSHFP = "SSHFP"
    HTTPS = "HTTPS"
    SVCB = "SVCB"


class Rcode(IntEnum):
    """What the header says of the answer (RFC 1035, section 4.1.1); any other number is an error, too."""

    NOERROR = 0
    SERVFAIL = 2
    NXDOMAIN = 3
    REFUSED = 5


@dataclass(frozen=True, slots=True)
class Query:
    """One question; `name` in ASCII without the final dot."""

    name: str
    type: RecordType


@dataclass(frozen=True, slots=True)
class Key:
    """A DNSKEY record (RFC 4034, section 2); `rdata` whole."""

    rdata: bytes
    flags: int
    protocol: int
    algorithm: int
    tag: int


@dataclass(frozen=True, slots=True)
class Ds:
    """RFC 4034, section 5: by what the parent vouches for a key."""

    tag: int
    algorithm: int
    digest_type: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Signature:
    """An RRSIG record (RFC 4034, section 3). `verified` by a key of the zone; None where that cannot be told."""

    covered: str
    algorithm: int
    tag: int
    inception: datetime
    expiration: datetime
    verified: bool | None = None


@dataclass(frozen=True, slots=True)
class Nsec3Parameters:
    """RFC 5155, section 4."""

    hash: int
    iterations: int
    salt_bytes: int


@dataclass(frozen=True, slots=True)
class Tlsa:
    """RFC 6698, section 2."""

    usage: int
    selector: int
    matching: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Sshfp:
    """RFC 4255, section 3."""

    algorithm: int
    fingerprint_type: int
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class Caa:
    """RFC 8659, section 4."""

    flags: int
    tag: str
    value: str


@dataclass(frozen=True, slots=True)
class Mail:
    """An MX record; `exchange` empty for the null MX (RFC 7505)."""

    preference: int
    exchange: str


@dataclass(frozen=True, slots=True)
class Text:
    """A TXT record, its strings joined."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Binding:
    """An HTTPS or SVCB record (RFC 9460). `priority` 0 is an alias; `ech` b"" where none is published."""

    priority: int
    target: str
    alpn: tuple[str, ...]
    ech: bytes


@dataclass(frozen=True, slots=True)
class Other:
    """A record that was asked for only to know whether it is there."""

    type: str


Record = Key | Ds | Nsec3Parameters | Tlsa | Sshfp | Caa | Mail | Text | Binding | Other


@dataclass(frozen=True, slots=True)
class Answer:
    """What one message says of one question.

    `records` are those of the type asked for, at the name or at the end of its aliases; `signatures` those over them. `zone` is
    the owner of the SOA record in the authority section: whose answer it is that there is nothing."""

    rcode: int
    is_authoritative: bool
    is_truncated: bool
    recursion_available: bool
    records: tuple[Record, ...] = ()
    signatures: tuple[Signature, ...] = ()
    aliases: tuple[str, ...] = ()
    zone: str | None = None

    @property
    def is_absence(self) -> bool:
        """Whether it says, as far as an answer can, that there is no such record."""
        return not self.records and not self.is_truncated and self.rcode in (Rcode.NOERROR, Rcode.NXDOMAIN)
