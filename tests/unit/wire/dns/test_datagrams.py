from __future__ import annotations

import pytest

from pqscan.wire.dns.datagrams import Cookies, DatagramExchange
from tests.peers.dns_scripted import AA, TC, encoded, reply, soa, with_cookie

OURS, THEIRS = b"client__", b"a server's one  "
QUESTION = b"\xab\xcd\x01\x00\0\1\0\0\0\0\0\0" + encoded("demo.invalid") + b"\0\6\0\1"
ANSWER = reply(QUESTION, (soa(),))


def exchange(server: bytes = b"") -> DatagramExchange:
    return DatagramExchange(QUESTION, Cookies(OURS, server))


@pytest.mark.parametrize(
    "answer", [ANSWER, with_cookie(ANSWER, b""), with_cookie(ANSWER, OURS), reply(QUESTION, rcode=5)], ids=range(4)
)
def test_the_answer_is_what_repeats_the_question(answer: bytes) -> None:
    asked = exchange()
    asked.receive(answer)
    assert (asked.answer, asked.dropped, asked.is_cut) == (answer, 0, False)


@pytest.mark.parametrize(
    "forged",
    [
        b"",
        ANSWER[:11],
        ANSWER[:-1],
        b"\xab\xce" + ANSWER[2:],
        QUESTION,
        ANSWER.replace(b"\4demo", b"\4mode"),
        ANSWER.replace(b"\0\6\0\1", b"\0\7\0\1", 1),
        ANSWER[:4] + b"\0\0" + ANSWER[6:],
        ANSWER[:4] + b"\0\2" + ANSWER[6:],
        with_cookie(ANSWER, b"another_"),
        with_cookie(ANSWER, OURS[:5]),
    ],
    ids=[
        "empty", "cut-header", "cut-record", "identifier", "our-own", "name", "type", "no-question", "two-questions",
        "another-client", "short-cookie",
    ],
)  # fmt: skip
def test_what_answers_something_else_is_dropped_and_the_answer_still_taken(forged: bytes) -> None:
    asked = exchange()
    asked.receive(forged)
    assert (asked.answer, asked.dropped) == (None, 1)
    asked.receive(ANSWER)
    assert asked.answer == ANSWER


def test_an_error_may_come_without_the_question() -> None:
    asked = exchange()
    refused = QUESTION[:2] + b"\x80\x05" + bytes(8)
    asked.receive(refused)
    assert asked.answer == refused


def test_the_cookie_of_the_server_is_learned_and_wanted_from_then_on() -> None:
    cookies = Cookies(OURS)
    asked = DatagramExchange(QUESTION, cookies)
    asked.receive(with_cookie(ANSWER, OURS + THEIRS))
    assert cookies.option == OURS + THEIRS
    following = DatagramExchange(QUESTION, cookies)
    following.receive(ANSWER)
    assert (following.answer, following.dropped) == (None, 1)
    following.receive(with_cookie(ANSWER, OURS + bytes(16)))
    assert following.answer is not None
    assert cookies.server == bytes(16)


def test_an_answer_that_is_cut_is_told_as_that_whatever_else_is_in_it() -> None:
    asked = exchange(THEIRS)
    asked.receive(reply(QUESTION, (soa(),), flags=AA | TC)[:-9])
    assert asked.answer is not None
    assert asked.is_cut


def test_a_bad_cookie_is_told() -> None:
    asked = exchange(THEIRS)
    asked.receive(with_cookie(reply(QUESTION, rcode=7), OURS + bytes(8), upper=1))
    assert asked.has_bad_cookie
    assert not asked.is_cut
