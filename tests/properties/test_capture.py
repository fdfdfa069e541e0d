"""Properties of the readers of captures: pqscan.wire.capture.file, pqscan.wire.capture.frame, pqscan.wire.capture.stream,
pqscan.wire.capture.tls_talk, pqscan.wire.capture.ssh_talk, pqscan.wire.capture.ike_talk, pqscan.wire.capture.quic_talk,
pqscan.wire.capture.watch, pqscan.wire.quic.header, pqscan.wire.quic.initial, pqscan.wire.quic.frames,
pqscan.wire.tls.client_offer."""

from __future__ import annotations

import contextlib
import io
import itertools

from hypothesis import given
from hypothesis import strategies as st

from pqscan.errors import MalformedMessage, WrongProtocol
from pqscan.wire.capture.file import CaptureReader, Packet
from pqscan.wire.capture.frame import segment_of
from pqscan.wire.capture.ike_talk import IkeTalk, is_opening
from pqscan.wire.capture.quic_talk import QuicTalk, begins_like_quic
from pqscan.wire.capture.ssh_talk import SshTalk
from pqscan.wire.capture.stream import InOrder
from pqscan.wire.capture.tls_talk import TlsTalk
from pqscan.wire.capture.watch import Watch
from pqscan.wire.cursor import Cursor
from pqscan.wire.quic.frames import CryptoStream, read_frames
from pqscan.wire.quic.header import VERSION_1, VERSION_2, integer, long_packets, read_integer
from pqscan.wire.quic.initial import initial_keys, open_initial, seal_initial
from pqscan.wire.tls.client_hello import ClientHello
from pqscan.wire.tls.client_offer import read_client_offer
from tests.captures import CLIENT, SERVER, Said, connection, pcap, pcapng, tcp, udp

FRAMES = st.lists(st.binary(max_size=80), max_size=6)
LINKS = st.sampled_from([0, 1, 101, 108, 113, 276, 105])
STARTS = st.sampled_from(
    [b"", b"\x16\x03\x01", b"\x16\x03\x03\x00\x30\x01\x00\x00\x2c\x03\x03", b"SSH-2.0-x\r\n", b"\x15\x03\x03\x00\x02\x02"]
)
SHORT = st.binary(max_size=20)
SAID = st.lists(st.builds(Said, st.booleans(), st.builds(bytes.__add__, STARTS, st.binary(max_size=120))), max_size=6)


@given(FRAMES, st.sampled_from("<>"), LINKS, st.booleans())
def test_packets_that_were_written_are_read_back(frames: list[bytes], order: str, link: int, classic: bool) -> None:
    data = (pcap if classic else pcapng)(frames, order, link)
    reader = CaptureReader(io.BytesIO(data).read)
    assert [(packet.link, packet.data) for packet in reader] == [(link, frame) for frame in frames]
    assert reader.problem == ""


@given(FRAMES, st.booleans(), st.data())
def test_a_file_cut_anywhere_gives_the_beginning_of_it(frames: list[bytes], classic: bool, data: st.DataObject) -> None:
    whole = (pcap if classic else pcapng)(frames)
    cut = whole[: data.draw(st.integers(4, len(whole)))]
    found = [packet.data for packet in CaptureReader(io.BytesIO(cut).read)]
    assert found == frames[: len(found)]


@given(st.one_of(st.binary(max_size=300), st.builds(bytes.__add__, st.just(pcapng([])), st.binary(max_size=300)),
                 st.builds(bytes.__add__, st.just(pcap([])), st.binary(max_size=300))))  # fmt: skip
def test_any_bytes_are_a_capture_or_none(data: bytes) -> None:
    with contextlib.suppress(WrongProtocol):
        for packet in CaptureReader(io.BytesIO(data).read):
            assert len(packet.data) <= len(data)


@given(LINKS, st.one_of(st.binary(max_size=120), st.builds(lambda data: tcp(CLIENT, SERVER, 1)[:34] + data, st.binary(max_size=60)),
                        st.builds(lambda data: tcp(("::1", 1), ("::2", 2), 1)[:20] + data, st.binary(max_size=120))))  # fmt: skip
def test_any_frame_is_a_segment_or_none(link: int, data: bytes) -> None:
    segment = segment_of(link, data)
    assert segment is None or segment.payload in data


