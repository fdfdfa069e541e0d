"""Reads data/dns.toml into rows and refuses what cannot be true: a number given twice, a key form without what it needs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pqscan.registry.dns_rows import DnsKind, DnsNumber, DnssecAlgorithm, DnsStatus, KeyForm, Limit
from pqscan.registry.quantum import QuantumClass
from pqscan.registry.table import DATA_FOLDER, Row, read_table

PATH = DATA_FOLDER / "dns.toml"
LACKS = ("post_quantum_signature",)
_NEEDS_OID = (KeyForm.POINT, KeyForm.WHOLE)


def read_algorithms(path: Path = PATH) -> tuple[DnssecAlgorithm, ...]:
    """Every algorithm number in the order of the file. Raises DataError naming file and row."""
    read: dict[int, DnssecAlgorithm] = {}
    for row in read_table(path, "algorithm"):
        made = _algorithm(row)
        if made.value in read:
            raise row.wrong("the number has a row already")
        read[made.value] = made
    return tuple(read.values())


def read_numbers(path: Path = PATH) -> tuple[DnsNumber, ...]:
    """Every other number in the order of the file. Raises DataError naming file and row."""
    read: dict[tuple[DnsKind, int], DnsNumber] = {}
    for row in read_table(path, "number"):
        made = DnsNumber(
            kind=row.choice("kind", DnsKind),
            value=row.whole("value", most=0xFFFF),
            name=row.text("name"),
            status=row.choice("status", DnsStatus),
            quantum_class=_class_of(row),
            references=row.references(),
        )
        row.done()
        if (made.kind, made.value) in read:
            raise row.wrong("the number has a row of this kind already")
        if (made.quantum_class is not QuantumClass.NOT_PUBLIC_KEY) != (made.kind is DnsKind.HPKE_KEM):
            raise row.wrong(f"quantum_class {made.quantum_class.value} does not go with the kind {made.kind.value}")
        read[made.kind, made.value] = made
    return tuple(read.values())


def read_limits(path: Path = PATH) -> tuple[Limit, ...]:
    """What protocols lack. Raises DataError naming file and row."""
    return tuple(_limits(read_table(path, "limit")))


def read_selectors(path: Path = PATH) -> tuple[str, ...]:
    """Usual selectors of DKIM, in order. Raises DataError naming file and row."""
    found = []
    for row in read_table(path, "dkim_selector"):
        found.append(row.text("name"))
        row.done()
    return tuple(found)


def _limits(rows: Iterable[Row]) -> Iterable[Limit]:
    for row in rows:
        made = Limit(row.text("name"), row.text("lacks", among=LACKS), row.day("read_on"), row.references())
        row.done()
        yield made


def _algorithm(row: Row) -> DnssecAlgorithm:
    form = row.optional_text("key_form")
    if form is not None and form not in {each.value for each in KeyForm}:
        raise row.wrong(f"key_form is none of {', '.join(KeyForm)}")
    made = DnssecAlgorithm(
        value=row.whole("value", most=0xFF),
        name=row.text("name"),
        quantum_class=row.choice("quantum_class", QuantumClass),
        status=row.choice("status", DnsStatus),
        primitive=row.optional_text("primitive"),
        hash=row.optional_text("hash"),
        key_form=None if form is None else KeyForm(form),
        oid=row.optional_text("oid"),
        key_bytes=row.optional_whole("key_bytes", least=1, most=0xFFFF),
        references=row.references(),
    )
    row.done()
    if (made.oid is not None) != (made.key_form in _NEEDS_OID):
        raise row.wrong("an oid goes with the key forms point and whole, and only with them")
    if (made.primitive is None) != (made.key_form is None):
        raise row.wrong("what signs names its primitive and its key form, and nothing else does")
    return made


def _class_of(row: Row) -> QuantumClass:
    given = row.optional_text("quantum_class")
    if given is None:
        return QuantumClass.NOT_PUBLIC_KEY
    if given not in {each.value for each in QuantumClass}:
        raise row.wrong(f"quantum_class is none of {', '.join(QuantumClass)}")
    return QuantumClass(given)
