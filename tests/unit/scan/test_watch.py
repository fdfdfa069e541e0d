"""The watch on a virtual clock, over senses that are told what to feel."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine

import pytest

from pqscan.net.budget import Limits, Pace
from pqscan.scan.watch import CONTROL_SECONDS, SLEPT_SECONDS, Gone, Senses, Watch
from tests.unit.net.virtual import run_virtually

ONE, OTHER = "192.0.2.1", "198.51.100.2"


class World:
    """What is there to be felt. `asked` are the connections made to witnesses."""

    def __init__(self, most_seconds: float = 600.0, *, may_ask: bool = True) -> None:
        self.loop = asyncio.get_running_loop()
        self.routes = self.resolver = True
        self.silent: set[str] = set()
        self.slept = 0.0
        self.asked: list[str] = []
        self.changes: list[Gone | None] = []
        self.errors: list[Exception] = []
        self.pace = Pace(Limits())
        senses = Senses(
            self.loop.time, lambda: self.loop.time() + 1e9 + self.slept, lambda address, port: self.routes, self.answers
        )
        self.needed = True
        self.watch = Watch(
            self.pace,
            self.looks_up,
            self.changed,
            self.errors.append,
            most_seconds,
            senses,
            "run-1",
            lambda: may_ask,
            lambda: self.needed,
        )
        self.watch.start()

    async def answers(self, address: str, port: int, seconds: float) -> bool:
        self.asked.append(address)
        if address in self.silent:
            await asyncio.sleep(seconds)
            return False
        return True

    async def looks_up(self, name: str) -> bool:
        return self.resolver

    def changed(self) -> None:
        self.changes.append(self.watch.gone)


def in_a_world(main: Callable[[World], Coroutine[None, None, None]], **options: float) -> None:
    async def run() -> None:
        world = World(**options)  # type: ignore[arg-type]  # Numbers and a truth.
        try:
            await main(world)
        finally:
            await world.watch.stop()

    run_virtually(run())


def test_a_run_that_hears_nobody_asks_nobody() -> None:
    async def main(world: World) -> None:
        await asyncio.sleep(60)
        assert world.asked == []
        assert world.watch.believes(3.0)
        assert world.watch.is_well

    in_a_world(main)


def test_while_others_answer_no_witness_is_asked() -> None:
    async def main(world: World) -> None:
        for _ in range(60):
            world.watch.sign(ONE, 443)
            await asyncio.sleep(1)
        assert world.asked == []

    in_a_world(main)


def test_in_a_quiet_stretch_witnesses_are_asked_by_turns_and_silence_is_believed() -> None:
    async def main(world: World) -> None:
        world.watch.sign(ONE, 443)
        world.watch.sign(OTHER, 22)
        for _ in range(30):
            await asyncio.sleep(1)
            assert world.watch.believes(3.0)
        assert 20 <= len(world.asked) <= 25
        assert abs(world.asked.count(ONE) - world.asked.count(OTHER)) <= 1
        assert world.changes == []

    in_a_world(main)


def test_where_two_witnesses_fall_silent_the_run_pauses_until_one_answers() -> None:
    async def main(world: World) -> None:
        world.watch.sign(ONE, 443)
        world.watch.sign(OTHER, 22)
        world.silent = {ONE, OTHER}
        await asyncio.sleep(2 * CONTROL_SECONDS + 3)
        assert world.changes == [Gone.NETWORK]
        assert not world.watch.believes(3.0)
        assert not world.watch.is_well
        await asyncio.sleep(60)
        assert world.watch.paused_seconds > 59
        world.silent = {OTHER}
        await asyncio.sleep(2 * CONTROL_SECONDS + 3)
        assert world.changes == [Gone.NETWORK, None]
        assert world.watch.is_well
        assert not world.watch.believes(60.0), "it began before"
        assert world.pace.under_way == 0

    in_a_world(main)


def test_a_single_witness_that_falls_silent_proves_nothing_and_is_dismissed() -> None:
    async def main(world: World) -> None:
        world.watch.sign(ONE, 443)
        world.silent = {ONE}
        await asyncio.sleep(60)
        assert world.asked == [ONE]
        assert world.changes == []
        assert world.watch.believes(3.0)

    in_a_world(main)


def test_no_route_to_one_peer_is_its_own_and_none_to_anybody_is_ours() -> None:
    async def main(world: World) -> None:
        assert world.watch.believes_no_way()
        world.watch.sign(ONE, 443)
        assert world.watch.believes_no_way()
        world.routes = False
        assert not world.watch.believes_no_way()
        assert world.watch.gone is Gone.NETWORK
        await asyncio.sleep(30)
        assert world.asked == [], "nothing is sent where there is no route"
        world.routes = True
        await asyncio.sleep(3)
        assert world.watch.gone is None

    in_a_world(main)


def test_a_pause_that_lasts_too_long_ends_the_run_once_with_its_name() -> None:
    async def main(world: World) -> None:
        world.watch.sign(ONE, 443)
        world.routes = False
        assert not world.watch.believes_no_way()
        await asyncio.sleep(200)
        assert len(world.errors) <= 2
        assert "--resume run-1" in str(world.errors[0])

    in_a_world(main, most_seconds=100.0)


@pytest.mark.parametrize(("jump", "notices"), [(SLEPT_SECONDS + 1, True), (SLEPT_SECONDS - 1, False), (-3600.0, False)])
def test_a_machine_that_slept_trusts_nothing_that_began_before(jump: float, notices: bool) -> None:
    async def main(world: World) -> None:
        world.watch.sign(ONE, 443)
        world.slept += jump
        await asyncio.sleep(0.5)
        assert world.changes == ([None] if notices else [])
        assert world.watch.believes(1.0) is not notices
        assert world.watch.believes(0.0)

    in_a_world(main)


def test_a_resolver_that_answers_for_others_is_well_and_one_that_answers_nobody_is_waited_for() -> None:
    async def main(world: World) -> None:
        assert world.watch.believes_unheard()
        world.watch.resolved("known.vn")
        assert not world.watch.believes_unheard()
        await asyncio.sleep(1)
        assert world.changes == []
        world.resolver = False
        assert not world.watch.believes_unheard()
        await asyncio.sleep(5)
        assert world.changes == [Gone.RESOLVER]
        world.resolver = True
        await asyncio.sleep(5)
        assert world.changes == [Gone.RESOLVER, None]

    in_a_world(main)


def test_when_the_authorisation_has_ended_nobody_is_asked_any_more() -> None:
    async def main(world: World) -> None:
        world.watch.sign(ONE, 443)
        await asyncio.sleep(60)
        assert world.asked == []
        assert world.watch.believes(3.0)

    in_a_world(main, may_ask=False)


def test_where_no_silence_has_to_be_judged_nobody_is_asked() -> None:
    async def main(world: World) -> None:
        world.needed = False
        world.watch.sign(ONE, 443)
        await asyncio.sleep(60)
        assert world.asked == []
        world.needed = True
        await asyncio.sleep(1)
        assert world.asked == [ONE]
        assert world.watch.believes(1.0)

    in_a_world(main)


def test_a_witness_whose_budgets_have_no_room_is_left_alone() -> None:
    async def main(world: World) -> None:
        world.watch.sign(ONE, 443)
        world.pace.push_back(ONE, world.loop.time(), 30.0)
        await asyncio.sleep(25)
        assert world.asked == []
        await asyncio.sleep(10)
        assert world.asked != []

    in_a_world(main)
