"""Databases of NSS (cert9.db, key4.db), which Firefox, Thunderbird and Chromium keep: SQLite with one column for each attribute of
PKCS#11, `a` and its number in hexadecimal (NSS 3.90, lib/softoken/sdb.c; numbers: PKCS#11 3.2, pkcs11t.h).

Private keys show their type and size; their private attributes are encrypted, and of these only the lock is read. The file is
opened in memory, nothing but three tables by name can be read of it, and what reading costs is bounded.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field

from pqscan.errors import MalformedMessage
from pqscan.model.certificate import PublicKey
from pqscan.registry.oids import by_oid
from pqscan.registry.quantum import QuantumClass
from pqscan.wire.pki import spki
from pqscan.wire.pki.algorithms import Identified, read_algorithm
from pqscan.wire.pki.bare_key import read_bare_key
from pqscan.wire.pki.der import SEQUENCE, DerReader
from pqscan.wire.pki.keys import described
from pqscan.wire.pki.private_key import Lock, read_lock

MAGIC = b"SQLite format 3\0"
PUBLIC, PRIVATE = "nssPublic", "nssPrivate"
_META = "metaData"
_MOST_BYTES = 16 << 20
_MOST_ROWS = 20_000
_MOST_VALUE = 1 << 20
_MOST_STEPS = 20_000_000
"""Of SQLite's machine: a second or two."""
_STEP = 10_000
_READ_MAY = frozenset({PUBLIC, PRIVATE, _META, "sqlite_master", "sqlite_schema"})
_CLASS, _KEY_TYPE, _VALUE = "a0", "a100", "a11"
_MODULUS, _EXPONENT, _PRIME, _CURVE, _SET = "a120", "a122", "a130", "a180", "a61d"
_LOCKED = ("a123", "a11")  # CKA_PRIVATE_EXPONENT, else CKA_VALUE
_IS_CERTIFICATE, _IS_PRIVATE_KEY = 1, 3
_ROLLBACK = b"\x01\x01"
_RSA, _DSA, _DH, _EC = 0, 1, 2, 3
_OF_CURVE = (_EC, 0x40, 0x41)  # with those of Edwards and Montgomery
_OIDS = {_DSA: "1.2.840.10040.4.1", _DH: "1.2.840.113549.1.3.1", _EC: "1.2.840.10045.2.1"}
_SETS = {  # CKK_ML_KEM and CKK_ML_DSA, with the numbers of their parameter sets
    (0x49, 1): "2.16.840.1.101.3.4.4.1", (0x49, 2): "2.16.840.1.101.3.4.4.2", (0x49, 3): "2.16.840.1.101.3.4.4.3",
    (0x4A, 1): "2.16.840.1.101.3.4.3.17", (0x4A, 2): "2.16.840.1.101.3.4.3.18", (0x4A, 3): "2.16.840.1.101.3.4.3.19",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class NssKey:
    """A private key. `public` is what is told of it in the clear, None where its type is not known."""

    public: PublicKey | None
    lock: Lock


@dataclass(frozen=True, slots=True)
class NssDatabase:
    """`certificates` in DER, in the order of their rows. `is_cut`: not all that lies in it was read."""

    certificates: tuple[bytes, ...]
    keys: tuple[NssKey, ...]
    is_cut: bool


def read_nss(data: bytes) -> NssDatabase:
    """Raises MalformedMessage where it is no such database, or a damaged one."""
    if not data.startswith(MAGIC) or not 512 <= len(data) <= _MOST_BYTES:
        raise MalformedMessage(f"it is no database of SQLite of at most {_MOST_BYTES} bytes")
    if data[18:20] != _ROLLBACK:  # Written ahead of: what lies in the other file is not here, and in memory there is none.
        data = data[:18] + _ROLLBACK + data[20:]
    reading = _Reading(len(data))
    try:
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
            _open(connection, data)
            tables = _tables(connection)
            if not tables & {PUBLIC, PRIVATE}:
                raise MalformedMessage("the database of SQLite has no table of NSS")
            for table in sorted(tables & {PUBLIC, PRIVATE}):
                reading.take_all(_rows(connection, table))
    except (sqlite3.Error, sqlite3.Warning, UnicodeDecodeError, OverflowError, MemoryError) as error:
        if not (reading.certificates or reading.keys):
            raise MalformedMessage(f"the database cannot be read: {type(error).__name__}") from None
        reading.is_cut = True
    return NssDatabase(tuple(reading.certificates), tuple(reading.keys), reading.is_cut)


@dataclass(slots=True)
class _Reading:
    """`left` is how many octets of rows are read yet: those of a sound database are no more than its own."""

    left: int
    certificates: list[bytes] = field(default_factory=list)
    keys: list[NssKey] = field(default_factory=list)
    rows: int = 0
    is_cut: bool = False

    def take_all(self, rows: Iterator[tuple[int, dict[str, bytes]]]) -> None:
        for octets, row in rows:
            self.rows += 1
            self.left -= octets
            if self.left < 0 or self.rows > _MOST_ROWS:
                self.is_cut = True
                return
            self._take(row)

    def _take(self, row: dict[str, bytes]) -> None:
        kind = _number(row.get(_CLASS))
        if kind == _IS_CERTIFICATE:
            der = row.get(_VALUE)
            self.certificates.extend(() if der is None else (der,))
            self.is_cut = self.is_cut or der is None
        elif kind == _IS_PRIVATE_KEY:
            self.keys.append(_key(row))


def _open(connection: sqlite3.Connection, data: bytes) -> None:
    connection.deserialize(data)
    connection.execute("PRAGMA trusted_schema=OFF")
    connection.execute("PRAGMA cell_size_check=ON")
    connection.execute("PRAGMA query_only=ON")
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MOST_BYTES)
    connection.setlimit(sqlite3.SQLITE_LIMIT_SQL_LENGTH, 1 << 16)
    connection.setlimit(sqlite3.SQLITE_LIMIT_EXPR_DEPTH, 20)
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += _STEP
        return int(steps > _MOST_STEPS)

    connection.set_progress_handler(count, _STEP)
    connection.set_authorizer(_may)


