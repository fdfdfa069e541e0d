"""Carries one exchange of a case over a stream, until it has seen enough or the connection ends."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Protocol

from pqscan.errors import MalformedMessage, PeerClosed, PeerTimedOut
from pqscan.net.stream import Stream


class Closing(StrEnum):
    """How a connection ended that was not ended by what came over it."""

    CLOSED = "closed"
    RESET = "reset"
    SILENCE = "silence"
    FLOOD = "flood"  # more bytes than a connection may bring


class Carried(Protocol):
    """An exchange without I/O, as a stream carries it."""

    @property
    def finished(self) -> bool: ...

    def segments_to_send(self) -> Iterable[bytes]: ...

    def receive(self, data: bytes) -> None: ...

    def closed(self, how: Closing, problem: str = "") -> None:
        """Nothing more comes."""


async def carry(exchange: Carried, stream: Stream) -> None:
    """Talks until the exchange has seen enough or the connection ends."""
    while True:
        try:
            for segment in exchange.segments_to_send():
                await stream.send(segment)
        except PeerClosed:
            pass  # It ended before it had heard us out: what it said can still be read.
        if exchange.finished:
            return
        try:
            data = await stream.receive()
        except PeerClosed as error:
            exchange.closed(Closing.RESET if error.by_reset else Closing.CLOSED, str(error))
            return
        except PeerTimedOut:
            exchange.closed(Closing.SILENCE)
            return
        except MalformedMessage as error:
            exchange.closed(Closing.FLOOD, str(error))
            return
        if not data:
            exchange.closed(Closing.CLOSED)
            return
        exchange.receive(data)
