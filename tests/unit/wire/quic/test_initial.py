"""The keys are those of RFC 9001, appendix A.1, and RFC 9369, appendix A.1."""

from __future__ import annotations

import pytest

from pqscan.errors import MalformedMessage
from pqscan.wire.quic.frames import CryptoStream, ack_frame, crypto_frame, read_frames
from pqscan.wire.quic.header import VERSION_1, VERSION_2, PacketKind, long_packets
from pqscan.wire.quic.initial import initial_keys, open_initial, seal_initial

DESTINATION = bytes.fromhex("8394c8f03e515708")
KEYS = {
    VERSION_1: (
        ("1f369613dd76d5467730efcbe3b1a22d", "fa044b2f42a3fd3b46fb255c", "9f50449e04a0e810283a1e9933adedd2"),
        ("cf3a5331653c364c88f0f379b6067e37", "0ac1493ca1905853b0bba03e", "c206b8d9b9f0f37644430b490eeaa314"),
    ),
    VERSION_2: (
        ("8b1a0bc121284290a29e0971b5cd045d", "91f73e2351d8fa91660e909f", "45b95e15235d6f45a6b19cbcb0294ba9"),
        ("82db637861d55e1d011f19ea71d5d2a7", "dd13c276499c0249d3310652", "edf6d05c83121201b436e16877593c3a"),
    ),
}
SERVER_PACKET_V1 = bytes.fromhex(  # RFC 9001, appendix A.3
    "cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a5816b6394100f37a1c69797554780bb3"
    "8cc5a99f5ede4cf73c3ec2493a1839b3dbcba3f6ea46c5b7684df3548e7ddeb9c3bf9c73cc3f3bded74b562bfb19fb84"
    "022f8ef4cdd93795d77d06edbb7aaf2f58891850abbdca3d20398c276456cbc42158407dd074ee"
)


@pytest.mark.parametrize("version", KEYS)
def test_keys_are_those_of_the_standard_s_example(version: int) -> None:
    found = initial_keys(version, DESTINATION)
    assert tuple((keys.key.hex(), keys.iv.hex(), keys.header.hex()) for keys in found) == KEYS[version]


def test_the_standard_s_packet_opens() -> None:
    (packet,) = long_packets(SERVER_PACKET_V1)
    data = open_initial(packet, initial_keys(VERSION_1, DESTINATION)[1])
    assert data is not None
    frames = read_frames(data)
    assert frames.largest_acknowledged == 0
    ((offset, crypto),) = frames.crypto
    assert (offset, len(crypto), crypto[:4].hex()) == (0, 90, "02000056")


@pytest.mark.parametrize("version", KEYS)
def test_what_was_sealed_opens_with_the_same_keys_only(version: int) -> None:
    ours, theirs = initial_keys(version, DESTINATION)
    frames = ack_frame(range(4)) + crypto_frame(0, b"hello") + bytes(30)
    sealed = seal_initial(version, DESTINATION, b"\x01", b"token", 7, frames, ours)
    (packet,) = long_packets(sealed)
    assert (packet.kind, packet.version, packet.destination_id, packet.source_id, packet.token) == (
        PacketKind.INITIAL, version, DESTINATION, b"\x01", b"token",
    )  # fmt: skip
    assert open_initial(packet, ours) == frames
    assert open_initial(packet, theirs) is None


def test_packets_that_share_a_datagram_are_told_apart_and_padding_is_none() -> None:
    ours, _ = initial_keys(VERSION_1, DESTINATION)
    sealed = seal_initial(VERSION_1, DESTINATION, b"", b"", 0, bytes(30), ours)
    assert [packet.encoded for packet in long_packets(sealed + sealed + bytes(100))] == [sealed, sealed]


def test_versions_that_a_server_offers_are_read() -> None:
    (packet,) = long_packets(b"\x80\x00\x00\x00\x00\x01a\x02bc" + VERSION_1.to_bytes(4, "big") + VERSION_2.to_bytes(4, "big"))
    assert (packet.kind, packet.versions, packet.source_id) == (PacketKind.VERSION_NEGOTIATION, (VERSION_1, VERSION_2), b"bc")


@pytest.mark.parametrize(
    "data", [b"\xc0\x00\x00\x00\x01\x15" + bytes(40), SERVER_PACKET_V1[:40], b"\x80\x00\x00\x00\x00\x00\x00\x01\x02\x03"]
)
def test_a_header_that_lies_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedMessage):
        long_packets(data)


@pytest.mark.parametrize("frame", [b"\x08\x00", b"\x1e", b"\x06\x00\x05abc", b"\x02\x00\x00\x3f\x00"])
def test_a_frame_that_has_no_place_here_is_malformed(frame: bytes) -> None:
    with pytest.raises(MalformedMessage):
        read_frames(frame)


def test_handshake_bytes_come_in_their_order_once() -> None:
    stream = CryptoStream()
    assert stream.feed(3, b"def") == b""
    assert stream.feed(0, b"abcd") == b"abcdef"
    assert stream.feed(2, b"cdefgh") == b"gh"
    assert stream.feed(0, b"abc") == b""


def test_handshake_bytes_are_bounded() -> None:
    stream = CryptoStream()
    with pytest.raises(MalformedMessage):
        stream.feed(1 << 17, b"x")
    parts = map(stream.feed, range(2, 2000, 2), [b"x"] * 999)
    with pytest.raises(MalformedMessage):
        list(parts)


def test_a_close_tells_its_error() -> None:
    assert read_frames(b"\x1c\x41\x28\x06\x02no").error == 0x128
