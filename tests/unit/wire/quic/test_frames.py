from __future__ import annotations

import pytest

from pqscan.wire.quic.frames import ack_frame, close_frame, read_frames


@pytest.mark.parametrize(
    ("numbers", "written"),
    [([0], "0200000000"), ([3, 1, 2], "0203000002"), ([0, 1, 4, 9], "020900020003000101")],
)
def test_an_acknowledgement_names_what_came_and_nothing_between(numbers: list[int], written: str) -> None:
    """RFC 9000, section 19.3.1: gap = the next range's end from the one above, less two."""
    assert ack_frame(numbers).hex() == written


def test_of_many_gaps_the_newest_are_acknowledged() -> None:
    frame = ack_frame(range(0, 1000, 2))
    assert len(frame) < 80
    assert read_frames(frame).largest_acknowledged == 998


def test_a_close_says_its_error() -> None:
    assert read_frames(close_frame(0x15A)).error == 0x15A