@given(
    st.binary(min_size=1, max_size=60),
    st.lists(st.integers(0, 60), max_size=8),
    st.randoms(use_true_random=False),
    st.integers(0, (1 << 32) - 1),
)
def test_segments_in_any_order_and_number_give_the_bytes_once(data: bytes, cuts: list[int], order: object, start: int) -> None:
    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    parts = [(start + first, data[first:last]) for first, last in itertools.pairwise(places)]
    parts += parts[: len(cuts)]
    order.shuffle(parts)  # type: ignore[attr-defined]
    stream = InOrder(start)
    assert b"".join(stream.feed(sequence, payload) for sequence, payload in parts) == data


@given(SAID, st.integers(1, 50))
def test_no_words_of_the_two_ends_raise_anything(said: list[Said], most: int) -> None:
    for talk in (TlsTalk(), SshTalk()):
        for one in said:
            (talk.client if one.by_client else talk.server)(one.data)
    frames = connection(said, most=most)
    assert len(list(Watch().read(Packet(0.0, 1, frame) for frame in frames))) <= 1


DATAGRAMS = st.lists(st.tuples(st.booleans(), st.binary(max_size=150)), max_size=5)
BEGINNINGS = st.sampled_from(
    [b"", b"\xc0\x00\x00\x00\x01\x08" + bytes(8), b"\xd0\x6b\x33\x43\xcf\x00\x00", bytes(16) + b"\x21\x20\x22\x08"]
)


@given(BEGINNINGS, DATAGRAMS)
def test_no_datagrams_raise_anything(start: bytes, said: list[tuple[bool, bytes]]) -> None:
    for talk in (IkeTalk(), QuicTalk()):
        for by_client, data in said:
            (talk.client if by_client else talk.server)(start + data)
    for _, data in said:
        is_opening(start + data)
        begins_like_quic(start + data.ljust(1200, b"\x00"))
    for port in (443, 500, 4500):
        ends = ("192.0.2.1", port), ("192.0.2.2", port)
        frames = [udp(*(ends if by_client else ends[::-1]), start + data) for by_client, data in said]
        assert len(list(Watch().read(Packet(0.0, 1, frame) for frame in frames))) <= len(said)


@given(st.integers(0, (1 << 62) - 1))
def test_integers_of_quic_are_read_back(value: int) -> None:
    cursor = Cursor(integer(value))
    assert read_integer(cursor, "integer") == value
    assert not cursor.remaining


@given(st.binary(max_size=200))
def test_any_bytes_are_packets_and_frames_of_quic_or_malformed(data: bytes) -> None:
    with contextlib.suppress(MalformedMessage):
        assert sum(len(packet.encoded) for packet in long_packets(data)) <= len(data)
    with contextlib.suppress(MalformedMessage):
        read_frames(data)


@given(
    st.sampled_from([VERSION_1, VERSION_2]),
    SHORT,
    SHORT,
    st.binary(max_size=70),
    st.integers(0, 1000),
    st.binary(max_size=200),
    st.data(),
)
def test_a_sealed_packet_opens_and_a_changed_one_does_not(
    version: int, destination: bytes, source: bytes, token: bytes, number: int, frames: bytes, data: st.DataObject
) -> None:
    keys, _ = initial_keys(version, destination)
    sealed = seal_initial(version, destination, source, token, number, frames, keys)
    (packet,) = long_packets(sealed)
    assert open_initial(packet, keys) == frames
    place = data.draw(st.integers(packet.protected_at, len(sealed) - 1))
    (changed,) = long_packets(sealed[:place] + bytes((sealed[place] ^ 1,)) + sealed[place + 1 :])
    assert open_initial(changed, keys) is None


@given(st.binary(min_size=1, max_size=40), st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=12))
def test_handshake_bytes_come_once_whatever_parts_they_come_in(data: bytes, parts: list[tuple[int, int]]) -> None:
    stream = CryptoStream()
    ranges = [*((min(pair), max(pair)) for pair in parts), (0, len(data))]
    assert b"".join(stream.feed(first, data[first:last]) for first, last in ranges if first < len(data)) == data


@given(st.lists(st.tuples(st.sampled_from([0, 10, 13, 16, 43, 51]), st.binary(max_size=30)), max_size=6))
def test_any_extensions_are_an_offer_or_malformed(extensions: list[tuple[int, bytes]]) -> None:
    hello = ClientHello(0x0303, bytes(32), b"", (0x1301, 0x0A0A), extensions=tuple(extensions))
    with contextlib.suppress(MalformedMessage):
        assert read_client_offer(hello).cipher_suites == (0x1301,)
