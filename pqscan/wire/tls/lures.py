"""Signature schemes that sign certificates alone in TLS 1.3 (RFC 9846, section 4.3.3), and what they may do to a server with
several keys: some (rustls) choose a key that can sign by any scheme listed, sign with nothing then, and refuse what another could
sign."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from pqscan.registry.tls import signature_scheme

_PKCS1, _OLD_HASHES = "RSASSA-PKCS1-v1_5", frozenset({"sha1", "sha224", "md5"})


def kinds_of_keys(schemes: Iterable[int]) -> frozenset[str]:
    """Of the keys with which these sign."""
    return frozenset(map(_kind_of_key, schemes))


def asked_beside_lures(refused: tuple[int, ...], found: Iterable[int]) -> tuple[int, ...]:
    """What was refused beside schemes that may have drawn a key of which the server has one; none where there were no such."""
    kinds = kinds_of_keys(found)
    drawn = any(_signs_certificates_alone(scheme) and _kind_of_key(scheme) in kinds for scheme in refused)
    return tuple(scheme for scheme in refused if not _signs_certificates_alone(scheme)) if drawn else ()


@lru_cache(maxsize=1024)
def _signs_certificates_alone(scheme: int) -> bool:
    row = signature_scheme(scheme).row
    return row is not None and len(row.components) == 1 and (row.components[0] == _PKCS1 or row.hash in _OLD_HASHES)


@lru_cache(maxsize=1024)
def _kind_of_key(scheme: int) -> str:
    row = signature_scheme(scheme).row
    component = row.components[0] if row is not None and row.components else "unlisted"
    return "RSA" if component.startswith("RSASSA") else component
