"""Puts the segments of one direction of a TCP connection in order (RFC 9293, section 3.4), within bounds."""

from __future__ import annotations

MOST_WAITING_BYTES = 1 << 16
MOST_WAITING = 64  # segments that came before those that belong in front of them
_PIECE_BYTES = 200  # of memory, for a short piece that waits, whatever is in it
_ROUND = 1 << 32
_HALF = 1 << 31


class InOrder:
    """Give it every segment; it gives the bytes that are next. Where two segments tell of the same place the first one counts.

    `lost` is set when more waits than the bounds allow: then bytes are missing that will not come."""

    __slots__ = ("_next", "_waiting", "_waiting_bytes", "lost")

    def __init__(self, sequence: int) -> None:
        self._next = sequence % _ROUND
        self._waiting: dict[int, bytes] = {}
        self._waiting_bytes = 0
        self.lost = False

    @property
    def held_bytes(self) -> int:
        """About as much memory as what waits."""
        return self._waiting_bytes + _PIECE_BYTES * len(self._waiting)

    def feed(self, sequence: int, payload: bytes) -> bytes:
        """The bytes in order that this segment makes whole; often its own, often none."""
        ahead = (sequence - self._next) % _ROUND
        if ahead >= _HALF:  # It begins before what is next: some or all of it is known.
            payload, ahead = payload[_ROUND - ahead :], 0
        if not payload:
            return b""
        if ahead:
            self._keep(sequence % _ROUND, payload)
            return b""
        self._next = (self._next + len(payload)) % _ROUND
        return payload + self._now_whole() if self._waiting else payload

    def _keep(self, sequence: int, payload: bytes) -> None:
        if sequence in self._waiting:
            return
        if len(self._waiting) >= MOST_WAITING or self._waiting_bytes + len(payload) > MOST_WAITING_BYTES:
            self.lost = True
            return
        self._waiting[sequence] = payload
        self._waiting_bytes += len(payload)

    def _now_whole(self) -> bytes:
        found: list[bytes] = []
        while self._waiting:
            sequence = min(self._waiting, key=lambda each: (each - self._next + _HALF) % _ROUND)
            ahead = (sequence - self._next) % _ROUND
            if 0 < ahead < _HALF:
                break
            payload = self._waiting.pop(sequence)
            self._waiting_bytes -= len(payload)
            payload = payload[(_ROUND - ahead) % _ROUND :]
            self._next = (self._next + len(payload)) % _ROUND
            found.append(payload)
        return b"".join(found)
