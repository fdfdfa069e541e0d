"""How questions reach a server of the DNS: over one TCP connection (RFC 7766), or as datagrams with TCP where an answer is cut.

Over TCP nobody forges or cuts an answer. Over UDP a port and an identifier by chance and a cookie (RFC 7873) stand against forged
ones, and EDNS (RFC 6891) asks for no more than passes every path whole; what does not fit is asked again over TCP."""

from __future__ import annotations

import asyncio
import os
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Protocol

from pqscan.errors import MalformedMessage, PeerClosed, PeerError, PeerTimedOut
from pqscan.model.target import NetworkTarget, Transport
from pqscan.net.converse import converse
from pqscan.net.stream import Datagrams, Dialer, Stream
from pqscan.wire.dns.cookies import CLIENT_BYTES
from pqscan.wire.dns.datagrams import Cookies, DatagramExchange
from pqscan.wire.dns.framing import Exchange
from pqscan_probes.dns.message import written
from pqscan_probes.dns.records import Query

MOST_CONNECTIONS = 12
_CONNECTION_SECONDS = 12.0  # of one connection, over which many questions go; a resolver may have to ask others first
_PATIENCE_SECONDS = (2.0, 4.0)  # before a datagram is repeated, and then before it is given up
_MOST_BAD_COOKIES = 1  # RFC 7873, section 5.3: a second one in a row leads to TCP


class Line(Protocol):
    """`opened` counts the connections and exchanges that it has begun."""

    @property
    def opened(self) -> int: ...

    async def exchanged(self, query: Query) -> tuple[bytes, bytes]:
        """A question and its answer, whole messages both. Raises PeerError."""

    async def hang_up(self) -> None: ...


def line(target: NetworkTarget, dialer: Dialer) -> Line:
    """By the target's transport."""
    return _OverDatagrams(target, dialer) if target.transport is Transport.UDP else _OverStream(target, dialer)


def _identifier() -> int:
    return int.from_bytes(os.urandom(2), "big")


class _OverStream:
    """Fulfils `Line`: one connection as long as the server keeps it."""

    def __init__(self, target: NetworkTarget, dialer: Dialer) -> None:
        self._target = target
        self._dialer = dialer
        self._connection = AsyncExitStack()
        self._stream: Stream | None = None
        self._rest = b""
        self._answered_here = False  # on the connection that stands
        self.opened = 0

    async def exchanged(self, query: Query) -> tuple[bytes, bytes]:
        """Asks again where a connection that had answered before ends without a word (RFC 7766, section 6.2.4)."""
        question = written(query, _identifier())
        while True:
            exchange = Exchange(question, self._rest)
            may_ask_again = self._answered_here and self.opened < MOST_CONNECTIONS
            try:
                await converse(exchange, await self._connected())
            except (PeerClosed, PeerTimedOut):
                if not may_ask_again:
                    raise
                await self.hang_up()
                continue
            self._rest, self._answered_here = exchange.rest, True
            return question, exchange.answer or b""

    async def hang_up(self) -> None:
        self._stream, self._rest, self._answered_here = None, b"", False
        await self._connection.aclose()
        self._connection = AsyncExitStack()

    async def _connected(self) -> Stream:
        if self._stream is None:
            dialled = self._dialer.connect(self._target, timeout_seconds=_CONNECTION_SECONDS)
            self._stream = await self._connection.enter_async_context(dialled)
            self.opened += 1
        return self._stream


class _OverDatagrams:
    """Fulfils `Line`. A server that has answered and then does not is asked over TCP from there on: paths drop large answers."""

    def __init__(self, target: NetworkTarget, dialer: Dialer) -> None:
        self._target = target
        self._dialer = dialer
        self._cookies = Cookies(os.urandom(CLIENT_BYTES))
        self._stack = AsyncExitStack()
        self._channel: Datagrams | None = None
        self._tcp = _OverStream(replace(target, transport=Transport.TCP), dialer)
        self._has_answered = False
        self._is_silent = False
        self._opened = 0

    @property
    def opened(self) -> int:
        return self._opened + self._tcp.opened

    async def exchanged(self, query: Query) -> tuple[bytes, bytes]:
        for _ in range(0 if self._is_silent else 1 + _MOST_BAD_COOKIES):
            question = written(query, _identifier(), self._cookies.option)
            exchange = DatagramExchange(question, self._cookies)
            try:
                await self._put(question, exchange)
            except PeerTimedOut:
                if not self._has_answered or self._dialer.seconds_left <= 0:
                    raise
                self._is_silent = True
                break
            self._has_answered = self._has_answered or not exchange.is_cut
            answer = exchange.answer or b""
            if exchange.is_cut:
                return await self._whole(query, question, answer)
            if not exchange.has_bad_cookie:
                return question, answer
        return await self._tcp.exchanged(query)

    async def hang_up(self) -> None:
        self._channel = None
        await self._stack.aclose()
        self._stack = AsyncExitStack()
        await self._tcp.hang_up()

    async def _whole(self, query: Query, question: bytes, cut: bytes) -> tuple[bytes, bytes]:
        """The answer over TCP; the one that was cut where the server answers others and none over TCP."""
        try:
            return await self._tcp.exchanged(query)
        except PeerError:
            await self._tcp.hang_up()
            if not self._has_answered:
                raise
            return question, cut

    async def _put(self, question: bytes, exchange: DatagramExchange) -> None:
        """Until the answer is there. Raises PeerTimedOut, MalformedMessage where nothing but other datagrams came."""
        channel = await self._opened_channel()
        for seconds in _PATIENCE_SECONDS:
            await channel.send(question)
            if await self._is_answered(channel, exchange, seconds):
                return
        if exchange.dropped and not self._has_answered:
            raise MalformedMessage("what came answers nothing that was asked")
        raise PeerTimedOut("the server did not answer over UDP")

    async def _is_answered(self, channel: Datagrams, exchange: DatagramExchange, seconds: float) -> bool:
        """Within so long, however many other datagrams come."""
        clock = asyncio.get_running_loop().time
        ends = clock() + seconds
        while exchange.answer is None and (left := ends - clock()) > 0:
            try:
                exchange.receive(await channel.receive(left))
            except PeerTimedOut:
                if self._dialer.seconds_left <= 0:
                    raise
                return False
        return exchange.answer is not None

    async def _opened_channel(self) -> Datagrams:
        if self._channel is None:
            self._channel = await self._stack.enter_async_context(self._dialer.datagrams(self._target))
            self._opened += 1
        return self._channel
