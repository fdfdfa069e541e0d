from __future__ import annotations

import asyncio

import pytest

from pqscan.errors import UsageError
from pqscan.net.budget import Bucket, Limits, is_loopback
from pqscan.net.throttle import Throttle

PEER, OTHER = "192.0.2.1", "192.0.2.2"


class Time:
    """A clock that moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


def throttle(limits: Limits, time: Time | None = None) -> Throttle:
    time = time or Time()
    return Throttle(limits, clock=time, sleep=time.sleep)


def test_a_bucket_lets_a_burst_through_and_then_one_token_an_interval() -> None:
    bucket = Bucket(10.0, 4)
    assert [bucket.reserve(5.0) for _ in range(4)] == [0.0] * 4
    assert [round(bucket.reserve(5.0), 6) for _ in range(3)] == [0.1, 0.2, 0.3]
    assert bucket.reserve(100.0) == 0.0


def test_a_full_bucket_may_be_forgotten_and_a_drained_one_not() -> None:
    bucket = Bucket(10.0, 4)
    assert bucket.is_full(0.0)
    bucket.reserve(5.0)
    assert not bucket.is_full(5.05)
    assert bucket.is_full(5.1 + 0.3)


def test_the_defaults_keep_one_address_to_ten_connections_a_second() -> None:
    time = Time()

    async def main() -> None:
        calm = throttle(Limits(), time)
        for _ in range(104):
            await calm.enter(PEER)
            calm.leave(PEER)

    asyncio.run(main())
    assert time.now == pytest.approx(1010.0)


def test_the_defaults_keep_all_addresses_to_five_hundred_connections_a_second() -> None:
    time = Time()

    async def main() -> None:
        calm = throttle(Limits(), time)
        for number in range(2025):
            address = f"198.51.{number // 250}.{number % 250}"
            await calm.enter(address)
            calm.leave(address)

    asyncio.run(main())
    assert time.now == pytest.approx(1004.0)


def test_loopback_has_no_budget() -> None:
    time = Time()

    async def main() -> None:
        calm = throttle(Limits(1, 1.0, 1, 1.0), time)
        for _ in range(1000):
            await calm.enter("127.0.0.1")
            await calm.enter("::1")
        assert calm.pace.addresses_known == 0

    asyncio.run(main())
    assert time.now == 1000.0


def test_a_further_connection_waits_until_one_ends_and_others_do_not() -> None:
    async def main() -> None:
        calm = throttle(Limits(2, None, None, None))
        await calm.enter(PEER)
        await calm.enter(PEER)
        third = asyncio.ensure_future(calm.enter(PEER))
        fourth = asyncio.ensure_future(calm.enter(PEER))
        await calm.enter(OTHER)
        assert not third.done()
        calm.leave(PEER)
        await third
        assert not fourth.done()
        calm.leave(PEER)
        await fourth

    asyncio.run(main())


def test_the_global_limit_counts_every_address() -> None:
    async def main() -> None:
        calm = throttle(Limits(None, None, 1, None))
        await calm.enter(PEER)
        second = asyncio.ensure_future(calm.enter(OTHER))
        await asyncio.sleep(0)
        assert not second.done()
        calm.leave(PEER)
        await second

    asyncio.run(main())


def test_a_cancelled_waiter_gives_its_place_on() -> None:
    async def main() -> None:
        calm = throttle(Limits(1, None, 1, None))
        await calm.enter(PEER)
        cancelled = asyncio.ensure_future(calm.enter(PEER))
        next_in_line = asyncio.ensure_future(calm.enter(PEER))
        await asyncio.sleep(0)
        calm.leave(PEER)  # The place is given to the first, who is cancelled in the same moment.
        cancelled.cancel()
        await next_in_line
        with pytest.raises(asyncio.CancelledError):
            await cancelled
        calm.leave(PEER)
        await calm.enter(OTHER)

    asyncio.run(main())


def test_after_a_push_back_the_address_rests_and_others_do_not() -> None:
    time = Time()

    async def main() -> None:
        calm = throttle(Limits(), time)
        calm.back_off(PEER, 30.0)
        await calm.enter(OTHER)
        assert time.now == 1000.0
        await calm.enter(PEER)

    asyncio.run(main())
    assert time.now == pytest.approx(1030.0)


def test_addresses_that_rest_are_forgotten() -> None:
    async def main() -> None:
        time = Time()
        calm = throttle(Limits(global_rate=None), time)
        for number in range(50_000):
            address = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
            await calm.enter(address)
            calm.leave(address)
            time.now += 0.01
        assert calm.pace.addresses_known <= 2048

    asyncio.run(main())


@pytest.mark.parametrize("limit", [0, -1, float("nan")])
def test_a_limit_that_lets_nothing_through_is_refused(limit: float) -> None:
    with pytest.raises(UsageError):
        Limits(global_rate=limit)


def test_the_shares_of_several_processes_add_up_to_the_limit() -> None:
    share = Limits().share(4)
    assert share.global_rate == 125.0
    assert share.global_concurrent == 128
    assert share.per_address_rate == Limits().per_address_rate


@pytest.mark.parametrize(
    ("address", "own"),
    [("127.0.0.1", True), ("127.255.1.2", True), ("::1", True), ("::2", False), ("12.7.0.1", False), ("10.0.0.1", False)],
)
def test_loopback_is_127_8_and_colon_colon_1(address: str, own: bool) -> None:
    assert is_loopback(address) is own
