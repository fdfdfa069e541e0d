"""How much of a file is read, what is in it included: octets, members, depth, seconds. Everything that reads asks here first."""

from __future__ import annotations

import io
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

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]  # Any writable buffer in typeshed.
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)
