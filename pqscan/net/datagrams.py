"""One exchange over UDP on a connected, non-blocking socket: the system drops what other addresses and ports send.

A system error becomes the peer's error here, as in connection.py. Only `add_reader` and `add_writer` are asked of the loop.
"""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Awaitable, Callable

from pqscan.errors import MalformedMessage, PeerError, PeerTimedOut, WorkError
from pqscan.net.connection import connect_error

MOST_DATAGRAMS = 1024  # received in one exchange
_LARGEST = 0xFFFF
_TICK = 0.001  # seconds: uvloop's timers count whole milliseconds and may go off half a one early
_NOT_NOW = (BlockingIOError, InterruptedError)

Leave = Callable[[str, bool], Awaitable[float]]
"""Waits until one more datagram may be sent to an address, the first or a further one; gives the seconds that it waited."""


class Exchange:
    """Fulfils `Datagrams` until `deadline` (in the loop's time); `close` is safe at any time. `most` are the bytes and the
    datagrams that may be received. Raises PeerUnreachable where there is no way to the address, WorkError where this machine
    runs short."""

    __slots__ = (
        "_address",
        "_asked",
        "_deadline",
        "_leave",
        "_loop",
        "_most_bytes",
        "_most_datagrams",
        "_port",
        "_received",
        "_sock",
        "datagrams_received",
    )

    def __init__(self, address: str, port: int, deadline: float, leave: Leave, most: tuple[int, int]) -> None:
        self._loop = asyncio.get_running_loop()
        self._address = address
        self._port = port
        self._deadline = deadline
        self._leave = leave
        self._most_bytes, self._most_datagrams = most
        self._asked = False
        self._received = 0
        self.datagrams_received = 0
        try:
            self._sock = _connected(address, port)
        except OSError as error:
            raise self._error(error) from None

    async def send(self, data: bytes) -> None:
        """See `Datagrams.send`."""
        self._deadline += await self._leave(self._address, not self._asked)
        self._asked = True
        while True:
            if self._loop.time() >= self._deadline:
                raise self._timed_out()
            try:
                self._sock.send(data)
                return
            except _NOT_NOW:
                await self._ready(self._deadline, writing=True)
            except OSError as error:
                raise self._error(error) from None

    async def receive(self, seconds: float) -> bytes:
        """See `Datagrams.receive`."""
        ends = min(self._deadline, self._loop.time() + seconds)
        while True:
            try:
                data = self._sock.recv(_LARGEST)
            except _NOT_NOW:
                await self._ready(ends, writing=False)
                continue
            except OSError as error:
                raise self._error(error) from None
            self.datagrams_received += 1
            self._received += len(data)
            if self._received > self._most_bytes or self.datagrams_received > self._most_datagrams:
                raise MalformedMessage(f"{self._address} port {self._port} sent more than an answer can be")
            return data

    def close(self) -> None:
        self._sock.close()

    async def _ready(self, ends: float, *, writing: bool) -> None:
        """Until the socket is ready. Raises PeerTimedOut at `ends`."""
        if self._loop.time() >= ends:
            raise self._timed_out()
        waiter = self._loop.create_future()
        descriptor = self._sock.fileno()
        timer = self._loop.call_at(ends + _TICK, _expire, waiter, self._timed_out())  # What asks the clock next finds it past.
        (self._loop.add_writer if writing else self._loop.add_reader)(descriptor, _wake, waiter)
        try:
            await waiter
        finally:
            timer.cancel()
            (self._loop.remove_writer if writing else self._loop.remove_reader)(descriptor)

    def _timed_out(self) -> PeerTimedOut:
        return PeerTimedOut(f"{self._address} port {self._port} did not answer in time")

    def _error(self, error: OSError) -> PeerError | WorkError:
        return connect_error(error.errno or errno.EINVAL, self._address, self._port)


def _connected(address: str, port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        sock.connect((address, port))
    except BaseException:
        sock.close()
        raise
    return sock


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


def _expire(waiter: asyncio.Future[None], error: PeerTimedOut) -> None:
    if not waiter.done():
        waiter.set_exception(error)
