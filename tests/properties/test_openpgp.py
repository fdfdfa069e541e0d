"""OpenPGP of any octets: packets, keys, messages, armour and keyboxes are read or MalformedMessage, and nothing recurses or runs
away."""

from __future__ import annotations

import base64
import contextlib
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqscan.errors import MalformedMessage
from pqscan.wire.openpgp.agent_key import read_agent_key
from pqscan.wire.openpgp.armour import read_armour
from pqscan.wire.openpgp.keybox import read_keybox
from pqscan.wire.openpgp.keys import read_key
from pqscan.wire.openpgp.messages import read_encryption, read_signature
from pqscan.wire.openpgp.packets import Packet, Tag, packets_inside, read_packets
from tests.integration.test_openpgp_file import CANONICAL, VERSION_6, WRITTEN, key_packet

BINARY = base64.b64decode("".join(VERSION_6.split("\n\n")[1].split("-----")[0].split()))
ONE_PASS = bytes((0xC4, 13, 3, 0, 8, 1)) + bytes(9)
COMPRESSED = bytes((0xA3, 2)) + zlib.compress(ONE_PASS)
SAMPLES = (
    BINARY,
    key_packet(1, b"\0\x08\xff\0\x02\x03", version=4),
    key_packet(18, b"\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\0\x08\xff\x03\x01\x08\x07", version=4),
    key_packet(30, bytes(1984), tag=5, behind=bytes((253, 26, 9, 2, 20, 4)) + bytes(59)),
    bytes((0xC1, 15, 3)) + bytes(8) + bytes((1, 0, 8, 255, 0, 0)),
    bytes((0xC3, 13, 4, 9, 3, 8)) + bytes(9),
    bytes((0xD2, 4, 2, 9, 2, 6)),
    COMPRESSED,
)


def everything(data: bytes) -> None:
    for packet in read_packets(data):
        for read in (read_key, read_signature, read_encryption):
            with contextlib.suppress(MalformedMessage):
                read(packet)
        if packet.tag is Tag.COMPRESSED:
            with contextlib.suppress(MalformedMessage):
                list(packets_inside(packet))


@given(st.sampled_from(SAMPLES), st.data())
def test_damaged_packets_are_read_or_malformed(sample: bytes, data: st.DataObject) -> None:
    damaged = bytearray(sample)
    for _ in range(data.draw(st.integers(1, 5))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(MalformedMessage):
        everything(bytes(damaged))


@given(st.binary(max_size=400))
def test_any_octets_are_packets_or_malformed(data: bytes) -> None:
    for first in (b"", b"\x99", b"\xc6", b"\xc2", b"\xa3", b"\xd2\xe1", b"\xcb\xe0\xe0\xe0"):
        with contextlib.suppress(MalformedMessage):
            everything(first + data)
    with contextlib.suppress(MalformedMessage):
        list(read_keybox(data))
    armour = read_armour(b"-----BEGIN PGP MESSAGE-----\n" + data)
    assert armour is not None
    assert armour.label == "MESSAGE"


@given(st.sampled_from(tuple(Tag)), st.binary(max_size=80))
def test_any_body_is_read_or_malformed(tag: Tag, body: bytes) -> None:
    for version in (b"", b"\x03", b"\x04", b"\x05", b"\x06"):
        packet = Packet(tag, version + body, 0, 0)
        for read in (read_key, read_signature, read_encryption):
            with contextlib.suppress(MalformedMessage):
                read(packet)


def test_the_packets_of_rfc_9580_are_what_it_says() -> None:
    kinds = [packet.tag for packet in read_packets(BINARY)]
    assert kinds == [Tag.PUBLIC_KEY, Tag.SIGNATURE, Tag.PUBLIC_SUBKEY, Tag.SIGNATURE]
    (inside,) = packets_inside(next(read_packets(COMPRESSED)))
    assert read_signature(inside).hash == "SHA-256"


def test_no_prefix_of_a_key_is_one() -> None:
    for size in range(1, 44):
        with pytest.raises(MalformedMessage):
            everything(BINARY[:size])


@given(st.binary(min_size=1, max_size=200))
def test_armour_gives_back_what_lies_in_it(data: bytes) -> None:
    text = b"-----BEGIN PGP SIGNATURE-----\nComment: a\n\n" + base64.encodebytes(data) + b"=abcd\n-----END PGP SIGNATURE-----"
    armour = read_armour(b"x" + text, 1)
    assert armour is not None
    assert armour.octets == data


def test_what_is_packed_small_and_is_large_is_read_at_its_beginning_only() -> None:
    bomb = bytes((0xA3, 2)) + zlib.compress(ONE_PASS + bytes(50_000_000))
    inside = next(packets_inside(next(read_packets(bomb))))
    assert inside.tag is Tag.ONE_PASS


@given(st.sampled_from((CANONICAL, WRITTEN.partition("Key: ")[2].encode())), st.data())
def test_damaged_keys_of_the_agent_are_read_or_malformed(sample: bytes, data: st.DataObject) -> None:
    damaged = bytearray(sample)
    for _ in range(data.draw(st.integers(0, 5))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(MalformedMessage):
        read_agent_key(bytes(damaged))
    with pytest.raises(MalformedMessage):
        read_agent_key(sample[: data.draw(st.integers(0, 30))])
