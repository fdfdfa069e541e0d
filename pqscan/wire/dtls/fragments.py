"""Handshake messages in fragments, and how they are joined whatever order they come in (RFC 9147, sections 5.2 and 5.5).

Outside of this file a message has the header that it has in TLS: that is what transcripts of version 1.3 hash, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Self

from pqscan.errors import MalformedMessage
from pqscan.wire.builder import opaque24
from pqscan.wire.cursor import Cursor

HEADER_BYTES = 12
MOST_MESSAGE_BYTES = 1 << 17
"""A chain of ten ML-DSA certificates fits; a flood does not."""
_MOST_AHEAD = 16  # messages that wait for those before them
_MOST_HOLES = 128  # in one message


@dataclass(frozen=True, slots=True)
class Fragment:
    """A part of one handshake message. `length` is the whole message's, without its header."""

    kind: int
    length: int
    sequence: int
    offset: int
    data: bytes

    @classmethod
    def decode(cls, cursor: Cursor) -> Self:
        """Raises MalformedMessage."""
        kind = cursor.uint8("msg_type")
        length = cursor.uint24("length")
        sequence = cursor.uint16("message_seq")
        offset = cursor.uint24("fragment_offset")
        data = cursor.opaque24("fragment")
        if length > MOST_MESSAGE_BYTES:
            raise MalformedMessage(f"handshake message of {length} bytes, most are {MOST_MESSAGE_BYTES}")
        if offset + len(data) > length:
            raise MalformedMessage(f"fragment: bytes {offset} to {offset + len(data)} of a message of {length}")
        return cls(kind, length, sequence, offset, data)

    def encode(self) -> bytes:
        head = bytes((self.kind,)) + self.length.to_bytes(3, "big") + self.sequence.to_bytes(2, "big")
        return head + self.offset.to_bytes(3, "big") + opaque24(self.data)


def fragments_in(content: bytes) -> Iterator[Fragment]:
    """Those of one record, which has one at least. Raises MalformedMessage."""
    cursor = Cursor(content)
    yield Fragment.decode(cursor)
    while cursor.remaining:
        yield Fragment.decode(cursor)


def fragmented(message: bytes, sequence: int, most_bytes: int) -> tuple[Fragment, ...]:
    """A message with the header of TLS in parts that have at most `most_bytes` of it each."""
    kind, body = message[0], message[4:]
    starts = range(0, len(body), most_bytes) if body else (0,)
    return tuple(Fragment(kind, len(body), sequence, start, body[start : start + most_bytes]) for start in starts)


@dataclass(slots=True)
class _Partial:
    """A message of which not all came. `holes` are (start, end), in order."""

    kind: int
    body: bytearray
    holes: list[tuple[int, int]] = field(default_factory=list)
    is_begun: bool = False

    def fill(self, offset: int, data: bytes) -> bool:
        """Whether there was anything new; where parts overlap the first one counts. Raises MalformedMessage for too many holes."""
        news, left = not self.is_begun, []
        self.is_begun = True
        end = offset + len(data)
        for start, stop in self.holes:
            first, last = max(start, offset), min(stop, end)
            if first >= last:
                left.append((start, stop))
                continue
            self.body[first:last] = data[first - offset : last - offset]
            left += [hole for hole in ((start, first), (last, stop)) if hole[0] < hole[1]]
            news = True
        if len(left) > _MOST_HOLES:
            raise MalformedMessage(f"a handshake message with more than {_MOST_HOLES} holes")
        self.holes = left
        return news


class Reassembler:
    """Joins the fragments of one direction. `news` says whether the last one brought anything that was not there before."""

    __slots__ = ("_next", "_partial", "news")

    def __init__(self) -> None:
        self._next = 0
        self._partial: dict[int, _Partial] = {}
        self.news = False

    @property
    def pending(self) -> int:
        """Octets that are kept for messages that are not whole yet."""
        return sum(len(partial.body) for partial in self._partial.values())

    def feed(self, fragment: Fragment) -> tuple[bytes, ...]:
        """The messages that are next and whole now, with the header of TLS. Of those that came before, and of those too far
        ahead, nothing is taken. Raises MalformedMessage where parts of one message deny each other."""
        self.news = False
        sequence = fragment.sequence
        if not self._next <= sequence < self._next + _MOST_AHEAD:
            return ()
        partial = self._partial.get(sequence)
        if partial is None:
            holes = [(0, fragment.length)] if fragment.length else []
            partial = self._partial[sequence] = _Partial(fragment.kind, bytearray(fragment.length), holes)
        elif (partial.kind, len(partial.body)) != (fragment.kind, fragment.length):
            raise MalformedMessage("fragments of one handshake message with another type or length")
        self.news = partial.fill(fragment.offset, fragment.data)
        return tuple(self._whole())

    def _whole(self) -> Iterator[bytes]:
        while (partial := self._partial.get(self._next)) is not None and not partial.holes:
            del self._partial[self._next]
            self._next += 1
            yield bytes((partial.kind,)) + opaque24(bytes(partial.body))
