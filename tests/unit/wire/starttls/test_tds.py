"""The envelope of TDS: records in packets while the handshake lasts, alone after it."""

from __future__ import annotations

import pytest

from pqscan.errors import MalformedMessage
from pqscan.wire.starttls.tds import Envelope, decode_prelogin, prelogin

HELLO = b"\x16\x03\x01\x00\x04abcd"
CHANGE, FINISHED, DATA = b"\x14\x03\x03\x00\x01\x01", b"\x17\x03\x03\x00\x02fi", b"\x17\x03\x03\x00\x03dat"


def packet(content: bytes, number: int = 1, status: int = 1) -> bytes:
    return bytes((0x12, status)) + (8 + len(content)).to_bytes(2, "big") + bytes((0, 0, number, 0)) + content


def test_a_hello_goes_in_a_packet() -> None:
    assert Envelope().wrap(HELLO) == packet(HELLO)


def test_a_large_hello_goes_in_packets_of_at_most_4096_bytes() -> None:
    hello = b"\x16\x03\x01\x17\x70" + bytes(6000)
    assert Envelope().wrap(hello) == packet(hello[:4088], 1, 0) + packet(hello[4088:], 2, 1)


def test_what_follows_our_finished_stands_alone() -> None:
    envelope = Envelope()
    assert envelope.wrap(CHANGE + FINISHED + DATA) == packet(CHANGE) + packet(FINISHED) + DATA
    assert envelope.wrap(DATA) == DATA


def test_packets_are_opened_until_a_record_stands_alone() -> None:
    envelope = Envelope()
    assert envelope.unwrap(packet(HELLO[:3]) + packet(HELLO[3:])) == HELLO
    assert envelope.unwrap(DATA + packet(HELLO)) == DATA + packet(HELLO)


def test_another_packet_in_the_handshake_is_malformed() -> None:
    with pytest.raises(MalformedMessage):
        Envelope().unwrap(b"\x0e\x01\x00\x09\0\0\1\0x")
    with pytest.raises(MalformedMessage):
        Envelope().unwrap(b"\x12\x01\x00\x08\0\0\1\0")


def test_our_own_prelogin_asks_for_encryption() -> None:
    assert decode_prelogin(prelogin()[8:])[1] == b"\x01"
