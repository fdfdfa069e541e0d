"""Writes captures: frames around what two ends said, and the files that hold them."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from OpenSSL import SSL

SYN, ACK, FIN, RST = 2, 16, 1, 4
CLIENT, SERVER = ("192.0.2.7", 50000), ("192.0.2.20", 443)
End = tuple[str, int]
_ETHERNET = b"\x02" * 12


def tcp(source: End, destination: End, sequence: int, payload: bytes = b"", flags: int = ACK) -> bytes:
    """An Ethernet frame."""
    head = struct.pack(">HHIIBBHHH", source[1], destination[1], sequence % (1 << 32), 0, 5 << 4, flags, 1024, 0, 0)
    return ip(source[0], destination[0], 6, head + payload)


def udp(source: End, destination: End, payload: bytes) -> bytes:
    return ip(source[0], destination[0], 17, struct.pack(">HHHH", source[1], destination[1], 8 + len(payload), 0) + payload)


def ip(source: str, destination: str, protocol: int, payload: bytes) -> bytes:
    first, second = ip_address(source).packed, ip_address(destination).packed
    if len(first) == 4:
        head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 0, 0, 64, protocol, 0)
        return _ETHERNET + b"\x08\x00" + head + first + second + payload
    head = struct.pack(">IHBB", 6 << 28, len(payload), protocol, 64)
    return _ETHERNET + b"\x86\xdd" + head + first + second + payload


@dataclass(frozen=True, slots=True)
class Said:
    """Bytes that one end sent at once."""

    by_client: bool
    data: bytes


def connection(
    said: Sequence[Said], client: End = CLIENT, server: End = SERVER, *, begins: bool = True, ends: bool = True, most: int = 1400
) -> list[bytes]:
    """The frames of a TCP connection, payloads cut into segments of at most so many bytes."""
    sequences = {True: 0xFFFFFF00, False: 77}  # The client's numbers go round within the handshake.
    frames: list[bytes] = []
    if begins:
        frames = [tcp(client, server, sequences[True] - 1, flags=SYN), tcp(server, client, sequences[False] - 1, flags=SYN | ACK)]
    for one in said:
        source, destination = (client, server) if one.by_client else (server, client)
        for start in range(0, len(one.data), most):
            part = one.data[start : start + most]
            frames.append(tcp(source, destination, sequences[one.by_client], part))
            sequences[one.by_client] += len(part)
    if ends:
        frames.append(tcp(client, server, sequences[True], flags=FIN | ACK))
    return frames


def pcap(frames: Iterable[bytes], order: str = "<", link: int = 1, *, nanoseconds: bool = False) -> bytes:
    magic = 0xA1B23C4D if nanoseconds else 0xA1B2C3D4
    parts = [struct.pack(f"{order}IHHIIII", magic, 2, 4, 0, 0, 1 << 18, link)]
    parts += [pcap_record(frame, 1_700_000_000 + number, order) for number, frame in enumerate(frames)]
    return b"".join(parts)


def pcap_record(frame: bytes, seconds: int, order: str = "<") -> bytes:
    return struct.pack(f"{order}IIII", seconds, 500, len(frame), len(frame)) + frame


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    body += bytes(-len(body) % 4)
    size = struct.pack(f"{order}I", 12 + len(body))
    return struct.pack(f"{order}I", kind) + size + body + size


def pcapng(frames: Iterable[bytes], order: str = "<", link: int = 1, *, options: bytes = b"") -> bytes:
    section = block(0x0A0D0D0A, struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1), order)
    interface = block(1, struct.pack(f"{order}HHI", link, 0, 0) + options, order)
    parts = [section, interface]
    for number, frame in enumerate(frames):
        ticks = (1_700_000_000 + number) * 1_000_000
        head = struct.pack(f"{order}IIIII", 0, ticks >> 32, ticks & 0xFFFFFFFF, len(frame), len(frame))
        parts.append(block(6, head + frame, order))
    return b"".join(parts)


def openssl_handshake(client: SSL.Context, server: SSL.Context, name: str | None = "www.example.vn") -> list[Said]:
    """What the ends of a real handshake in memory send each other, and some data after it."""
    ends = {True: SSL.Connection(client), False: SSL.Connection(server)}
    ends[True].set_connect_state()
    ends[False].set_accept_state()
    if name is not None:
        ends[True].set_tlsext_host_name(name.encode("ascii"))
    said: list[Said] = []
    for _ in range(8):
        for by_client, end in ends.items():
            try:
                end.do_handshake()
            except SSL.WantReadError:
                pass
            except SSL.Error:  # It refuses: what it says about it is still to be sent.
                pass
            try:
                data = end.bio_read(1 << 20)
            except SSL.WantReadError:
                continue
            said.append(Said(by_client, data))
            ends[not by_client].bio_write(data)
    return said
