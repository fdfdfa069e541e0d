"""Reading from streams that may give less than was asked for, at other places of a file, and what an error of the system means."""

from __future__ import annotations

import errno
import io
from collections.abc import Callable, Iterator

from pqscan.model.reason import Reason
from pqscan.scan.files.bounds import Left

AT_ONCE = 1 << 20
_MOST_ELSEWHERE = 32 << 20


def parts(stream: io.RawIOBase, size: int) -> Iterator[bytes]:
    """So many octets in the order of the stream, fewer at its end; never more than `AT_ONCE` together, as what unpacks a stream
    holds as much again."""
    while size > 0 and (part := stream.read(min(size, AT_ONCE))):
        size -= len(part)
        yield part


def filled(stream: io.RawIOBase, size: int) -> bytes:
    """So many octets, fewer at the end of the stream."""
    return b"".join(parts(stream, size))


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
