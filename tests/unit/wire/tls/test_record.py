"""The record layer: whole records out of any pieces, errors only after what came before them."""

from __future__ import annotations

import pytest

from pqscan.errors import MalformedMessage, WrongProtocol
from pqscan.wire.tls.record import MOST_CIPHERTEXT, MOST_PLAINTEXT, Record, RecordReader, encode_records
from pqscan.wire.tls.words import ContentType

ALERT = bytes.fromhex("15030300020228")


def test_records_come_out_whole_and_in_order() -> None:
    reader = RecordReader()
    handshake = bytes.fromhex("160301000401020304")
    assert list(reader.feed(ALERT + handshake[:6])) == [Record(21, 0x0303, ALERT[:5], b"\x02\x28")]
    assert reader.pending == 6
    assert list(reader.feed(handshake[6:])) == [Record(22, 0x0301, handshake[:5], b"\x01\x02\x03\x04")]
    assert reader.pending == 0


def test_what_comes_before_a_bad_record_is_given_before_the_error() -> None:
    records = RecordReader().feed(ALERT + b"garbage")
    assert next(records).fragment == b"\x02\x28"
    with pytest.raises(MalformedMessage):
        next(records)


def test_records_that_nobody_took_are_not_lost() -> None:
    reader = RecordReader()
    reader.feed(ALERT)
    assert [record.content_type for record in reader.feed(ALERT)] == [21, 21]


@pytest.mark.parametrize("start", [b"HTTP/1.1 400", b"SSH-2.0-x\r\n", b"220 mail", b"\x00", b"\x13", b"\x19", b"\x80\x2e\x01"])
def test_a_first_byte_that_is_none_of_tls_is_another_protocol(start: bytes) -> None:
    with pytest.raises(WrongProtocol):
        list(RecordReader().feed(start))


@pytest.mark.parametrize(
    ("start", "like"), [(b"HTTP/1.1 400", "HTTP"), (b"SSH-2.0-x\r\n", "SSH"), (b"* OK hi", "IMAP"), (b"\x00", ""), (b"h", "")]
)
def test_another_protocol_is_named_where_its_greeting_is_known(start: bytes, like: str) -> None:
    with pytest.raises(WrongProtocol) as caught:
        list(RecordReader().feed(start))
    assert caught.value.like == like


@pytest.mark.parametrize("kind", [20, 21, 22, 23, 24])
def test_every_content_type_is_known(kind: int) -> None:
    assert [record.content_type for record in RecordReader().feed(bytes((kind, 3, 3, 0, 1, 0)))] == [kind]


@pytest.mark.parametrize("major", [0, 2, 4, 0xFE])
def test_a_version_that_does_not_begin_with_three_is_no_tls(major: int) -> None:
    with pytest.raises(WrongProtocol):
        list(RecordReader().feed(bytes((22, major, 3, 0, 1, 0))))


def test_a_bad_record_after_a_good_one_is_malformed_not_another_protocol() -> None:
    reader = RecordReader()
    list(reader.feed(ALERT))
    with pytest.raises(MalformedMessage):
        list(reader.feed(b"HTTP"))


def test_a_record_may_be_as_long_as_tls_1_2_allows_and_no_longer() -> None:
    size = MOST_CIPHERTEXT.to_bytes(2, "big")
    (record,) = RecordReader().feed(b"\x17\x03\x03" + size + bytes(MOST_CIPHERTEXT))
    assert len(record.fragment) == (1 << 14) + 2048
    with pytest.raises(MalformedMessage):
        list(RecordReader().feed(b"\x17\x03\x03" + (MOST_CIPHERTEXT + 1).to_bytes(2, "big")))


def test_an_error_is_raised_before_the_body_of_an_oversized_record_comes() -> None:
    with pytest.raises(MalformedMessage):
        list(RecordReader().feed(bytes.fromhex("160303ffff")))


@pytest.mark.parametrize("size", [0, 1, MOST_PLAINTEXT, MOST_PLAINTEXT + 1, 3 * MOST_PLAINTEXT])
def test_what_is_written_is_read_back(size: int) -> None:
    payload = bytes(index % 251 for index in range(size))
    records = list(RecordReader().feed(encode_records(ContentType.HANDSHAKE, 0x0301, payload)))
    assert b"".join(record.fragment for record in records) == payload
    assert {record.content_type for record in records} == {22}
    assert {record.version for record in records} == {0x0301}
    assert len(records) == max(1, -(-size // MOST_PLAINTEXT))
