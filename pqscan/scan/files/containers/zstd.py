"""Frames of zstd (RFC 8878), unpacked by `zstandard` as they are read, within a bound of memory.

The library does not say where its input ended in the middle of a frame, so the headers of blocks are followed here."""

from __future__ import annotations

import io
from enum import Enum, auto
from typing import cast

from pqscan.model.reason import Reason
from pqscan.scan.files.containers.member import BrokenContainer, Reads

_MOST_WINDOW = 128 << 20
"""What `zstd --long` makes at most without being told more (zstd 1.5.7, lib/zstd.h: ZSTD_WINDOWLOG_LIMIT_DEFAULT)."""
_SKIPPABLE = b"*M\x18"  # the last three octets of its magic (section 3.1.2)
_RLE = 1


class Zstd(io.RawIOBase):
    """The content of all frames, one after another. Raises OSError where a frame is damaged, EOFError where one is cut off, and
    BrokenContainer at once where the library is missing."""

    def __init__(self, stream: Reads) -> None:
        super().__init__()
        try:
            import zstandard
        except ImportError:
            raise BrokenContainer(Reason.of("container_needs_library", kind="zstd", library="zstandard")) from None
        self._error = zstandard.ZstdError
        decompressor = zstandard.ZstdDecompressor(max_window_size=_MOST_WINDOW)
        self._reader = decompressor.stream_reader(cast("io.BytesIO", _Frames(stream)), read_size=1 << 16, read_across_frames=True)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        try:
            return self._reader.read(1 << 20 if size < 0 else size)
        except self._error as error:
            raise OSError("the frame of zstd is damaged") from error


class _Part(Enum):
    """What of a frame comes next (section 3.1)."""

    MAGIC = auto()
    SIZE_TO_SKIP = auto()
    DESCRIPTOR = auto()
    BLOCK = auto()


_WANTED = {_Part.MAGIC: 4, _Part.SIZE_TO_SKIP: 4, _Part.DESCRIPTOR: 1, _Part.BLOCK: 3}


class _Frames(io.RawIOBase):
    """Passes compressed octets on. Raises EOFError where they end inside of a frame."""

    def __init__(self, stream: Reads) -> None:
        super().__init__()
        self._stream = stream
        self._part = _Part.MAGIC
        self._head = b""
        self._skip = 0
        self._has_checksum = False

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        data = self._stream.read(size) or b""
        if not data and (self._skip or self._head or self._part is not _Part.MAGIC):
            raise EOFError
        self._follow(data)
        return data

    def _follow(self, data: bytes) -> None:
        place = 0
        while place < len(data):
            if self._skip:
                step = min(self._skip, len(data) - place)
                self._skip -= step
                place += step
                continue
            step = _WANTED[self._part] - len(self._head)
            self._head += data[place : place + step]
            place += step
            if len(self._head) == _WANTED[self._part]:
                head, self._head = self._head, b""
                self._next(head)

    def _next(self, head: bytes) -> None:
        number = int.from_bytes(head, "little")
        match self._part:
            case _Part.MAGIC:
                self._part = _Part.SIZE_TO_SKIP if head.endswith(_SKIPPABLE) else _Part.DESCRIPTOR
            case _Part.SIZE_TO_SKIP:
                self._part, self._skip = _Part.MAGIC, number
            case _Part.DESCRIPTOR:  # Section 3.1.1.1.1: what else the header holds.
                is_single = number >> 5 & 1
                content_size = (is_single, 2, 4, 8)[number >> 6]
                self._skip = (1 - is_single) + (0, 1, 2, 4)[number & 3] + content_size
                self._part, self._has_checksum = _Part.BLOCK, bool(number & 4)
            case _Part.BLOCK:  # Section 3.1.1.2
                is_last, kind, size = number & 1, number >> 1 & 3, number >> 3
                self._skip = 1 if kind == _RLE else size
                if is_last:
                    self._part = _Part.MAGIC
                    self._skip += 4 if self._has_checksum else 0
