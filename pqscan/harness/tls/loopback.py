"""Serves `ServerConversation` on loopback: an asyncio server for tests, demonstrations and groups that no other peer has."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from pqscan.harness.tls.server import ServerConversation

_MOST_AT_ONCE = 64
_PATIENCE_SECONDS = 30.0
_MOST_RECEIVED = 1 << 20
_MOST_DRAINED = 1 << 20


@contextlib.asynccontextmanager
async def serving(
    make: Callable[[], ServerConversation], address: str = "127.0.0.1", finished: Callable[[ServerConversation], None] | None = None
) -> AsyncIterator[int]:
    """A server at `address` while the context lasts; gives its port. `make` makes the conversation of each connection, `finished`
    is told each when it has ended. More than 64 connections at once are closed unanswered."""
    open_now: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or len(open_now) >= _MOST_AT_ONCE:
            writer.close()
            return
        open_now.add(task)
        conversation = make()
        try:
            with contextlib.suppress(OSError, TimeoutError, asyncio.CancelledError):  # Cancelled when the context ends.
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    await _carry(conversation, reader, writer)
        finally:
            open_now.discard(task)
            writer.close()
            if finished is not None:
                finished(conversation)

    server = await asyncio.start_server(serve, address, 0)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for task in tuple(open_now):
            task.cancel()
        await asyncio.gather(*open_now, return_exceptions=True)


async def _carry(conversation: ServerConversation, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    received = 0
    while not conversation.finished and received < _MOST_RECEIVED:
        data = await reader.read(65536)
        if not data:
            conversation.peer_closed()
            return
        received += len(data)
        conversation.receive(data)
        writer.write(conversation.bytes_to_send())
        await writer.drain()
    writer.write_eof()  # What still comes is read and dropped, so that no reset overtakes our last word.
    drained = 0
    while drained < _MOST_DRAINED and (data := await reader.read(65536)):
        drained += len(data)
