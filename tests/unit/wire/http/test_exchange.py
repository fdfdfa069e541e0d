from __future__ import annotations

import pytest

from pqscan.errors import MalformedMessage, PeerClosed, WrongProtocol
from pqscan.wire.http.exchange import MOST_FIELDS, MOST_HEAD, MOST_INTERIM, HttpExchange, Response, request

HEAD = b"HTTP/1.1 200 OK\r\nServer: nginx/1.26\r\nStrict-Transport-Security: max-age=31536000\r\n"


def answered(data: bytes, most_body: int = 0, *, step: int = 1 << 20, closed: bool = False) -> Response | None:
    exchange = HttpExchange(b"", most_body)
    for start in range(0, len(data), step):
        exchange.receive(data[start : start + step])
    if closed:
        exchange.peer_closed()
    return exchange.response


def test_the_request_is_a_get_that_ends_the_connection() -> None:
    lines = request("www.demo.invalid", "/").split(b"\r\n")
    assert lines[:2] == [b"GET / HTTP/1.1", b"Host: www.demo.invalid"]
    assert b"Connection: close" in lines
    assert lines[-2:] == [b"", b""]


@pytest.mark.parametrize("step", [1, 7, 1 << 20])
def test_the_head_alone_ends_the_exchange_where_no_body_is_wanted(step: int) -> None:
    found = answered(HEAD + b"Content-Length: 5\r\n\r\nhello", step=step)
    assert found is not None
    assert (found.status, found.field("server"), found.body) == (200, "nginx/1.26", b"")


@pytest.mark.parametrize("step", [1, 3, 1 << 20])
@pytest.mark.parametrize(
    ("tail", "body", "closed"),
    [
        (b"Content-Length: 5\r\n\r\nhello, and more", b"hello", False),
        (b"Content-Length: 0\r\n\r\n", b"", False),
        (b"Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n", b"hello", False),
        (b"\r\nhello", b"hello", True),
    ],
)
def test_a_body_is_read_as_its_head_says(tail: bytes, body: bytes, closed: bool, step: int) -> None:
    found = answered(HEAD + tail, 100, step=step, closed=closed)
    assert found is not None
    assert (found.body, found.is_cut) == (body, False)


@pytest.mark.parametrize("step", [1, 1 << 20])
@pytest.mark.parametrize(
    ("tail", "closed"),
    [
        (b"Content-Length: 50\r\n\r\n" + bytes(50), False),
        (b"Transfer-Encoding: chunked\r\n\r\nffffffff\r\n" + bytes(50), False),
        (b"\r\n" + bytes(50), False),
        (b"Content-Length: 9\r\n\r\n" + bytes(8), True),
        (b"Transfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n", True),
    ],
)
def test_what_is_longer_than_wanted_or_broke_off_is_cut(tail: bytes, closed: bool, step: int) -> None:
    found = answered(HEAD + tail, 10, step=step, closed=closed)
    assert found is not None
    assert found.is_cut
    assert len(found.body) <= 10


def test_interim_responses_are_passed_over_within_bounds() -> None:
    interim = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
    found = answered(interim * MOST_INTERIM + HEAD + b"\r\n")
    assert found is not None
    assert found.status == 200
    with pytest.raises(MalformedMessage):
        answered(interim * (MOST_INTERIM + 1))


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 20\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n: empty\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * (MOST_FIELDS + 1) + b"\r\n",
        b"HTTP/1.1 200 OK\r\na: " + b"b" * MOST_HEAD,
        HEAD + b"Content-Length: many\r\n\r\n",
        HEAD + b"Content-Length: -1\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"1" * 5000,
    ],
)
def test_what_is_no_response_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedMessage):
        answered(data, 100)


def test_another_protocol_is_told() -> None:
    with pytest.raises(WrongProtocol) as caught:
        answered(b"SSH-2.0-OpenSSH_9.2\r\n")
    assert caught.value.like == "SSH"


def test_an_end_before_the_head_is_told() -> None:
    with pytest.raises(PeerClosed):
        answered(b"", closed=True)
    with pytest.raises(MalformedMessage):
        answered(b"HTTP/1.1 200 OK\r\n", closed=True)


def test_octets_that_nobody_can_print_are_escapes() -> None:
    found = answered(b"HTTP/1.1 200 OK\r\nServer: a\x1b[2Jb\xff\r\n\r\n")
    assert found is not None
    assert found.field("server") == "a\\x1b[2Jb\\xff"
