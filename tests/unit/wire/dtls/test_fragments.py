from __future__ import annotations

from dataclasses import replace

import pytest

from pqscan.errors import MalformedMessage
from pqscan.wire.cursor import Cursor
from pqscan.wire.dtls.fragments import MOST_MESSAGE_BYTES, Fragment, Reassembler, fragmented, fragments_in

BODY = bytes(range(250))
MESSAGE = b"\x0b\x00\x00\xfa" + BODY
PARTS = fragmented(MESSAGE, 0, 100)


def test_a_message_is_cut_into_parts_no_larger_than_asked() -> None:
    assert [(part.offset, len(part.data), part.length, part.kind) for part in PARTS] == [
        (0, 100, 250, 11),
        (100, 100, 250, 11),
        (200, 50, 250, 11),
    ]
    assert [part.data for part in fragmented(b"\x0e\x00\x00\x00", 3, 100)] == [b""]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 1, 2), (0, 0, 2, 2, 1)])
def test_parts_are_joined_in_whatever_order_they_come(order: tuple[int, ...]) -> None:
    reader = Reassembler()
    assert [whole for place in order for whole in reader.feed(PARTS[place])] == [MESSAGE]


def test_where_parts_overlap_what_came_first_counts() -> None:
    reader = Reassembler()
    assert reader.feed(PARTS[1]) == ()
    assert reader.feed(Fragment(11, 250, 0, 50, b"?" * 200)) == ()
    (whole,) = reader.feed(PARTS[0])
    assert whole[4:] == BODY[:50] + b"?" * 50 + BODY[100:200] + b"?" * 50


def test_a_later_message_waits_for_those_before_it() -> None:
    reader = Reassembler()
    done = fragmented(b"\x0e\x00\x00\x00", 1, 100)[0]
    assert reader.feed(done) == ()
    assert reader.news
    assert reader.feed(done) == ()
    assert not reader.news
    assert [whole[0] for part in PARTS for whole in reader.feed(part)] == [11, 14]


def test_what_came_before_and_what_is_far_ahead_is_no_news() -> None:
    reader = Reassembler()
    for part in PARTS:
        reader.feed(part)
    for part in (PARTS[0], replace(PARTS[0], sequence=40)):
        assert reader.feed(part) == ()
        assert not reader.news


@pytest.mark.parametrize("other", [replace(PARTS[1], kind=2), replace(PARTS[1], length=251)], ids=["type", "length"])
def test_parts_that_deny_each_other_are_malformed(other: Fragment) -> None:
    reader = Reassembler()
    reader.feed(PARTS[0])
    with pytest.raises(MalformedMessage, match="another type or length"):
        reader.feed(other)


def test_a_message_full_of_holes_is_malformed() -> None:
    reader = Reassembler()
    for offset in range(1, 255, 2):
        reader.feed(Fragment(11, 1000, 0, offset, b"x"))
    with pytest.raises(MalformedMessage, match="holes"):
        reader.feed(Fragment(11, 1000, 0, 255, b"x"))


@pytest.mark.parametrize("size", range(len(PARTS[2].encode())))
def test_no_proper_prefix_of_a_fragment_decodes(size: int) -> None:
    with pytest.raises(MalformedMessage):
        Fragment.decode(Cursor(PARTS[2].encode()[:size]))


def test_a_record_holds_one_fragment_or_several() -> None:
    assert tuple(fragments_in(b"".join(part.encode() for part in PARTS))) == PARTS
    with pytest.raises(MalformedMessage):
        list(fragments_in(b""))


@pytest.mark.parametrize(
    "wrong", [Fragment(11, MOST_MESSAGE_BYTES + 1, 0, 0, b""), Fragment(11, 10, 0, 8, b"xyz")], ids=["endless", "past its end"]
)
def test_lengths_that_cannot_be_are_malformed(wrong: Fragment) -> None:
    with pytest.raises(MalformedMessage):
        Fragment.decode(Cursor(wrong.encode()))
