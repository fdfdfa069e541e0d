"""What the names `alg` and `enc` of JOSE mean (rows in data/jose.toml): which algorithm of data/algorithms.toml, over which hash.

The table is read once, when first asked for. A name without a row is looked for among the algorithms by itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from pqscan.registry.algorithms import Algorithm, by_name
from pqscan.registry.table import DATA_FOLDER, read_table

PATH = DATA_FOLDER / "jose.toml"


class JoseUse(StrEnum):
    """`key_management` is `alg` of what is encrypted, `content` its `enc`."""

    SIGNATURE = "signature"
    MAC = "mac"
    KEY_MANAGEMENT = "key_management"
    CONTENT = "content"


@dataclass(frozen=True, slots=True)
class JoseAlgorithm:
    """`hash` is None where the name says none; `parameter` a curve or a mode."""

    name: str
    use: JoseUse
    algorithm: Algorithm
    hash: str | None
    parameter: str | None
    references: tuple[str, ...]


def jose_algorithm(name: str) -> JoseAlgorithm | None:
    """The row of a name, which is spelled exactly; None where no source lists it. Raises DataError."""
    return _rows().get(name)


def read_jose(path: Path = PATH) -> tuple[JoseAlgorithm, ...]:
    """Every row in the order of the file. Raises DataError naming file and row."""
    read: dict[str, JoseAlgorithm] = {}
    for row in read_table(path, "jose"):
        named = row.text("algorithm")
        algorithm = by_name(named)
        if algorithm is None:
            raise row.wrong(f"algorithms.toml has no row of {named}")
        made = JoseAlgorithm(
            name=row.text("name"),
            use=row.choice("use", JoseUse),
            algorithm=algorithm,
            hash=row.optional_text("hash"),
            parameter=row.optional_text("parameter"),
            references=row.references(),
        )
        row.done()
        if made.name in read:
            raise row.wrong("the name has a row already")
        read[made.name] = made
    return tuple(read.values())


@cache
def _rows() -> dict[str, JoseAlgorithm]:
    return {row.name: row for row in read_jose()}
