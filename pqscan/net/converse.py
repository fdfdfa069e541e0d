"""Pumps bytes between a conversation that does no I/O and a stream, until the conversation is through."""

from __future__ import annotations

from typing import Protocol

from pqscan.errors import PeerClosed
from pqscan.net.stream import Stream


class Conversation(Protocol):
    """A protocol's side of an exchange as a state machine over bytes."""

    @property
    def finished(self) -> bool: ...

    def bytes_to_send(self) -> bytes:
        """What is due now, each byte once; b"" for nothing."""

    def receive(self, data: bytes) -> None:
        """Takes the next bytes of the peer. Raises PeerError."""

    def peer_closed(self) -> None:
        """The peer ended in order; no more bytes come. Raises PeerClosed where that is too early."""


async def converse(conversation: Conversation, stream: Stream) -> None:
    """Runs the exchange to its end. Raises PeerClosed where the peer ends first, and what the stream and conversation raise.

    A peer that refuses and closes while we write has often said why: its last bytes are read before the failed write
    is told."""
    while True:
        data = conversation.bytes_to_send()
        if data:
            try:
                await stream.send(data)
            except PeerClosed:
                await hear_last_words(conversation, stream)
                if conversation.finished:
                    return
                raise
        if conversation.finished:
            return
        received = await stream.receive()
        if received:
            conversation.receive(received)
            continue
        conversation.peer_closed()
        if not conversation.finished:
            raise PeerClosed("the peer closed the connection before the exchange was through")
        return


async def hear_last_words(conversation: Conversation, stream: Stream) -> None:
    """Reads on after a failed write, until the conversation is through or the peer has ended. Raises what both raise but
    PeerClosed."""
    try:
        while not conversation.finished:
            received = await stream.receive()
            if not received:
                return
            conversation.receive(received)
    except PeerClosed:
        return
