"""What an object identifier names: algorithms, curves, containers (rows in data/oids.toml), and whose arc it lies in.

The table is read once, when first asked for. An OID that no source lists has no row: it is kept by number."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pqscan.registry.quantum import QuantumClass
from pqscan.registry.table import DATA_FOLDER, Row, read_table

STATUSES = ("standard", "draft", "private", "obsolete")
KINDS = (
    "pubkey",
    "pubkey+signature",
    "pubkey+kem",
    "pubkey+kemtrans",
    "signature",
    "kemtrans",
    "keyagree",
    "keywrap",
    "curve",
    "param",
    "hash",
    "mac",
    "cipher",
    "kdf",
    "mgf",
    "pbe",
    "container",
    "cms",
    "extension",
    "obsolete",
)
_DOTTED = re.compile(r"[0-2](\.(0|[1-9][0-9]*))+")


@dataclass(frozen=True, slots=True)
class ObjectIdentifier:
    """One named OID. Sizes in bytes, of raw keys, signatures and ciphertexts; None where they vary or no source gives them.

    `name` is the published spelling (ML-DSA-65); the ASN.1 name (id-ml-dsa-65) is among `aliases`. `bits` is the classical
    strength of a curve, the key length of a cipher. `components` are the parts of a composite or hybrid, in order."""

    oid: str
    name: str
    kind: str
    family: str
    quantum_class: QuantumClass
    status: str
    public_key_bytes: int | None
    signature_bytes: int | None
    ciphertext_bytes: int | None
    nist_category: int | None
    bits: int | None
    hash: str | None
    weak: tuple[str, ...]
    components: tuple[str, ...]
    references: tuple[str, ...]
    notes: str = ""
    aliases: tuple[str, ...] = ()


def by_oid(dotted: str) -> ObjectIdentifier | None:
    """The row of a dotted OID; None where no source names it. Raises DataError where our own table is wrong."""
    return _rows().get(dotted)


def object_identifiers() -> tuple[ObjectIdentifier, ...]:
    """Every row, in the order of the file. Raises DataError."""
    return tuple(_rows().values())


def arc_of(dotted: str) -> str | None:
    """The country in whose national arc an OID lies ("vn" for 2.16.704...), as ISO 3166-1 alpha-2; None for any other."""
    return next((country for arc, country in _arcs() if dotted == arc or dotted.startswith(f"{arc}.")), None)


def unlisted_arc(dotted: str) -> str | None:
    """The country in whose national arc a number lies that no source names: a national algorithm, of which nothing is known."""
    return arc_of(dotted) if _DOTTED.fullmatch(dotted) and by_oid(dotted) is None else None


def read_object_identifiers(path: Path = DATA_FOLDER / "oids.toml") -> tuple[ObjectIdentifier, ...]:
    """The rows as the file has them. Raises DataError naming file and row."""
    return identifiers_of(read_table(path, "object_identifier"))


def identifiers_of(rows: Iterable[Row]) -> tuple[ObjectIdentifier, ...]:
    """Each row's meaning, in order. Raises DataError naming file and row, also where one number stands twice."""
    read: dict[str, ObjectIdentifier] = {}
    for row in rows:
        identifier = _object_identifier(row)
        if identifier.oid in read:
            raise row.wrong(f"{identifier.oid} has a row already")
        read[identifier.oid] = identifier
    return tuple(read.values())


def read_arcs(path: Path = DATA_FOLDER / "oids.toml") -> tuple[tuple[str, str], ...]:
    """Arc and country. Raises DataError naming file and row."""
    arcs: list[tuple[str, str]] = []
    for row in read_table(path, "arc"):
        oid, country = _dotted(row), row.text("country")
        row.text("name")
        row.done()
        if not re.fullmatch("[a-z]{2}", country):
            raise row.wrong("country must be two lower-case letters")
        arcs.append((oid, country))
    return tuple(arcs)


def _object_identifier(row: Row) -> ObjectIdentifier:
    identifier = ObjectIdentifier(
        oid=_dotted(row),
        name=row.text("name"),
        kind=row.text("kind", among=KINDS),
        family=row.text("family"),
        quantum_class=row.choice("quantum_class", QuantumClass),
        status=row.text("status", among=STATUSES),
        public_key_bytes=row.optional_whole("public_key_bytes", least=1),
        signature_bytes=row.optional_whole("signature_bytes", least=1),
        ciphertext_bytes=row.optional_whole("ciphertext_bytes", least=1),
        nist_category=row.optional_whole("nist_category", least=1, most=5),
        bits=row.optional_whole("bits", least=1, most=512),
        hash=row.optional_text("hash"),
        weak=row.texts("weak"),
        components=row.texts("components"),
        references=row.references(),
        notes=row.text("notes", default=""),
        aliases=row.texts("aliases"),
    )
    row.done()
    if len(identifier.components) == 1:
        raise row.wrong("components are the parts of a composite: at least two, or none")
    of_parts = (QuantumClass.PQT_HYBRID, QuantumClass.UNKNOWN)
    if identifier.components and identifier.quantum_class not in of_parts:
        raise row.wrong("components go with quantum_class pqt_hybrid, or unknown where the post-quantum part is broken")
    return identifier


def _dotted(row: Row) -> str:
    oid = row.text("oid")
    if not _DOTTED.fullmatch(oid):
        raise row.wrong("oid must be a dotted number such as 1.2.840")
    return oid


@lru_cache(maxsize=1)
def shipped() -> dict[str, ObjectIdentifier]:
    """The rows that come with pqscan, by number. Raises DataError."""
    return {identifier.oid: identifier for identifier in read_object_identifiers()}


@lru_cache(maxsize=1)
def _rows() -> dict[str, ObjectIdentifier]:
    from pqscan.registry.local import local_registry  # It reads rows as this module does.

    local = local_registry()
    return shipped() if local is None else shipped() | {each.oid: each for each in local.object_identifiers}


@lru_cache(maxsize=1)
def _arcs() -> tuple[tuple[str, str], ...]:
    return read_arcs()


REMEMBERED = (_rows,)  # what a local registry adds to
