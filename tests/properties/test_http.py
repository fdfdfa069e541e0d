"""Properties of the reader of HTTP responses, pqscan.wire.http.exchange, over any bytes."""

from __future__ import annotations

import contextlib

from hypothesis import given
from hypothesis import strategies as st

from pqscan.errors import PeerError
from pqscan.wire.http.exchange import HttpExchange, Response

HEAD = b"HTTP/1.1 200 OK\r\n"
PARTS = st.sampled_from(
    [
        HEAD, b"\r\n", b"Content-Length: 7\r\n", b"Transfer-Encoding: chunked\r\n", b"3\r\nabc\r\n", b"0\r\n\r\n", b"ffffffff\r\n",
        b"HTTP/1.1 100 x\r\n\r\n",
    ]
)  # fmt: skip
STREAMS = st.lists(PARTS | st.binary(max_size=30), max_size=12).map(b"".join)


def told(data: bytes, step: int, most_body: int) -> Response | str:
    exchange = HttpExchange(b"", most_body)
    try:
        for start in range(0, len(data), step):
            exchange.receive(data[start : start + step])
        exchange.peer_closed()
    except PeerError as error:
        return type(error).__name__
    assert exchange.response is not None
    return exchange.response


@given(STREAMS, st.integers(0, 40))
def test_any_bytes_are_a_response_or_an_error_of_the_peer(data: bytes, most_body: int) -> None:
    found = told(data, 1 << 20, most_body)
    if isinstance(found, Response):
        assert len(found.body) <= most_body
        assert 200 <= found.status < 600


@given(STREAMS, st.integers(0, 40))
def test_fed_whole_and_byte_by_byte_a_response_is_the_same(data: bytes, most_body: int) -> None:
    assert told(HEAD + data, 1, most_body) == told(HEAD + data, 1 << 20, most_body)


@given(st.binary(max_size=40), st.data())
def test_no_proper_prefix_of_a_response_with_a_length_is_whole(body: bytes, data: st.DataObject) -> None:
    whole = HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    exchange = HttpExchange(b"", 100)
    with contextlib.suppress(PeerError):
        exchange.receive(cut)
        assert exchange.response is None
