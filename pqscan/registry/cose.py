"""What the numbers of COSE mean (rows in data/cose.toml): algorithms, types of keys, curves.

The tables are read once, when first asked for. A number that no source lists has no row."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from pqscan.registry.algorithms import Algorithm, by_name
from pqscan.registry.jose import JoseUse
from pqscan.registry.table import DATA_FOLDER, Row, read_table

PATH = DATA_FOLDER / "cose.toml"


@dataclass(frozen=True, slots=True)
class CoseAlgorithm:
    """`name` is IANA's; `hash` None where the number fixes none, `parameter` a curve or a mode. `is_keyless`: it uses no key of
    anyone's, but one that both know."""

    value: int
    name: str
    use: JoseUse
    algorithm: Algorithm | None
    hash: str | None
    parameter: str | None
    references: tuple[str, ...]

    @property
    def is_keyless(self) -> bool:
        return self.algorithm is None


def cose_algorithm(value: int) -> CoseAlgorithm | None:
    """The row of a number; None where no source lists it. Raises DataError."""
    return _algorithms().get(value)


def cose_number(kind: Literal["key_type", "curve"], value: int) -> str | None:
    """The name of a type of keys or of a curve, as JOSE spells it. Raises DataError."""
    return _numbers(kind).get(value)


def read_cose_algorithms(path: Path = PATH) -> tuple[CoseAlgorithm, ...]:
    """Every row in the order of the file. Raises DataError naming file and row."""
    read: dict[int, CoseAlgorithm] = {}
    for row in read_table(path, "algorithm"):
        named = row.optional_text("algorithm")
        algorithm = None if named is None else by_name(named)
        if named is not None and algorithm is None:
            raise row.wrong(f"algorithms.toml has no row of {named}")
        made = CoseAlgorithm(
            value=_value(row),
            name=row.text("name"),
            use=row.choice("use", JoseUse),
            algorithm=algorithm,
            hash=row.optional_text("hash"),
            parameter=row.optional_text("parameter"),
            references=row.references(),
        )
        row.done()
        if made.value in read:
            raise row.wrong("the number has a row already")
        read[made.value] = made
    return tuple(read.values())


def _value(row: Row) -> int:
    text = row.text("value")
    try:
        return int(text)
    except ValueError:
        raise row.wrong("value must be a number in quotes: it may be negative") from None


@cache
def _algorithms() -> dict[int, CoseAlgorithm]:
    return {row.value: row for row in read_cose_algorithms()}


@cache
def _numbers(kind: Literal["key_type", "curve"]) -> dict[int, str]:
    found: dict[int, str] = {}
    for row in read_table(PATH, kind):
        found[_value(row)] = row.text("name")
        row.references()
        row.done()
    return found
