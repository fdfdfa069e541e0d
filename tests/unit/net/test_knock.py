from __future__ import annotations

import asyncio

import pytest

from pqscan.errors import PeerTimedOut
from pqscan.net.budget import NO_LIMITS
from pqscan.net.dial import DialSettings, TcpDialer
from pqscan.net.throttle import Throttle
from tests.unit.net.loopback import serving
from tests.unit.net.test_dial import at, dialer, on_each_loop


def knocking(*, knock_seconds: float = 0.2, connection_seconds: float = 5.0) -> TcpDialer:
    return TcpDialer(Throttle(NO_LIMITS), DialSettings(connection_seconds=connection_seconds), knock_seconds=knock_seconds)


async def keep_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


def test_a_knock_on_a_silent_peer_is_one_short_connection() -> None:
    async def main() -> None:
        async with serving(keep_silent) as port:
            dialling = knocking()
            loop = asyncio.get_running_loop()
            began = loop.time()
            async with dialling.connect(at(port)) as stream:
                with pytest.raises(PeerTimedOut):
                    await stream.receive()
            assert loop.time() - began < 4, "not the time of a whole connection"
            assert not dialling.heard
            with pytest.raises(PeerTimedOut, match="said nothing"):
                async with dialling.connect(at(port)):
                    raise AssertionError("it was dialled again")
            assert dialling.connections_used == 1

    on_each_loop(main)


def test_a_knock_that_is_answered_goes_on_as_every_other_conversation() -> None:
    async def late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"a")
        await writer.drain()
        await reader.readexactly(1)
        writer.write(b"b")
        await writer.drain()

    async def main() -> None:
        async with serving(late) as port:
            dialling = knocking(knock_seconds=0.3)
            for _ in range(2):
                async with dialling.connect(at(port)) as stream:
                    assert await stream.receive() == b"a"
                    await asyncio.sleep(0.5)  # Longer than the knock: its limit is for the first byte alone.
                    await stream.send(b"?")
                    assert await stream.receive() == b"b"
                assert dialling.heard
            assert dialling.connections_used == 2

    on_each_loop(main)


def test_who_hangs_up_has_said_nothing() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async def main() -> None:
        async with serving(hang_up) as port:
            dialling = dialer()
            for _ in range(2):  # No knock: asked as often as the probe likes.
                async with dialling.connect(at(port)) as stream:
                    assert await stream.receive() == b""
            assert not dialling.heard
            assert dialling.connections_used == 2

    on_each_loop(main)
