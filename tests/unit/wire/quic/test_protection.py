"""The values are those of RFC 9001, appendix A.4 and A.5, and RFC 9369, appendix A.4."""

from __future__ import annotations

import pytest

from pqscan.errors import MalformedMessage
from pqscan.wire.quic.header import VERSION_1, VERSION_2, PacketKind, long_packets
from pqscan.wire.quic.protection import Ids, Keys, has_header_protection, open_packet, seal_packet
from pqscan.wire.quic.retry import is_genuine
from pqscan.wire.tls.key_schedule import SUITES, Secret

ORIGINAL_ID = bytes.fromhex("8394c8f03e515708")
RETRIES = {
    VERSION_1: "ff000000010008f067a5502a4262b5746f6b656e04a265ba2eff4d829058fb3f0f2496ba",
    VERSION_2: "cf6b3343cf0008f067a5502a4262b5746f6b656ec8646ce8bfe33952d955543665dcc7b6",
}
CHACHA_SECRET = Secret("sha256", bytes.fromhex("9ac312a7f877468ebe69422748ad00a15443f18203a07d6060f688f30f21632b"))
SUITES_OF_QUIC = [number for number, suite in SUITES.items() if has_header_protection(suite)]


@pytest.mark.parametrize("version", RETRIES)
def test_the_standard_s_retry_is_genuine_for_its_connection_id_alone(version: int) -> None:
    (packet,) = long_packets(bytes.fromhex(RETRIES[version]))
    assert (packet.kind, packet.token) == (PacketKind.RETRY, b"token")
    assert is_genuine(packet, ORIGINAL_ID)
    assert not is_genuine(packet, ORIGINAL_ID[:-1] + b"\x09")


def test_chacha20_protects_headers_as_in_the_standard_s_example() -> None:
    keys = Keys.of(VERSION_1, SUITES[0x1303], CHACHA_SECRET)
    assert keys.key.hex() == "c6d98ff3441c3fe1b2182094f69caa2ed4b716b65488960a7a984979fb23e1c8"
    assert keys.iv.hex() == "e0459b3474bdd0e44a41c144"
    assert keys.header.hex() == "25a282b9e82f06f21f488917a4fc8f1b73573685608597d0efcb076b0ab7a7a4"
    assert keys.mask(bytes.fromhex("5e5cd55c41f69080575d7999c25a5bfb"))[:5].hex() == "aefefe7d03"


@pytest.mark.parametrize("version", RETRIES)
@pytest.mark.parametrize("suite", SUITES_OF_QUIC)
def test_a_handshake_packet_opens_with_its_own_keys_only(version: int, suite: int) -> None:
    secrets = (Secret(SUITES[suite].hash_name, bytes((seed,)) * 32) for seed in (1, 2))
    ours, theirs = (Keys.of(version, SUITES[suite], secret) for secret in secrets)
    sealed = seal_packet(PacketKind.HANDSHAKE, version, Ids(b"to", b"from"), 70_000, b"\x01" + bytes(9), ours)
    (packet,) = long_packets(sealed)
    assert (packet.kind, packet.destination_id, packet.source_id) == (PacketKind.HANDSHAKE, b"to", b"from")
    opened = open_packet(packet, ours)
    assert opened is not None
    assert (opened.number, opened.frames) == (70_000, b"\x01" + bytes(9))
    assert open_packet(packet, theirs) is None


def test_quic_must_not_use_the_suite_with_the_short_tag() -> None:
    assert [hex(number) for number in SUITES if number not in SUITES_OF_QUIC] == ["0x1305"]


def test_a_packet_too_short_for_its_protection_is_malformed() -> None:
    keys = Keys.of(VERSION_1, SUITES[0x1303], CHACHA_SECRET)
    (packet,) = long_packets(b"\xe0\x00\x00\x00\x01\x00\x00\x13" + bytes(19))
    with pytest.raises(MalformedMessage):
        open_packet(packet, keys)
