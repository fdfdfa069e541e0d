"""Tar archives through the standard library, read once from front to back. The library holds what headers say and waits for what
they claim; so one that claims to be larger than headers are is refused, all in front of one member have a bound together, and
where the archive ends nothing more is asked for."""

from __future__ import annotations

import io
import tarfile
from typing import Self, cast

from pqscan.model.reason import Reason
from pqscan.scan.files.containers.member import BrokenContainer, Guarded, Member, Opened

_MOST_HEADER_OCTETS = 1 << 20
_MOST_OF_MEMBER = 4 << 20
"""Octets of headers in front of one member, the map of a sparse one included."""
_MOST_IN_ONE_ANOTHER = 50
"""Headers in front of the header of a member, each of which the library reads within the one before."""
_BLOCK = 512
_AHEAD_OCTETS = 1 << 14  # of headers: small files lie there whole
_SKIPPED_OCTETS = 1 << 20
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


class _Source:
    """What the library reads from, forwards alone. `of_headers` are octets that headers may still have; None while content is
    read."""

    def __init__(self, stream: io.RawIOBase) -> None:
        self._stream = stream
        self._ahead, self._used = b"", 0
        self._place = 0
        self.of_headers: int | None = None

    def tell(self) -> int:
        return self._place

    def seek(self, place: int) -> int:
        """Stops where the archive ends, at which the next read gives nothing."""
        if place < self._place:
            raise tarfile.StreamError("an archive that leads back")
        while self._place < place and self.some(min(place - self._place, _SKIPPED_OCTETS)):
            pass
        return self._place

    def read(self, size: int) -> bytes:
        """So many octets, fewer at the end."""
        if self.of_headers is not None:
            self.of_headers -= size
            if self.of_headers < 0:
                raise tarfile.ReadError("headers that do not end")
        found = self.some(size, _AHEAD_OCTETS)
        while len(found) < size and (part := self.some(size - len(found), _AHEAD_OCTETS)):
            found += part
        return found

    def some(self, size: int, least: int = 0) -> bytes:
        """What there is, up to so many octets; nothing at the end alone. At least so many are asked of the stream."""
        if self._used == len(self._ahead):
            if size >= least:  # Nothing is read ahead of content, so that it is not copied.
                data = self._stream.read(size) or b""
                self._place += len(data)
                return data
            self._ahead, self._used = self._stream.read(least) or b"", 0
        data = self._ahead[self._used : self._used + size]
        self._used += len(data)
        self._place += len(data)
        return data


class _Content(io.RawIOBase):
    """What lies next in the archive; the library's own file for a member copies every octet twice more. Raises EOFError where the
    archive ends before the content does."""

    def __init__(self, source: _Source, size: int) -> None:
        super().__init__()
        self._source = source
        self._left = size

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        asked = self._left if size < 0 else min(size, self._left)
        data = self._source.some(asked)
        if asked and not data:
            raise EOFError
        self._left -= len(data)
        return data


class _Archive(tarfile.TarFile):
    def __init__(self, *arguments: object, source: _Source, **further: object) -> None:
        self.source = source
        self.depth = 0
        super().__init__(*arguments, **further)  # type: ignore[arg-type]  # As the library gives them.


class _Bounded(tarfile.TarInfo):
    @classmethod
    def fromtarfile(cls, tarfile: tarfile.TarFile) -> Self:
        """The next header with those in front of it."""
        archive = cast("_Archive", tarfile)
        if archive.depth == 0:
            archive.source.of_headers = _MOST_OF_MEMBER
        archive.depth += 1
        try:
            return super().fromtarfile(tarfile)
        finally:
            archive.depth -= 1
            if archive.depth == 0:
                archive.source.of_headers = None

    def _proc_member(self, archive: _Archive) -> tarfile.TarInfo:
        is_long = self.type in _LONG and self.size > _MOST_HEADER_OCTETS
        if self.size < 0 or is_long or archive.depth > _MOST_IN_ONE_ANOTHER:
            raise tarfile.ReadError("a header that is no header")
        return cast("tarfile.TarInfo", super()._proc_member(archive))  # type: ignore[misc]  # Not in typeshed; tested.

    def _proc_gnusparse_10(self, member: tarfile.TarInfo, records: object, archive: _Archive) -> None:
        """Sparse files have a map in front of their content, of any length, which the library would hold. They are not read."""
        member.sparse = b""


def members(stream: io.RawIOBase) -> Opened:
    """Regular files of the archive; links, devices and folders hold no octets of their own."""
    source = _Source(stream)
    try:
        # What the library takes for a stream ("r|") copies every octet twice.
        with _Archive(fileobj=source, mode="r", tarinfo=_Bounded, errors="surrogateescape", source=source) as archive:
            for info in archive:
                archive.members = []  # type: ignore[attr-defined]  # Else every header of the archive is kept.
                if not info.isreg():
                    continue
                if info.issparse():
                    yield Member(info.name, None, Reason.of("member_sparse"))
                    continue
                yield Member(info.name, Guarded(_Content(source, info.size), _BROKEN, _REASON))
    except _BROKEN as error:
        raise BrokenContainer(_REASON) from error
