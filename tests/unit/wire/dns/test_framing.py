from __future__ import annotations

import pytest

from pqscan.errors import MalformedMessage, PeerClosed, WrongProtocol
from pqscan.wire.dns.framing import MOST_OTHERS, Exchange

QUESTION = b"\xab\xcd\x01\x00" + bytes(8)
ANSWER = b"\xab\xcd\x81\x80" + bytes(8) + b"more"


def framed(message: bytes) -> bytes:
    return len(message).to_bytes(2, "big") + message


def test_the_question_goes_once_behind_its_length() -> None:
    exchange = Exchange(QUESTION)
    assert (exchange.bytes_to_send(), exchange.bytes_to_send()) == (framed(QUESTION), b"")


@pytest.mark.parametrize("step", [1, 3, 100])
def test_the_answer_is_the_message_with_the_identifier(step: int) -> None:
    exchange = Exchange(QUESTION)
    data = framed(bytes(12)) + framed(ANSWER) + b"rest"
    for start in range(0, len(data), step):
        exchange.receive(data[start : start + step])
    assert exchange.answer == ANSWER
    assert exchange.rest == b"rest"


def test_what_an_exchange_left_is_read_by_the_next() -> None:
    exchange = Exchange(QUESTION, framed(ANSWER)[:5])
    exchange.receive(framed(ANSWER)[5:])
    assert exchange.answer == ANSWER


def test_a_question_sent_back_is_no_answer() -> None:
    exchange = Exchange(QUESTION)
    exchange.receive(framed(QUESTION))
    assert not exchange.finished


def test_others_than_the_answer_are_bounded() -> None:
    exchange = Exchange(QUESTION)
    exchange.receive(framed(bytes(12)) * MOST_OTHERS)
    with pytest.raises(MalformedMessage):
        exchange.receive(framed(bytes(12)))


def test_a_message_without_room_for_a_header_is_malformed() -> None:
    with pytest.raises(MalformedMessage):
        Exchange(QUESTION).receive(framed(bytes(11)))


def test_an_end_before_the_answer_is_told() -> None:
    with pytest.raises(PeerClosed):
        Exchange(QUESTION).peer_closed()
    exchange = Exchange(QUESTION)
    exchange.receive(framed(ANSWER)[:6])
    with pytest.raises(MalformedMessage):
        exchange.peer_closed()


@pytest.mark.parametrize(("data", "like"), [(b"HTTP/1.1 400", "HTTP"), (b"SSH-2.0-x\r\n", "SSH"), (b"220 mx ESMTP\r\n", "SMTP")])
def test_another_protocol_is_told_by_its_name(data: bytes, like: str) -> None:
    with pytest.raises(WrongProtocol) as caught:
        Exchange(QUESTION).receive(data)
    assert caught.value.like == like
    assert caught.value.like


def test_an_answer_whose_length_looks_like_another_protocol_is_an_answer() -> None:
    exchange = Exchange(b"H-\x01\x00" + bytes(8))
    message = b"H-\x81\x80" + bytes(0x5353 - 4)  # Its length and its identifier spell SSH-.
    exchange.receive(framed(message))
    assert exchange.answer == message
