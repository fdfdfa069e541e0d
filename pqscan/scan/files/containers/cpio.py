"""Archives of cpio in its new ASCII format, with or without checksums (cpio(5)): what RPM packages and initial RAM disks hold."""

from __future__ import annotations

import io
import stat

from pqscan.model.reason import Reason
from pqscan.scan.files.containers.member import BrokenContainer, Member, Opened, Part, skip
from pqscan.scan.files.reading import filled

_MAGICS = (b"070701", b"070702")
_HEADER = 110
_MOST_NAME = 4096
_END = "TRAILER!!!"


def members(stream: io.RawIOBase) -> Opened:
    """Regular files of the archive, and of archives that follow it at once, as in a RAM disk."""
    while header := filled(stream, _HEADER):
        if header[:1] == b"\0" and not header.strip(b"\0"):  # Padding between two archives.
            continue
        header = _aligned(stream, header)
        if not header:
            return
        mode, size, name_size = (_number(header, place) for place in (1, 6, 11))
        if not 0 < name_size <= _MOST_NAME:
            raise _broken()
        name = filled(stream, name_size)
        skip(stream, -(_HEADER + name_size) % 4)
        part = Part(stream, size)
        text = name.rstrip(b"\0").decode("utf-8", "surrogateescape")
        if stat.S_ISREG(mode) and text != _END:
            yield Member(text, part)
        skip(stream, part.left + -size % 4)


def _aligned(stream: io.RawIOBase, header: bytes) -> bytes:
    """The header without the zeros in front of it; nothing where only zeros, or another archive, follow."""
    start = len(header) - len(header.lstrip(b"\0"))
    if start:
        header = header[start:] + filled(stream, start)
    if len(header) < _HEADER:
        raise _broken()
    if not header.startswith(_MAGICS):
        if start:
            return b""
        raise _broken()
    return header


def _number(header: bytes, field: int) -> int:
    """Fields are eight hexadecimal digits each, behind the magic."""
    try:
        return int(header[6 + 8 * field : 14 + 8 * field], 16)
    except ValueError:
        raise _broken() from None


def _broken() -> BrokenContainer:
    return BrokenContainer(Reason.of("container_broken", kind="cpio"))
