"""Reads files of captured packets, pcap and pcapng, one packet after another and never more than one in memory.

pcap: draft-ietf-opsawg-pcap; pcapng: draft-ietf-opsawg-pcapng. The link types are those of https://www.tcpdump.org/linktypes.html.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from struct import Struct
from typing import NamedTuple

from pqscan.errors import MalformedMessage, WrongProtocol

Read = Callable[[int], bytes]
"""At most so many next bytes of the file; b"" at its end."""

MOST_PACKET = 1 << 18  # bytes: what tcpdump and Wireshark take at most
_MOST_BLOCK = 1 << 24
_MOST_INTERFACES = 4096
_PORTION = 1 << 20
_MICROSECONDS, _NANOSECONDS = 0xA1B2C3D4, 0xA1B23C4D
_SECTION, _INTERFACE, _PACKET_OLD, _PACKET_SIMPLE, _PACKET = 0x0A0D0D0A, 1, 2, 3, 6
_BYTE_ORDER = 0x1A2B3C4D
_RESOLUTION, _OFFSET = 9, 14  # options of an interface: if_tsresol, if_tsoffset
_MOST_SECONDS = 253_402_300_799  # the end of the year 9999, beyond which no calendar here goes


class Packet(NamedTuple):
    """One frame. `seconds` since 1970 (0.0 where the file does not tell); `link` is its LINKTYPE."""

    seconds: float
    link: int
    data: bytes


class CaptureReader:
    """Iterates over the packets of one file. Afterwards `problem` tells why it ended before the file's end, "" where it did not.

    What came before a bad or missing part is given all the same: captures are often cut while they are written. Raises
    WrongProtocol where the file begins like neither format."""

    def __init__(self, read: Read) -> None:
        self.problem = ""
        self.packets = 0
        self._read = read
        self._buffer = b""
        self._position = 0

    def __iter__(self) -> Iterator[Packet]:
        try:
            yield from self._whole()
        except MalformedMessage as error:
            self.problem = str(error)

    def _whole(self) -> Iterator[Packet]:
        start = self._take(4, optional=True)
        for order in ("<", ">"):
            magic = Struct(f"{order}I").unpack(start)[0] if len(start) == 4 else 0
            if magic in (_MICROSECONDS, _NANOSECONDS):
                return (yield from self._classic(order, 1e-6 if magic == _MICROSECONDS else 1e-9))
            if magic == _SECTION:
                return (yield from self._blocks())
        raise WrongProtocol("the file does not begin like a capture of packets (pcap or pcapng)")

    def _take(self, size: int, *, optional: bool = False) -> bytes:
        """The next bytes. Raises MalformedMessage where the file ends before, but for its very end where that is `optional`."""
        end = self._position + size
        if end > len(self._buffer):
            parts = [self._buffer[self._position :]]
            held = len(parts[0])
            while held < size:
                more = self._read(max(_PORTION, size - held))
                if not more:
                    break
                parts.append(more)
                held += len(more)
            self._buffer, self._position, end = b"".join(parts), 0, size
            if held < size:
                if optional:
                    return b""
                raise MalformedMessage(f"the file ends within packet {self.packets + 1}: {size} bytes announced, {held} left")
        found = self._buffer[self._position : end]
        self._position = end
        return found

    def _classic(self, order: str, unit: float) -> Iterator[Packet]:
        take, unpack = self._take, Struct(f"{order}IIII").unpack
        link = Struct(f"{order}HHIIII").unpack(take(20))[5] & 0xFFFF  # The upper half tells of a frame check sequence.
        while head := take(16, optional=True):
            seconds, fraction, size, _ = unpack(head)
            if size > MOST_PACKET:
                raise MalformedMessage(
                    f"packet {self.packets + 1} announces {size} bytes, and no packet has more than {MOST_PACKET}"
                )
            data = take(size)
            self.packets += 1
            yield Packet(seconds + fraction * unit, link, data)

    def _blocks(self) -> Iterator[Packet]:
        """Sections of blocks; each section says anew in which order its bytes stand."""
        order = self._section_order(self._take(8))
        interfaces: list[tuple[int, float, int]] = []
        while True:
            head = self._take(8, optional=True)
            if not head:
                return
            kind, size = Struct(f"{order}II").unpack(head)
            if kind == _SECTION:
                order = self._section_order(self._take(4), head[4:])
                interfaces.clear()
                continue
            body = self._body(size, order)
            if kind == _INTERFACE and len(interfaces) < _MOST_INTERFACES:
                interfaces.append(_interface(body, order))
            elif kind in (_PACKET, _PACKET_OLD, _PACKET_SIMPLE):
                yield self._packet(kind, body, order, interfaces)

    def _section_order(self, rest: bytes, size_field: bytes = b"") -> str:
        """`rest` are the bytes after the block's type: its length, unless that is known, and the magic number."""
        size_field, magic = (size_field, rest) if size_field else (rest[:4], rest[4:])
        order = next((o for o in ("<", ">") if Struct(f"{o}I").unpack(magic)[0] == _BYTE_ORDER), None)
        if order is None:
            raise MalformedMessage("a section of the file does not tell in which order its bytes stand")
        self._body(Struct(f"{order}I").unpack(size_field)[0], order, read=12)
        return order

    def _body(self, size: int, order: str, read: int = 8) -> bytes:
        """The rest of a block of which so many bytes are read already, without the length at its end."""
        if size % 4 or not read + 4 <= size <= _MOST_BLOCK:
            raise MalformedMessage(f"a block after packet {self.packets} announces {size} bytes")
        body = self._take(size - read)
        if Struct(f"{order}I").unpack(body[-4:])[0] != size:
            raise MalformedMessage(f"a block after packet {self.packets} has two lengths")
        return body[:-4]

    def _packet(self, kind: int, body: bytes, order: str, interfaces: list[tuple[int, float, int]]) -> Packet:
        number, high, low, start = 0, 0, 0, 4
        if kind == _PACKET_SIMPLE:
            (size,) = _unpacked(f"{order}I", body)
            size = min(size, len(body) - 4)
        elif kind == _PACKET:
            number, high, low, size, _ = _unpacked(f"{order}IIIII", body)
            start = 20
        else:
            number, _, high, low, size, _ = _unpacked(f"{order}HHIIII", body)
            start = 20
        if number >= len(interfaces):
            raise MalformedMessage(f"packet {self.packets + 1} is of an interface that the file does not describe")
        if size > len(body) - start:
            raise MalformedMessage(f"packet {self.packets + 1} announces more bytes than its block has")
        link, unit, offset = interfaces[number]
        self.packets += 1
        seconds = 0.0 if kind == _PACKET_SIMPLE else (high << 32 | low) * unit + offset
        return Packet(seconds if 0 <= seconds <= _MOST_SECONDS else 0.0, link, body[start : start + size])


def _interface(body: bytes, order: str) -> tuple[int, float, int]:
    """Its link type, the seconds of one unit of its times, and what must be added to them."""
    link, _, _ = _unpacked(f"{order}HHI", body)
    unit, offset, place = 1e-6, 0, 8
    while place + 4 <= len(body):
        code, size = Struct(f"{order}HH").unpack(body[place : place + 4])
        value = body[place + 4 : place + 4 + size]
        if code == _RESOLUTION and len(value) == 1:
            exponent = value[0] & 0x7F
            unit = 2.0**-exponent if value[0] & 0x80 else 10.0**-exponent
        elif code == _OFFSET and len(value) == 8:
            offset = Struct(f"{order}q").unpack(value)[0]
        elif code == 0:
            break
        place += 4 + size + -size % 4
    return link, unit, offset


def _unpacked(layout: str, body: bytes) -> tuple[int, ...]:
    struct = Struct(layout)
    if len(body) < struct.size:
        raise MalformedMessage("a block is shorter than what it must hold")
    return struct.unpack(body[: struct.size])
