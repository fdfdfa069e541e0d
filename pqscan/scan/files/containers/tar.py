"""Tar archives through the standard library, read once from front to back. A header that claims to be larger than headers are is
refused, as the library would hold it."""

from __future__ import annotations

import io
import tarfile
from typing import cast

from pqscan.model.reason import Reason
from pqscan.scan.files.containers.member import BrokenContainer, Guarded, Member, Opened

_MOST_HEADER_OCTETS = 1 << 20
_BLOCK = 512
_CHECKSUM = slice(148, 156)
_LONG = (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK)
_BROKEN = (tarfile.TarError, EOFError, OSError, ValueError, OverflowError, IndexError)
_REASON = Reason.of("container_broken", kind="tar")


def has_checksum(head: bytes) -> bool:
    """Whether the first block is a header of an archive without magic: its checksum is right, and a name stands in front."""
    if len(head) < _BLOCK or head[0] == 0 or head[0] > 0x7E:
        return False
    text = head[_CHECKSUM].rstrip(b"\0 ").lstrip(b" ")
    if not text or not all(0x30 <= octet <= 0x37 for octet in text):
        return False
    return int(text, 8) == sum(head[: _CHECKSUM.start]) + 8 * 0x20 + sum(head[_CHECKSUM.stop : _BLOCK])


class _Bounded(tarfile.TarInfo):
    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        if self.size < 0 or (self.type in _LONG and self.size > _MOST_HEADER_OCTETS):
            raise tarfile.ReadError("a header that is no header")
        return cast("tarfile.TarInfo", super()._proc_member(archive))  # type: ignore[misc]  # Not in typeshed; tested.


def members(stream: io.RawIOBase) -> Opened:
    """Regular files of the archive; links, devices and folders hold no octets of their own."""
    try:
        with tarfile.open(
            fileobj=cast("io.BufferedIOBase", stream), mode="r|", tarinfo=_Bounded, errors="surrogateescape"
        ) as archive:
            for info in archive:
                archive.members = []  # type: ignore[attr-defined]  # Else every header of the archive is kept.
                if not info.isreg():
                    continue
                if info.issparse():
                    yield Member(info.name, None, Reason.of("member_sparse"))
                    continue
                content = archive.extractfile(info)
                if content is not None:
                    yield Member(info.name, Guarded(content, _BROKEN, _REASON))
    except _BROKEN as error:
        raise BrokenContainer(_REASON) from error
