from __future__ import annotations

import struct

import pytest

from pqscan.wire.capture.frame import TCP, UDP, Segment, segment_of
from tests.captures import ACK, ip, tcp, udp

FOUR, SIX = (("192.0.2.7", 50000), ("192.0.2.20", 443)), (("2001:db8::7", 50000), ("2001:db8::20", 443))
ETHERNET, HEADER = 1, 14


def essence(segment: Segment | None) -> tuple[object, ...] | None:
    return None if segment is None else (segment.source_port, segment.destination_port, segment.sequence, segment.payload)


@pytest.mark.parametrize(("client", "server"), [FOUR, SIX])
def test_ports_numbers_and_payload_are_read(client: tuple[str, int], server: tuple[str, int]) -> None:
    segment = segment_of(ETHERNET, tcp(client, server, 1000, b"hello"))
    assert segment is not None
    assert (segment.protocol, segment.flags) == (TCP, ACK)
    assert essence(segment) == (50000, 443, 1000, b"hello")
    datagram = segment_of(ETHERNET, udp(client, server, b"hello"))
    assert datagram is not None
    assert datagram.protocol == UDP
    assert essence(datagram) == (50000, 443, 0, b"hello")


@pytest.mark.parametrize(
    ("link", "head"),
    [
        (1, bytes(12) + b"\x08\x00"),
        (1, bytes(12) + b"\x81\x00\x00\x05\x08\x00"),
        (1, bytes(12) + b"\x88\xa8\x00\x05\x81\x00\x00\x06\x08\x00"),
        (1, bytes(12) + b"\x88\x64\x11\x00\x00\x01\x00\x2a\x00\x21"),
        (101, b""), (228, b""), (0, b"\x02\x00\x00\x00"), (108, b"\x00\x00\x00\x02"),
        (113, bytes(14) + b"\x08\x00"), (276, b"\x08\x00" + bytes(18)),
    ],
)  # fmt: skip
def test_every_link_layer_leads_to_the_same(link: int, head: bytes) -> None:
    packet = tcp(*FOUR, 1000, b"hello")[HEADER:]
    assert essence(segment_of(link, head + packet)) == (50000, 443, 1000, b"hello")


def test_what_pads_a_short_frame_is_no_payload() -> None:
    assert essence(segment_of(ETHERNET, tcp(*FOUR, 1000) + b"padding")) == (50000, 443, 1000, b"")


def test_a_packet_that_the_card_cuts_later_has_no_length() -> None:
    frame = bytearray(tcp(*FOUR, 1000, b"hello"))
    frame[HEADER + 2 : HEADER + 4] = b"\x00\x00"
    assert essence(segment_of(ETHERNET, bytes(frame))) == (50000, 443, 1000, b"hello")


@pytest.mark.parametrize("flags", [b"\x20\x00", b"\x00\x01", b"\x20\x01"])
def test_a_fragment_is_not_read(flags: bytes) -> None:
    frame = bytearray(tcp(*FOUR, 1000, b"hello"))
    frame[HEADER + 6 : HEADER + 8] = flags
    assert segment_of(ETHERNET, bytes(frame)) is None


def test_headers_between_ipv6_and_tcp_are_passed() -> None:
    packet = tcp(*SIX, 1000, b"hello")[HEADER + 40 :]
    hop_by_hop = bytes((60, 0)) + bytes(6)
    options = bytes((51, 1)) + bytes(14)
    authentication = bytes((44, 4)) + bytes(22)
    whole_fragment = bytes((6, 0, 0, 0)) + bytes(4)
    frame = ip(SIX[0][0], SIX[1][0], 0, hop_by_hop + options + authentication + whole_fragment + packet)
    assert essence(segment_of(ETHERNET, frame)) == (50000, 443, 1000, b"hello")


@pytest.mark.parametrize("offset", [b"\x00\x01", b"\x00\x08"])
def test_a_fragment_of_ipv6_is_not_read(offset: bytes) -> None:
    packet = tcp(*SIX, 1000, b"hello")[HEADER + 40 :]
    frame = ip(SIX[0][0], SIX[1][0], 44, bytes((6, 0)) + offset + bytes(4) + packet)
    assert segment_of(ETHERNET, frame) is None


@pytest.mark.parametrize("link", [105, 147, 65535])
def test_an_unknown_link_layer_is_not_read(link: int) -> None:
    assert segment_of(link, tcp(*FOUR, 1000, b"hello")) is None


def test_no_prefix_of_a_frame_is_more_than_it() -> None:
    for frame in (tcp(*FOUR, 1000, b"hello"), tcp(*SIX, 1000, b"hello"), udp(*FOUR, b"hello")):
        for size in range(len(frame)):
            segment = segment_of(ETHERNET, frame[:size])
            assert segment is None or b"hello".startswith(segment.payload)


def test_a_tcp_header_that_says_it_is_shorter_than_it_can_be_is_not_read() -> None:
    frame = bytearray(tcp(*FOUR, 1000, b"hello"))
    frame[HEADER + 20 + 12] = 4 << 4
    assert segment_of(ETHERNET, bytes(frame)) is None


def test_a_datagram_ends_where_its_header_says() -> None:
    head = struct.pack(">HHHH", 1, 2, 8 + 3, 0)
    assert essence(segment_of(ETHERNET, ip("192.0.2.1", "192.0.2.2", 17, head + b"abcdef"))) == (1, 2, 0, b"abc")
