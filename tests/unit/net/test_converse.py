from __future__ import annotations

import asyncio

import pytest

from pqscan.errors import PeerClosed
from pqscan.net.converse import converse


class Script:
    """A stream that plays what the peer does: bytes to receive, b"" for its end, an error to raise."""

    def __init__(self, *plays: bytes | Exception, send_error: Exception | None = None) -> None:
        self.plays = list(plays)
        self.send_error = send_error
        self.sent: list[bytes] = []

    async def send(self, data: bytes) -> None:
        if self.send_error is not None:
            raise self.send_error
        self.sent.append(data)

    async def receive(self, most: int = 65536) -> bytes:
        play = self.plays.pop(0)
        if isinstance(play, Exception):
            raise play
        return play


class Lines:
    """Sends a greeting, answers each line in capitals, ends at "bye"."""

    def __init__(self, *, tolerant: bool = False) -> None:
        self.outgoing = b"hello\n"
        self.heard = b""
        self.finished = False
        self.tolerant = tolerant

    def bytes_to_send(self) -> bytes:
        data, self.outgoing = self.outgoing, b""
        return data

    def receive(self, data: bytes) -> None:
        self.heard += data
        if self.heard.endswith(b"bye\n"):
            self.finished = True
        elif self.heard.endswith(b"\n"):
            self.outgoing = self.heard.upper()

    def peer_closed(self) -> None:
        self.finished = self.tolerant


def test_both_sides_alternate_until_the_conversation_is_through() -> None:
    stream, lines = Script(b"on", b"e\n", b"bye\n"), Lines()
    asyncio.run(converse(lines, stream))
    assert stream.sent == [b"hello\n", b"ONE\n"]
    assert lines.heard == b"one\nbye\n"


def test_an_early_end_of_the_peer_is_an_error() -> None:
    with pytest.raises(PeerClosed) as caught:
        asyncio.run(converse(Lines(), Script(b"one\n", b"")))
    assert not caught.value.by_reset


def test_a_conversation_may_take_the_end_as_its_own() -> None:
    lines = Lines(tolerant=True)
    asyncio.run(converse(lines, Script(b"one", b"")))
    assert lines.heard == b"one"


def test_what_the_peer_said_before_it_hung_up_is_heard_though_our_write_fails() -> None:
    lines = Lines()
    asyncio.run(converse(lines, Script(b"refused; ", b"bye\n", send_error=PeerClosed("reset", by_reset=True))))
    assert lines.heard == b"refused; bye\n"


def test_a_reset_with_no_last_words_stays_a_reset() -> None:
    with pytest.raises(PeerClosed) as caught:
        asyncio.run(converse(Lines(), Script(PeerClosed("reset", by_reset=True), send_error=PeerClosed("reset", by_reset=True))))
    assert caught.value.by_reset
