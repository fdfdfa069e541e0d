"""Under which tags signatures stand in RPM packages, and what the numbers of OpenPGP in them mean (data/rpm_signatures.toml)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pqscan.registry.algorithms import by_name
from pqscan.registry.quantum import QuantumClass
from pqscan.registry.table import DATA_FOLDER, read_table

_FILE = DATA_FOLDER / "rpm_signatures.toml"


@dataclass(frozen=True, slots=True)
class RpmTag:
    """`is_text`: signatures stand there as texts of Base64, else as octets."""

    value: int
    name: str
    is_text: bool
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RpmKey:
    """An algorithm of public keys; `components` are the parts of a hybrid."""

    value: int
    name: str
    quantum_class: QuantumClass
    components: tuple[str, ...]
    references: tuple[str, ...]


def tag_of(value: int) -> RpmTag | None:
    """The tag of a number; None where no signature stands under it."""
    return _tags().get(value)


def key_of(value: int) -> RpmKey | None:
    """The row of an algorithm; None where no source names it."""
    return _keys().get(value)


def hash_of(value: int) -> str | None:
    """The name of a hash; None where no source names it."""
    return _hashes().get(value)


def read_tags(path: Path = _FILE) -> tuple[RpmTag, ...]:
    """The rows as the file has them. Raises DataError naming file and row."""
    found: list[RpmTag] = []
    for row in read_table(path, "tag"):
        found.append(RpmTag(row.whole("value"), row.text("name"), row.flag("is_text"), row.references()))
        row.done()
    return tuple(found)


def read_keys(path: Path = _FILE) -> tuple[RpmKey, ...]:
    """The rows as the file has them. Raises DataError naming file and row: one that is neither a hybrid nor has a row in
    algorithms.toml."""
    found: list[RpmKey] = []
    for row in read_table(path, "public_key"):
        name, components = row.text("algorithm"), row.texts("components")
        algorithm = by_name(name)
        if algorithm is None and not components:
            raise row.wrong(f"algorithms.toml has no {name}")
        quantum_class = QuantumClass.PQT_HYBRID if algorithm is None else algorithm.quantum_class
        found.append(RpmKey(row.whole("value", most=0xFF), name, quantum_class, components, row.references()))
        row.done()
    return tuple(found)


def read_hashes(path: Path = _FILE) -> dict[int, str]:
    """Names by number. Raises DataError naming file and row."""
    found: dict[int, str] = {}
    for row in read_table(path, "hash"):
        found[row.whole("value", most=0xFF)] = row.text("name")
        row.done()
    return found


@cache
def _tags() -> dict[int, RpmTag]:
    return {row.value: row for row in read_tags()}


@cache
def _keys() -> dict[int, RpmKey]:
    return {row.value: row for row in read_keys()}


@cache
def _hashes() -> dict[int, str]:
    return read_hashes()
