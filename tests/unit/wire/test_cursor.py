"""Reading and writing length-prefixed vectors: right at every border, MalformedMessage beyond it."""

from __future__ import annotations

import pytest

from pqscan.errors import MalformedMessage
from pqscan.wire import builder
from pqscan.wire.cursor import Cursor, uint16_values


def test_integers_are_read_big_endian_one_after_the_other() -> None:
    cursor = Cursor(bytes(range(1, 11)))
    assert cursor.uint8("a") == 1
    assert cursor.uint16("b") == 0x0203
    assert cursor.uint24("c") == 0x040506
    assert cursor.uint32("d") == 0x0708090A
    assert cursor.remaining == 0
    cursor.finish("all")


@pytest.mark.parametrize("name", ["uint8", "uint16", "uint24", "uint32"])
@pytest.mark.parametrize("missing", [1, 2, 3, 4])
def test_an_integer_that_ends_too_soon_is_malformed(name: str, missing: int) -> None:
    size = {"uint8": 1, "uint16": 2, "uint24": 3, "uint32": 4}[name]
    if missing > size:
        pytest.skip("there is not so much to miss")
    with pytest.raises(MalformedMessage, match=f"the field: {size} bytes"):
        getattr(Cursor(bytes(size - missing)), name)("the field")


def test_a_cursor_reads_only_its_window() -> None:
    cursor = Cursor(b"0123456789", 2, 5)
    assert cursor.rest() == b"234"
    with pytest.raises(MalformedMessage):
        cursor.uint8("beyond")


@pytest.mark.parametrize(("size", "right"), [(1, False), (2, True), (3, True), (4, False)])
@pytest.mark.parametrize("name", ["opaque8", "opaque16", "opaque24"])
def test_lengths_hold_at_their_bounds(name: str, size: int, right: bool) -> None:
    data = getattr(builder, name)(bytes(size))
    if right:
        assert getattr(Cursor(data), name)("field", least=2, most=3) == bytes(size)
    else:
        with pytest.raises(MalformedMessage, match="field: a length"):
            getattr(Cursor(data), name)("field", least=2, most=3)


@pytest.mark.parametrize("name", ["opaque8", "opaque16", "opaque24"])
def test_a_length_that_lies_is_malformed(name: str) -> None:
    data = getattr(builder, name)(b"four")
    with pytest.raises(MalformedMessage):
        getattr(Cursor(data[:-1]), name)("field")


@pytest.mark.parametrize("size", [1, 3, 5])
def test_an_odd_number_of_bytes_is_no_list_of_16_bit_values(size: int) -> None:
    with pytest.raises(MalformedMessage):
        uint16_values(bytes(size), "groups")
    with pytest.raises(MalformedMessage):
        Cursor(builder.opaque16(bytes(size))).uint16_list("groups")


def test_lists_are_written_with_their_length_in_bytes() -> None:
    assert builder.uint16_list((0x11EC, 0x001D)) == bytes.fromhex("000411ec001d")
    assert Cursor(bytes.fromhex("000411ec001d")).uint16_list("groups") == (0x11EC, 0x001D)


@pytest.mark.parametrize(("name", "most"), [("opaque8", 0xFF), ("opaque16", 0xFFFF), ("opaque24", 0xFFFFFF)])
def test_what_does_not_fit_its_length_is_our_own_mistake(name: str, most: int) -> None:
    assert len(getattr(builder, name)(bytes(most))) == most + int(name[6:]) // 8
    with pytest.raises(OverflowError):
        getattr(builder, name)(bytes(most + 1))


def test_bytes_left_over_are_malformed() -> None:
    cursor = Cursor(b"ab")
    cursor.uint8("a")
    with pytest.raises(MalformedMessage, match="message: 1 bytes left over"):
        cursor.finish("message")
