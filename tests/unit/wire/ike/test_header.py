"""Header and chain of payloads."""

from __future__ import annotations

import pytest

from pqscan.errors import MalformedMessage
from pqscan.wire.ike.header import MOST_PAYLOADS, Message, Payload
from pqscan.wire.ike.words import Flag, PayloadType
from tests.unit.wire.ike.recorded import RECORDINGS

MESSAGE = Message(
    b"initiate", b"responds", 34, Flag.RESPONSE, 0, (Payload(PayloadType.NONCE, bytes(16)), Payload(99, b"x", critical=True))
)


@pytest.mark.parametrize("name", list(RECORDINGS))
def test_what_a_real_responder_sends_is_read_and_written_back(name: str) -> None:
    for datagram in RECORDINGS[name].received:
        assert Message.decode(datagram).encode() == datagram


def test_what_is_written_is_read_back() -> None:
    assert Message.decode(MESSAGE.encode()) == MESSAGE


@pytest.mark.parametrize("size", range(len(MESSAGE.encode())))
def test_no_proper_prefix_of_a_message_is_one(size: int) -> None:
    with pytest.raises(MalformedMessage):
        Message.decode(MESSAGE.encode()[:size])


def test_bytes_behind_the_message_are_refused() -> None:
    with pytest.raises(MalformedMessage, match="says that it has"):
        Message.decode(MESSAGE.encode() + b"\0")


def test_a_payload_shorter_than_its_own_header_is_refused() -> None:
    wrong = bytearray(MESSAGE.encode())
    wrong[28 + 3] = 3
    with pytest.raises(MalformedMessage, match="with its header of 4"):
        Message.decode(bytes(wrong))


def test_a_chain_has_an_end() -> None:
    longest = Message(bytes(8), bytes(8), 34, 0, 0, (Payload(43, b""),) * MOST_PAYLOADS)
    assert len(Message.decode(longest.encode()).payloads) == MOST_PAYLOADS
    with pytest.raises(MalformedMessage, match="more than 128"):
        Message.decode(Message(bytes(8), bytes(8), 34, 0, 0, (Payload(43, b""),) * (MOST_PAYLOADS + 1)).encode())


def test_what_lies_inside_an_encrypted_payload_is_not_looked_for() -> None:
    whole = bytearray(Message(bytes(8), bytes(8), 35, 0, 1, (Payload(PayloadType.ENCRYPTED, b"secret"),)).encode())
    whole[28] = PayloadType.NONCE  # the first payload within
    assert Message.decode(bytes(whole)).payloads == (Payload(PayloadType.ENCRYPTED, b"secret"),)


def test_an_encrypted_message_of_ikev1_shows_no_payloads() -> None:
    plain = Message(b"initiate", b"responds", 5, 0, 1, (Payload(11, b"body"),), (1, 0))
    hidden = bytearray(plain.encode())
    hidden[19] = Flag.ENCRYPTION
    assert Message.decode(bytes(hidden)).payloads == ()
    assert Message.decode(plain.encode()).payloads == plain.payloads
