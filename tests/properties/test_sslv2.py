"""Properties of the SSLv2 codec, `pqscan.wire.tls.sslv2`: any bytes end in an answer, what is built is read back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqscan.errors import MalformedMessage
from pqscan.wire.tls.answer import Ending
from pqscan.wire.tls.sslv2 import Sslv2Conversation, Sslv2ServerHello, sslv2_client_hello

KINDS = st.lists(st.integers(0, 0xFFFFFF), max_size=20).map(tuple)


def server_hello(kinds: tuple[int, ...], certificate: bytes) -> bytes:
    listed = b"".join(kind.to_bytes(3, "big") for kind in kinds)
    head = bytes((4, 0, 1)) + b"\x00\x02"
    sizes = len(certificate).to_bytes(2, "big") + len(listed).to_bytes(2, "big") + b"\x00\x10"
    return head + sizes + certificate + listed + bytes(16)


def record(body: bytes) -> bytes:
    return (0x8000 | len(body)).to_bytes(2, "big") + body


@given(KINDS, st.binary(max_size=300))
def test_a_server_hello_reads_back_as_it_was_written(kinds: tuple[int, ...], certificate: bytes) -> None:
    assert Sslv2ServerHello.decode(server_hello(kinds, certificate)) == Sslv2ServerHello(2, certificate, kinds)


@given(KINDS, st.binary(max_size=40), st.data())
def test_no_proper_prefix_of_a_server_hello_decodes(kinds: tuple[int, ...], certificate: bytes, data: st.DataObject) -> None:
    whole = server_hello(kinds, certificate)
    with pytest.raises(MalformedMessage):
        Sslv2ServerHello.decode(whole[: data.draw(st.integers(0, len(whole) - 1))])


@given(st.binary(max_size=400))
def test_any_bytes_give_a_server_hello_or_malformed_message(data: bytes) -> None:
    try:
        hello = Sslv2ServerHello.decode(data)
    except MalformedMessage:
        return
    assert len(hello.cipher_kinds) * 3 + len(hello.certificate) + 11 <= len(data)


@given(KINDS, st.binary(max_size=200))
def test_an_answer_fed_byte_by_byte_is_the_answer_fed_whole(kinds: tuple[int, ...], certificate: bytes) -> None:
    stream = record(server_hello(kinds, certificate))
    whole, dripped = Sslv2Conversation((0x010080,), bytes(16)), Sslv2Conversation((0x010080,), bytes(16))
    whole.receive(stream)
    for byte in stream:
        dripped.receive(bytes((byte,)))
    assert whole.finished
    assert whole.server_hello == dripped.server_hello == Sslv2ServerHello(2, certificate, kinds)
    assert whole.answer == dripped.answer


@given(st.lists(st.binary(max_size=100), max_size=5))
def test_a_conversation_ends_without_raising_whatever_comes(chunks: list[bytes]) -> None:
    conversation = Sslv2Conversation((0x010080, 0x0700C0), bytes(16))
    assert conversation.bytes_to_send() == sslv2_client_hello((0x010080, 0x0700C0), bytes(16))
    for chunk in chunks:
        conversation.receive(chunk)
    conversation.peer_closed()
    assert conversation.finished
    assert (conversation.server_hello is not None) == (conversation.answer.ending is Ending.HELLO)


def test_a_newer_servers_alert_is_a_refusal_in_words() -> None:
    conversation = Sslv2Conversation((0x010080,), bytes(16))
    conversation.receive(b"\x15\x03\x01\x00\x02\x02\x46")
    assert (conversation.answer.ending, conversation.answer.alert) == (Ending.ALERT, 70)
