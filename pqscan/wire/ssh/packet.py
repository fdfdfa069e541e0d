"""Packets of the binary protocol before keys are in use (RFC 4253, section 6): splits a byte stream, bounded, and writes them."""

from __future__ import annotations

from collections.abc import Iterator

from pqscan.errors import MalformedMessage

MOST_PACKET = 1 << 18  # octets in packet_length, as OpenSSH; the standard asks everyone to take 35,000
_BLOCK = 8
_LEAST_PADDING = 4


class PacketReader:
    """Collects bytes and gives the payloads of whole packets. Never holds more than one packet beyond what it was fed."""

    __slots__ = ("_buffer",)

    def __init__(self) -> None:
        self._buffer = bytearray()

    @property
    def pending(self) -> int:
        """Bytes of a packet that has not come whole yet."""
        return len(self._buffer)

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The payloads that are whole now, one at a time. Raises MalformedMessage for a length that no packet has."""
        self._buffer += data
        return self._whole()

    def _whole(self) -> Iterator[bytes]:
        buffer = self._buffer
        while len(buffer) >= 4:
            size = int.from_bytes(buffer[:4], "big")
            if not 1 + 1 + _LEAST_PADDING <= size <= MOST_PACKET:
                raise MalformedMessage(f"packet: a length of {size}, allowed are 6 to {MOST_PACKET}")
            if len(buffer) < 4 + size:
                return
            padding = buffer[4]
            if not _LEAST_PADDING <= padding <= size - 2:
                raise MalformedMessage(f"packet: {padding} octets of padding in a packet of {size}")
            payload = bytes(buffer[5 : 4 + size - padding])
            del buffer[: 4 + size]
            yield payload


def encode_packet(payload: bytes) -> bytes:
    """One packet in clear. Its padding is zeros: there is nothing to hide before keys are in use."""
    padding = _BLOCK - (5 + len(payload)) % _BLOCK
    if padding < _LEAST_PADDING:
        padding += _BLOCK
    return (1 + len(payload) + padding).to_bytes(4, "big") + bytes((padding,)) + payload + bytes(padding)
