"""One file, compressed: gzip (RFC 1952), bzip2, xz, zstd (RFC 8878). What is unpacked counts as read."""

from __future__ import annotations

import bz2
import io
import lzma
from collections.abc import Callable
from pathlib import PurePosixPath

from pqscan.model.reason import Reason
from pqscan.scan.files.bounds import Counted, Left
from pqscan.scan.files.containers.inflate import ERRORS, gunzipped
from pqscan.scan.files.containers.member import Guarded, Member, Opened, Reads
from pqscan.scan.files.containers.zstd import Zstd

_MOST_XZ_MEMORY = 128 << 20
_ENDINGS = {".tgz": ".tar", ".tbz": ".tar", ".tbz2": ".tar", ".txz": ".tar", ".tzst": ".tar"}
_BROKEN: tuple[type[Exception], ...] = (OSError, EOFError, *ERRORS, lzma.LZMAError, ValueError)


def members(kind: str, stream: io.RawIOBase, name: str, left: Left) -> Opened:
    """The one content, named like its container without the last ending. Raises BrokenContainer where the library for it is
    missing."""
    path = PurePosixPath(name)
    inside = path.stem + _ENDINGS.get(path.suffix.lower(), "") if path.suffix else path.name
    unpacked = _OPENERS[kind](io.BufferedReader(stream, 1 << 16))
    member = Member(inside or "content", Counted(Guarded(unpacked, _BROKEN, Reason.of("container_broken", kind=kind)), left))
    return iter((member,))


class _Xz(io.RawIOBase):
    """Streams of xz one after another, each within a bound of memory, which the standard library's file does not set."""

    def __init__(self, stream: io.BufferedReader) -> None:
        super().__init__()
        self._stream = stream
        self._decoder: lzma.LZMADecompressor | None = None
        self._pending = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        most = 1 << 20 if size < 0 else size
        while most:
            if self._decoder is None or self._decoder.eof:
                self._pending = (b"" if self._decoder is None else self._decoder.unused_data).lstrip(b"\0")
                self._pending = self._pending or self._stream.read(1 << 16).lstrip(b"\0" if self._decoder else b"")
                if not self._pending:
                    return b""
                self._decoder = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MOST_XZ_MEMORY)
            elif self._decoder.needs_input and not self._pending:
                self._pending = self._stream.read(1 << 16)
                if not self._pending:
                    raise EOFError
            data, self._pending = self._decoder.decompress(self._pending, most), b""
            if data:
                return data
        return b""


_OPENERS: dict[str, Callable[[io.BufferedReader], Reads]] = {"gzip": gunzipped, "bzip2": bz2.BZ2File, "xz": _Xz, "zstd": Zstd}
