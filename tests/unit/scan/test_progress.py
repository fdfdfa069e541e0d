from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pqscan.model.outcome import OutcomeStatus
from pqscan.scan.progress import Meter, Tracker

DONE, DEAD = OutcomeStatus.COMPLETED, OutcomeStatus.REFUSED


@given(st.permutations(range(20)), st.integers(0, 100))
def test_the_cursor_is_the_first_place_that_has_not_ended(order: list[int], start: int) -> None:
    tracker = Tracker(start)
    ended: set[int] = set()
    below: dict[OutcomeStatus, int] = {}
    for place in order:
        tracker.end(start + place, ((DONE if place % 2 else DEAD, 1),))
        ended.add(place)
        first_open = next(n for n in range(21) if n not in ended)
        assert tracker.cursor == start + first_open
        for status, count in tracker.take_growth().items():
            below[status] = below.get(status, 0) + count
        assert sum(below.values()) == first_open, "only what lies below the cursor is counted"
    assert below == {DONE: 10, DEAD: 10} == tracker.by_status


def test_a_second_try_corrects_the_counts() -> None:
    tracker = Tracker(0)
    tracker.end(0, ((OutcomeStatus.THROTTLED, 1),))
    tracker.take_growth()
    tracker.add(OutcomeStatus.THROTTLED, -1)
    tracker.add(DONE, 1)
    assert tracker.take_growth() == {OutcomeStatus.THROTTLED: -1, DONE: 1}
    assert tracker.take_growth() == {}


def test_the_rate_is_that_of_the_last_seconds_and_tells_the_time_left() -> None:
    now = 100.0
    meter = Meter(1000, 0, lambda: now)
    assert meter.read(0, {}).seconds_left is None
    now = 110.0
    read = meter.read(100, {DONE: 100})
    assert (read.rate, read.seconds_left) == (10.0, 90.0)
    for step in range(1, 31):
        now = 110.0 + step
        read = meter.read(100 + step, {})
    assert read.rate < 2.0
