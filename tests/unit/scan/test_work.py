"""What the asker learns of addresses: who is throttled, who is spared, and what stays what it is."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Coroutine

import pytest

from pqscan.errors import PeerClosed, PeerRefused, PeerThrottled, PeerTimedOut, PqscanError, WorkError
from pqscan.model.observation import Observation, Subject, Support
from pqscan.model.outcome import Facts, Outcome, OutcomeStatus
from pqscan.model.target import NetworkTarget
from pqscan.net.budget import NO_LIMITS
from pqscan.net.dial import TcpDialer
from pqscan.net.stream import Dialer
from pqscan.net.throttle import Throttle
from pqscan.scan.authorisation import Permission
from pqscan.scan.router import Router
from pqscan.scan.targets import Item
from pqscan.scan.work import Asked, Asker, AskSettings, Result
from tests.unit.net.virtual import run_virtually

ADDRESS, NEIGHBOUR = "192.0.2.1", "192.0.2.2"
SPEAKS = Facts((Observation(Subject.BEHAVIOUR, "ok", Support.OFFERED),))


class Script:
    """A probe that does what it was told for each port, after so many connections that stood."""

    name = "script"
    serves_names = False

    def __init__(self) -> None:
        self.ends: dict[int, tuple[int, PqscanError | Facts]] = {}
        self.asked: list[int] = []

    async def run(self, target: NetworkTarget, dialer: Dialer) -> Facts:
        self.asked.append(target.port)
        connections, end = self.ends[target.port]
        assert isinstance(dialer, TcpDialer)
        dialer.connections_used += connections
        if isinstance(end, PqscanError):
            raise end
        return end


class Scene:
    def __init__(self) -> None:
        self.script = Script()
        self.throttle = Throttle(NO_LIMITS, clock=asyncio.get_running_loop().time)
        everything = Permission()
        self.asker = Asker(Router((self.script,)), self.throttle, _Anything(everything), AskSettings(silent_ports=2))  # type: ignore[arg-type]

    async def ask(self, port: int, connections: int, end: PqscanError | Facts, *, is_open: bool = False) -> Outcome:
        self.script.ends[port] = connections, end
        result = await self.asker.ask(Item(port, port, ADDRESS, is_open=is_open))
        assert result is not None
        (outcome,) = result.outcomes
        return outcome


class _Anything:
    """A permission for every address: the tests send nothing."""

    def __init__(self, inner: Permission) -> None:
        self.authorisation = inner.authorisation

    def permits(self, *given: object) -> None:
        return None

    permits_lookup = permits


def told(outcome: Outcome) -> tuple[str, str]:
    return outcome.status.value, "" if outcome.detail is None else outcome.detail.code


def in_a_scene(main: Callable[[Scene], Coroutine[None, None, None]]) -> None:
    async def run() -> None:
        await main(Scene())

    run_virtually(run())


def test_a_healthy_host_with_closed_ports_is_not_throttled() -> None:
    async def main(scene: Scene) -> None:
        assert (await scene.ask(443, 3, SPEAKS)).status is OutcomeStatus.COMPLETED
        for port in range(1, 10):
            assert told(await scene.ask(port, 0, PeerRefused("closed"))) == ("refused", "peer_refused")
        assert not scene.throttle.rests(ADDRESS)

    in_a_scene(main)


@pytest.mark.parametrize(
    ("connections", "end", "is_open"),
    [
        (0, PeerRefused("RST"), True),
        (0, PeerTimedOut("no SYN-ACK"), True),
        (5, PeerRefused("RST"), False),
        (1, PeerThrottled("421"), False),
    ],
)
def test_a_port_that_took_connections_and_takes_none_now_is_throttled_and_its_address_rests(
    connections: int, end: PqscanError, is_open: bool
) -> None:
    async def main(scene: Scene) -> None:
        outcome = await scene.ask(443, connections, end, is_open=is_open)
        assert outcome.status is OutcomeStatus.THROTTLED
        assert scene.throttle.rests(ADDRESS)
        assert not scene.throttle.rests(NEIGHBOUR)
        assert told(await scene.ask(8443, 1, SPEAKS)) == ("not_asked", "address_rests")
        assert scene.script.asked == [443]
        await asyncio.sleep(31)
        assert (await scene.ask(8443, 1, SPEAKS)).status is OutcomeStatus.COMPLETED

    in_a_scene(main)


def test_a_port_that_spoke_and_then_hangs_up_is_throttled_and_one_that_always_did_is_not() -> None:
    async def main(scene: Scene) -> None:
        assert told(await scene.ask(22, 1, PeerClosed("at once"))) == ("closed_early", "peer_closed")
        assert told(await scene.ask(22, 1, PeerClosed("at once"))) == ("closed_early", "peer_closed")
        await scene.ask(2222, 1, SPEAKS)
        assert told(await scene.ask(2222, 1, PeerClosed("at once"))) == ("throttled", "stopped_answering")

    in_a_scene(main)


def test_a_shortage_of_our_own_slows_nobody_down() -> None:
    async def main(scene: Scene) -> None:
        assert told(await scene.ask(443, 0, WorkError("EMFILE"))) == ("throttled", "local_shortage")
        assert not scene.throttle.rests(ADDRESS)
        assert not Asked.of(
            NetworkTarget(ADDRESS, 443), OutcomeStatus.THROTTLED, "script", (await scene.ask(443, 0, WorkError(""))).detail
        ).pushed_back

    in_a_scene(main)


def test_a_dead_address_costs_its_timeout_on_so_many_ports_and_gets_one_more_at_the_end() -> None:
    async def main(scene: Scene) -> None:
        for port in (1, 2):
            assert told(await scene.ask(port, 0, PeerTimedOut(""))) == ("timed_out", "peer_timed_out")
        spared = await scene.ask(3, 0, PeerTimedOut(""))
        assert told(spared) == ("not_asked", "address_silent")
        assert scene.script.asked == [1, 2]
        before = Asked(NetworkTarget(ADDRESS, 3), OutcomeStatus.NOT_ASKED, "script")
        again = await scene.asker.again(before)
        assert again is not None
        assert again.status is OutcomeStatus.NOT_ASKED
        scene.asker.relent()
        again = await scene.asker.again(before)
        assert again is not None
        assert again.status is OutcomeStatus.TIMED_OUT
        assert scene.script.asked == [1, 2, 3]
        assert told(await scene.ask(4, 0, PeerTimedOut(""))) == ("not_asked", "address_silent")

    in_a_scene(main)


@pytest.mark.parametrize("sign_of_life", [(0, PeerRefused("")), (1, PeerClosed("")), (1, SPEAKS)])
def test_an_address_that_gave_any_answer_is_asked_on_every_port(sign_of_life: tuple[int, PqscanError | Facts]) -> None:
    async def main(scene: Scene) -> None:
        await scene.ask(1, *sign_of_life)
        for port in range(2, 8):
            assert (await scene.ask(port, 0, PeerTimedOut(""))).status is OutcomeStatus.TIMED_OUT

    in_a_scene(main)


def test_a_tarpit_costs_its_timeout_on_so_many_ports() -> None:
    async def main(scene: Scene) -> None:
        for port in (1, 2):
            assert (await scene.ask(port, 1, PeerTimedOut(""), is_open=True)).status is OutcomeStatus.TIMED_OUT
        assert told(await scene.ask(3, 1, PeerTimedOut(""), is_open=True)) == ("not_asked", "address_mute")
        assert not scene.throttle.rests(ADDRESS)

    in_a_scene(main)


def test_a_slow_service_beside_one_that_speaks_is_no_tarpit() -> None:
    async def main(scene: Scene) -> None:
        await scene.ask(443, 1, SPEAKS)
        for port in range(1, 8):
            assert (await scene.ask(port, 1, PeerTimedOut(""))).status is OutcomeStatus.TIMED_OUT

    in_a_scene(main)


def test_what_is_asked_again_after_a_push_back_and_refuses_once_more_stays_throttled() -> None:
    async def main(scene: Scene) -> None:
        scene.script.ends[443] = 0, PeerRefused("")
        known = Asked(NetworkTarget(ADDRESS, 443), OutcomeStatus.THROTTLED, "script", pushed_back=True)
        again = await scene.asker.again(known)
        assert again is not None
        assert told(again) == ("throttled", "stopped_answering")

    in_a_scene(main)


@pytest.mark.parametrize(("code", "unheard"), [(socket.EAI_AGAIN, True), (socket.EAI_NONAME, False)])
def test_a_resolver_that_does_not_answer_is_told_from_a_name_that_does_not_exist(code: int, unheard: bool) -> None:
    async def resolver(name: str) -> tuple[str, ...]:
        raise socket.gaierror(code, "no")

    async def main() -> None:
        asker = Asker(Router((Script(),)), Throttle(NO_LIMITS), _Anything(Permission()), AskSettings(), resolver=resolver)  # type: ignore[arg-type]
        result = await asker.ask(Item(0, 443, None, "a.vn", "a.vn"))
        assert isinstance(result, Result)
        assert result.unheard is unheard
        assert await asker.looks_up("a.vn") is not unheard

    run_virtually(main())
