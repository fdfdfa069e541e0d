"""Packets in clear: split, coalesced, bounded."""

from __future__ import annotations

import pytest

from pqscan.errors import MalformedMessage
from pqscan.wire.ssh.packet import MOST_PACKET, PacketReader, encode_packet


@pytest.mark.parametrize("size", [1, 2, 7, 8, 9, 10, 11, 12, 100, 4096])
def test_a_packet_is_framed_as_the_standard_demands(size: int) -> None:
    packet = encode_packet(bytes(size))
    assert len(packet) % 8 == 0
    assert len(packet) >= 16
    assert 4 <= packet[4] <= 255
    assert list(PacketReader().feed(packet)) == [bytes(size)]


def test_packets_in_one_read_come_one_by_one_and_a_half_one_waits() -> None:
    reader = PacketReader()
    data = encode_packet(b"one") + encode_packet(b"two") + encode_packet(b"three")[:7]
    assert list(reader.feed(data)) == [b"one", b"two"]
    assert reader.pending == 7


@pytest.mark.parametrize("length", [0, 1, 5, MOST_PACKET + 1, 0xFFFFFFFF])
def test_a_length_that_no_packet_has_is_malformed(length: int) -> None:
    with pytest.raises(MalformedMessage, match="length"):
        list(PacketReader().feed(length.to_bytes(4, "big")))


@pytest.mark.parametrize(("size", "padding"), [(12, 3), (12, 11), (12, 12), (12, 255), (6, 5)])
def test_padding_that_leaves_no_payload_is_malformed(size: int, padding: int) -> None:
    with pytest.raises(MalformedMessage, match="padding"):
        list(PacketReader().feed(size.to_bytes(4, "big") + bytes((padding,)) + bytes(size - 1)))
