"""The MODP groups of IKE and SSH (RFC 2409, section 6; RFC 3526): primes computed from their formula, checked against the digests
in data/modp_primes.toml. The generator is 2."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache

from pqscan.errors import DataError
from pqscan.registry.table import DATA_FOLDER, read_table


@dataclass(frozen=True, slots=True)
class ModpGroup:
    """`name` as components spell it (`modp2048`), `offset` what the formula adds to pi, sizes in bits."""

    name: str
    size_bits: int
    offset: int
    sha256: bytes

    @property
    def prime(self) -> int:
        """Raises DataError where the row's digest is of another number."""
        return _prime(self)


@lru_cache(maxsize=1)
def modp_groups() -> dict[str, ModpGroup]:
    """Every row, by name. Raises DataError."""
    found: dict[str, ModpGroup] = {}
    for row in read_table(DATA_FOLDER / "modp_primes.toml", "prime"):
        group = ModpGroup(row.text("name"), row.whole("size_bits"), row.whole("offset"), bytes.fromhex(row.text("sha256")))
        row.done()
        if group.name != f"modp{group.size_bits}":
            raise row.wrong("the name must be modp and the size in bits")
        found[group.name] = group
    return found


@lru_cache(maxsize=16)
def _prime(group: ModpGroup) -> int:
    bits = group.size_bits
    prime = (1 << bits) - (1 << (bits - 64)) - 1 + ((_floor_of_pi(bits - 130) + group.offset) << 64)
    if hashlib.sha256(prime.to_bytes(bits // 8, "big")).digest() != group.sha256:
        raise DataError(f"modp_primes.toml: the offset and digest of {group.name} disagree; correct the row")
    return prime


def _floor_of_pi(bits: int) -> int:
    """floor(2^bits pi), by Machin's formula with 64 guard bits."""
    unit = 1 << (bits + 64)
    return (4 * (4 * _arc_tangent(unit, 5) - _arc_tangent(unit, 239))) >> 64


def _arc_tangent(unit: int, inverse: int) -> int:
    """`unit` times arctan(1/inverse)."""
    power, total, divisor, sign = unit // inverse, 0, 1, 1
    while power:
        total += sign * (power // divisor)
        power //= inverse * inverse
        divisor, sign = divisor + 2, -sign
    return total
