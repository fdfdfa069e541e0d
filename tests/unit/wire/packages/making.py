"""Databases of packages made by hand."""

from __future__ import annotations

import contextlib
import sqlite3
import struct
from collections.abc import Sequence
from pathlib import Path

Named = tuple[str, str, str, int | None]
"""Name, version, release, epoch."""


def header(package: Named, more: int = 0) -> bytes:
    """A header of rpm without its magic, as databases hold it; `more` octets stand behind what is looked for."""
    name, version, release, epoch = package
    entries, store = [(63, 7, 0, 16)], bytes(16)
    for tag, text in ((1000, name), (1001, version), (1002, release)):
        entries.append((tag, 6, len(store), 1))
        store += text.encode() + b"\0"
    if epoch is not None:
        store += bytes(-len(store) % 4)
        entries.append((1003, 4, len(store), 1))
        store += struct.pack(">I", epoch)
    entries.append((1004, 9, len(store), 1))
    store += b"summary" + bytes(more + 1)
    return struct.pack(">II", len(entries), len(store)) + b"".join(struct.pack(">IIII", *one) for one in entries) + store


def rpm_sqlite(path: Path, packages: Sequence[Named], more: int = 20_000) -> bytes:
    """rpmdb.sqlite."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)")
        connection.execute("CREATE TABLE Name (key TEXT NOT NULL, hnum INTEGER, idx INTEGER)")
        connection.executemany("INSERT INTO Packages (blob) VALUES (?)", [(header(one, more),) for one in packages])
        connection.commit()
    return path.read_bytes()


def rpm_ahead(folder: Path, packages: Sequence[Named], later: Sequence[Named]) -> tuple[bytes, bytes]:
    """rpmdb.sqlite in the mode of a write-ahead log, and the log, which alone holds the later packages."""
    path = folder / "rpmdb.sqlite"
    rpm_sqlite(path, packages)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.executemany("INSERT INTO Packages (blob) VALUES (?)", [(header(one, 20_000),) for one in later])
        connection.commit()
        return path.read_bytes(), path.with_name("rpmdb.sqlite-wal").read_bytes()


def rpm_ndb(packages: Sequence[Named]) -> bytes:
    """Packages.db: a page of slots, then blobs of blocks of 16 octets."""
    blobs, slots = b"", b""
    for number, package in enumerate(packages, 1):
        blob = header(package)
        whole = b"BlbS" + struct.pack("<III", number, 1, len(blob)) + blob
        slots += b"Slot" + struct.pack("<III", number, (4096 + len(blobs)) // 16, 0)
        blobs += whole + bytes(-len(whole) % 16)
    slots += b"Slot" + bytes(12)
    return (b"RpmP" + struct.pack("<IIII", 0, 1, 1, 9) + bytes(12) + slots).ljust(4096, b"\0") + blobs
