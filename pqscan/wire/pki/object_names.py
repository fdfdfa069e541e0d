"""Short names of attribute types and key purposes, and curves known by their numbers; rows in `data/`, each with its source."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pqscan.registry.table import read_table

_DATA = Path(__file__).parent / "data"


def attribute_type(oid: str) -> str | None:
    """The short name of an attribute type in a distinguished name (`CN`), None where none is registered."""
    return _names("attribute_type").get(oid)


def key_purpose(oid: str) -> str | None:
    """The name of an extended key usage (`serverAuth`), None where none is registered."""
    return _names("key_purpose").get(oid)


def curve_by_numbers(prime: int, a: int, b: int, base_x: int, order: int) -> str | None:
    """The dotted OID of the prime curve that has exactly these numbers; None where no row has all of them.

    All five are asked for, since a known curve with another base point is another thing (CVE-2020-0601)."""
    return _curves().get((prime, a, b, base_x, order))


@cache
def _names(table: str) -> dict[str, str]:
    names = {}
    for row in read_table(_DATA / "object_names.toml", table):
        names[row.text("oid")] = row.text("name")
        row.done()
    return names


@cache
def _curves() -> dict[tuple[int, ...], str]:
    curves = {}
    for row in read_table(_DATA / "curves.toml", "curve"):
        numbers = tuple(int(row.text(field), 16) for field in ("prime", "a", "b", "base_x", "order"))
        curves[numbers] = row.text("oid")
        row.done()
    return curves
