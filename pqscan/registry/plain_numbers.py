"""Numbers of the protocols that have no public-key exchange of their own: SMB, Kerberos, SNMPv3 (rows in data/plain_numbers.toml).

The table is read once, when first asked for. A number that no source lists has no row: it is kept as it was sent."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from pqscan.registry.table import DATA_FOLDER, read_table

EDITION = "2026-11"
"""Of the numbers that the probes ask for, as `asked` tells it."""
WEAKNESSES = frozenset(("des_kerberos", "3des_kerberos", "rc4_kerberos", "export_kerberos"))


class NumberKind(StrEnum):
    """The registry of a number. `enterprise` are makers of agents of SNMP."""

    DIALECT = "dialect"
    CIPHER = "cipher"
    MAC = "mac"
    HASH = "hash"
    PREAUTHENTICATION = "preauthentication"
    ERROR = "error"
    ENTERPRISE = "enterprise"
    ENGINE_FORMAT = "engine_format"


@dataclass(frozen=True, slots=True)
class PlainNumber:
    """One number of one protocol (`smb`, `kerberos`, `snmp`). `primitive` and `key_bits` are of ciphers, `weak` words of the floor;
    `public_key` names the public-key families in it, which only some ways to log in to Kerberos have."""

    protocol: str
    kind: NumberKind
    value: int
    name: str
    primitive: str
    key_bits: int | None
    weak: tuple[str, ...]
    public_key: tuple[str, ...]
    references: tuple[str, ...]


def read_plain_numbers(path: Path = DATA_FOLDER / "plain_numbers.toml") -> tuple[PlainNumber, ...]:
    """Every row in the order of the file. Raises DataError naming file and row."""
    found: dict[tuple[str, NumberKind, int], PlainNumber] = {}
    for row in read_table(path, "number"):
        number = PlainNumber(
            protocol=row.text("protocol", among=("smb", "kerberos", "snmp")),
            kind=row.choice("kind", NumberKind),
            value=row.whole("value", most=0x7FFFFFFF),
            name=row.text("name"),
            primitive=row.text("primitive", default=""),
            key_bits=row.optional_whole("key_bits", least=40, most=512),
            weak=row.texts("weak"),
            public_key=row.texts("public_key"),
            references=row.references(),
        )
        row.done()
        key = (number.protocol, number.kind, number.value)
        if key in found:
            raise row.wrong("the number has a row of this kind already")
        if bool(number.primitive) is not (number.kind in (NumberKind.CIPHER, NumberKind.MAC)):
            raise row.wrong("a cipher or a MAC names its primitive, and nothing else does")
        if number.public_key and number.kind is not NumberKind.PREAUTHENTICATION:
            raise row.wrong("public_key is of ways to log in")
        unknown = sorted(set(number.weak) - WEAKNESSES)
        if unknown:
            raise row.wrong(f"weak names {', '.join(unknown)}, which is none of {', '.join(sorted(WEAKNESSES))}")
        found[key] = number
    return tuple(found.values())


def plain_number(protocol: str, kind: NumberKind, value: int) -> PlainNumber | None:
    """The row of a number; None where no source names it. Raises DataError where our own table is wrong."""
    return _by_value().get((protocol, kind, value))


def plain_numbers(protocol: str, kind: NumberKind) -> tuple[PlainNumber, ...]:
    """Every row of one registry, in the order of the file."""
    return tuple(row for row in _by_value().values() if row.protocol == protocol and row.kind is kind)


@cache
def _by_value() -> dict[tuple[str, NumberKind, int], PlainNumber]:
    return {(row.protocol, row.kind, row.value): row for row in read_plain_numbers()}
