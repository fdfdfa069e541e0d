from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Callable

import pytest

from pqscan.errors import MalformedMessage, PeerRefused, PeerTimedOut, UsageError, WorkError
from pqscan.model.target import NetworkTarget, Transport
from pqscan.net import datagrams
from pqscan.net.budget import NO_LIMITS, Limits
from pqscan.net.dial import DialSettings, TcpDialer
from pqscan.net.throttle import Throttle
from tests.unit.net.loopback import closed_datagram_port, hearing
from tests.unit.net.test_dial import on_each_loop

Reply = Callable[[bytes], None]


def at(port: int, address: str = "127.0.0.1") -> NetworkTarget:
    return NetworkTarget(address, port, transport=Transport.UDP)


def dialer(settings: DialSettings | None = None) -> TcpDialer:
    return TcpDialer(Throttle(NO_LIMITS), settings or DialSettings())


def echo(data: bytes, reply: Reply) -> None:
    reply(data)


def silent(data: bytes, reply: Reply) -> None:
    pass


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_datagrams_come_back_over_both_address_families(address: str) -> None:
    async def main() -> None:
        async with hearing(echo, address) as port:
            dialling = dialer()
            async with dialling.datagrams(at(port, address)) as exchange:
                for data in (b"one", b"two" * 1000):
                    await exchange.send(data)
                    assert await exchange.receive(5) == data
            assert (dialling.connections_used, dialling.datagrams_sent) == (1, 2), "an exchange counts once"

    on_each_loop(main)


def test_silence_is_told_when_patience_is_over_and_the_exchange_goes_on() -> None:
    heard: list[bytes] = []

    def second(data: bytes, reply: Reply) -> None:
        heard.append(data)
        if len(heard) == 2:
            reply(b"late")

    async def main() -> None:
        heard.clear()
        async with hearing(second) as port, dialer().datagrams(at(port)) as exchange:
            await exchange.send(b"?")
            with pytest.raises(PeerTimedOut):
                await exchange.receive(0.05)
            await exchange.send(b"?")
            assert await exchange.receive(5) == b"late"

    on_each_loop(main)


def test_an_exchange_without_an_answer_is_no_connection() -> None:
    async def main() -> None:
        async with hearing(silent) as port:
            dialling = dialer()
            async with dialling.datagrams(at(port)) as exchange:
                await exchange.send(b"?")
                with pytest.raises(PeerTimedOut):
                    await exchange.receive(0.02)
            assert (dialling.connections_used, dialling.datagrams_sent) == (0, 1)

    on_each_loop(main)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_a_port_on_which_nobody_listens_refuses(address: str) -> None:
    async def main() -> None:
        with closed_datagram_port(address) as port:
            async with dialer().datagrams(at(port, address)) as exchange:
                await exchange.send(b"?")
                with pytest.raises(PeerRefused):
                    await exchange.receive(5)

    on_each_loop(main)


def test_what_other_ports_and_addresses_send_never_arrives() -> None:
    async def main() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.bind(("127.0.0.1", 0))

            def spoofed(data: bytes, reply: Reply) -> None:
                stranger.sendto(b"spoofed", ("127.0.0.1", int(data)))
                reply(b"right")

            async with hearing(spoofed) as port, dialer().datagrams(at(port)) as exchange:
                await exchange.send(str(exchange._sock.getsockname()[1]).encode())
                assert await exchange.receive(5) == b"right"
                with pytest.raises(PeerTimedOut):
                    await exchange.receive(0.05)

    on_each_loop(main)


def test_the_deadline_of_the_attempt_ends_the_exchange() -> None:
    async def main() -> None:
        async with hearing(silent) as port:
            dialling = dialer(DialSettings(attempt_seconds=0.1))
            async with dialling.datagrams(at(port)) as exchange:
                await exchange.send(b"?")
                with pytest.raises(PeerTimedOut):
                    await exchange.receive(60)
                assert dialling.seconds_left <= 0.01
                with pytest.raises(PeerTimedOut):
                    await exchange.send(b"?")
            with pytest.raises(PeerTimedOut):
                async with dialling.datagrams(at(port)):
                    pass

    on_each_loop(main)


@pytest.mark.parametrize("settings", [DialSettings(most_received_bytes=100), DialSettings(most_received_datagrams=3)])
def test_a_flood_of_answers_is_cut(settings: DialSettings) -> None:
    def flood(data: bytes, reply: Reply) -> None:
        for _ in range(10):
            reply(bytes(30))

    async def main() -> None:
        async with hearing(flood) as port, dialer(settings).datagrams(at(port)) as exchange:
            await exchange.send(b"?")
            for _ in range(3):
                await exchange.receive(5)
            with pytest.raises(MalformedMessage):
                await exchange.receive(5)

    on_each_loop(main)


@pytest.fixture
def no_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loopback has budgets here."""
    for module in ("throttle", "budget"):
        monkeypatch.setattr(f"pqscan.net.{module}.is_loopback", lambda address: False)


@pytest.mark.usefixtures("no_loopback")
def test_every_datagram_takes_from_the_rate_and_the_exchange_one_place() -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async def main() -> None:
        slept.clear()
        throttle = Throttle(Limits(1, 2.0, None, None), clock=lambda: 0.0, sleep=sleep)
        async with hearing(echo) as port:
            dialling = TcpDialer(throttle, DialSettings())
            async with dialling.datagrams(at(port)) as exchange:
                for _ in range(3):
                    await exchange.send(b"?")
                    assert await exchange.receive(5) == b"?"
                assert throttle.pace.under_way == 1
            assert throttle.pace.under_way == 0

    on_each_loop(main)
    assert slept == [0.5, 1.0], "the first datagram came with the place"


@pytest.mark.usefixtures("no_loopback")
def test_time_that_our_own_budget_takes_does_not_shorten_the_exchange() -> None:
    async def sleep(seconds: float) -> None:
        await asyncio.sleep(0.2)

    async def main() -> None:
        throttle = Throttle(Limits(1, 2.0, None, None), clock=lambda: 0.0, sleep=sleep)
        async with hearing(echo) as port:
            dialling = TcpDialer(throttle, DialSettings(attempt_seconds=0.15))
            async with dialling.datagrams(at(port)) as exchange:
                for _ in range(3):
                    await exchange.send(b"?")
                    assert await exchange.receive(5) == b"?"
            assert dialling.seconds_left > 0

    on_each_loop(main)


def test_a_shortage_of_this_machine_is_not_the_peers(monkeypatch: pytest.MonkeyPatch) -> None:
    def short(address: str, port: int) -> socket.socket:
        raise OSError(errno.EMFILE, "no file descriptor")

    monkeypatch.setattr(datagrams, "_connected", short)

    async def main() -> None:
        throttle = Throttle(Limits(1, None, None, None))
        with pytest.raises(WorkError):
            async with TcpDialer(throttle, DialSettings()).datagrams(at(1, "192.0.2.1")):
                pass
        assert throttle.pace.under_way == 0, "its place is given back"

    on_each_loop(main)


def test_only_udp_has_datagrams() -> None:
    async def main() -> None:
        with pytest.raises(UsageError):
            dialer().datagrams(NetworkTarget("127.0.0.1", 443))

    on_each_loop(main)
