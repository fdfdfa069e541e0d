"""What a probe sees of the network: a dialer that connects within limits, a stream of bytes and datagrams with deadlines.

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


class Datagrams(Protocol):
    """Datagrams to and from one address and port over UDP; what others send never arrives here. Any of them may be lost, late or
    there twice."""

    async def send(self, data: bytes) -> None:
        """Waits until the budgets allow one more datagram, and sends it. Raises as `receive`."""

    async def receive(self, seconds: float) -> bytes:
        """The next datagram, which may be empty. Raises PeerTimedOut where none comes in `seconds` or before the deadline,
        PeerRefused where the address says that nobody listens (ICMP port unreachable), PeerUnreachable, and MalformedMessage where
        more came than an answer can be."""


class Dialer(Protocol):
    """Connects on behalf of one attempt at one target."""

    @property
    def connections_used(self) -> int:
        """Connections over TCP that stood, and exchanges over UDP in which something came back, however many datagrams."""

    @property
    def datagrams_sent(self) -> int: ...

    @property
    def seconds_left(self) -> float:
        """Until the hard deadline of the whole attempt."""

    def connect(self, target: NetworkTarget, *, timeout_seconds: float | None = None) -> AbstractAsyncContextManager[Stream]:
        """Waits for the budgets, then dials. `timeout_seconds` bounds the life of this one connection.

        Raises PeerRefused, PeerUnreachable, PeerTimedOut."""

    def datagrams(self, target: NetworkTarget, *, timeout_seconds: float | None = None) -> AbstractAsyncContextManager[Datagrams]:
        """One exchange over UDP: waits for a place among the connections to the address. Each datagram counts in its rate.
        `timeout_seconds` bounds the exchange.

        Raises PeerUnreachable, PeerTimedOut."""

    def permits_name(self, name: str) -> bool:
        """Whether this address may be asked for another site of that name: exclusions and the authorisation hold for it, too."""

    async def pause(self, seconds: float) -> None:
        """Wait, as a back-off, without holding any budget. Raises PeerTimedOut where the attempt's deadline comes first."""
