from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

import pytest

from pqscan.errors import PeerTimedOut
from pqscan.net.exchange import DatagramExchange
from pqscan.net.stream import Dialer

PATIENCE = (0.01, 0.01, 0.02)


class Connection:
    """Says `hello` until it heard `wanted` datagrams that are news."""

    def __init__(self, wanted: int = 1) -> None:
        self.wanted = wanted
        self.repeated = 0
        self.has_timed_out = False
        self._due = [b"hello"]

    @property
    def finished(self) -> bool:
        return self.has_timed_out or self.wanted == 0

    def datagrams_to_send(self) -> list[bytes]:
        due, self._due = self._due, []
        return [b"bye"] if self.finished else due

    def receive(self, datagram: bytes) -> bool:
        if datagram != b"news":
            return False
        self.wanted -= 1
        self._due = [b"more"]
        return True

    def repeat(self) -> None:
        self.repeated += 1
        self._due = [b"hello"]

    def timed_out(self) -> None:
        self.has_timed_out = True


class Channel:
    """Answers each datagram by `script`."""

    def __init__(self, script: Callable[[bytes], list[bytes]]) -> None:
        self._script = script
        self._waiting: list[bytes] = []
        self.sent: list[bytes] = []

    async def send(self, data: bytes) -> None:
        self.sent.append(data)
        self._waiting += self._script(data)

    async def receive(self, seconds: float) -> bytes:
        if self._waiting:
            return self._waiting.pop(0)
        await asyncio.sleep(seconds)
        raise PeerTimedOut("nothing came")


class Clock:
    def __init__(self, seconds_left: float) -> None:
        self.seconds_left = seconds_left


def carried(connection: Connection, script: Callable[[bytes], list[bytes]], seconds_left: float = 60) -> tuple[Any, Channel]:
    channel = Channel(script)
    exchange = DatagramExchange(connection, cast("Dialer", Clock(seconds_left)), PATIENCE)
    asyncio.run(exchange.run(channel))
    return exchange, channel


def test_what_was_said_and_heard_is_kept_to_the_goodbye() -> None:
    exchange, channel = carried(Connection(2), lambda _data: [b"news"])
    assert channel.sent == [b"hello", b"more", b"bye"]
    assert (bytes(exchange.sent), bytes(exchange.received)) == (b"hellomorebye", b"newsnews")
    assert exchange.answered_after_seconds is not None
    assert exchange.answered_after_seconds < 1


def test_silence_is_repeated_into_and_then_given_up() -> None:
    connection = Connection()
    exchange, channel = carried(connection, lambda _data: [])
    assert (connection.repeated, connection.has_timed_out) == (2, True)
    assert channel.sent == [b"hello", b"hello", b"hello", b"bye"]
    assert exchange.answered_after_seconds is None


def test_what_is_no_news_does_not_lengthen_the_wait() -> None:
    connection = Connection()
    _, channel = carried(connection, lambda _data: [b"noise"] * 50)
    assert connection.has_timed_out
    assert len(channel.sent) == 4


def test_news_begins_the_waits_anew() -> None:
    connection, asked = Connection(3), iter([[], [b"news"], [], [b"news"], [], [b"news"], []])
    _, channel = carried(connection, lambda _data: next(asked, []))
    assert (connection.repeated, connection.has_timed_out) == (3, False)
    assert channel.sent[-1] == b"bye"


def test_the_end_of_the_attempt_ends_the_exchange() -> None:
    with pytest.raises(PeerTimedOut):
        carried(Connection(), lambda _data: [], seconds_left=0)
