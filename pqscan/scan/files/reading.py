"""Reading from streams that may give less than was asked for, and what an error of the system means."""

from __future__ import annotations

import errno
import io

from pqscan.model.reason import Reason


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