def _may(action: int, first: str | None, second: str | None, database: str | None, trigger: str | None) -> int:
    """To select, and to read the tables by name, from no view and no trigger; no function, no pragma."""
    if action == sqlite3.SQLITE_SELECT:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_READ and first in _READ_MAY and trigger is None:
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY


def _tables(connection: sqlite3.Connection) -> set[str]:
    """Of NSS, and true ones: one that a module makes up (CREATE VIRTUAL TABLE) is none."""
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table' LIMIT 1000").fetchall()
    return {name for name, sql in rows if name in (PUBLIC, PRIVATE) and str(sql).upper().startswith("CREATE TABLE ")}


def _rows(connection: sqlite3.Connection, table: str) -> Iterator[tuple[int, dict[str, bytes]]]:
    """How many octets each row has, and its columns that are octets. `table` is one of ours."""
    cursor = connection.execute(f"SELECT * FROM {table} LIMIT {_MOST_ROWS + 1}")  # noqa: S608
    names = [column[0] for column in cursor.description]
    for row in cursor:
        octets = sum(len(value) for value in row if isinstance(value, bytes | str))
        yield octets, {name: value for name, value in zip(names, row, strict=True) if _is_value(value)}


def _is_value(value: object) -> bool:
    return isinstance(value, bytes) and 0 < len(value) <= _MOST_VALUE


def _number(octets: bytes | None) -> int | None:
    """An unsigned number, in four octets (sdb.c, SDB_ULONG_SIZE)."""
    return int.from_bytes(octets) if octets is not None and len(octets) == 4 else None


def _key(row: dict[str, bytes]) -> NssKey:
    try:
        public = _public(row)
    except MalformedMessage:
        public = None
    return NssKey(public, _lock(row))


def _lock(row: dict[str, bytes]) -> Lock:
    for column in _LOCKED:
        if column in row:
            try:
                reader = DerReader(row[column], set()).enter("encrypted attribute", SEQUENCE)
                return read_lock(read_algorithm(reader.enter("algorithm", SEQUENCE)), reader)
            except MalformedMessage:
                return Lock(None)
    return Lock(None)


def _public(row: dict[str, bytes]) -> PublicKey | None:
    kind = _number(row.get(_KEY_TYPE))
    modulus, exponent = (int.from_bytes(row.get(column, b"")) for column in (_MODULUS, _EXPONENT))
    if kind == _RSA and modulus and exponent:
        return read_bare_key(spki.rsa(modulus, exponent)).public_key
    if kind in _OF_CURVE and _CURVE in row:
        curve = row[_CURVE]
        parameters = DerReader(curve, set()).read("ECParameters")
        size, parameter, algorithm = described(
            Identified(_OIDS[_EC], by_oid(_OIDS[_EC]), parameters), DerReader(curve, set(), len(curve), len(curve))
        )
        return PublicKey(_OIDS[_EC], algorithm, size, parameter, (), b"", QuantumClass.TRADITIONAL)
    if kind in (_DSA, _DH):
        oid, prime = _OIDS[kind], int.from_bytes(row.get(_PRIME, b""))
        return PublicKey(oid, "DSA" if kind == _DSA else "DH", prime.bit_length() or None, None, (), b"", QuantumClass.TRADITIONAL)
    named = by_oid(_SETS.get((kind or 0, _number(row.get(_SET)) or 0), ""))
    if named is None:
        return None
    size = None if named.public_key_bytes is None else 8 * named.public_key_bytes
    return PublicKey(named.oid, named.name, size, named.name, (), b"", named.quantum_class)
