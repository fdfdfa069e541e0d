from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqscan.errors import UsageError
from pqscan.net.budget import EVERYTHING, NO_LIMITS, RECOVERY_SECONDS, Bucket, Hindrance, Limits, Pace, is_loopback

PEER = "192.0.2.1"


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


def test_a_bucket_without_a_rate_lets_everything_through_but_what_is_held() -> None:
    bucket = Bucket(None)
    assert [bucket.reserve(5.0) for _ in range(100)] == [0.0] * 100
    bucket.hold(7.0)
    assert bucket.wait(5.0) == 2.0
    assert not bucket.is_full(5.0)
    assert bucket.wait(7.0) == 0.0


def seconds_of(bucket: Bucket, count: int, now: float) -> float:
    """Until so many tokens have been taken, one after another."""
    at = now
    for _ in range(count):
        at += bucket.reserve(at)
    return at - now


def test_a_peer_that_pushes_back_gets_half_the_rate_and_recovers_slowly() -> None:
    bucket = Bucket(10.0, 4)
    bucket.slow(0.0)
    assert seconds_of(bucket, 11, 0.0) == pytest.approx(2.0)  # Five a second, and no burst.
    bucket.slow(10.0)
    assert seconds_of(bucket, 11, 10.0) == pytest.approx(4.0)
    assert not bucket.is_full(10.0 + RECOVERY_SECONDS)
    assert seconds_of(bucket, 11, 10.0 + RECOVERY_SECONDS) == pytest.approx(2.0)
    assert bucket.is_full(10.0 + 2 * RECOVERY_SECONDS)
    assert seconds_of(bucket, 14, 10.0 + 2 * RECOVERY_SECONDS) == pytest.approx(1.0)


def test_a_rate_is_halved_four_times_at_most() -> None:
    bucket = Bucket(16.0)
    for _ in range(20):
        bucket.slow(0.0)
    assert seconds_of(bucket, 3, 0.0) == pytest.approx(2.0)


RATES = st.floats(0.5, 1000.0)
GAPS = st.lists(st.floats(0.0, 2.0), min_size=1, max_size=200)


@given(RATES, st.integers(1, 20), GAPS)
def test_no_stretch_of_time_has_more_tokens_than_the_burst_and_the_rate(rate: float, burst: int, gaps: list[float]) -> None:
    bucket, now, used = Bucket(rate, burst), 0.0, []
    for gap in gaps:
        now += gap
        used.append(now + bucket.reserve(now))
    for first, start in enumerate(used):
        for last in range(first, len(used)):
            assert last - first + 1 <= burst + rate * (used[last] - start) + 1e-3


@given(RATES, st.lists(st.tuples(st.floats(0.0, 100.0), st.booleans()), max_size=50))
def test_a_bucket_that_may_be_forgotten_waits_for_nobody(rate: float, steps: list[tuple[float, bool]]) -> None:
    bucket, now = Bucket(rate, 3), 0.0
    for gap, pushes in steps:
        now += gap
        if pushes:
            bucket.slow(now)
        bucket.take(now)
        fresh = Bucket(rate, 3)
        later = now + gap
        if bucket.is_full(later):
            assert [bucket.reserve(later) for _ in range(5)] == pytest.approx([fresh.reserve(later) for _ in range(5)], abs=1e-5)
            bucket = Bucket(rate, 3)
        now = later


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3), st.floats(0.0, 0.5), st.booleans()), max_size=150),
    st.builds(
        Limits,
        st.none() | st.integers(1, 3),
        st.none() | st.floats(1.0, 20.0),
        st.none() | st.integers(1, 6),
        st.none() | st.floats(1.0, 60.0),
        st.none() | st.integers(1, 4),
        st.none() | st.floats(1.0, 40.0),
    ),
)
def test_no_budget_of_any_level_is_ever_overdrawn(steps: list[tuple[int, int, float, bool]], limits: Limits) -> None:
    """A model counts beside it: whoever was let in was within every number of places, and whoever was not is told why."""
    pace, now = Pace(limits), 100.0
    under_way: list[str] = []
    begun: list[tuple[float, str]] = []
    for network, host, gap, ends in steps:
        now += gap
        if ends and under_way:
            pace.end(under_way.pop(0), now)
        address = f"10.0.{network}.{host}"
        hindrance = pace.begin(address, now)
        if hindrance is None:
            under_way.append(address)
            begun.append((now, address))
        else:
            assert hindrance.level in (address, limits.network_of(address), EVERYTHING)
            assert hindrance.seconds is None or hindrance.seconds > 0
        of_network = [one for one in under_way if limits.network_of(one) == limits.network_of(address)]
        assert len(under_way) == pace.under_way <= (limits.global_concurrent or 999)
        assert len(of_network) <= (limits.per_network_concurrent or 999)
        assert under_way.count(address) <= (limits.per_address_concurrent or 999)
    for rate, burst, alike in (
        (limits.global_rate, max(1.0, (limits.global_rate or 0) / 20), lambda one, other: True),
        (
            limits.per_network_rate,
            max(1.0, (limits.per_network_rate or 0) / 20),
            lambda one, other: limits.network_of(one) == limits.network_of(other),
        ),
        (limits.per_address_rate, float(limits.per_address_concurrent or 1), lambda one, other: one == other),
    ):
        for first, (start, address) in enumerate(begun):
            times = [at for at, other in begun[first:] if alike(address, other)]
            for count, at in enumerate(times, 1):
                assert rate is None or count <= burst + rate * (at - start) + 1e-3


