"""Archives of ar(5), which Debian's packages are: a header of 60 octets, then the member, padded to an even place."""

from __future__ import annotations

import io

from pqscan.model.reason import Reason
from pqscan.scan.files.containers.member import BrokenContainer, Member, Opened
from pqscan.scan.files.reading import filled

_MAGIC = 8
_HEADER = 60
_END = b"`\n"


def members(stream: io.RawIOBase) -> Opened:
    """Every member, symbol tables of libraries too. Names of other conventions than Debian's stay as they lie there."""
    _skip(stream, _MAGIC)
    while header := filled(stream, _HEADER):
        size = header[48:58].rstrip(b" ")
        if len(header) < _HEADER or header[58:60] != _END or not size.isdigit():
            raise BrokenContainer(Reason.of("container_broken", kind="ar"))
        part = _Part(stream, int(size))
        yield Member(header[:16].rstrip(b" /").decode("utf-8", "surrogateescape") or "/", part)
        _skip(stream, part.left + (int(size) & 1))


class _Part(io.RawIOBase):
    def __init__(self, stream: io.RawIOBase, size: int) -> None:
        super().__init__()
        self._stream = stream
        self.left = size

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        data = self._stream.read(self.left if size < 0 else min(size, self.left)) or b""
        self.left -= len(data)
        return data


def _skip(stream: io.RawIOBase, size: int) -> None:
    while size > 0 and (part := stream.read(min(size, 1 << 20))):
        size -= len(part)
