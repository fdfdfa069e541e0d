from __future__ import annotations

import asyncio

import pytest

from pqscan.net.budget import Limits
from pqscan.net.throttle import Throttle
from tests.unit.net.virtual import run_virtually

PEER, OTHER = "192.0.2.1", "198.51.100.2"


def throttle(limits: Limits | None = None) -> Throttle:
    return Throttle(limits, clock=asyncio.get_running_loop().time)


def only(**limits: int | float) -> Limits:
    """No limit but these."""
    every: dict[str, int | float | None] = dict.fromkeys(
        (
            "per_address_concurrent",
            "per_address_rate",
            "global_concurrent",
            "global_rate",
            "per_network_concurrent",
            "per_network_rate",
        )
    )
    return Limits(**{**every, **limits})  # type: ignore[arg-type]  # Whole numbers are given for the first of each pair.


def seconds_for(addresses: list[str], limits: Limits) -> float:
    """How long it takes until each of the addresses has had one connection that ends at once."""

    async def main() -> float:
        calm = throttle(limits)
        start = asyncio.get_running_loop().time()
        for address in addresses:
            await calm.enter(address)
            calm.leave(address)
        return asyncio.get_running_loop().time() - start

    return run_virtually(main())


def test_the_defaults_keep_one_address_to_ten_connections_a_second() -> None:
    assert seconds_for([PEER] * 104, Limits()) == pytest.approx(10.0)


def test_the_defaults_keep_one_network_to_a_hundred_connections_a_second() -> None:
    assert seconds_for([f"192.0.2.{n % 250}" for n in range(505)], Limits()) == pytest.approx(5.0)
    assert seconds_for([f"2001:db8::{n % 250 + 1:x}" for n in range(505)], Limits()) == pytest.approx(5.0)


def test_the_defaults_keep_all_addresses_to_five_hundred_connections_a_second() -> None:
    assert seconds_for([f"10.{n % 250}.0.{n // 250}" for n in range(2025)], Limits()) == pytest.approx(4.0)


def test_loopback_has_no_budget() -> None:
    async def main() -> None:
        calm = throttle(Limits(1, 1.0, 1, 1.0, 1, 1.0))
        for _ in range(1000):
            await calm.enter("127.0.0.1")
            await calm.enter("::1")
        calm.back_off("127.0.0.1", 60.0)
        await calm.enter("127.0.0.1")
        assert calm.pace.addresses_known == 0
        assert asyncio.get_running_loop().time() == 1000.0

    run_virtually(main())


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("limits", "same", "elsewhere"),
    [
        (only(per_address_concurrent=2), PEER, "192.0.2.2"),
        (only(per_network_concurrent=2), "192.0.2.77", OTHER),
        (only(global_concurrent=2), "203.0.113.9", "127.0.0.1"),
    ],
)
def test_a_further_connection_waits_until_one_ends_and_others_do_not(limits: Limits, same: str, elsewhere: str) -> None:
    async def main() -> None:
        calm = throttle(limits)
        await calm.enter(PEER)
        await calm.enter(PEER)
        third, fourth = asyncio.ensure_future(calm.enter(same)), asyncio.ensure_future(calm.enter(same))
        await settle()
        await calm.enter(elsewhere)
        assert not third.done()
        calm.leave(PEER)
        await settle()
        assert third.done()
        assert not fourth.done()
        calm.leave(PEER)
        await settle()
        assert fourth.done()

    run_virtually(main())


def test_a_cancelled_waiter_gives_its_place_on() -> None:
    async def main() -> None:
        calm = throttle(only(per_address_concurrent=1, global_concurrent=1))
        await calm.enter(PEER)
        cancelled = asyncio.ensure_future(calm.enter(PEER))
        next_in_line = asyncio.ensure_future(calm.enter(PEER))
        await settle()
        calm.leave(PEER)  # The place is given to the first, who is cancelled in the same moment.
        cancelled.cancel()
        await next_in_line
        with pytest.raises(asyncio.CancelledError):
            await cancelled
        calm.leave(PEER)
        await calm.enter(OTHER)
        assert calm.pace.under_way == 1

    run_virtually(main())


def test_one_that_was_cancelled_while_it_waited_takes_no_place() -> None:
    async def main() -> None:
        calm = throttle(only(per_address_concurrent=1))
        await calm.enter(PEER)
        cancelled = asyncio.ensure_future(calm.enter(PEER))
        await settle()
        cancelled.cancel()
        await settle()
        calm.leave(PEER)
        await calm.enter(PEER)
        assert calm.pace.under_way == 1

    run_virtually(main())


def test_after_a_push_back_the_address_rests_and_others_do_not() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        calm = throttle()
        calm.back_off(PEER, 30.0)
        assert calm.rests(PEER)
        assert not calm.rests(OTHER)
        waiting = asyncio.ensure_future(calm.enter(PEER))
        await settle()
        await calm.enter(OTHER)
        assert loop.time() == 1000.0
        await waiting
        assert loop.time() == pytest.approx(1030.0)
        assert not calm.rests(PEER)

    run_virtually(main())


def test_who_has_to_wait_less_is_let_in_first() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        calm = throttle(only(per_address_rate=10.0))
        calm.back_off(PEER, 30.0)
        held = asyncio.ensure_future(calm.enter(PEER))
        await settle()
        await calm.enter(OTHER)
        await calm.enter(OTHER)
        assert loop.time() == pytest.approx(1000.1)
        await held
        assert loop.time() == pytest.approx(1030.0)

    run_virtually(main())


def test_who_waits_for_one_address_keeps_no_place_of_its_network() -> None:
    async def main() -> None:
        calm = throttle(only(per_network_concurrent=1))
        calm.back_off(PEER, 30.0)
        waiting = asyncio.ensure_future(calm.enter(PEER))
        await settle()
        await calm.enter("192.0.2.9")
        assert not waiting.done()
        assert asyncio.get_running_loop().time() == 1000.0
        waiting.cancel()

    run_virtually(main())


def test_addresses_that_rest_are_forgotten() -> None:
    async def main() -> None:
        calm = throttle(Limits(global_rate=None, per_network_rate=None))
        for number in range(20_000):
            address = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
            await calm.enter(address)
            calm.leave(address)
            await asyncio.sleep(0.01)
        assert calm.pace.addresses_known <= 2048

    run_virtually(main())
