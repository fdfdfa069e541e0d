"""The named finite-field groups (RFC 7919): their primes, and recognising them by the prime, which is all that TLS 1.2 and older
show of them. The primes are computed from the formula of appendix A and checked against the digests in the data file."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache

from pqscan.errors import DataError
from pqscan.registry.table import DATA_FOLDER, read_table


@dataclass(frozen=True, slots=True)
class FiniteField:
    """One safe-prime group with generator 2. `offset` is the X of the formula; sizes in bits."""

    group: int
    size_bits: int
    offset: int
    sha256: bytes

    @property
    def prime(self) -> int:
        """Raises DataError where the row's digest is of another number."""
        return _prime(self)


def group_of_prime(prime_sha256: bytes) -> int | None:
    """The named group whose prime (big-endian, no leading zero) has this SHA-256, None for any other prime."""
    return next((field.group for field in finite_fields() if field.sha256 == prime_sha256), None)


def finite_field(group: int) -> FiniteField | None:
    """The field of a named group, None for any other group."""
    return next((field for field in finite_fields() if field.group == group), None)


@lru_cache(maxsize=1)
def finite_fields() -> tuple[FiniteField, ...]:
    """Every row of the data file. Raises DataError."""
    found: list[FiniteField] = []
    for row in read_table(DATA_FOLDER / "ffdhe_primes.toml", "prime"):
        group, bits, offset = row.whole("group", most=0xFFFF), row.whole("size_bits"), row.whole("offset", most=0xFFFFFFFF)
        found.append(FiniteField(group, bits, offset, bytes.fromhex(row.text("sha256"))))
        row.done()
    return tuple(found)


@lru_cache(maxsize=8)
def _prime(field: FiniteField) -> int:
    bits = field.size_bits
    prime = (1 << bits) - (1 << (bits - 64)) + ((_floor_of_e(bits - 130) + field.offset) << 64) - 1
    if hashlib.sha256(prime.to_bytes(bits // 8, "big")).digest() != field.sha256:
        raise DataError(f"ffdhe_primes.toml: the offset and digest of group 0x{field.group:04x} disagree; correct the row")
    return prime


def _floor_of_e(bits: int) -> int:
    """floor(2^bits e), by the series of 1/k! with 64 guard bits."""
    total, term, k = 0, 1 << (bits + 64), 0
    while term:
        total += term
        k += 1
        term //= k
    return total >> 64
