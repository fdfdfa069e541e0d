"""Variable-length integers and long headers (RFC 9000, sections 16 and 17.2; RFC 9369, section 3.2)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from pqscan.errors import MalformedMessage
from pqscan.wire.cursor import Cursor

VERSION_1, VERSION_2 = 0x00000001, 0x6B3343CF
MOST_CONNECTION_ID_BYTES = 20


class PacketKind(Enum):
    INITIAL = auto()
    ZERO_RTT = auto()
    HANDSHAKE = auto()
    RETRY = auto()
    VERSION_NEGOTIATION = auto()


_KINDS = {
    VERSION_1: (PacketKind.INITIAL, PacketKind.ZERO_RTT, PacketKind.HANDSHAKE, PacketKind.RETRY),
    VERSION_2: (PacketKind.RETRY, PacketKind.INITIAL, PacketKind.ZERO_RTT, PacketKind.HANDSHAKE),
}


def is_reserved(version: int) -> bool:
    """One that stands in a list only so that lists of any kind are put up with (RFC 9000, section 15)."""
    return version & 0x0F0F0F0F == 0x0A0A0A0A


@dataclass(frozen=True, slots=True)
class LongPacket:
    """One packet with a long header, still protected. `protected_at` is where its packet number stands, counted from its first
    byte; `encoded` ends where the packet does. `versions` is filled in VERSION_NEGOTIATION alone."""

    kind: PacketKind
    version: int
    destination_id: bytes
    source_id: bytes
    token: bytes
    encoded: bytes
    protected_at: int = 0
    versions: tuple[int, ...] = ()


def read_integer(cursor: Cursor, what: str) -> int:
    """RFC 9000, section 16. Raises MalformedMessage."""
    first = cursor.uint8(what)
    rest = cursor.take((1 << (first >> 6)) - 1, what)
    return int.from_bytes(bytes((first & 0x3F,)) + rest, "big")


def integer(value: int) -> bytes:
    """In as few bytes as it takes."""
    for power in range(4):
        if value < 1 << ((8 << power) - 2):
            return (value | power << ((8 << power) - 2)).to_bytes(1 << power, "big")
    raise ValueError(f"{value} is more than QUIC can write")


def long_packets(datagram: bytes) -> list[LongPacket]:
    """The packets with long headers that share a datagram (RFC 9000, section 12.2). Raises MalformedMessage; what is not QUIC, or
    of a version that cannot be read, gives none."""
    found: list[LongPacket] = []
    rest = datagram
    while len(rest) > 6 and rest[0] & 0x80:  # Padding behind the last packet has no such bit.
        packet = _long_packet(rest)
        if packet is None:
            break
        found.append(packet)
        rest = rest[len(packet.encoded) :]
    return found


def _long_packet(data: bytes) -> LongPacket | None:
    cursor = Cursor(data)
    first = cursor.uint8("header form")
    version = cursor.uint32("version")
    if version and (version not in _KINDS or not first & 0x40):
        return None
    destination = cursor.opaque8("destination connection id", most=0xFF if not version else MOST_CONNECTION_ID_BYTES)
    source = cursor.opaque8("source connection id", most=0xFF if not version else MOST_CONNECTION_ID_BYTES)
    if not version:  # RFC 9000, section 17.2.1
        if cursor.remaining % 4:
            raise MalformedMessage(f"a Version Negotiation packet with {cursor.remaining} bytes of versions")
        versions = tuple(cursor.uint32("supported version") for _ in range(cursor.remaining // 4))
        return LongPacket(PacketKind.VERSION_NEGOTIATION, 0, destination, source, b"", data, versions=versions)
    kind = _KINDS[version][first >> 4 & 3]
    token = b""
    if kind is PacketKind.RETRY:
        if cursor.remaining < 16:
            raise MalformedMessage("a Retry packet without its integrity tag")
        token = cursor.take(cursor.remaining - 16, "retry token")
        return LongPacket(kind, version, destination, source, token, data)
    if kind is PacketKind.INITIAL:
        token = cursor.take(read_integer(cursor, "token length"), "token")
    length = read_integer(cursor, "length")
    number_at = len(data) - cursor.remaining
    cursor.take(length, "packet")
    return LongPacket(kind, version, destination, source, token, data[: number_at + length], number_at)
