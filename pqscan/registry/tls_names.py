"""TLS code points by their names, as configurations spell them: the registry's, aliases, OpenSSL's, IANA's, whatever the case."""

from __future__ import annotations

from functools import lru_cache

from pqscan.registry import tls
from pqscan.registry.code_point import CodePoint
from pqscan.registry.tls import NamedGroup, SignatureScheme
from pqscan.registry.tls_tables import STATUSES


def group_named(name: str) -> CodePoint[NamedGroup] | None:
    """The group of that name; where several numbers bear it, the one of the best standing (a standard before private numbers)."""
    value = _groups().get(_folded(name)) or _groups().get(_joined(name))
    return None if value is None else tls.named_group(value)


def scheme_named(name: str) -> CodePoint[SignatureScheme] | None:
    """The signature scheme of that name, as `group_named`."""
    value = _schemes().get(_folded(name))
    return None if value is None else tls.signature_scheme(value)


def _joined(name: str) -> str:
    """As GnuTLS, NSS and crypto-policies have it: `X25519-MLKEM768`, `MLKEM768-X25519`, `FFDHE-2048`, `P256-MLKEM768`."""
    joined = _folded(name).replace("-", "")
    if joined == "mlkem768x25519":
        return "x25519mlkem768"
    return f"sec{joined[:4]}r1{joined[4:]}" if joined.startswith(("p256mlkem", "p384mlkem")) else joined


def _folded(name: str) -> str:
    return name.strip().lower()


@lru_cache(maxsize=1)
def _groups() -> dict[str, int]:
    rows = sorted(tls.named_groups(), key=lambda row: STATUSES.index(row.status), reverse=True)
    return {_folded(name): row.value for row in rows for name in (row.name, *row.aliases)}


@lru_cache(maxsize=1)
def _schemes() -> dict[str, int]:
    rows = sorted(tls.signature_schemes(), key=lambda row: STATUSES.index(row.status), reverse=True)
    return {_folded(name): row.value for row in rows for name in (row.name, *row.aliases)}
