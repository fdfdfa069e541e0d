"""The words of CycloneDX for algorithm families and elliptic curves (rows in data/cyclonedx.toml), as version 1.7 fixes them.

The tables are read once, when first asked for. What CycloneDX has no word for has no row: then none is written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pqscan.registry.table import DATA_FOLDER, read_table

PRIMITIVES = (  # cryptoProperties.algorithmProperties.primitive
    "ae",
    "block-cipher",
    "combiner",
    "drbg",
    "hash",
    "kdf",
    "kem",
    "key-agree",
    "key-wrap",
    "mac",
    "other",
    "pke",
    "signature",
    "stream-cipher",
    "unknown",
    "xof",
)
SINCE_1_7 = frozenset({"key-wrap"})
"""Primitives that version 1.6 has no word for."""
_APART = re.compile(r"[-_ ./:]")


@dataclass(frozen=True, slots=True)
class Family:
    """One value of `algorithmFamily`. `primitives` are those of its variants; `ours` the families of data/algorithms.toml and
    data/oids.toml that it covers, beside the one of its own name. `is_late`: the first edition of the schema of 1.7 lacks it, so
    that whoever checks by that one refuses a document that names it."""

    name: str
    primitives: tuple[str, ...]
    ours: tuple[str, ...]
    references: tuple[str, ...]
    is_late: bool = False

    def serves(self, primitive: str) -> bool:
        """Whether an algorithm of the family can be one: any block cipher has modes that authenticate."""
        return primitive in self.primitives or ("block-cipher" in self.primitives and primitive in ("ae", "mac", "key-wrap"))


@dataclass(frozen=True, slots=True)
class Curve:
    """One value of `ellipticCurve` (`nist/P-256`). `oid` is None where CycloneDX gives none."""

    name: str
    oid: str | None
    aliases: tuple[str, ...]
    references: tuple[str, ...]

    @property
    def short(self) -> str:
        """The name without the collection that it stands in: `P-256`."""
        return self.name.partition("/")[2]


def families() -> tuple[Family, ...]:
    """Every row, in the order of the file. Raises DataError."""
    return _families()


def curves() -> tuple[Curve, ...]:
    """Every row, in the order of the file. Raises DataError."""
    return _curves()


def family(name: str) -> Family | None:
    """The row of a family by CycloneDX's own spelling; else None."""
    return _by_name().get(name)


def family_like(spelling: str) -> Family | None:
    """The family of that name, or that covers ours of that name, whatever its case; else None."""
    return _by_ours().get(fold(spelling))


def curve(name: str) -> Curve | None:
    """The row of a curve by CycloneDX's own spelling (`nist/P-256`); else None."""
    return _curve_by_name().get(name)


def curve_like(spelling: str) -> Curve | None:
    """The curve of any published name (`secp256r1`, `P-256`, `prime256v1`, a dotted OID); else None. Of several rows of one curve
    the first of the file."""
    return _curve_by_spelling().get(fold(spelling))


def curve_of_oid(dotted: str) -> Curve | None:
    """The first curve with that OID; else None."""
    return _curve_by_oid().get(dotted)


def fold(spelling: str) -> str:
    """Case and what sets parts apart do not count."""
    return _APART.sub("", spelling).lower()


def read_families(path: Path = DATA_FOLDER / "cyclonedx.toml") -> tuple[Family, ...]:
    """The rows as the file has them. Raises DataError naming file and row."""
    found: dict[str, Family] = {}
    for row in read_table(path, "family"):
        name, primitives = row.text("name"), row.texts("primitives")
        if name in found:
            raise row.wrong(f"{name} has a row already")
        if not primitives or not set(primitives) <= set(PRIMITIVES):
            raise row.wrong("primitives must be among " + ", ".join(PRIMITIVES))
        found[name] = Family(name, primitives, row.texts("ours"), row.references(), row.flag("is_late"))
        row.done()
    return tuple(found.values())


def read_curves(path: Path = DATA_FOLDER / "cyclonedx.toml") -> tuple[Curve, ...]:
    """The rows as the file has them. Raises DataError naming file and row."""
    found: dict[str, Curve] = {}
    for row in read_table(path, "curve"):
        name = row.text("name")
        if name in found:
            raise row.wrong(f"{name} has a row already")
        if "/" not in name:
            raise row.wrong("name must have its collection in front, such as nist/P-256")
        found[name] = Curve(name, row.optional_text("oid"), row.texts("aliases"), row.references())
        row.done()
    return tuple(found.values())


@cache
def _families() -> tuple[Family, ...]:
    return read_families()


@cache
def _curves() -> tuple[Curve, ...]:
    return read_curves()


@cache
def _by_name() -> dict[str, Family]:
    return {row.name: row for row in _families()}


@cache
def _by_ours() -> dict[str, Family]:
    found: dict[str, Family] = {}
    for row in _families():
        found[fold(row.name)] = row
    for row in _families():
        for each in row.ours:
            found.setdefault(fold(each), row)
    return found


@cache
def _curve_by_name() -> dict[str, Curve]:
    return {row.name: row for row in _curves()}


@cache
def _curve_by_spelling() -> dict[str, Curve]:
    found: dict[str, Curve] = {}
    for row in _curves():
        for spelling in (row.short, row.name, *row.aliases, *((row.oid,) if row.oid else ())):
            found.setdefault(fold(spelling), row)
    return found


@cache
def _curve_by_oid() -> dict[str, Curve]:
    found: dict[str, Curve] = {}
    for row in _curves():
        if row.oid is not None:
            found.setdefault(row.oid, row)
    return found
