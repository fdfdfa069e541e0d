"""The dialer of one attempt at one target: waits for the budgets, connects over TCP, opens exchanges over UDP, counts, keeps the
deadlines.

Waiting for our own budgets is not the peer's doing: the deadline of the attempt moves on by that time.
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType

from pqscan.errors import PeerTimedOut, UsageError
from pqscan.model.target import NetworkTarget, Transport
from pqscan.net.connection import SHORTAGES, Connection, begin_connect, connect_error, new_socket
from pqscan.net.datagrams import MOST_DATAGRAMS, Exchange
from pqscan.net.throttle import Throttle

_SHORTAGE_PAUSE_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class DialSettings:
    """Limits of time (seconds) and size for connections.

    The life of a connection stays under the 20 s for which some servers blind their failures (s2n), so that one slow
    error path cannot use up an attempt."""

    connect_seconds: float = 5.0
    connection_seconds: float = 10.0
    attempt_seconds: float = 60.0
    most_received_bytes: int = 1 << 20
    exchange_seconds: float = 60.0  # of one exchange over UDP, in which every lost datagram is waited for
    most_received_datagrams: int = MOST_DATAGRAMS

    def __post_init__(self) -> None:
        for name in ("connect_seconds", "connection_seconds", "attempt_seconds", "most_received_bytes", "exchange_seconds"):
            if not getattr(self, name) > 0:
                raise UsageError(f"{name} is {getattr(self, name)}; a limit is a number above 0")


class TcpDialer:
    """Fulfils `Dialer`, over TCP and UDP. Made anew for every attempt, inside the running loop. `permits_name` None: every name
    may be asked.

    `knock_seconds`: nobody knows whether what is asked is spoken here. A connection then waits so long for the first byte, and none
    is made after one on which none came. `heard`: some connection brought a byte."""

    __slots__ = (
        "_deadline", "_knock_seconds", "_loop", "_permits_name", "_settings", "_throttle", "_waits", "_waits_since",
        "connections_used", "datagrams_sent", "heard",
    )  # fmt: skip

    def __init__(
        self,
        throttle: Throttle,
        settings: DialSettings,
        permits_name: Callable[[str], bool] | None = None,
        *,
        knock_seconds: float | None = None,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._throttle = throttle
        self._settings = settings
        self._permits_name = permits_name
        self._deadline = self._loop.time() + settings.attempt_seconds
        self._knock_seconds = knock_seconds
        self._waits = 0  # connections in line for the budgets
        self._waits_since = 0.0
        self.connections_used = 0
        self.datagrams_sent = 0
        self.heard = False

    @property
    def seconds_left(self) -> float:
        """Until the hard deadline of the whole attempt, which a wait for the budgets moves on; below zero when it has passed."""
        return self._deadline - (self._waits_since if self._waits else self._loop.time())

    def connect(self, target: NetworkTarget, *, timeout_seconds: float | None = None) -> _Dialled:
        """See `Dialer.connect`. Raises PeerRefused, PeerUnreachable, PeerTimedOut; WorkError where this machine runs short."""
        if target.transport is not Transport.TCP:
            raise UsageError(f"{target.address} port {target.port}: only TCP is dialled here, not {target.transport.value}")
        return _Dialled(self, target.address, target.port, timeout_seconds)

    def datagrams(self, target: NetworkTarget, *, timeout_seconds: float | None = None) -> _Exchanging:
        """See `Dialer.datagrams`. Raises PeerUnreachable, PeerTimedOut; WorkError where this machine runs short."""
        if target.transport is not Transport.UDP:
            raise UsageError(f"{target.address} port {target.port}: datagrams go over UDP, not {target.transport.value}")
        return _Exchanging(self, target.address, target.port, timeout_seconds)

    def permits_name(self, name: str) -> bool:
        """See `Dialer.permits_name`."""
        return self._permits_name is None or self._permits_name(name)

    async def pause(self, seconds: float) -> None:
        """See `Dialer.pause`. Raises PeerTimedOut."""
        if seconds >= self.seconds_left:
            raise PeerTimedOut("the time for this target ended before the next try was due")
        await asyncio.sleep(max(0.0, seconds))

    async def _open(self, address: str, port: int, timeout_seconds: float | None) -> Connection:
        loop, settings = self._loop, self._settings
        if self.seconds_left <= 0:
            raise PeerTimedOut(f"the time for {address} port {port} has run out")
        if self._knock_seconds is not None and not self.heard and self.connections_used:
            raise PeerTimedOut(f"{address} port {port} said nothing on the one connection that it was asked on")
        await self._enter(address)
        try:
            started = loop.time()
            life = settings.connection_seconds if timeout_seconds is None else timeout_seconds
            ends = min(self._deadline, started + life)
            connect_ends = min(ends, started + settings.connect_seconds)
            while True:
                dialled = await self._dial(address, port, connect_ends)
                if isinstance(dialled, Connection):
                    break
                code, at_once = dialled
                if code not in SHORTAGES or loop.time() + _SHORTAGE_PAUSE_SECONDS >= connect_ends:
                    raise connect_error(code, address, port, at_once=at_once)
                await asyncio.sleep(_SHORTAGE_PAUSE_SECONDS)
            if self._knock_seconds is not None and not self.heard:
                dialled.expect_word(min(ends, loop.time() + self._knock_seconds), ends)
            else:
                dialled.move_deadline(ends)
        except BaseException:
            self._throttle.leave(address)
            raise
        self.connections_used += 1
        return dialled

    async def _enter(self, address: str) -> None:
        """Waits for the budgets, on nobody's time."""
        if not self._waits:
            self._waits_since = self._loop.time()
        self._waits += 1
        try:
            await self._throttle.enter(address)
        finally:
            self._waits -= 1
            if not self._waits:
                self._deadline += self._loop.time() - self._waits_since

    async def _dial(self, address: str, port: int, ends: float) -> Connection | tuple[int, bool]:
        """The connection that stands, else the errno of its failure and whether it came at once. Raises PeerTimedOut."""
        try:
            sock = new_socket(address)
        except OSError as error:
            return error.errno or errno.EINVAL, True
        connection = Connection(sock, f"{address} port {port}", ends, self._settings.most_received_bytes)
        try:
            code = begin_connect(sock, address, port)
            at_once = code is not None
            if code is None:
                code = await connection.established()
            if code == 0:
                return connection
        except BaseException:
            connection.close()
            raise
        connection.close()
        return code, at_once

    async def _exchange(self, address: str, port: int, timeout_seconds: float | None) -> Exchange:
        loop, settings = self._loop, self._settings
        if self.seconds_left <= 0:
            raise PeerTimedOut(f"the time for {address} port {port} has run out")
        await self._enter(address)
        try:
            started = loop.time()
            life = settings.exchange_seconds if timeout_seconds is None else timeout_seconds
            ends = min(self._deadline, started + life)
            return Exchange(address, port, ends, self._another, (settings.most_received_bytes, settings.most_received_datagrams))
        except BaseException:
            self._throttle.leave(address)
            raise

    async def _another(self, address: str, first: bool) -> float:
        """Waits for the leave of one more datagram; gives the seconds that it took, by which the attempt may last longer."""
        started = self._loop.time()
        if not first:
            await self._throttle.another(address)
        waited = self._loop.time() - started
        self._deadline += waited
        self.datagrams_sent += 1
        return waited

    def _release(self, address: str) -> None:
        self._throttle.leave(address)