def test_what_hinders_is_told_and_nothing_is_taken() -> None:
    pace = Pace(Limits(1, None, None, None, None, 1.0))
    assert pace.begin(PEER, 0.0) is None
    assert pace.begin(PEER, 0.0) == Hindrance(PEER, None)
    assert pace.begin("192.0.2.2", 0.25) == Hindrance("192.0.2", 0.75)
    pace.end(PEER, 0.5)
    assert pace.begin(PEER, 1.0) is None


def test_of_several_hindrances_the_longest_is_told() -> None:
    pace = Pace(Limits(None, 1.0, None, 4.0, None, 2.0))
    assert pace.begin(PEER, 0.0) is None
    assert pace.begin(PEER, 0.0) == Hindrance(PEER, 1.0)
    assert pace.begin("192.0.2.2", 0.0) == Hindrance("192.0.2", 0.5)
    assert pace.begin("198.51.100.1", 0.0) == Hindrance(EVERYTHING, 0.25)


def test_who_is_connected_is_not_forgotten_whoever_else_is_asked() -> None:
    pace = Pace(Limits(1, None, None, None, 1, None))
    assert pace.begin(PEER, 0.0) is None
    for number in range(5000):
        address = f"10.{number >> 8}.{number & 255}.1"
        assert pace.begin(address, 0.0) is None
        pace.end(address, 0.0)
    assert pace.begin(PEER, 0.0) == Hindrance("192.0.2", None)
    pace.end(PEER, 0.0)
    assert pace.begin(PEER, 0.0) is None
    assert pace.begin(PEER, 0.0) == Hindrance("192.0.2", None)


def test_a_datagram_more_takes_a_token_of_every_level_and_no_place() -> None:
    pace = Pace(Limits(1, 10.0, 1, None, 1, 5.0))
    assert pace.reserve(PEER, 0.0) == 0.0
    assert pace.reserve(PEER, 0.0) == pytest.approx(0.2)
    assert pace.under_way == 0


def test_a_push_back_holds_where_the_user_set_no_limit_at_all() -> None:
    pace = Pace(NO_LIMITS)
    pace.push_back(PEER, 0.0, 30.0)
    assert pace.begin(PEER, 10.0) == Hindrance(PEER, 20.0)
    assert pace.rests(PEER, 29.0)
    assert not pace.rests(PEER, 30.0)


@pytest.mark.parametrize("limit", [0, -1, float("nan")])
def test_a_limit_that_lets_nothing_through_is_refused(limit: float) -> None:
    with pytest.raises(UsageError):
        Limits(global_rate=limit)
    with pytest.raises(UsageError):
        Limits(per_network_rate=limit)


@pytest.mark.parametrize("bits", [{"v4_bits": 0}, {"v4_bits": 33}, {"v6_bits": 0}, {"v6_bits": 129}])
def test_a_network_is_as_large_as_an_address_at_least(bits: dict[str, int]) -> None:
    with pytest.raises(UsageError):
        Limits(**bits)  # type: ignore[arg-type]  # Only the two bits are given.


@pytest.mark.parametrize(
    ("one", "other", "bits", "alike"),
    [
        ("10.0.1.1", "10.0.1.254", {}, True),
        ("10.0.1.1", "10.0.2.1", {}, False),
        ("10.0.2.1", "10.0.3.1", {"v4_bits": 23}, True),
        ("10.0.1.1", "10.0.2.1", {"v4_bits": 23}, False),
        ("10.0.1.1", "10.0.1.2", {"v4_bits": 32}, False),
        ("2001:db8::1", "2001:db8::ffff:0:0:1", {}, True),
        ("2001:db8::1", "2001:db8:0:1::1", {}, False),
        ("2001:db8::1", "2001:db8:0:1::1", {"v6_bits": 48}, True),
        ("fe80::1%eth0", "fe80::2%eth0", {}, True),
        ("0.0.0.1", "::1:0:0:0:1", {"v4_bits": 8}, False),
    ],
)
def test_addresses_are_in_one_network_where_their_first_bits_agree(one: str, other: str, bits: dict[str, int], alike: bool) -> None:
    limits = Limits(**bits)  # type: ignore[arg-type]  # Only the two bits are given.
    assert (limits.network_of(one) == limits.network_of(other)) is alike


def test_the_shares_of_several_processes_add_up_to_the_limit() -> None:
    share = Limits().share(4)
    assert share.global_rate == 125.0
    assert share.global_concurrent == 375
    # The sweep and the one worker that asks a network: two of them.
    assert (share.per_address_rate, share.per_network_rate) == (5.0, 50.0)
    assert (share.per_address_concurrent, share.per_network_concurrent) == (2, 64)
    assert Limits(per_address_concurrent=1).share(2).per_address_concurrent == 1
    assert NO_LIMITS.share(8) == NO_LIMITS
    assert Limits(v4_bits=20, v6_bits=56).share(3).v6_bits == 56


@pytest.mark.parametrize(
    ("address", "own"),
    [("127.0.0.1", True), ("127.255.1.2", True), ("::1", True), ("::2", False), ("12.7.0.1", False), ("10.0.0.1", False)],
)
def test_loopback_is_127_8_and_colon_colon_1(address: str, own: bool) -> None:
    assert is_loopback(address) is own
