"""Deflate (RFC 1951) by zlib-ng where it is installed, which takes half the time, else by the standard library: the same octets."""

from __future__ import annotations

import gzip
import io
import zlib
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from pqscan.scan.files.containers.member import Reads

try:
    from zlib_ng import gzip_ng, zlib_ng
except ImportError:
    _HAS_ZLIB_NG = False
else:
    _HAS_ZLIB_NG = True

ERRORS: tuple[type[Exception], ...] = (zlib.error, *((cast("type[Exception]", zlib_ng.error),) if _HAS_ZLIB_NG else ()))
"""What damage raises, whichever library it is."""
_checksum = zlib_ng.crc32 if _HAS_ZLIB_NG else zlib.crc32
_RAW = -15  # without a header of its own (zlib.h, inflateInit2), as members of zip archives have it
_READ_OCTETS = 1 << 16  # of what is packed: a library that stops in the middle of it copies what it leaves


def gunzipped(stream: io.BufferedReader) -> Reads:
    """The content of all members of gzip (RFC 1952), one after another. Raises OSError, EOFError and ERRORS while it is read."""
    if _HAS_ZLIB_NG:
        return cast("Reads", gzip_ng.GzipNGFile(fileobj=stream))  # type: ignore[no-untyped-call]
    return gzip.GzipFile(fileobj=stream)


class Inflated(io.RawIOBase):
    """What is packed in a stream by deflate alone: at most `size` octets, whose checksum is `crc`. Raises EOFError where the stream
    ends before, ValueError where the checksum is another one, and ERRORS."""

    def __init__(self, packed: Reads, size: int, crc: int) -> None:
        super().__init__()
        self._packed = packed
        self._left = size
        self._crc = crc
        self._sum = 0
        self._inflating = zlib_ng.decompressobj(_RAW) if _HAS_ZLIB_NG else zlib.decompressobj(_RAW)
        self._is_at_end = False

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        """What one part of the stream gives, which may be less than `size`; nothing at the end alone."""
        while size and not self._is_at_end:
            if self._left == 0 or self._inflating.eof:
                self._end()
                return b""
            pending = self._inflating.unconsumed_tail or self._packed.read(_READ_OCTETS)
            if not pending:
                raise EOFError
            data: bytes = self._inflating.decompress(pending, self._left if size < 0 else min(size, self._left))
            self._left -= len(data)
            self._sum = _checksum(data, self._sum)
            if self._left == 0 or self._inflating.eof:
                self._end()
            if data:
                return data
        return b""

    def _end(self) -> None:
        self._is_at_end = True
        if self._sum != self._crc:
            raise ValueError("other octets than the archive says")
