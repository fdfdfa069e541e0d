"""How much of a file is read, what is in it included: octets, members, depth, seconds. Everything that reads asks here first."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Callable
from dataclasses import dataclass

from pqscan.model.reason import Reason


@dataclass(frozen=True, slots=True)
class Bounds:
    """For one file with everything in it. `octets` counts what is read and what is unpacked, at every depth."""

    octets: int = 4 << 30
    members: int = 100_000
    depth: int = 8
    seconds: float = 120.0


class Spent(Exception):
    """A bound is reached; what was found until then stands. Never leaves this package."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.code)
        self.reason = reason


class Left:
    """What of the bounds is left for a file."""

    __slots__ = ("_clock", "_ends", "bounds", "members", "octets")

    def __init__(self, bounds: Bounds, clock: Callable[[], float]) -> None:
        """`clock` gives seconds and never goes back."""
        self.bounds = bounds
        self.octets = bounds.octets
        self.members = bounds.members
        self._clock = clock
        self._ends = clock() + bounds.seconds

    def take(self, octets: int) -> None:
        """Raises Spent where more was read than may be, or the time is over."""
        self.octets -= octets
        if self.octets < 0:
            raise Spent(Reason.of("file_octets_spent", megabytes=self.bounds.octets >> 20))
        self.in_time()

    def take_member(self) -> None:
        """Raises Spent."""
        self.members -= 1
        if self.members < 0:
            raise Spent(Reason.of("file_members_spent", members=self.bounds.members))
        self.in_time()

    def in_time(self) -> None:
        """Raises Spent."""
        if self._clock() > self._ends:
            raise Spent(Reason.of("file_seconds_spent", seconds=round(self.bounds.seconds)))


class Counted(io.RawIOBase):
    """A stream whose octets are counted as they are read; a read that would be too much raises Spent."""

    def __init__(self, stream: io.BufferedIOBase | io.RawIOBase, left: Left) -> None:
        super().__init__()
        self._stream = stream
        self._left = left

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._stream.seekable()

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def read(self, size: int = -1, /) -> bytes:
        """At most what is left and one octet more, so that no stream can bring more into memory at once."""
        most = self._left.octets + 1
        data = self._stream.read(most if size < 0 else min(size, most)) or b""
        self._left.take(len(data))
        return data

    def skip_hole(self, least: int) -> int:
        """Goes on where something was written into the file next, if that is `least` octets away or more; gives how many octets
        were skipped. They are zeros that lie on no disk, and cost nothing. 0 where the system knows of no holes."""
        try:
            here = self._stream.tell()
            behind = _next_data(self._stream.fileno(), here)
        except (OSError, ValueError):  # Of a stream that is no file, too.
            return 0
        if behind - here < least:
            return 0
        self._stream.seek(behind)
        return behind - here

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]  # Any writable buffer in typeshed.
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def _next_data(descriptor: int, offset: int) -> int:
    """Where the next octets lie that were written, from `offset` on; the end of the file where there are none. Leaves the
    descriptor where it stands. Raises OSError where the system cannot tell."""
    if not hasattr(os, "SEEK_DATA"):
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))
    stands = os.lseek(descriptor, 0, os.SEEK_CUR)
    try:
        return os.lseek(descriptor, offset, os.SEEK_DATA)
    except OSError as error:
        if error.errno != errno.ENXIO:
            raise
        return os.fstat(descriptor).st_size
    finally:
        os.lseek(descriptor, stands, os.SEEK_SET)
