"""Whether the silence of peers may be believed, or is this machine's own: a cable unplugged, a router gone, a laptop that slept.

Whoever has answered in this run is a witness. Silence is believed where a witness, or anybody else, answered in its last seconds;
without any witness there is nothing to hold it against, and it is believed. No clock, no sockets: times are given.
"""

from __future__ import annotations

from pqscan.net.budget import is_loopback

HEARTBEAT_SECONDS = 1.25
"""After so long without an answer from anybody a witness is asked."""

NEAR_SECONDS = 2.25
"""Silence is held against the answers of so long before its end. That is less than the 3 s for which a connection is waited for, so
that what was begun just before a cable was pulled is not believed; a witness that needs up to 0.9 s to answer is heard in it."""

MOST_WITNESSES = 16
WITNESSES_NEEDED = 2
"""One witness that falls silent may have its own reasons; where two of them do, nothing can be told of anybody."""


class Vigil:
    """`now` is in seconds of one monotonic clock."""

    def __init__(self) -> None:
        self._witnesses: dict[str, int] = {}  # address and port, the one asked longest ago first
        self._trusted_from = float("-inf")
        self.last_sign = float("-inf")

    @property
    def has_witness(self) -> bool:
        return bool(self._witnesses)

    def sign(self, address: str, port: int, now: float) -> None:
        """Somebody answered, by whatever word. Loopback answers without any network."""
        if not address or is_loopback(address):
            return
        self.last_sign = now
        self._witnesses.pop(address, None)
        self._witnesses[address] = port
        if len(self._witnesses) > MOST_WITNESSES:
            del self._witnesses[next(iter(self._witnesses))]

    def believes(self, began: float, now: float) -> bool:
        """Whether a silence that began then and ends now, or a word of the network that nobody can be reached, is the peer's."""
        if not self._witnesses:
            return True
        return self.is_trusted(began) and self.last_sign >= now - NEAR_SECONDS

    def is_trusted(self, began: float) -> bool:
        """Whether an attempt that began then lies on this side of the last interruption."""
        return began >= self._trusted_from

    def interrupted(self, now: float) -> None:
        """This machine slept or its network was away until now: nothing that began before proves anything."""
        self._trusted_from = now

    def is_due(self, now: float) -> bool:
        """Whether a witness should be asked."""
        return bool(self._witnesses) and now - self.last_sign >= HEARTBEAT_SECONDS

    def witnesses(self) -> tuple[tuple[str, int], ...]:
        """The one asked or heard longest ago first, so that they take turns."""
        return tuple(self._witnesses.items())

    def asked(self, address: str) -> None:
        """It has had its turn."""
        if address in self._witnesses:
            self._witnesses[address] = self._witnesses.pop(address)

    def dismiss(self, address: str) -> None:
        """It does not answer, and nobody can say whose doing that is."""
        self._witnesses.pop(address, None)
