"""Estimated strength of traditional algorithms against classical computers, in bits (rows in data/strength.toml).

NIST SP 800-57 Part 1 gives a few sizes; any other size counts as the largest row not above it, never more. The strength
of post-quantum algorithms is their NIST category, which stands in their own rows."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pqscan.registry.oids import object_identifiers
from pqscan.registry.table import DATA_FOLDER, read_table
from pqscan.registry.tls import named_groups

Steps = tuple[tuple[int, int], ...]  # (least size, strength), rising


def integer_strength(size_bits: int) -> int | None:
    """Bits of strength of an RSA modulus or a finite field of `size_bits`; None below every row (under 1024 bits)."""
    return _at(_integer_steps(), size_bits)


def elliptic_strength(order_bits: int) -> int | None:
    """Bits of strength of an elliptic curve whose order has `order_bits`; None below every row (under 160 bits)."""
    return _at(_elliptic_steps(), order_bits)


def curve_strength(name: str) -> int | None:
    """Bits of strength of a curve or finite field by any of its published names; None for an unknown one."""
    return _by_name().get(name.lower())


def read_steps(table: str, path: Path = DATA_FOLDER / "strength.toml") -> Steps:
    """The rows of one table. Raises DataError where sizes or strengths do not rise from row to row."""
    steps: list[tuple[int, int]] = []
    for row in read_table(path, table):
        step = (row.whole("least_bits", least=1), row.whole("strength_bits", least=1, most=512))
        row.done()
        if steps and (step[0] <= steps[-1][0] or step[1] <= steps[-1][1]):
            raise row.wrong("sizes and strengths must rise from row to row")
        steps.append(step)
    return tuple(steps)


def _at(steps: Steps, size: int) -> int | None:
    return next((strength for least, strength in reversed(steps) if size >= least), None)


@lru_cache(maxsize=1)
def _integer_steps() -> Steps:
    return read_steps("integer_strength")


@lru_cache(maxsize=1)
def _elliptic_steps() -> Steps:
    return read_steps("elliptic_strength")


@lru_cache(maxsize=1)
def _by_name() -> dict[str, int]:
    names: dict[str, int] = {}
    for group in named_groups():
        if group.kind in ("ecdh", "ffdh") and group.classical_bits is not None:
            for name in (group.name, *group.aliases, *group.components):
                names.setdefault(name.lower(), group.classical_bits)
    for identifier in object_identifiers():
        if identifier.kind == "curve" and identifier.bits is not None:
            for name in (identifier.name, *identifier.aliases):
                names.setdefault(name.lower(), identifier.bits)
    return names
