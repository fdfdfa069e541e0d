"""TLS inside the control channel of OpenVPN, over TCP or UDP: a dialer whose streams open a session first."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from pqscan.errors import MalformedMessage, PeerClosed, PeerTimedOut, WrongProtocol
from pqscan.model.target import NetworkTarget, Transport
from pqscan.net.stream import Datagrams, Dialer, Stream
from pqscan.wire.greetings import protocol_like
from pqscan.wire.openvpn.channel import Channel
from pqscan.wire.openvpn.packet import SESSION_BYTES, framed

_PATIENCE_SECONDS = (1.0, 2.0)  # before packets are repeated, and then before the session is given up
_MOST_IN_VAIN = 64  # packets in a row over TCP, which loses and repeats none
_MOST_FRAME = 4096  # bytes of one packet on TCP; real ones are shorter than a datagram


class Random(Protocol):
    def __call__(self, size: int, /) -> bytes: ...


class OpenVpnDialer:
    """Gives what the inner dialer gives; `opened` tells whether any session was answered. Fulfils `Dialer`."""

    def __init__(self, inner: Dialer, random_bytes: Random) -> None:
        self._inner = inner
        self._random = random_bytes
        self.opened = False

    @property
    def connections_used(self) -> int:
        return self._inner.connections_used

    @property
    def datagrams_sent(self) -> int:
        return self._inner.datagrams_sent

    @property
    def seconds_left(self) -> float:
        return self._inner.seconds_left

    def permits_name(self, name: str) -> bool:
        return self._inner.permits_name(name)

    async def pause(self, seconds: float) -> None:
        await self._inner.pause(seconds)

    def datagrams(self, target: NetworkTarget, *, timeout_seconds: float | None = None) -> AbstractAsyncContextManager[Datagrams]:
        return self._inner.datagrams(target, timeout_seconds=timeout_seconds)

    @asynccontextmanager
    async def connect(self, target: NetworkTarget, *, timeout_seconds: float | None = None) -> AsyncIterator[Stream]:
        """A session that stands. Raises what the inner dialer raises, and PeerTimedOut where the reset is not answered."""
        seconds = None if timeout_seconds is None else timeout_seconds + sum(_PATIENCE_SECONDS)
        channel = Channel(self._random(SESSION_BYTES))
        if target.transport is Transport.UDP:
            async with self._inner.datagrams(target, timeout_seconds=seconds) as datagrams:
                yield await self._begun(_OverDatagrams(channel, datagrams, lambda: self._inner.seconds_left))
        else:
            async with self._inner.connect(target, timeout_seconds=seconds) as stream:
                yield await self._begun(_OverStream(channel, stream))

    async def _begun(self, stream: _OverDatagrams | _OverStream) -> Stream:
        await stream.begin()
        self.opened = True
        return stream


class _OverDatagrams:
    """Fulfils `Stream`."""

    def __init__(self, channel: Channel, datagrams: Datagrams, seconds_left: Callable[[], float]) -> None:
        self._channel = channel
        self._datagrams = datagrams
        self._seconds_left = seconds_left

    async def begin(self) -> None:
        while not self._channel.is_open:
            await self._progress()

    async def send(self, data: bytes) -> None:
        self._channel.send(data)
        await self._flush()

    async def receive(self, most: int = 65536) -> bytes:
        while not (data := self._channel.arrived()):
            await self._progress()
        await self._flush()
        return data

    async def _flush(self) -> None:
        for packet in self._channel.packets_to_send():
            await self._datagrams.send(packet)

    async def _progress(self) -> None:
        """Until a packet of this session came. Raises PeerTimedOut where none does, after one repetition: so a server ends a
        handshake that it refuses, without an acknowledgement."""
        clock = asyncio.get_running_loop().time
        await self._flush()
        for seconds in _PATIENCE_SECONDS:
            ends = clock() + seconds
            while (left := ends - clock()) > 0:
                try:
                    received = await self._datagrams.receive(left)
                except PeerTimedOut:
                    if self._seconds_left() <= 0:
                        raise
                    break
                if self._channel.receive(received):
                    await self._flush()
                    return
            self._channel.repeat()
            await self._flush()
        raise PeerTimedOut("the server does not answer in the control channel of OpenVPN")


class _OverStream:
    """Fulfils `Stream`; what TCP carries is never repeated."""

    def __init__(self, channel: Channel, stream: Stream) -> None:
        self._channel = channel
        self._stream = stream
        self._data = b""
        self._in_vain = 0

    async def begin(self) -> None:
        await self._flush()
        while not self._channel.is_open:
            if not await self._progress():
                raise PeerClosed("the server closed the connection before a session of OpenVPN stood")

    async def send(self, data: bytes) -> None:
        self._channel.send(data)
        await self._flush()

    async def receive(self, most: int = 65536) -> bytes:
        while not (data := self._channel.arrived()):
            if not await self._progress():
                return b""
        return data

    async def _flush(self) -> None:
        packets = self._channel.packets_to_send()
        if packets:
            await self._stream.send(b"".join(map(framed, packets)))

    async def _progress(self) -> bool:
        """One more piece; False where the server ended in order. Raises MalformedMessage, WrongProtocol."""
        received = await self._stream.receive()
        data, start = self._data + received, 0
        while len(data) >= start + 2 and len(data) >= start + 2 + (size := int.from_bytes(data[start : start + 2], "big")):
            packet = data[start + 2 : start + 2 + size]
            start += 2 + size
            self._in_vain = 0 if self._channel.receive(packet) else self._in_vain + 1
            if self._in_vain > _MOST_IN_VAIN:
                raise MalformedMessage(f"the peer floods: more than {_MOST_IN_VAIN} packets of OpenVPN that bring nothing")
        self._data = data[start:]
        if len(self._data) >= 2 and int.from_bytes(self._data[:2], "big") > _MOST_FRAME:
            if not self._channel.is_open:
                raise WrongProtocol("the answer is none of OpenVPN", like=protocol_like(self._data))
            raise MalformedMessage("a packet of OpenVPN is longer than any can be")
        await self._flush()
        return bool(received)
