"""What the numbers in an APK Signing Block mean (data/apk_signatures.toml)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pqscan.registry.algorithms import Algorithm, by_name
from pqscan.registry.table import DATA_FOLDER, read_table

_FILE = DATA_FOLDER / "apk_signatures.toml"
_MOST = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class ApkScheme:
    """`has_versions`: each signer names the versions of Android for which it signs."""

    value: int
    name: str
    has_versions: bool
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ApkSignature:
    """One algorithm of signatures with its hash."""

    value: int
    algorithm: Algorithm
    hash: str
    references: tuple[str, ...]


def scheme_of(value: int) -> ApkScheme | None:
    """The scheme whose signers lie under a number; None for other blocks (padding, stamps of sources)."""
    return _schemes().get(value)


def signature_of(value: int) -> ApkSignature | None:
    """The row of an algorithm; None where no source names it."""
    return _signatures().get(value)


def read_schemes(path: Path = _FILE) -> tuple[ApkScheme, ...]:
    """The rows as the file has them. Raises DataError naming file and row."""
    found: list[ApkScheme] = []
    for row in read_table(path, "scheme"):
        value = row.whole("value", most=_MOST)
        found.append(ApkScheme(value, row.text("name"), row.flag("has_versions"), row.references()))
        row.done()
    return tuple(found)


def read_signatures(path: Path = _FILE) -> tuple[ApkSignature, ...]:
    """The rows as the file has them. Raises DataError naming file and row."""
    found: list[ApkSignature] = []
    for row in read_table(path, "signature"):
        name = row.text("algorithm")
        algorithm = by_name(name)
        if algorithm is None:
            raise row.wrong(f"algorithms.toml has no {name}")
        found.append(ApkSignature(row.whole("value", most=_MOST), algorithm, row.text("hash"), row.references()))
        row.done()
    return tuple(found)


@cache
def _schemes() -> dict[int, ApkScheme]:
    return {row.value: row for row in read_schemes()}


@cache
def _signatures() -> dict[int, ApkSignature]:
    return {row.value: row for row in read_signatures()}
