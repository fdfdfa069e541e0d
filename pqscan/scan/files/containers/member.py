"""What a container gives: members as streams, in the order in which they lie there."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from pqscan.model.reason import Reason
from pqscan.wire.ignored import Ignored


class BrokenContainer(Exception):
    """The container cannot be read any further; its members before this stand. Never leaves this package."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.code)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Member:
    """`name` as the container has it, bytes that are no UTF-8 as surrogates. `stream` holds until the next member is asked
    for; None where it cannot be read, and then `reason` says why. `said` is the comment that speaks of the line of a text on which
    it stands encoded."""

    name: str
    stream: io.RawIOBase | None
    reason: Reason | None = None
    said: Ignored | None = None


class Reads(Protocol):
    """What gives octets: a stream of the standard library, whatever its class."""

    def read(self, size: int, /) -> bytes | None: ...


class Guarded(io.RawIOBase):
    """A stream in which damage shows only while it is read: the errors given become a BrokenContainer with the reason given."""

    def __init__(self, stream: Reads, errors: tuple[type[Exception], ...], reason: Reason) -> None:
        super().__init__()
        self._stream = stream
        self._errors = errors
        self._reason = reason

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def read(self, size: int = -1, /) -> bytes:
        try:
            return self._stream.read(size) or b""
        except self._errors as error:
            raise BrokenContainer(self._reason) from error


Opened = Iterator[Member]
"""Raises BrokenContainer, and Spent where a bound is reached."""


class Part(io.RawIOBase):
    """So many octets of a stream; `left` are those that were not read."""

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


def skip(stream: io.RawIOBase, size: int) -> None:
    """Reads so many octets for nothing, fewer at the end."""
    while size > 0 and (part := stream.read(min(size, 1 << 20))):
        size -= len(part)
