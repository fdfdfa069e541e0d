"""What a probe sees of the network: a dialer that connects within limits, and a stream of bytes with deadlines.

The dialer counts connections and holds budgets, exclusions and deadlines; a probe never opens a socket itself.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from pqscan.model.target import NetworkTarget


class Stream(Protocol):
    """One established TCP connection."""

    async def send(self, data: bytes) -> None:
        """Write all of `data` in one segment where it fits (TCP_NODELAY). Raises PeerClosed, PeerTimedOut."""

    async def receive(self, most: int = 65536) -> bytes:
        """The next bytes, at least one; b"" when the peer ended in order (FIN).

        Raises PeerClosed(by_reset=True) on a reset, PeerTimedOut when the deadline of the connection has passed."""


class Dialer(Protocol):
    """Connects on behalf of one attempt at one target."""

    @property
    def connections_used(self) -> int: ...

    @property
    def seconds_left(self) -> float:
        """Until the hard deadline of the whole attempt."""

    def connect(self, target: NetworkTarget, *, timeout_seconds: float | None = None) -> AbstractAsyncContextManager[Stream]:
        """Waits for the budgets, then dials. `timeout_seconds` bounds the life of this one connection.

        Raises PeerRefused, PeerUnreachable, PeerTimedOut."""

    def permits_name(self, name: str) -> bool:
        """Whether this address may be asked for another site of that name: exclusions and the authorisation hold for it, too."""

    async def pause(self, seconds: float) -> None:
        """Wait, as a back-off, without holding any budget. Raises PeerTimedOut where the attempt's deadline comes first."""
