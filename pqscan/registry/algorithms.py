"""Algorithms by name (data/algorithms.toml): what programs, documents and configurations spell where no protocol numbers it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from pqscan.registry.quantum import QuantumClass
from pqscan.registry.table import DATA_FOLDER, Row, read_table

PRIMITIVES = (  # CycloneDX 1.6, cryptoProperties.algorithmProperties.primitive
    "ae",
    "block-cipher",
    "combiner",
    "drbg",
    "hash",
    "kdf",
    "kem",
    "key-agree",
    "mac",
    "other",
    "pke",
    "signature",
    "stream-cipher",
    "unknown",
    "xof",
)
_APART = re.compile(r"[-_ ./@]")


class Function(StrEnum):
    """What an algorithm is used for. Encryption with a public key establishes keys: what it protects falls with the key."""

    KEY_ESTABLISHMENT = "key_establishment"
    SIGNATURE = "signature"
    ENCRYPTION = "encryption"
    HASH = "hash"
    MAC = "mac"
    KEY_DERIVATION = "key_derivation"


@dataclass(frozen=True, slots=True)
class Algorithm:
    """One algorithm. `functions` are all that it can be used for, the usual first; `bits` the length of its key where it has but
    one; `weak` words of what is wrong with it; `components` the parts of a hybrid, in the order of its name."""

    name: str
    family: str
    primitive: str
    functions: tuple[Function, ...]
    quantum_class: QuantumClass
    nist_category: int | None
    bits: int | None
    weak: tuple[str, ...]
    components: tuple[str, ...]
    references: tuple[str, ...]
    aliases: tuple[str, ...] = ()


def by_name(spelling: str) -> Algorithm | None:
    """The row of a name or an alias, whatever its case and whatever sets its parts apart (`sha256`, `SHA-256`); else None."""
    return _by_name().get(_folded(spelling))


def algorithms() -> tuple[Algorithm, ...]:
    """Every row, in the order of the file. Raises DataError."""
    return _rows()


def read_algorithms(path: Path = DATA_FOLDER / "algorithms.toml") -> tuple[Algorithm, ...]:
    """The rows as the file has them. Raises DataError naming file and row, also where one spelling has two meanings."""
    found: list[Algorithm] = []
    seen: set[str] = set()
    for row in read_table(path, "algorithm"):
        algorithm = _algorithm(row)
        for spelling in {_folded(one) for one in (algorithm.name, *algorithm.aliases)}:
            if spelling in seen:
                raise row.wrong(f"{spelling} has a row already")
            seen.add(spelling)
        found.append(algorithm)
    return tuple(found)


def _algorithm(row: Row) -> Algorithm:
    name = row.text("name")
    try:
        functions = tuple(map(Function, row.texts("functions")))
    except ValueError:
        raise row.wrong("functions must be among " + ", ".join(Function)) from None
    algorithm = Algorithm(
        name=name,
        family=row.text("family"),
        primitive=row.text("primitive", among=PRIMITIVES),
        functions=functions,
        quantum_class=row.choice("quantum_class", QuantumClass),
        nist_category=row.optional_whole("nist_category", least=1, most=5),
        bits=row.optional_whole("bits", least=1, most=512),
        weak=row.texts("weak"),
        components=row.texts("components"),
        references=row.references(),
        aliases=row.texts("aliases"),
    )
    row.done()
    if not functions:
        raise row.wrong("functions must name at least one")
    if bool(algorithm.components) != (algorithm.quantum_class is QuantumClass.PQT_HYBRID):
        raise row.wrong("components go with quantum_class pqt_hybrid")
    return algorithm


def _folded(spelling: str) -> str:
    return _APART.sub("", spelling).lower()


@cache
def _rows() -> tuple[Algorithm, ...]:
    return read_algorithms()


@cache
def _by_name() -> dict[str, Algorithm]:
    return {_folded(spelling): row for row in _rows() for spelling in (row.name, *row.aliases)}
