"""Zip archives (jar, APK, wheel, OOXML, ODF, ...) through the standard library, which reads the table at their end: a table that is
larger than one can be is refused before that."""

from __future__ import annotations

import io
import lzma
import struct
import zipfile
from copy import copy
from typing import cast

from pqscan.model.reason import Reason
from pqscan.scan.files.bounds import Counted, Left
from pqscan.scan.files.containers.inflate import ERRORS, Inflated
from pqscan.scan.files.containers.member import BrokenContainer, Guarded, Member, Opened, Reads

_MOST_TABLE_OCTETS = 16 << 20
_END = b"PK\x05\x06"
_END_OCTETS = 22
_LOCATOR = b"PK\x06\x07"
_LOCATOR_OCTETS = 20
_MOST_COMMENT = 0xFFFF
_LOCKED = 0x1
_SIGNING_BLOCK = "APK Signing Block"
_BLOCK_MAGIC = b"APK Sig Block 42"
_BLOCK_END, _LEAST_BLOCK, _MOST_BLOCK = 24, 32, 16 << 20
_UNPACKING = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
_BROKEN: tuple[type[Exception], ...] = (
    zipfile.BadZipFile, OSError, EOFError, *ERRORS, lzma.LZMAError, ValueError, struct.error, RuntimeError, NotImplementedError,
    OverflowError, IndexError,
)  # fmt: skip


def members(file: io.BufferedIOBase, left: Left) -> Opened:
    """The members in the order of the table. One that is locked, or packed by a way that is not known here, is told."""
    try:
        _check_table(file)
        archive = zipfile.ZipFile(cast("io.BytesIO", file))
    except _BROKEN as error:
        raise BrokenContainer(Reason.of("container_broken", kind="zip")) from error
    with archive:
        block = _signing_block(file, archive)
        if block:
            yield Member(_SIGNING_BLOCK, Counted(io.BytesIO(block), left))
        for info in archive.infolist():
            if info.filename.endswith("/"):
                continue
            if info.flag_bits & _LOCKED:
                yield Member(info.filename, None, Reason.of("member_locked"))
            elif info.compress_type not in _UNPACKING:
                yield Member(info.filename, None, Reason.of("member_packed_otherwise", method=info.compress_type))
            else:
                yield _member(archive, info, left)


def _signing_block(file: io.BufferedIOBase, archive: zipfile.ZipFile) -> bytes:
    """What Android keeps between the last member and the table (source.android.com, APK signature scheme v2); else nothing."""
    table = archive.start_dir
    if table < _LEAST_BLOCK:
        return b""
    file.seek(table - _BLOCK_END)
    end = file.read(_BLOCK_END)
    size = int.from_bytes(end[:8], "little") + 8
    if not end.endswith(_BLOCK_MAGIC) or not _LEAST_BLOCK <= size <= min(table, _MOST_BLOCK):
        return b""
    file.seek(table - size)
    return file.read(size)


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, left: Left) -> Member:
    try:
        if info.compress_type == zipfile.ZIP_DEFLATED:
            stream: Reads = Inflated(cast("Reads", archive.open(_as_packed(info))), info.file_size, info.CRC)
        else:
            stream = cast("Reads", archive.open(info))
    except _BROKEN:
        return Member(info.filename, None, Reason.of("member_broken"))
    return Member(info.filename, Counted(Guarded(stream, _BROKEN, Reason.of("member_broken")), left))


def _as_packed(info: zipfile.ZipInfo) -> zipfile.ZipInfo:
    """The member as one whose content is what it is packed to, without a checksum."""
    packed = copy(info)
    packed.compress_type = zipfile.ZIP_STORED
    packed.file_size = info.compress_size
    del packed.CRC
    return packed


def _check_table(file: io.BufferedIOBase) -> None:
    """Raises BrokenContainer where the table at the end is too large (APPNOTE 4.3.12 to 4.3.16), BadZipFile where there is none."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - _END_OCTETS - _MOST_COMMENT - _LOCATOR_OCTETS))
    tail = file.read()
    end = tail.rfind(_END)
    if end < 0 or len(tail) - end < _END_OCTETS:
        raise zipfile.BadZipFile
    table = struct.unpack_from("<L", tail, end + 12)[0]
    locator = tail[max(0, end - _LOCATOR_OCTETS) : end]
    if locator.startswith(_LOCATOR):
        file.seek(struct.unpack_from("<Q", locator, 8)[0])
        record = file.read(56)
        if len(record) == 56:
            table = max(table if table != 0xFFFFFFFF else 0, struct.unpack_from("<Q", record, 40)[0])
    if table > _MOST_TABLE_OCTETS:
        raise BrokenContainer(Reason.of("container_table_too_large", megabytes=_MOST_TABLE_OCTETS >> 20))
    file.seek(0)
