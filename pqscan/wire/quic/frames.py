"""The frames that Initial and Handshake packets may hold (RFC 9000, sections 12.4 and 19), and the handshake bytes in order."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from pqscan.errors import MalformedMessage
from pqscan.wire.cursor import Cursor
from pqscan.wire.quic.header import integer, read_integer

MOST_CRYPTO_BYTES = 1 << 17
_MOST_PARTS = 256  # that wait for those before them
_PADDING, _PING, _ACK, _ACK_ECN, _CRYPTO, _CLOSE = 0x00, 0x01, 0x02, 0x03, 0x06, 0x1C
_MOST_RANGES = 32
CRYPTO_ERROR = 0x0100
"""The first of the error codes that carry an alert of TLS (RFC 9001, section 4.8)."""


@dataclass(frozen=True, slots=True)
class HandshakeFrames:
    """`crypto` are (offset, bytes); `largest_acknowledged` and `error` None where no such frame came."""

    crypto: tuple[tuple[int, bytes], ...] = ()
    largest_acknowledged: int | None = None
    error: int | None = None
    is_ack_eliciting: bool = False


def read_frames(data: bytes) -> HandshakeFrames:
    """Raises MalformedMessage for a frame that belongs in neither of them."""
    cursor = Cursor(data)
    crypto: list[tuple[int, bytes]] = []
    largest: int | None = None
    error: int | None = None
    elicits = False
    while cursor.remaining:
        kind = cursor.uint8("frame type")
        if kind == _PADDING:
            continue
        elicits = elicits or kind in (_PING, _CRYPTO)
        if kind in (_ACK, _ACK_ECN):
            largest = _acknowledgement(cursor, with_counts=kind == _ACK_ECN)
        elif kind == _CRYPTO:
            offset = read_integer(cursor, "CRYPTO.offset")
            crypto.append((offset, cursor.take(read_integer(cursor, "CRYPTO.length"), "CRYPTO.data")))
        elif kind == _CLOSE:
            error = read_integer(cursor, "CONNECTION_CLOSE.error")
            read_integer(cursor, "CONNECTION_CLOSE.frame_type")
            cursor.take(read_integer(cursor, "CONNECTION_CLOSE.reason_length"), "CONNECTION_CLOSE.reason")
        elif kind != _PING:
            raise MalformedMessage(f"frame: type 0x{kind:02x} has no place in a packet of the handshake")
    return HandshakeFrames(tuple(crypto), largest, error, elicits)


def crypto_frame(offset: int, data: bytes) -> bytes:
    return bytes((_CRYPTO,)) + integer(offset) + integer(len(data)) + data


def ack_frame(numbers: Collection[int]) -> bytes:
    """That the packets with these numbers came, without delay, and no others (RFC 9000, section 19.3). At most the newest 32 ranges
    are told; `numbers` are not empty."""
    ranges = _ranges(numbers)
    first, last = ranges[0]
    found = bytes((_ACK,)) + integer(last) + integer(0) + integer(len(ranges) - 1) + integer(last - first)
    below = first
    for first, last in ranges[1:]:
        found += integer(below - last - 2) + integer(last - first)
        below = first
    return found


def _ranges(numbers: Collection[int]) -> list[tuple[int, int]]:
    """First and last of each, the newest first."""
    found: list[tuple[int, int]] = []
    for number in sorted(numbers, reverse=True):
        if found and number == found[-1][0] - 1:
            found[-1] = (number, found[-1][1])
        elif len(found) == _MOST_RANGES:
            break
        else:
            found.append((number, number))
    return found


def close_frame(error: int) -> bytes:
    """The end of a connection with an error of the transport, 0 for none (RFC 9000, section 19.19)."""
    return bytes((_CLOSE,)) + integer(error) + integer(0) + integer(0)


PING = bytes((_PING,))


class CryptoStream:
    """Joins the CRYPTO frames of one direction. Raises MalformedMessage past its bound."""

    __slots__ = ("_next", "_parts")

    def __init__(self) -> None:
        self._next = 0
        self._parts: dict[int, bytes] = {}

    @property
    def pending(self) -> int:
        """Bytes that wait for those before them."""
        return sum(map(len, self._parts.values()))

    def feed(self, offset: int, data: bytes) -> bytes:
        """The bytes that are next now; often none."""
        if offset + len(data) > MOST_CRYPTO_BYTES:
            raise MalformedMessage(f"CRYPTO: more than {MOST_CRYPTO_BYTES} bytes of handshake")
        if offset + len(data) > self._next and len(data) > len(self._parts.get(offset, b"")):
            if len(self._parts) >= _MOST_PARTS:
                raise MalformedMessage(f"CRYPTO: more than {_MOST_PARTS} parts that do not follow each other")
            self._parts[offset] = data
        found: list[bytes] = []
        while True:
            start = next((at for at, part in self._parts.items() if at <= self._next < at + len(part)), None)
            if start is None:
                return b"".join(found)
            part = self._parts.pop(start)[self._next - start :]
            self._next += len(part)
            found.append(part)


def _acknowledgement(cursor: Cursor, *, with_counts: bool) -> int:
    largest = read_integer(cursor, "ACK.largest")
    read_integer(cursor, "ACK.delay")
    ranges = read_integer(cursor, "ACK.range_count")
    read_integer(cursor, "ACK.first_range")
    if ranges > cursor.remaining:
        raise MalformedMessage(f"ACK: {ranges} ranges in {cursor.remaining} bytes")
    for _ in range(2 * ranges + (3 if with_counts else 0)):
        read_integer(cursor, "ACK.range")
    return largest
