from __future__ import annotations

import pytest

from pqscan.errors import MalformedMessage
from pqscan.wire.pki.der import SEQUENCE, DerReader, dotted, element_at, element_octets
from pqscan.wire.pki.flaw import Flaw
from tests.unit.wire.pki.making import oid, seq, tlv


def read(data: bytes) -> tuple[bytes, int, set[Flaw]]:
    flaws: set[Flaw] = set()
    reader = DerReader(data, flaws)
    element = reader.read("a thing")
    return element.value, reader.position, flaws


def test_a_short_and_a_long_length_are_read() -> None:
    assert read(tlv(4, b"abc")) == (b"abc", 5, set())
    assert read(tlv(4, b"x" * 300)) == (b"x" * 300, 304, set())


@pytest.mark.parametrize("written", [b"\x04\x81\x03abc", b"\x04\x82\x00\x03abc", b"\x04\x84\x00\x00\x00\x03abc"])
def test_a_length_written_longer_than_needed_is_noted_and_read(written: bytes) -> None:
    assert read(written) == (b"abc", len(written), {Flaw.NON_MINIMAL_LENGTH})


@pytest.mark.parametrize("written", [b"\x04\x09abc", b"\x04\x88\xff\xff\xff\xff\xff\xff\xff\xffabc"])
def test_a_length_that_lies_is_cut_at_the_end_of_what_there_is(written: bytes) -> None:
    value, position, flaws = read(written)
    assert (value, position, flaws) == (b"abc", len(written), {Flaw.LENGTH_OVERRUN})


def test_a_value_of_indefinite_length_ends_at_its_own_two_zero_octets() -> None:
    inner = b"\x30\x80\x04\x02\x00\x00\x00\x00"
    value, position, flaws = read(b"\x30\x80" + inner + b"\x00\x00" + b"rest")
    assert (value, position, flaws) == (inner, 12, {Flaw.INDEFINITE_LENGTH})


def test_a_million_nested_values_without_length_are_refused_without_recursion() -> None:
    with pytest.raises(MalformedMessage, match="too deeply"):
        read(b"\x30\x80" * 1_000_000)


@pytest.mark.parametrize("written", [b"", b"\x30", b"\x04\x80ab\x00\x00", b"\x30\x82\x01", b"\x1f\xff\xff\xff\x7f\x00"])
def test_what_has_no_tag_or_no_length_is_refused(written: bytes) -> None:
    with pytest.raises(MalformedMessage):
        read(written)


def test_a_tag_number_above_thirty_is_read_as_one_number() -> None:
    reader = DerReader(b"\x9f\x81\x01\x02ab", set())
    element = reader.read("a thing")
    assert (element.tag, element.value) == (0x9F8101, b"ab")


def test_another_tag_than_the_expected_one_is_refused() -> None:
    with pytest.raises(MalformedMessage, match="0x04 instead of 0x30"):
        DerReader(tlv(4, b""), set()).read("a sequence", SEQUENCE)


def test_elements_are_read_one_after_another_until_nothing_is_left() -> None:
    inside = DerReader(seq(tlv(4, b"a"), tlv(2, b"b")), set()).enter("both", SEQUENCE)
    assert [inside.read("one").value, inside.read("two").value] == [b"a", b"b"]
    assert inside.exhausted


@pytest.mark.parametrize(
    "number", ["1.2.840.113549.1.1.1", "2.16.840.1.101.3.4.3.18", "2.999.1", "0.4.0.127", "2.25." + str(2**127)]
)
def test_an_object_identifier_is_read_back(number: str) -> None:
    assert dotted(oid(number)[2:]) == number


@pytest.mark.parametrize("octets", [b"", b"\x80", b"\x2a\x86", b"\x2a" + b"\xff" * 40 + b"\x01", b"\x2a" * 200])
def test_octets_that_are_no_object_identifier_are_refused(octets: bytes) -> None:
    with pytest.raises(MalformedMessage):
        dotted(octets)


@pytest.mark.parametrize(
    ("written", "octets"),
    [(b"\x30\x03abc", 5), (b"\x30\x81\x02ab", 5), (b"\x30\x84\0\0\0\x07", 13), (b"\x30\x80\0\0", None), (b"\x30", None)],
)
def test_an_element_says_how_long_it_is(written: bytes, octets: int | None) -> None:
    assert element_octets(b"x" + written, 1) == octets


def test_an_element_is_taken_as_far_as_it_lies_there_and_no_further_than_is_asked_for() -> None:
    assert element_at(b"x\x30\x03abcdef", 1, 100) == b"\x30\x03abc"
    assert element_at(b"\x30\x09abc", 0, 100) == b"\x30\x09abc"
    assert element_at(b"\x30\x03abc", 0, 4) == b"\x30\x03ab"
    assert element_at(b"\x30\x80abc", 0, 4) == b"\x30\x80ab"
