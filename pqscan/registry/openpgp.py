"""What the numbers of OpenPGP mean (rows in data/openpgp.toml): algorithms of public keys, ciphers, hashes, AEAD modes.

The tables are read once, when first asked for. A number that no source lists has no row: it is kept as it stands in the file."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from pqscan.registry.quantum import QuantumClass
from pqscan.registry.table import DATA_FOLDER, Row, read_table

PATH = DATA_FOLDER / "openpgp.toml"
STATUSES = ("standard", "obsolete", "private")
USES = ("signature", "encryption")


class KeyForm(StrEnum):
    """How the public key stands in its packet (RFC 9580, section 5.5.5): numbers, a curve with a point, or octets of one size."""

    RSA = "rsa"
    DSA = "dsa"
    ELGAMAL = "elgamal"
    CURVE = "curve"
    NATIVE = "native"
    UNREAD = "unread"


@dataclass(frozen=True, slots=True)
class PublicKeyAlgorithm:
    """One algorithm. `oid` is the number that the same key has in X.509, None where it has none; `key_bytes` the size of a native
    key; `components` the parts of a hybrid, the post-quantum one first."""

    value: int
    name: str
    uses: tuple[str, ...]
    quantum_class: QuantumClass
    form: KeyForm
    status: str
    oid: str | None
    key_bytes: int | None
    components: tuple[str, ...]
    references: tuple[str, ...]

    @property
    def only_encrypts(self) -> bool:
        return self.uses == ("encryption",)


def public_key_algorithm(value: int) -> PublicKeyAlgorithm | None:
    """The row of a number; None where no source names it. Raises DataError."""
    return _public_keys().get(value)


def cipher_name(value: int) -> str | None:
    """As data/algorithms.toml spells it; `none` for plain text. Raises DataError."""
    return _names("cipher").get(value)


def hash_name(value: int) -> str | None:
    return _names("hash").get(value)


def aead_name(value: int) -> str | None:
    return _names("aead").get(value)


def read_public_key_algorithms(path: Path = PATH) -> tuple[PublicKeyAlgorithm, ...]:
    """Every row in the order of the file. Raises DataError naming file and row."""
    read: dict[int, PublicKeyAlgorithm] = {}
    for row in read_table(path, "public_key"):
        made = _algorithm(row)
        if made.value in read:
            raise row.wrong("the number has a row already")
        read[made.value] = made
    return tuple(read.values())


def _algorithm(row: Row) -> PublicKeyAlgorithm:
    made = PublicKeyAlgorithm(
        value=row.whole("value", most=0xFF),
        name=row.text("name"),
        uses=row.texts("uses"),
        quantum_class=row.choice("quantum_class", QuantumClass),
        form=row.choice("form", KeyForm),
        status=row.text("status", among=STATUSES),
        oid=row.optional_text("oid"),
        key_bytes=row.optional_whole("key_bytes", least=1, most=0xFFFF),
        components=row.texts("components"),
        references=row.references(),
    )
    row.done()
    if not made.uses or not set(made.uses) <= set(USES):
        raise row.wrong(f"uses must be among {', '.join(USES)}")
    if (made.key_bytes is not None) != (made.form is KeyForm.NATIVE):
        raise row.wrong("key_bytes goes with the form native, and only with it")
    if bool(made.components) != (made.quantum_class is QuantumClass.PQT_HYBRID):
        raise row.wrong("components go with quantum_class pqt_hybrid")
    return made


@cache
def _public_keys() -> dict[int, PublicKeyAlgorithm]:
    return {row.value: row for row in read_public_key_algorithms()}


@cache
def _names(table: str) -> dict[int, str]:
    found: dict[int, str] = {}
    for row in read_table(PATH, table):
        value = row.whole("value", most=0xFF)
        if value in found:
            raise row.wrong("the number has a row already")
        found[value] = row.text("name")
        row.references()
        row.done()
    return found
