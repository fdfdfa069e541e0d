from __future__ import annotations

import io
import struct

import pytest

from pqscan.errors import WrongProtocol
from pqscan.wire.capture.file import MOST_PACKET, CaptureReader, Packet
from tests.captures import block, pcap, pcapng

FRAMES = [b"first frame", b"", b"x" * 2000]


def read(data: bytes) -> tuple[list[Packet], str]:
    reader = CaptureReader(io.BytesIO(data).read)
    packets = list(reader)
    assert reader.packets == len(packets)
    return packets, reader.problem


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("write", [pcap, pcapng])
def test_packets_come_as_they_were_written(write: object, order: str) -> None:
    packets, problem = read(write(FRAMES, order, 276))  # type: ignore[operator]
    assert [packet.data for packet in packets] == FRAMES
    assert {packet.link for packet in packets} == {276}
    assert [int(packet.seconds) for packet in packets] == [1_700_000_000, 1_700_000_001, 1_700_000_002]
    assert problem == ""


@pytest.mark.parametrize(("nanoseconds", "fraction"), [(False, 500e-6), (True, 500e-9)])
def test_the_magic_number_tells_the_unit_of_time(nanoseconds: bool, fraction: float) -> None:
    packets, _ = read(pcap(FRAMES[:1], nanoseconds=nanoseconds))
    assert packets[0].seconds - 1_700_000_000 == pytest.approx(fraction, abs=1e-7)


def test_an_interface_tells_the_unit_and_the_beginning_of_its_times() -> None:
    options = struct.pack("<HHB3xHHqHH", 9, 1, 9, 14, 8, 3600, 0, 0)
    packets, _ = read(pcapng(FRAMES[:1], options=options))
    assert packets[0].seconds == pytest.approx(1_700_000_000 * 1e6 * 1e-9 + 3600)


def test_a_simple_packet_has_no_time() -> None:
    packets, problem = read(pcapng([]) + block(3, struct.pack("<I", 5) + b"abcde"))
    assert packets == [Packet(0.0, 1, b"abcde")]
    assert problem == ""


def test_each_section_describes_its_own_interfaces() -> None:
    packets, problem = read(pcapng(FRAMES[:1], "<", 1) + pcapng(FRAMES[:1], ">", 101))
    assert [packet.link for packet in packets] == [1, 101]
    assert problem == ""


def test_blocks_that_mean_nothing_here_are_passed_over() -> None:
    packets, _ = read(
        pcapng([]) + block(5, b"statistics") + block(0x0BAD, b"of someone's own") + block(3, struct.pack("<I", 1) + b"a")
    )
    assert [packet.data for packet in packets] == [b"a"]


@pytest.mark.parametrize("write", [pcap, pcapng])
@pytest.mark.parametrize("missing", [1, 12, 1999])
def test_a_cut_file_gives_what_is_whole_and_says_so(write: object, missing: int) -> None:
    packets, problem = read(write(FRAMES)[:-missing])  # type: ignore[operator]
    assert [packet.data for packet in packets] == FRAMES[:2]
    assert "ends within packet 3" in problem


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (pcap([]) + struct.pack("<IIII", 0, 0, MOST_PACKET + 1, 0), "announces"),
        (pcapng([]) + struct.pack("<II", 6, 7), "announces 7 bytes"),
        (pcapng([]) + struct.pack("<II", 6, 1 << 30), "announces"),
        (pcapng([]) + block(6, struct.pack("<IIIII", 1, 0, 0, 0, 0)), "interface"),
        (pcapng([]) + block(6, struct.pack("<IIIII", 0, 0, 0, 99, 99)), "more bytes than its block"),
        (pcapng([]) + block(6, b"short"), "shorter"),
        (pcapng([]) + block(5, b"")[:-4] + b"\x01\x02\x03\x04", "two lengths"),
        (block(0x0A0D0D0A, b"\x01\x02\x03\x04" + bytes(12)), "order"),
    ],
)  # fmt: skip
def test_a_part_that_lies_ends_the_file_with_a_reason(data: bytes, problem: str) -> None:
    assert problem in read(data)[1]


@pytest.mark.parametrize("data", [b"", b"abc", b"PK\x03\x04 an archive", b"\xd4\xc3\xb2"])
def test_what_is_no_capture_is_refused(data: bytes) -> None:
    with pytest.raises(WrongProtocol):
        read(data)


def test_a_file_that_comes_in_small_pieces_is_read_the_same() -> None:
    data = pcap(FRAMES)
    source = io.BytesIO(data)
    assert [packet.data for packet in CaptureReader(lambda _: source.read(7))] == FRAMES
