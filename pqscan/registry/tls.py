"""TLS code points: what a named group, a signature scheme or a cipher suite value means (rows in data/tls_*.toml).

Each table is read once, when first asked for. A value that no source lists is kept: its CodePoint has no rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol, TypeVar

from pqscan.registry.code_point import CodePoint
from pqscan.registry.tls_rows import CipherSuite, NamedGroup, SignatureScheme
from pqscan.registry.tls_tables import STATUSES, read_cipher_suites, read_named_groups, read_signature_schemes

if TYPE_CHECKING:
    from pqscan.registry.local import LocalRegistry

__all__ = [
    "CipherSuite",
    "NamedGroup",
    "SignatureScheme",
    "cipher_suite",
    "cipher_suites",
    "is_grease",
    "named_group",
    "named_groups",
    "shipped_named_groups",
    "shipped_signature_schemes",
    "signature_scheme",
    "signature_schemes",
]


class _Named(Protocol):
    @property
    def value(self) -> int: ...

    @property
    def name(self) -> str: ...


class _Ranked(Protocol):
    @property
    def value(self) -> int: ...

    @property
    def status(self) -> str: ...


NamedT = TypeVar("NamedT", bound=_Named)
RankedT = TypeVar("RankedT", bound=_Ranked)


def is_grease(value: int) -> bool:
    """Whether a 16-bit value is one of the sixteen that clients send as a dummy (RFC 8701, section 2)."""
    return value & 0x0F0F == 0x0A0A and value >> 8 == value & 0xFF


@lru_cache(maxsize=1)
def shipped_named_groups() -> tuple[NamedGroup, ...]:
    """The rows that come with pqscan, in the order of the file. Raises DataError."""
    return read_named_groups()


@lru_cache(maxsize=1)
def shipped_signature_schemes() -> tuple[SignatureScheme, ...]:
    """The rows that come with pqscan, in the order of the file. Raises DataError."""
    return read_signature_schemes()


def _local() -> LocalRegistry | None:
    from pqscan.registry.local import local_registry  # It reads rows as this module does.

    return local_registry()


@lru_cache(maxsize=1)
def named_groups() -> tuple[NamedGroup, ...]:
    """Every meaning of every NamedGroup value, by value, the likeliest meaning of a value first. Raises DataError."""
    local = _local()
    return _sorted(shipped_named_groups() if local is None else (*shipped_named_groups(), *local.named_groups))


@lru_cache(maxsize=1)
def signature_schemes() -> tuple[SignatureScheme, ...]:
    """Every meaning of every SignatureScheme value, by value, the likeliest first. Raises DataError."""
    local = _local()
    return _sorted(shipped_signature_schemes() if local is None else (*shipped_signature_schemes(), *local.signature_schemes))


@lru_cache(maxsize=1)
def cipher_suites() -> tuple[CipherSuite, ...]:
    """Every meaning of every cipher suite value, by value; IANA's meaning first. Raises DataError."""
    return tuple(sorted(read_cipher_suites(), key=lambda suite: (suite.value, suite.registry != "iana")))


def named_group(value: int) -> CodePoint[NamedGroup]:
    """What a value of supported_groups or key_share means (RFC 9846, section 4.3.7)."""
    return _groups_by_value().get(value) or CodePoint(value, None, ())


def signature_scheme(value: int) -> CodePoint[SignatureScheme]:
    """What a value of signature_algorithms or CertificateVerify means (RFC 9846, section 4.3.3)."""
    return _schemes_by_value().get(value) or CodePoint(value, None, ())


def cipher_suite(value: int) -> CodePoint[CipherSuite]:
    """What a cipher suite value means; 24-bit values are SSLv2's."""
    return _suites_by_value().get(value) or CodePoint(value, None, ())


@lru_cache(maxsize=1)
def _groups_by_value() -> dict[int, CodePoint[NamedGroup]]:
    return _by_value(named_groups())


@lru_cache(maxsize=1)
def _schemes_by_value() -> dict[int, CodePoint[SignatureScheme]]:
    return _by_value(signature_schemes())


@lru_cache(maxsize=1)
def _suites_by_value() -> dict[int, CodePoint[CipherSuite]]:
    return _by_value(cipher_suites())


def _sorted(rows: Iterable[RankedT]) -> tuple[RankedT, ...]:
    return tuple(sorted(rows, key=lambda row: (row.value, STATUSES.index(row.status))))


def _by_value(rows: Iterable[NamedT]) -> dict[int, CodePoint[NamedT]]:
    gathered: dict[int, list[NamedT]] = {}
    for row in rows:
        gathered.setdefault(row.value, []).append(row)
    return {value: CodePoint(value, meanings[0].name, tuple(meanings)) for value, meanings in gathered.items()}


REMEMBERED = (named_groups, signature_schemes, _groups_by_value, _schemes_by_value)  # what a local registry adds to