class _Dialled:
    """The context of one connection: dials on the way in, closes on the way out, whatever happens."""

    __slots__ = ("_address", "_connection", "_dialer", "_port", "_timeout_seconds")

    def __init__(self, dialer: TcpDialer, address: str, port: int, timeout_seconds: float | None) -> None:
        self._dialer = dialer
        self._address = address
        self._port = port
        self._timeout_seconds = timeout_seconds
        self._connection: Connection | None = None

    async def __aenter__(self) -> Connection:
        self._connection = await self._dialer._open(self._address, self._port, self._timeout_seconds)
        return self._connection

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._connection is not None:
            self._dialer.heard = self._dialer.heard or self._connection.heard
            self._connection.close()
            self._connection = None
            self._dialer._release(self._address)


class _Exchanging:
    """The context of one exchange over UDP. It counts as a connection where anything came back."""

    __slots__ = ("_address", "_dialer", "_exchange", "_port", "_timeout_seconds")

    def __init__(self, dialer: TcpDialer, address: str, port: int, timeout_seconds: float | None) -> None:
        self._dialer = dialer
        self._address = address
        self._port = port
        self._timeout_seconds = timeout_seconds
        self._exchange: Exchange | None = None

    async def __aenter__(self) -> Exchange:
        self._exchange = await self._dialer._exchange(self._address, self._port, self._timeout_seconds)
        return self._exchange

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._exchange is not None:
            self._dialer.connections_used += bool(self._exchange.datagrams_received)
            self._exchange.close()
            self._exchange = None
            self._dialer._release(self._address)
