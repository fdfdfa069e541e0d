from __future__ import annotations

import asyncio
import errno
import os
import socket
from pathlib import Path

import pytest

from pqscan.errors import MalformedMessage, PeerClosed, PeerRefused, PeerTimedOut, PeerUnreachable, UsageError, WorkError
from pqscan.model.target import NetworkTarget, Transport
from pqscan.net.budget import NO_LIMITS, Limits
from pqscan.net.connection import connect_error
from pqscan.net.dial import DialSettings, TcpDialer
from pqscan.net.loop import run
from pqscan.net.stream import Stream
from pqscan.net.throttle import Throttle
from tests.unit.net.loopback import closed_port, reset, serving, silent_port


def at(port: int, address: str = "127.0.0.1") -> NetworkTarget:
    return NetworkTarget(address, port)


def dialer(settings: DialSettings | None = None) -> TcpDialer:
    return TcpDialer(Throttle(NO_LIMITS), settings or DialSettings())


def on_each_loop(main):  # type: ignore[no-untyped-def]
    """Runs the coroutine function on the installed fast loop and on the standard selector loop."""
    run(main())
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        runner.run(main())


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()


async def drain(stream: Stream, taken: bytearray | None = None) -> None:
    while True:
        data = await stream.receive()
        if taken is not None:
            taken += data


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_bytes_come_back_over_both_address_families(address: str) -> None:
    async def main() -> None:
        async with serving(echo, address) as port:
            dialling = dialer()
            async with dialling.connect(at(port, address)) as stream:
                await stream.send(b"hello")
                assert await stream.receive() == b"hello"
            assert dialling.connections_used == 1

    on_each_loop(main)


