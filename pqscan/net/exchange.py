"""Pumps datagrams between a connection that does no I/O and a channel, until the connection is through."""

from __future__ import annotations

import asyncio
from typing import Protocol

from pqscan.errors import PeerTimedOut
from pqscan.net.stream import Datagrams, Dialer


class DatagramConnection(Protocol):
    """A protocol's side of an exchange over datagrams as a state machine."""

    @property
    def finished(self) -> bool: ...

    def datagrams_to_send(self) -> list[bytes]:
        """What is due now, each datagram once."""

    def receive(self, datagram: bytes) -> bool:
        """Whether it brought something of this connection that was not there before."""

    def repeat(self) -> None:
        """Nothing came for a while."""

    def timed_out(self) -> None:
        """Nothing comes any more: the connection is finished then."""


class DatagramExchange:
    """`patience_seconds`: how long to wait before each repetition, and at last before the connection is given up. What went out and
    came in is kept in `sent` and `received`; `answered_after_seconds` is what the first news took, None where none came."""

    def __init__(self, connection: DatagramConnection, dialer: Dialer, patience_seconds: tuple[float, ...]) -> None:
        self.sent = bytearray()
        self.received = bytearray()
        self.answered_after_seconds: float | None = None
        self._connection = connection
        self._dialer = dialer
        self._patience_seconds = patience_seconds

    async def run(self, channel: Datagrams) -> None:
        """Until the connection is through. Raises what the channel raises, but for waits that end before the attempt does."""
        clock = asyncio.get_running_loop().time
        connection, place, began = self._connection, 0, clock()
        while True:
            for datagram in connection.datagrams_to_send():
                self.sent += datagram
                await channel.send(datagram)
            if connection.finished:
                return
            if await self._progress(channel, self._patience_seconds[place]):
                place = 0
                if self.answered_after_seconds is None:
                    self.answered_after_seconds = clock() - began
            elif place + 1 < len(self._patience_seconds):
                place += 1
                connection.repeat()
            else:
                connection.timed_out()

    async def _progress(self, channel: Datagrams, seconds: float) -> bool:
        """Whether news came in time, with all that lay ready behind it; what is none of ours does not lengthen the wait."""
        clock = asyncio.get_running_loop().time
        ends, has_news = clock() + seconds, False
        while not self._connection.finished:
            left = 0.0 if has_news else ends - clock()
            if left <= 0 and not has_news:
                return False
            try:
                datagram = await channel.receive(left)
            except PeerTimedOut:
                if self._dialer.seconds_left <= 0:
                    raise
                return has_news
            self.received += datagram
            has_news = self._connection.receive(datagram) or has_news
        return True
