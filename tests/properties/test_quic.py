"""Attacks pqscan.wire.quic.connection, pqscan.wire.quic.versions, pqscan.wire.quic.frames and pqscan.wire.quic.protection: no
datagram, and no frames in a packet that opens, make a connection raise anything or send without end."""

from __future__ import annotations

import contextlib

from hypothesis import given
from hypothesis import strategies as st

from pqscan.errors import MalformedMessage
from pqscan.wire.quic.connection import DATAGRAM_BYTES, ClientConnection
from pqscan.wire.quic.frames import ack_frame, read_frames
from pqscan.wire.quic.handshake import QuicHandshake
from pqscan.wire.quic.header import VERSION_1, VERSION_2, PacketKind, long_packets
from pqscan.wire.quic.hello import over_quic
from pqscan.wire.quic.initial import initial_keys, seal_initial
from pqscan.wire.quic.protection import Ids, open_packet, seal_packet
from pqscan.wire.quic.versions import listed_versions
from pqscan.wire.tls.client_hello import Offer
from pqscan.wire.tls.words import Version

ID = bytes(range(8))
OFFER = Offer((Version.TLS13,), (0x1301, 0x1302, 0x1303), (0x001D,), (0x0403,), grease_share=True)
VERSIONS = st.sampled_from([VERSION_1, VERSION_2])


def connection(version: int = VERSION_1) -> ClientConnection:
    handshake = QuicHandshake(over_quic(OFFER, version), bytes(32), b"", shares={})
    return ClientConnection(handshake, version, ID)


@given(st.lists(st.binary(max_size=300) | st.binary(max_size=60).map(lambda rest: b"\xc0\x00\x00\x00\x01\x00" + rest), max_size=5))
def test_any_datagrams_leave_a_connection_standing(datagrams: list[bytes]) -> None:
    asked = connection()
    assert all(len(datagram) == DATAGRAM_BYTES for datagram in asked.datagrams_to_send())
    for datagram in datagrams:
        asked.receive(datagram)
        assert len(asked.datagrams_to_send()) <= 3
    asked.repeat()
    asked.datagrams_to_send()
    asked.timed_out()
    assert asked.finished
    asked.datagrams_to_send()
    assert asked.datagrams_to_send() == []


@given(VERSIONS, st.lists(st.binary(min_size=4, max_size=200), max_size=4))
def test_any_frames_under_the_right_keys_leave_a_connection_standing(version: int, payloads: list[bytes]) -> None:
    asked = connection(version)
    asked.datagrams_to_send()
    _, theirs = initial_keys(version, ID)
    for number, frames in enumerate(payloads):
        sealed = seal_initial(version, b"", b"server", b"", number, frames, theirs)
        asked.receive(sealed)
        assert not asked.receive(sealed)  # the same once more
        assert len(asked.datagrams_to_send()) <= 3
    asked.timed_out()
    assert asked.finished


@given(st.binary(max_size=100))
def test_any_bytes_give_a_list_of_versions_or_none(data: bytes) -> None:
    versions = listed_versions(data, ID)
    assert versions is None or len(versions) <= 64


@given(st.sets(st.integers(0, 1 << 20), min_size=1, max_size=80))
def test_an_acknowledgement_reads_back(numbers: set[int]) -> None:
    assert read_frames(ack_frame(numbers)).largest_acknowledged == max(numbers)


@given(VERSIONS, st.integers(0, (1 << 32) - 1), st.binary(min_size=4, max_size=100), st.binary(max_size=20))
def test_a_packet_reads_back_and_no_prefix_of_it_does(version: int, number: int, frames: bytes, destination: bytes) -> None:
    keys, _ = initial_keys(version, ID)
    sealed = seal_packet(PacketKind.HANDSHAKE, version, Ids(destination, b""), number, frames, keys)
    (packet,) = long_packets(sealed)
    opened = open_packet(packet, keys, number)
    assert opened is not None
    assert (opened.number, opened.frames) == (number, frames)
    with contextlib.suppress(MalformedMessage):
        assert not [each for each in long_packets(sealed[:-1]) if open_packet(each, keys, number)]
