"""A trace fits its columns, whatever a peer put into it, and shows no control character."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pqscan.harness.tls.trace import first_line, trace_lines
from pqscan.wire.tls.session import Event, Keys


def test_a_message_is_a_line_and_each_fact_one_below_it() -> None:
    event = Event(False, "ServerHello", 1210, Keys.NONE, (("cipher_suite", "TLS_AES_128_GCM_SHA256"),))
    assert trace_lines([event]) == ("<- ServerHello               1210 B", "     cipher_suite: TLS_AES_128_GCM_SHA256")


def test_the_first_line_of_data_is_shown_once() -> None:
    event = Event(False, "application data", 20, Keys.APPLICATION)
    lines = trace_lines([event, event], b"HTTP/1.0 200 OK\r\nServer: x\r\n")
    assert [line.strip() for line in lines if "begins" in line] == ["begins: HTTP/1.0 200 OK"]


@given(st.binary(max_size=400), st.text(max_size=300))
def test_every_line_fits_and_holds_no_control_character_of_the_peer(data: bytes, fact: str) -> None:
    event = Event(False, "application data", len(data), Keys.APPLICATION)
    for line in trace_lines([event], data):
        assert len(line) <= 76
        assert line.isprintable()
    assert first_line(data).isprintable()
