"""Keeps what went over the wire in one conversation, bounded, as the evidence of an outcome."""

from __future__ import annotations

from pqscan.model.outcome import Evidence
from pqscan.net.converse import Conversation

MOST_BYTES = 1 << 15  # of each direction


class Transcript:
    """Wraps a conversation and fulfils `Conversation` itself."""

    def __init__(self, conversation: Conversation) -> None:
        self._inner = conversation
        self._sent = bytearray()
        self._received = bytearray()

    @property
    def finished(self) -> bool:
        return self._inner.finished

    def bytes_to_send(self) -> bytes:
        data = self._inner.bytes_to_send()
        self._sent += data[: MOST_BYTES - len(self._sent)]
        return data

    def receive(self, data: bytes) -> None:
        self._received += data[: MOST_BYTES - len(self._received)]
        self._inner.receive(data)

    def peer_closed(self) -> None:
        self._inner.peer_closed()

    def evidence(self) -> Evidence:
        return Evidence(bytes(self._sent), bytes(self._received))