def test_a_message_larger_than_every_buffer_is_sent_whole() -> None:
    size = 8 << 20
    arrived = bytearray()

    async def count(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1 << 20):
            arrived.extend(data)
            if len(arrived) == size:
                writer.write(b"!")

    async def main() -> None:
        arrived.clear()
        async with serving(count) as port, dialer().connect(at(port)) as stream:
            await stream.send(bytes(range(256)) * (size // 256))
            assert await stream.receive() == b"!"
        assert bytes(arrived) == bytes(range(256)) * (size // 256)

    on_each_loop(main)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_a_closed_port_refuses(address: str) -> None:
    async def main() -> None:
        with closed_port(address) as port:
            dialling = dialer()
            with pytest.raises(PeerRefused):
                async with dialling.connect(at(port, address)):
                    pass
            assert dialling.connections_used == 0

    on_each_loop(main)


def test_a_peer_that_drops_the_first_packet_times_out() -> None:
    async def main() -> None:
        with silent_port() as port, pytest.raises(PeerTimedOut):
            async with dialer(DialSettings(connect_seconds=0.05)).connect(at(port)):
                pass

    on_each_loop(main)


def test_an_orderly_end_is_empty_bytes_and_a_reset_is_told_apart() -> None:
    async def leave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        reset(writer)

    async def main() -> None:
        async with serving(leave) as port, dialer().connect(at(port)) as stream:
            await stream.send(b"x")
            assert await stream.receive() == b""
        async with serving(hang_up) as port, dialer().connect(at(port)) as stream:
            await stream.send(b"x")
            with pytest.raises(PeerClosed) as caught:
                await stream.receive()
            assert caught.value.by_reset

    on_each_loop(main)


def test_a_peer_that_drips_bytes_ends_at_the_life_of_the_connection() -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b".")
            await asyncio.wait([asyncio.ensure_future(reader.read(1))], timeout=0.01)

    async def main() -> None:
        async with serving(drip) as port, dialer().connect(at(port), timeout_seconds=0.1) as stream:
            with pytest.raises(PeerTimedOut):
                await drain(stream)
            with pytest.raises(PeerTimedOut):
                await stream.send(b"late")

    on_each_loop(main)


def test_the_deadline_of_the_attempt_bounds_every_connection_and_pause() -> None:
    async def main() -> None:
        async with serving(echo) as port:
            dialling = dialer(DialSettings(attempt_seconds=0.1))
            async with dialling.connect(at(port)) as stream:
                with pytest.raises(PeerTimedOut):
                    await stream.receive()
            assert dialling.seconds_left <= 0
            with pytest.raises(PeerTimedOut):
                async with dialling.connect(at(port)):
                    pass
            assert dialling.connections_used == 1
            with pytest.raises(PeerTimedOut):
                await dialling.pause(3600)

    on_each_loop(main)


def test_a_flood_ends_at_the_bound_of_received_bytes() -> None:
    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"A" * 65536)
            await writer.drain()

    async def main() -> None:
        taken = bytearray()
        async with serving(flood) as port, dialer(DialSettings(most_received_bytes=300_000)).connect(at(port)) as stream:
            with pytest.raises(MalformedMessage):
                await drain(stream, taken)
        assert 200_000 < len(taken) <= 300_000

    on_each_loop(main)


def test_cancelling_leaves_no_open_socket() -> None:
    if not Path("/proc/self/fd").exists():
        pytest.skip("this system does not list open files under /proc")

    async def main() -> None:
        async with serving(echo) as port:
            throttle = Throttle(NO_LIMITS)
            started = [asyncio.Event() for _ in range(20)]

            async def wait_for_ever(begun: asyncio.Event) -> None:
                async with TcpDialer(throttle, DialSettings()).connect(at(port)) as stream:
                    begun.set()
                    await stream.receive()

            with silent_port() as silent:

                async def dial_silence() -> None:
                    async with TcpDialer(throttle, DialSettings()).connect(at(silent)):
                        pass

                before = clients_of(port, silent)
                tasks = [asyncio.ensure_future(wait_for_ever(begun)) for begun in started]
                tasks += [asyncio.ensure_future(dial_silence()) for _ in range(5)]
                for begun in started:
                    await begun.wait()
                assert clients_of(port, silent) - before == 25
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                assert clients_of(port, silent) == before

    def clients_of(*ports: int) -> int:
        """Sockets of this process towards these ports, connected or still connecting."""
        found = 0
        table = {
            line.split()[9] for line in Path("/proc/net/tcp").read_text().splitlines()[1:] if int(line.split()[2][-4:], 16) in ports
        }
        for entry in os.listdir("/proc/self/fd"):
            try:
                link = os.readlink(f"/proc/self/fd/{entry}")
            except OSError:
                continue
            found += link.startswith("socket:[") and link[8:-1] in table
        return found

    on_each_loop(main)


def test_time_spent_waiting_for_our_own_budget_is_not_charged_to_the_attempt() -> None:
    class Late:
        """A throttle that lets through only after the loop's clock has moved."""

        async def enter(self, address: str) -> None:
            done = asyncio.get_running_loop().create_future()
            asyncio.get_running_loop().call_later(0.3, done.set_result, None)
            await done

        def leave(self, address: str) -> None:
            pass

    async def main() -> None:
        async with serving(echo) as port:
            dialling = TcpDialer(Late(), DialSettings(attempt_seconds=0.25))  # type: ignore[arg-type]
            async with dialling.connect(at(port)) as stream:
                await stream.send(b"a")
                assert await stream.receive() == b"a"

    on_each_loop(main)


def test_while_a_budget_is_waited_for_the_time_of_the_attempt_stands_still() -> None:
    left: list[float] = []

    class Slow:
        async def enter(self, address: str) -> None:
            left.append(dialling.seconds_left)
            done = asyncio.get_running_loop().create_future()
            asyncio.get_running_loop().call_later(0.1, done.set_result, None)
            await done
            left.append(dialling.seconds_left)

        def leave(self, address: str) -> None:
            pass

    async def main() -> None:
        nonlocal dialling
        async with serving(echo) as port:
            dialling = TcpDialer(Slow(), DialSettings())  # type: ignore[arg-type]
            async with dialling.connect(at(port)):
                assert left[-1] == left[-2]

    dialling: TcpDialer
    on_each_loop(main)


def test_every_place_in_the_budget_comes_back_after_failures() -> None:
    async def main() -> None:
        throttle = Throttle(Limits(1, None, 1, None))
        with closed_port() as port:
            throttle_all = Counting(throttle)
            for _ in range(3):
                with pytest.raises(PeerRefused):
                    async with TcpDialer(throttle_all, DialSettings()).connect(at(port)):
                        pass
            assert throttle_all.inside == 0

    class Counting(Throttle):
        def __init__(self, inner: Throttle) -> None:
            super().__init__(inner.limits)
            self.inside = 0

        async def enter(self, address: str) -> None:
            self.inside += 1

        def leave(self, address: str) -> None:
            self.inside -= 1

    on_each_loop(main)


def test_only_tcp_is_dialled() -> None:
    async def main() -> None:
        with pytest.raises(UsageError):
            dialer().connect(NetworkTarget("127.0.0.1", 500, transport=Transport.UDP))

    on_each_loop(main)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (errno.ECONNREFUSED, PeerRefused),
        (errno.ECONNRESET, PeerRefused),
        (errno.EHOSTUNREACH, PeerUnreachable),
        (errno.ENETUNREACH, PeerUnreachable),
        (errno.EACCES, PeerUnreachable),
        (errno.ETIMEDOUT, PeerTimedOut),
        (errno.EMFILE, WorkError),
        (errno.EADDRNOTAVAIL, WorkError),
    ],
)
def test_each_system_error_is_the_peers_doing_or_ours(code: int, kind: type[Exception]) -> None:
    assert type(connect_error(code, "192.0.2.1", 443)) is kind


def test_a_socket_that_met_itself_is_a_closed_port() -> None:
    from pqscan.net.connection import settled

    with socket.socket() as alone:
        alone.bind(("127.0.0.1", 0))
        alone.connect(alone.getsockname())
        assert settled(alone, 0) == errno.ECONNREFUSED


def test_a_connection_that_stands_outlives_the_limit_for_connecting() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()

        async def answer_late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(1)
            late = loop.create_future()
            loop.call_later(0.1, late.set_result, None)
            await late
            writer.write(b"late")

        async with serving(answer_late) as port, dialer(DialSettings(connect_seconds=0.02)).connect(at(port)) as stream:
            await stream.send(b"?")
            assert await stream.receive() == b"late"

    on_each_loop(main)
