"""Packets of the binary protocol (RFC 4253, section 6): splits a byte stream, bounded, and writes them, before and after keys are
in use."""

from __future__ import annotations

from collections.abc import Iterator

from pqscan.errors import MalformedMessage
from pqscan.wire.ssh.protection import Protection

MOST_PACKET = 1 << 18  # octets in packet_length, as OpenSSH; the standard asks everyone to take 35,000
_BLOCK = 8
_LEAST_PADDING = 4
_NUMBERS = 1 << 32  # packets are counted modulo that (section 6.4)


class PacketReader:
    """Collects bytes and gives the payloads of whole packets. Never holds more than one packet beyond what it was fed.

    `count` is the number of the next packet."""

    __slots__ = ("_buffer", "_protection", "count")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._protection: Protection | None = None
        self.count = 0

    @property
    def pending(self) -> int:
        """Bytes of a packet that has not come whole yet."""
        return len(self._buffer)

    @property
    def is_protected(self) -> bool:
        return self._protection is not None

    def protect(self, protection: Protection, count: int | None = None) -> None:
        """What follows the packet that was read last is protected; `count` is its number, where that is not the next."""
        self._protection = protection
        if count is not None:
            self.count = count

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The payloads that are whole now, one at a time. Raises MalformedMessage for a length that no packet has, and for a packet
        that is not what the peer protected."""
        self._buffer += data
        return self._whole()

    def _whole(self) -> Iterator[bytes]:
        while (payload := self._next()) is not None:
            self.count = (self.count + 1) % _NUMBERS
            yield payload

    def _next(self) -> bytes | None:
        buffer, protection = self._buffer, self._protection
        head = bytes(buffer[: 4 if protection is None else protection.head_bytes])
        if len(head) < (4 if protection is None else protection.head_bytes):
            return None
        size = int.from_bytes(head if protection is None else protection.length(head, self.count), "big")
        if not 1 + 1 + _LEAST_PADDING <= size <= MOST_PACKET:
            raise MalformedMessage(f"packet: a length of {size}, allowed are 6 to {MOST_PACKET}")
        if protection is not None and (size + protection.covered_bytes) % protection.block:
            raise MalformedMessage(f"packet: a length of {size}, which is no multiple of the cipher's block")
        whole = 4 + size + (0 if protection is None else protection.tag_bytes)
        if len(buffer) < whole:
            return None
        packet = bytes(buffer[:whole])
        del buffer[:whole]
        opened = packet[4:] if protection is None else protection.open(packet, self.count)
        padding = opened[0]
        if not _LEAST_PADDING <= padding <= size - 2:
            raise MalformedMessage(f"packet: {padding} octets of padding in a packet of {size}")
        return opened[1 : size - padding]


class PacketWriter:
    """Writes packets and counts them. Padding is zeros: before keys are in use there is nothing to hide, and after it we say
    nothing that is not known."""

    __slots__ = ("_protection", "count")

    def __init__(self) -> None:
        self._protection: Protection | None = None
        self.count = 0

    @property
    def is_protected(self) -> bool:
        return self._protection is not None

    def protect(self, protection: Protection, count: int | None = None) -> None:
        """What is written from now on is protected; `count` is the number of the next packet, where it is not that."""
        self._protection = protection
        if count is not None:
            self.count = count

    def write(self, payload: bytes) -> bytes:
        """One packet."""
        protection = self._protection
        if protection is None:
            packet = encode_packet(payload)
        else:
            packet = protection.seal(frame(payload, protection.block, 4 - protection.covered_bytes), self.count)
        self.count = (self.count + 1) % _NUMBERS
        return packet


def encode_packet(payload: bytes) -> bytes:
    """One packet in clear."""
    return frame(payload, _BLOCK, 0)


def frame(payload: bytes, block: int, apart: int) -> bytes:
    """Length, padding and payload of one packet; `apart` octets of its length do not count as part of the blocks."""
    padding = block - (5 - apart + len(payload)) % block
    if padding < _LEAST_PADDING:
        padding += block
    return (1 + len(payload) + padding).to_bytes(4, "big") + bytes((padding,)) + payload + bytes(padding)
