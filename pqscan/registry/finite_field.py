"""Recognises the named finite-field groups (RFC 7919) by their primes, which is all that TLS 1.2 and older show of them."""

from __future__ import annotations

from functools import lru_cache

from pqscan.registry.table import DATA_FOLDER, read_table


def group_of_prime(prime_sha256: bytes) -> int | None:
    """The named group whose prime (big-endian, no leading zero) has this SHA-256, None for any other prime."""
    return _primes().get(prime_sha256)


@lru_cache(maxsize=1)
def _primes() -> dict[bytes, int]:
    found: dict[bytes, int] = {}
    for row in read_table(DATA_FOLDER / "ffdhe_primes.toml", "prime"):
        group = row.whole("group", most=0xFFFF)
        row.whole("size_bits")
        found[bytes.fromhex(row.text("sha256"))] = group
        row.done()
    return found
