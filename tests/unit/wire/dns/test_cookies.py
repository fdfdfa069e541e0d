from __future__ import annotations

import pytest

from pqscan.errors import MalformedMessage
from pqscan.wire.dns.cookies import BAD_COOKIE, Extension, read_extension
from tests.peers.dns_scripted import encoded, record, reply, soa, with_cookie

QUESTION = b"\xab\xcd\x01\x00\0\1\0\0\0\0\0\0" + encoded("demo.invalid") + b"\0\6\0\1"


@pytest.mark.parametrize("size", [8, 16, 40])
def test_the_cookie_is_that_of_the_record_behind_all_others(size: int) -> None:
    message = with_cookie(reply(QUESTION, (soa(), record(b"\xc0\x0c", 16, b"\1a"))), bytes(range(size)))
    assert read_extension(message) == Extension(0, bytes(range(size)))


@pytest.mark.parametrize("size", [1, 7, 9, 15, 41])
def test_a_cookie_of_another_length_is_malformed(size: int) -> None:
    with pytest.raises(MalformedMessage):
        read_extension(with_cookie(reply(QUESTION), bytes(size)))


def test_without_the_record_there_is_the_error_of_the_header_alone() -> None:
    assert read_extension(reply(QUESTION, rcode=5)) == Extension(5, b"")


def test_the_upper_part_of_an_error_stands_in_the_record() -> None:
    assert read_extension(with_cookie(reply(QUESTION, rcode=7), b"", upper=1)) == Extension(BAD_COOKIE, b"")


def test_no_proper_prefix_is_read() -> None:
    message = with_cookie(reply(QUESTION, (soa(),)), bytes(8))
    for size in range(len(message)):
        with pytest.raises(MalformedMessage):
            read_extension(message[:size])
