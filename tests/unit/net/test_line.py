from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pqscan.net.budget import NO_LIMITS, Limits, Pace
from pqscan.net.line import POLL_SECONDS, Line

LIMITS = st.builds(
    Limits,
    st.none() | st.integers(1, 2),
    st.none() | st.floats(1.0, 20.0),
    st.none() | st.integers(1, 4),
    st.none() | st.floats(1.0, 60.0),
    st.none() | st.integers(1, 3),
    st.none() | st.floats(1.0, 40.0),
)


def drain(line: Line[int], addresses: list[str], now: float) -> list[tuple[float, int]]:
    """Lets everybody go in their turn; each ends at once."""
    gone: list[tuple[float, int]] = []
    for _ in range(100_000):
        while (ticket := line.next(now)) is not None:
            gone.append((now, ticket))
            line.leave(addresses[ticket], now)
        if line.next_at is None:
            return gone
        assert line.next_at > now
        now = line.next_at
    raise AssertionError("it does not come to its end")


@given(LIMITS, st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=60))
def test_everybody_goes_once_and_those_of_one_address_in_their_order(limits: Limits, hosts: list[tuple[int, int]]) -> None:
    addresses = [f"10.0.{network}.{host}" for network, host in hosts]
    line: Line[int] = Line(Pace(limits))
    at_once = [ticket for ticket, address in enumerate(addresses) if line.add(address, ticket, 100.0)]
    assert len(line) == len(addresses) - len(at_once)
    for ticket in at_once:
        line.leave(addresses[ticket], 100.0)
    order = at_once + [ticket for _, ticket in drain(line, addresses, 100.0)]
    assert sorted(order) == list(range(len(addresses)))
    for address in addresses:
        of_one = [ticket for ticket in order if addresses[ticket] == address]
        assert of_one == sorted(of_one)
    assert len(line) == 0


def test_one_address_that_has_to_wait_keeps_no_other_waiting() -> None:
    pace = Pace(Limits(4, 10.0, None, None, None, None))
    pace.push_back("192.0.2.1", 0.0, 30.0)
    line: Line[str] = Line(pace)
    assert not line.add("192.0.2.1", "held", 0.0)
    assert line.add("192.0.2.2", "free", 0.0)
    assert line.next(29.9) is None
    assert line.next(30.0) == "held"


def test_nobody_overtakes_those_who_wait_for_the_same() -> None:
    line: Line[str] = Line(Pace(Limits(1, None, None, None, None, None)))
    assert line.add("192.0.2.1", "first", 0.0)
    assert not line.add("192.0.2.1", "second", 0.0)
    line.leave("192.0.2.1", 0.0)
    assert not line.add("192.0.2.1", "third", 0.0)
    assert line.next(0.0) == "second"
    line.leave("192.0.2.1", 0.0)
    assert line.next(0.0) == "third"


def test_a_place_that_another_line_gave_back_is_found_soon() -> None:
    pace = Pace(Limits(1, None, None, None, None, None))
    mine, other = Line[str](pace), Line[str](pace)
    assert other.add("192.0.2.1", "theirs", 0.0)
    assert not mine.add("192.0.2.1", "mine", 0.0)
    other.leave("192.0.2.1", 0.01)
    assert mine.next_at == POLL_SECONDS
    assert mine.next(POLL_SECONDS) == "mine"


def test_it_tells_when_the_limits_of_everything_hold_somebody_back() -> None:
    line: Line[int] = Line(Pace(Limits(None, None, 1, None, None, None)))
    assert line.add("192.0.2.1", 1, 0.0)
    assert not line.is_held_by_everything
    assert not line.add("198.51.100.1", 2, 0.0)
    assert line.is_held_by_everything


def test_without_limits_nobody_waits() -> None:
    line: Line[int] = Line(Pace(NO_LIMITS))
    assert all(line.add("192.0.2.1", ticket, 0.0) for ticket in range(1000))
    assert line.next_at is None


def test_nobody_overtakes_one_of_the_same_address_that_was_sent_to_another_queue() -> None:
    """One a second in all, one in five seconds to an address: `second` waits for its address, `third` still for its turn in all."""
    line: Line[str] = Line(Pace(Limits(None, 0.2, None, 1.0, None, None)))
    assert line.add("192.0.2.9", "filler", 0.0)
    for ticket in ("first", "second"):
        assert not line.add("192.0.2.1", ticket, 0.0)
    for host in range(10, 14):
        assert not line.add(f"192.0.2.{host}", "filler", 0.0)
    assert not line.add("192.0.2.1", "third", 0.0)
    gone = [(second, line.next(float(second))) for second in range(1, 13)]
    assert [(second, ticket) for second, ticket in gone if ticket not in (None, "filler")] == [
        (1, "first"),
        (6, "second"),
        (11, "third"),
    ]
