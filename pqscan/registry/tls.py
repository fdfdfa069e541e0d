"""TLS code points: what a named group, a signature scheme or a cipher suite value means (rows in data/tls_*.toml).

Each table is read once, when first asked for. A value that no source lists is kept: its CodePoint has no rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Protocol, TypeVar

from pqscan.registry.code_point import CodePoint
from pqscan.registry.tls_rows import CipherSuite, NamedGroup, SignatureScheme
from pqscan.registry.tls_tables import STATUSES, read_cipher_suites, read_named_groups, read_signature_schemes

__all__ = [
    "CipherSuite",
    "NamedGroup",
    "SignatureScheme",
    "cipher_suite",
    "cipher_suites",
    "is_grease",
    "named_group",
    "named_groups",
    "signature_scheme",
    "signature_schemes",
]


class _Named(Protocol):
    @property
    def value(self) -> int: ...

    @property
    def name(self) -> str: ...


NamedT = TypeVar("NamedT", bound=_Named)


def is_grease(value: int) -> bool:
    """Whether a 16-bit value is one of the sixteen that clients send as a dummy (RFC 8701, section 2)."""
    return value & 0x0F0F == 0x0A0A and value >> 8 == value & 0xFF


@lru_cache(maxsize=1)
def named_groups() -> tuple[NamedGroup, ...]:
    """Every meaning of every NamedGroup value, by value, the likeliest meaning of a value first. Raises DataError."""
    return tuple(sorted(read_named_groups(), key=lambda group: (group.value, STATUSES.index(group.status))))


@lru_cache(maxsize=1)
def signature_schemes() -> tuple[SignatureScheme, ...]:
    """Every meaning of every SignatureScheme value, by value, the likeliest first. Raises DataError."""
    return tuple(sorted(read_signature_schemes(), key=lambda scheme: (scheme.value, STATUSES.index(scheme.status))))


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


def _by_value(rows: Iterable[NamedT]) -> dict[int, CodePoint[NamedT]]:
    gathered: dict[int, list[NamedT]] = {}
    for row in rows:
        gathered.setdefault(row.value, []).append(row)
    return {value: CodePoint(value, meanings[0].name, tuple(meanings)) for value, meanings in gathered.items()}
