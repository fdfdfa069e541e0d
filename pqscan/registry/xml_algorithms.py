"""What the URIs of XML Signature and XML Encryption name (data/xml_algorithms.toml)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pqscan.registry.algorithms import Algorithm, by_name
from pqscan.registry.table import DATA_FOLDER, read_table

KINDS = ("signature", "mac", "digest", "encryption", "key_transport", "key_agreement", "key_wrap", "key_derivation")


@dataclass(frozen=True, slots=True)
class XmlAlgorithm:
    """`hash` is the hash that the URI fixes, `bits` the length of a cipher's key."""

    uri: str
    kind: str
    algorithm: Algorithm
    hash: str | None
    bits: int | None
    references: tuple[str, ...]


def by_uri(uri: str) -> XmlAlgorithm | None:
    """The row of a URI; None where no source names it."""
    return _rows().get(uri)


def xml_algorithms() -> tuple[XmlAlgorithm, ...]:
    """Every row, in the order of the file. Raises DataError."""
    return tuple(_rows().values())


def read_xml_algorithms(path: Path = DATA_FOLDER / "xml_algorithms.toml") -> tuple[XmlAlgorithm, ...]:
    """The rows as the file has them. Raises DataError naming file and row."""
    found: dict[str, XmlAlgorithm] = {}
    for row in read_table(path, "xml_algorithm"):
        uri, name = row.text("uri"), row.text("algorithm")
        algorithm = by_name(name)
        if algorithm is None:
            raise row.wrong(f"algorithms.toml has no {name}")
        if uri in found:
            raise row.wrong(f"{uri} has a row already")
        found[uri] = XmlAlgorithm(
            uri=uri,
            kind=row.text("kind", among=KINDS),
            algorithm=algorithm,
            hash=row.optional_text("hash"),
            bits=row.optional_whole("bits", least=1, most=512),
            references=row.references(),
        )
        row.done()
    return tuple(found.values())


@cache
def _rows() -> dict[str, XmlAlgorithm]:
    return {row.uri: row for row in read_xml_algorithms()}
