"""Reading from streams that may give less than was asked for, at other places of a file, and what an error of the system means."""

from __future__ import annotations

import errno
import io
from collections.abc import Callable

from pqscan.model.reason import Reason
from pqscan.scan.files.bounds import Left

_MOST_ELSEWHERE = 32 << 20


def filled(stream: io.RawIOBase, size: int) -> bytes:
    """So many octets, fewer at the end of the stream."""
    parts: list[bytes] = []
    while size > 0 and (part := stream.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def of_system(error: OSError | ValueError) -> Reason:
    """Why the system gives no file: the name of the error. A ValueError is a name that no file can have."""
    return Reason.of("file_unreadable", error=errno.errorcode.get(getattr(error, "errno", None) or errno.ENOENT, "EIO"))


def reading_elsewhere(file: io.BufferedIOBase, left: Left) -> Callable[[int, int], bytes]:
    """Reads at any place of a file that is being read in order, and leaves it where it was. What is read counts, and may raise
    Spent; what the system does not give is nothing."""

    def read(offset: int, size: int) -> bytes:
        try:
            place = file.tell()
            file.seek(offset)
            data = file.read(min(size, _MOST_ELSEWHERE))
            file.seek(place)
        except (OSError, ValueError, OverflowError):  # A place that no file has.
            return b""
        left.take(len(data))
        return data

    return read
