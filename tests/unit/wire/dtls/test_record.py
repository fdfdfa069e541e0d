from __future__ import annotations

import pytest

from pqscan.wire.dtls.record import MOST_RECORDS, PlainRecord, ProtectedRecord, plain_record, records_of, unified_header
from pqscan.wire.tls.words import ContentType

ALERT = plain_record(ContentType.ALERT, 0xFEFD, 7, b"\x02\x28")


def test_a_record_in_the_clear_reads_back() -> None:
    assert records_of(ALERT) == (PlainRecord(ContentType.ALERT, 0xFEFD, 0, 7, b"\x02\x28"),)


def test_several_records_in_one_datagram_are_read_in_their_order() -> None:
    other = plain_record(ContentType.HANDSHAKE, 0xFEFF, (1 << 48) - 1, b"x")
    assert [record.fragment for record in records_of(ALERT + other)] == [b"\x02\x28", b"x"]


@pytest.mark.parametrize("size", range(len(ALERT)))
def test_no_proper_prefix_of_a_record_is_one(size: int) -> None:
    assert records_of(ALERT[:size]) == ()


@pytest.mark.parametrize(
    "rest",
    [b"\x16\x03\x03\x00\x02hi", b"\x00\x00", b"\x30\x01\x02\x03", b"\xc0\x00\x00\x00\x01", b"HTTP/1.1 400"],
    ids=["TLS", "STUN", "a connection id", "QUIC", "HTTP"],
)
def test_what_is_no_record_ends_the_datagram_and_leaves_what_came_before(rest: bytes) -> None:
    assert records_of(rest) == ()
    assert len(records_of(ALERT + rest)) == 1


def test_a_protected_record_with_a_length_leaves_room_for_another_and_one_without_takes_the_rest() -> None:
    first = unified_header(2, 0x1_0005, 20) + bytes(20)
    assert first[:5] == bytes.fromhex("2e00050014")
    second = b"\x23\x09" + bytes(30)
    found = records_of(first + second)
    assert found == (ProtectedRecord(first[:5], 2, 2, bytes(20)), ProtectedRecord(b"\x23\x09", 1, 3, bytes(30)))


def test_a_datagram_of_nothing_but_small_records_is_read_to_a_bound() -> None:
    assert len(records_of(ALERT * (MOST_RECORDS + 5))) == MOST_RECORDS
