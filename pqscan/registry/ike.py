"""What the numbers of IKEv2 and IKEv1 mean (rows in data/ike_transforms.toml).

The table is read once, when first asked for. A number that no source lists has no row: it is kept as it was sent."""

from __future__ import annotations

from functools import lru_cache

from pqscan.registry.ike_rows import IkeKind, IkeNumber, IkeStatus
from pqscan.registry.ike_tables import read_ike_numbers

__all__ = ["EDITION", "IkeKind", "IkeNumber", "IkeStatus", "ike_number", "ike_numbers"]

EDITION = "2026-11"
"""Of the numbers that the probe offers, as `asked` tells it."""


@lru_cache(maxsize=1)
def ike_numbers() -> tuple[IkeNumber, ...]:
    """Every row, in the order of the file. Raises DataError."""
    return read_ike_numbers()


def ike_number(kind: IkeKind, value: int, *, version: int = 2) -> IkeNumber | None:
    """The row of a number; None where no source names it. Raises DataError where our own table is wrong."""
    return _by_value().get((version, kind, value))


@lru_cache(maxsize=1)
def _by_value() -> dict[tuple[int, IkeKind, int], IkeNumber]:
    return {(row.version, row.kind, row.value): row for row in ike_numbers()}
