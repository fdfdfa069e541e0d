"""What rpm has installed: headers of packages (rpm 4.20, docs/manual/format_header.md) in its database of SQLite (rpmdb.sqlite),
or in that of its own (ndb, lib/backend/ndb/rpmpkg.c). The older databases of Berkeley DB are not read."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from pqscan.errors import MalformedMessage
from pqscan.wire.packages.listed import Package
from pqscan.wire.sqlite import SqliteFile

_NAME, _VERSION, _RELEASE, _EPOCH = 1000, 1001, 1002, 1003
_STRING, _I18N, _INT32 = 6, 9, 4
_MOST_ENTRIES = 4096
_MOST_TEXT = 200
_MOST_HEADER = 1 << 16
"""Octets of a header that are read: name and version stand right behind its index."""
_TABLE = "Packages"
_NDB, _NDB_SLOT, _NDB_BLOB = b"RpmP", b"Slot", b"BlbS"
_NDB_PAGE, _NDB_BLOCK, _NDB_HEADER, _MOST_SLOTS = 4096, 16, 32, 1_000_000


def read_rpm_database(data: bytes) -> tuple[tuple[Package, ...], bool]:
    """The packages, and whether some could not be read, as they lie behind the data or are damaged. Raises MalformedMessage where
    it is no database of rpm."""
    if data.startswith(_NDB):
        found = list(_ndb(data))
        is_cut = len(found) != sum(package is not None for package in found)
        return tuple(package for package in found if package is not None), is_cut
    file = SqliteFile(data)
    if _TABLE not in file.tables():
        raise MalformedMessage("the database holds no packages of rpm")
    packages: list[Package] = []
    for row in file.rows(_TABLE, _MOST_HEADER):
        blob = row.values[-1] if row.values else None
        package = _header(blob, row.offset) if isinstance(blob, bytes) else None
        if package is None:
            file.is_cut = True
        else:
            packages.append(package)
    return tuple(packages), file.is_cut


def _ndb(data: bytes) -> Iterator[Package | None]:
    """A package for each slot that is taken; None for one that cannot be read, and for all behind those whose headers are longer
    together than the data: each blob belongs to one slot."""
    if len(data) < _NDB_HEADER:
        return
    pages = int.from_bytes(data[12:16], "little")
    end = min(pages * _NDB_PAGE, len(data), _MOST_SLOTS * 16)
    left = len(data)
    for place in range(_NDB_HEADER, end - 15, 16):
        magic, index, block, _ = struct.unpack_from("<4sIII", data, place)
        if magic != _NDB_SLOT or index == 0:
            continue
        start = block * _NDB_BLOCK
        if left <= 0 or data[start : start + 4] != _NDB_BLOB or data[start + 4 : start + 8] != index.to_bytes(4, "little"):
            yield None
            continue
        size = min(int.from_bytes(data[start + 12 : start + 16], "little"), _MOST_HEADER)
        left -= 16 + size
        yield _header(data[start + 16 : start + 16 + size], start)


def _header(blob: bytes, offset: int) -> Package | None:
    """Name and version with epoch and release, as rpm spells them: 1:3.2.2-6.el9."""
    if len(blob) < 8:
        return None
    entries = int.from_bytes(blob[:4])
    store = 8 + 16 * entries
    if not 0 < entries <= _MOST_ENTRIES or store > len(blob):
        return None
    found: dict[int, str] = {}
    for tag, kind, at, _ in struct.iter_unpack(">IIII", blob[8:store]):
        if tag in (_NAME, _VERSION, _RELEASE) and kind in (_STRING, _I18N):
            text = blob[store + at : store + at + _MOST_TEXT].split(b"\0")[0]
            found[tag] = text.decode("ascii") if text.isascii() else ""
        elif tag == _EPOCH and kind == _INT32:
            found[tag] = str(int.from_bytes(blob[store + at : store + at + 4]))
    name, version, release = (found.get(tag, "") for tag in (_NAME, _VERSION, _RELEASE))
    if not (name.isprintable() and version.isprintable() and release.isprintable() and name and version):
        return None
    epoch = f"{found[_EPOCH]}:" if _EPOCH in found else ""
    return Package(name, f"{epoch}{version}-{release}" if release else f"{epoch}{version}", offset)
