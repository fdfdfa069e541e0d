"""Peers on loopback that end connections in every way a peer can."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import cast

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextlib.asynccontextmanager
async def serving(handler: Handler, address: str = "127.0.0.1") -> AsyncIterator[int]:
    """A server that gives each connection to `handler` and then closes it; yields its port."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            await handler(reader, writer)
        writer.close()

    server = await asyncio.start_server(handle, address, 0, backlog=1024)  # None is turned away by a full queue.
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def reset(writer: asyncio.StreamWriter) -> None:
    """Ends the connection by RST."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@contextlib.contextmanager
def closed_port(address: str = "127.0.0.1") -> Iterator[int]:
    """A port on which nobody listens; bound, so that nobody else takes it meanwhile."""
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as holder:
        holder.bind((address, 0))
        yield holder.getsockname()[1]


@contextlib.contextmanager
def silent_port() -> Iterator[int]:
    """A port whose queue of connections is full: the kernel drops every further SYN."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


DatagramHandler = Callable[[bytes, Callable[[bytes], None]], None]
"""Takes one datagram and what sends an answer to where it came from."""


@contextlib.asynccontextmanager
async def hearing(handler: DatagramHandler, address: str = "127.0.0.1") -> AsyncIterator[int]:
    """A peer over UDP; yields its port."""

    class Peer(asyncio.DatagramProtocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = cast("asyncio.DatagramTransport", transport)  # uvloop has a class of its own.

        def datagram_received(self, data: bytes, sender: tuple[str, int]) -> None:
            handler(data, lambda answer: self.transport.sendto(answer, sender))

    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(Peer, local_addr=(address, 0))
    try:
        yield transport.get_extra_info("sockname")[1]
    finally:
        transport.close()


@contextlib.contextmanager
def closed_datagram_port(address: str = "127.0.0.1") -> Iterator[int]:
    """A port on which nobody listens, but connected elsewhere, so that nobody else takes it meanwhile."""
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.bind((address, 0))
        holder.connect((address, 9))
        yield holder.getsockname()[1]
