"""By what a file of age is encrypted for a recipient of each type (data/age.toml)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pqscan.registry.algorithms import Algorithm, by_name
from pqscan.registry.table import DATA_FOLDER, read_table

WAYS = ("key_agreement", "kem", "key_transport", "password")


@dataclass(frozen=True, slots=True)
class AgeRecipient:
    """`way` is how the key of the file gets to the recipient, `parameter` a curve."""

    kind: str
    algorithm: Algorithm
    way: str
    parameter: str | None
    references: tuple[str, ...]


def age_recipient(kind: str) -> AgeRecipient | None:
    """The row of a type; None for that of a plugin which no source names."""
    return _rows().get(kind)


def read_age_recipients(path: Path = DATA_FOLDER / "age.toml") -> tuple[AgeRecipient, ...]:
    """The rows as the file has them. Raises DataError naming file and row."""
    found: dict[str, AgeRecipient] = {}
    for row in read_table(path, "recipient"):
        kind, name = row.text("kind"), row.text("algorithm")
        algorithm = by_name(name)
        if algorithm is None:
            raise row.wrong(f"algorithms.toml has no {name}")
        if kind in found:
            raise row.wrong(f"{kind} has a row already")
        found[kind] = AgeRecipient(kind, algorithm, row.text("way", among=WAYS), row.optional_text("parameter"), row.references())
        row.done()
    return tuple(found.values())


@cache
def _rows() -> dict[str, AgeRecipient]:
    return {row.kind: row for row in read_age_recipients()}
