"""Reads data/ike_transforms.toml into rows and refuses what cannot be true: a number given twice, a strength of a cipher."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pqscan.registry.ike_rows import IkeKind, IkeNumber, IkeStatus
from pqscan.registry.quantum import QuantumClass
from pqscan.registry.table import DATA_FOLDER, Row, read_table

WEAKNESSES = frozenset(
    (
        *("3des", "block64", "broken_pq", "cbc", "des", "dh768", "dh1024", "dh1536", "ec2n", "md5", "none", "null_encryption"),
        *("rfc5114", "sha1", "small_curve", "tiger"),
    )
)
_PUBLIC_KEY = (IkeKind.KEY_EXCHANGE, IkeKind.AUTH_METHOD)
_OF_IKEV1_ALONE = (IkeKind.HASH, IkeKind.ATTRIBUTE)
_MOST = {IkeKind.TRANSFORM_TYPE: 0xFF, IkeKind.AUTH_METHOD: 0xFF, IkeKind.EXCHANGE_TYPE: 0xFF, IkeKind.PAYLOAD_TYPE: 0xFF}


def read_ike_numbers(path: Path = DATA_FOLDER / "ike_transforms.toml") -> tuple[IkeNumber, ...]:
    """Every number in the order of the file. Raises DataError naming file and row."""
    return ike_numbers_of(read_table(path, "number"))


def ike_numbers_of(rows: Iterable[Row]) -> tuple[IkeNumber, ...]:
    """Each row's meaning, in order. Raises DataError naming file and row."""
    read: dict[tuple[int, IkeKind, int], IkeNumber] = {}
    for row in rows:
        number = _number(row)
        key = (number.version, number.kind, number.value)
        if key in read:
            raise row.wrong("the number has a row of this kind already")
        _check(row, number)
        read[key] = number
    return tuple(read.values())


def _number(row: Row) -> IkeNumber:
    number = IkeNumber(
        version=row.whole("version", least=1, most=2),
        kind=row.choice("kind", IkeKind),
        value=row.whole("value", most=0xFFFF),
        name=row.text("name"),
        quantum_class=row.choice("quantum_class", QuantumClass),
        status=row.choice("status", IkeStatus),
        components=row.texts("components"),
        classical_bits=row.optional_whole("classical_bits", least=56, most=512),
        nist_category=row.optional_whole("nist_category", least=1, most=5),
        key_bits=row.wholes("key_bits", most=512),
        tag_bits=row.optional_whole("tag_bits", least=8, most=512),
        initiator_bytes=row.optional_whole("initiator_bytes", least=1, most=0xFFFF),
        responder_bytes=row.optional_whole("responder_bytes", least=1, most=0xFFFF),
        keywords=row.texts("keywords"),
        weak=row.texts("weak"),
        references=row.references(),
        notes=row.text("notes", default=""),
    )
    row.done()
    return number


def _check(row: Row, number: IkeNumber) -> None:
    kind, quantum_class = number.kind, number.quantum_class
    if kind in _OF_IKEV1_ALONE and number.version != 1:
        raise row.wrong(f"the kind {kind.value} is of IKEv1")
    if number.version == 2 and number.value > _MOST.get(kind, 0xFFFF):
        raise row.wrong(f"a number of the kind {kind.value} has one byte")
    if kind not in _PUBLIC_KEY and quantum_class is not QuantumClass.NOT_PUBLIC_KEY:
        raise row.wrong(f"quantum_class {quantum_class.value} does not go with the kind {kind.value}")
    if (number.classical_bits is not None) > (kind is IkeKind.KEY_EXCHANGE and quantum_class is QuantumClass.TRADITIONAL):
        raise row.wrong("classical_bits is the strength of a traditional key exchange, which this is not")
    if (number.nist_category is not None) > (quantum_class is QuantumClass.POST_QUANTUM):
        raise row.wrong("nist_category is that of a post-quantum key exchange, which this is not")
    if kind is IkeKind.KEY_EXCHANGE and bool(number.components) < (quantum_class is QuantumClass.TRADITIONAL):
        raise row.wrong("a traditional key exchange names its component")
    if (number.initiator_bytes is None) != (number.responder_bytes is None):
        raise row.wrong("it gives the size of one public value and not of the other")
    if bool(number.key_bits) > (kind is IkeKind.ENCRYPTION) or (number.tag_bits is not None) > (kind is IkeKind.INTEGRITY):
        raise row.wrong("key_bits is of ciphers, tag_bits of integrity transforms")
    unknown = sorted(set(number.weak) - WEAKNESSES)
    if unknown:
        raise row.wrong(f"weak names {', '.join(unknown)}, which is none of {', '.join(sorted(WEAKNESSES))}")
