from __future__ import annotations

import pytest

from pqscan.wire.capture.stream import MOST_WAITING, MOST_WAITING_BYTES, InOrder

TEXT = b"in the order in which it was said"


def test_segments_in_order_are_passed_through() -> None:
    stream = InOrder(10)
    assert stream.feed(10, b"abc") == b"abc"
    assert stream.feed(13, b"def") == b"def"


def test_a_segment_that_came_early_waits_for_those_before_it() -> None:
    stream = InOrder(0xFFFFFFFE)
    assert stream.feed(1, b"def") == b""
    assert stream.feed(4, b"ghi") == b""
    assert stream.feed(0xFFFFFFFE, b"abc") == b"abcdefghi"


@pytest.mark.parametrize(
    ("sequence", "payload", "found"), [(10, b"abc", b""), (11, b"bcd", b"d"), (9, b"xabcdef", b"def"), (8, b"x", b"")]
)
def test_what_was_said_again_is_not_said_twice(sequence: int, payload: bytes, found: bytes) -> None:
    stream = InOrder(10)
    stream.feed(10, b"abc")
    assert stream.feed(sequence, payload) == found


def test_of_two_that_wait_at_one_place_the_first_counts() -> None:
    stream = InOrder(0)
    stream.feed(1, b"b")
    stream.feed(1, b"XY")
    assert stream.feed(0, b"a") == b"ab"
    assert stream.feed(2, b"c") == b"c"


def test_parts_that_overlap_while_they_wait_are_joined_once() -> None:
    stream = InOrder(0)
    stream.feed(3, b"def")
    stream.feed(1, b"bcde")
    assert stream.feed(0, b"a") == b"abcdef"


@pytest.mark.parametrize(("size", "count"), [(1, MOST_WAITING + 1), (MOST_WAITING_BYTES // 4, 5)])
def test_more_than_the_bounds_is_lost(size: int, count: int) -> None:
    stream = InOrder(0)
    for number in range(count):
        assert not stream.lost
        stream.feed(1 + number * size, b"x" * size)
    assert stream.lost
