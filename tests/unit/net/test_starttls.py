"""What TLS goes over after a prelude: the stream itself, or one that puts records into packets."""

from __future__ import annotations

import asyncio
from collections import deque

import pytest

from pqscan.errors import MalformedMessage, PeerRejected
from pqscan.model.target import NetworkTarget
from pqscan.net.starttls import EnvelopedStream, opened
from tests.peers.dialogues import DIALOGUES, prelogin_answer

RECORD = b"\x16\x03\x03\x00\x04abcd"
PACKET = b"\x12\x01\x00\x11\0\0\1\0" + RECORD


class Scripted:
    """A stream that gives its parts one after another, then its end."""

    def __init__(self, *parts: bytes) -> None:
        self._parts = deque(parts)
        self.sent: list[bytes] = []

    async def send(self, data: bytes) -> None:
        self.sent.append(data)

    async def receive(self, most: int = 65536) -> bytes:
        return self._parts.popleft() if self._parts else b""


def target(starttls: str | None) -> NetworkTarget:
    return NetworkTarget("192.0.2.1", 1, "xmpp.example", starttls=starttls)


def test_without_a_prelude_nothing_is_said() -> None:
    stream = Scripted(b"220 never read\r\n")
    assert asyncio.run(opened(target(None), stream)) is stream
    assert stream.sent == []


def test_after_a_prelude_tls_goes_over_the_same_stream() -> None:
    stream = Scripted(*(theirs for theirs, _ in DIALOGUES["smtp"].turns))
    assert asyncio.run(opened(target("smtp"), stream)) is stream
    assert b"".join(stream.sent) == b"".join(ours for _, ours in DIALOGUES["smtp"].turns)


def test_a_refusal_is_raised_as_it_came() -> None:
    with pytest.raises(PeerRejected):
        asyncio.run(opened(target("postgresql"), Scripted(b"N", b"N")))


def test_records_travel_in_packets_where_the_protocol_wants_it() -> None:
    async def exchange() -> tuple[bytes, bytes, list[bytes]]:
        stream = Scripted(prelogin_answer(), PACKET[:3], PACKET[3:12], PACKET[12:] + PACKET)
        carrier = await opened(target("mssql"), stream)
        assert isinstance(carrier, EnvelopedStream)
        await carrier.send(RECORD)
        return await carrier.receive(), await carrier.receive(), stream.sent

    first, end, sent = asyncio.run(exchange())
    assert first == RECORD + RECORD
    assert end == b""  # and never b"" before, while a packet is not whole
    assert sent[-1] == PACKET


def test_what_is_no_packet_is_malformed() -> None:
    async def exchange() -> None:
        await (await opened(target("mssql"), Scripted(prelogin_answer(), b"hello"))).receive()

    with pytest.raises(MalformedMessage):
        asyncio.run(exchange())
