"""Splits octets into packets of OpenPGP (RFC 9580, section 4.2), old framing and new, lengths in parts and without end included.

Of packets that carry content (messages, documents, names) nothing is given back but that they are there."""

from __future__ import annotations

import bz2
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from itertools import islice

from pqscan.errors import MalformedMessage

MOST_BODY = 1 << 20
MOST_PACKETS = 200_000
_MOST_PARTS = 100_000
_MOST_UNPACKED = 4096


class Tag(IntEnum):
    """Kinds of packets that are read here (RFC 9580, section 5)."""

    PKESK = 1
    SIGNATURE = 2
    SKESK = 3
    ONE_PASS = 4
    SECRET_KEY = 5
    PUBLIC_KEY = 6
    SECRET_SUBKEY = 7
    COMPRESSED = 8
    ENCRYPTED = 9
    MARKER = 10
    LITERAL = 11
    TRUST = 12
    USER_ID = 13
    PUBLIC_SUBKEY = 14
    USER_ATTRIBUTE = 17
    PROTECTED = 18
    MDC = 19
    AEAD = 20
    PADDING = 21


_KNOWN = frozenset(Tag)
READ = frozenset(
    {
        Tag.PKESK, Tag.SIGNATURE, Tag.SKESK, Tag.ONE_PASS, Tag.SECRET_KEY, Tag.PUBLIC_KEY, Tag.SECRET_SUBKEY, Tag.PUBLIC_SUBKEY,
        Tag.PROTECTED, Tag.AEAD, Tag.COMPRESSED,
    }
)  # fmt: skip
_CONTENT = frozenset({Tag.COMPRESSED, Tag.ENCRYPTED, Tag.LITERAL, Tag.PROTECTED, Tag.AEAD})
_BEGINNING = 4096
"""Octets of content that are given back: the head of what is encrypted, the beginning of what is packed."""
_BZIP2 = b"\x03"
"""It gives nothing until its first block is there, which may be 900,000 octets: as much is given back as of other packets."""


@dataclass(frozen=True, slots=True)
class Packet:
    """`body` is empty for kinds that are not read, and only the beginning of content. `offset` is where the packet begins, `after`
    where the next one does."""

    tag: Tag
    body: bytes
    offset: int
    after: int


def read_packets(data: bytes, start: int = 0, end: int | None = None) -> Iterator[Packet]:
    """Every packet in order. Raises MalformedMessage where octets follow that are none; what was given until then stands."""
    at, finish = start, len(data) if end is None else end
    for _ in range(MOST_PACKETS):
        if at >= finish:
            return
        packet = _packet(data, at, finish)
        yield packet
        at = packet.after
    raise MalformedMessage(f"more than {MOST_PACKETS} packets of OpenPGP")


def packets_inside(packet: Packet) -> Iterator[Packet]:
    """The signatures, and what announces them, at the beginning of what is packed in a compressed packet (RFC 9580, section 5.6):
    they tell how a message is signed. Raises MalformedMessage where it cannot be unpacked, as where the packing is not known."""
    if not packet.body:
        return
    try:
        match packet.body[0]:
            case 1:
                unpacked = zlib.decompressobj(-15).decompress(packet.body[1:], _MOST_UNPACKED)
            case 2:
                unpacked = zlib.decompressobj().decompress(packet.body[1:], _MOST_UNPACKED)
            case 3:
                unpacked = bz2.BZ2Decompressor().decompress(packet.body[1:], _MOST_UNPACKED)
            case 0:
                unpacked = packet.body[1:]
            case _:
                unpacked = b""
    except (zlib.error, OSError, EOFError, ValueError) as error:
        raise MalformedMessage("what is packed in the message cannot be unpacked") from error
    if not unpacked:
        raise MalformedMessage("what is packed in the message cannot be unpacked")
    for inside in read_packets(unpacked):
        if inside.tag not in (Tag.ONE_PASS, Tag.SIGNATURE):
            return
        yield inside


def _packet(data: bytes, at: int, end: int) -> Packet:
    first = data[at]
    if not first & 0x80:
        raise MalformedMessage(f"no packet of OpenPGP begins at byte {at}")
    number = first & 0x3F if first & 0x40 else first >> 2 & 0x0F
    if number not in _KNOWN:
        raise MalformedMessage(f"a packet of OpenPGP of the unknown kind {number} at byte {at}")
    tag = Tag(number)
    parts = (
        list(islice(_new_parts(data, at + 1, end, tag), _MOST_PARTS))
        if first & 0x40
        else [_old_length(data, at + 1, end, first & 3, tag)]
    )
    after = parts[-1][1]
    if tag not in READ:
        return Packet(tag, b"", at, after)
    most = _BEGINNING if tag in _CONTENT else MOST_BODY
    if tag is Tag.COMPRESSED and data[parts[0][0] : parts[0][0] + 1] == _BZIP2:
        most = MOST_BODY
    if tag not in _CONTENT and sum(finish - begin for begin, finish in parts) > most:
        raise MalformedMessage(f"a packet of OpenPGP at byte {at} has more than {most} octets")
    body = b"".join(data[begin : min(finish, begin + most)] for begin, finish in parts[:64])
    return Packet(tag, body[:most], at, after)


def _old_length(data: bytes, at: int, end: int, kind: int, tag: Tag) -> tuple[int, int]:
    if kind == 3:  # To the end of the file.
        return at, end
    size = 1 << kind
    begin = at + size
    if begin > end:
        raise MalformedMessage(f"the length of a packet of OpenPGP at byte {at} is cut off")
    return _bounded(begin, begin + int.from_bytes(data[at:begin]), end, tag)


def _new_parts(data: bytes, at: int, end: int, tag: Tag) -> Iterator[tuple[int, int]]:
    while True:
        if at >= end:
            raise MalformedMessage(f"the length of a packet of OpenPGP at byte {at} is cut off")
        first = data[at]
        if first < 192:
            begin, size = at + 1, first
        elif first < 224:
            begin = at + 2
            size = (first - 192 << 8) + (data[at + 1] if begin <= end else 0) + 192
        elif first == 255:
            begin, size = at + 5, int.from_bytes(data[at + 1 : at + 5])
        else:
            begin, size = at + 1, 1 << (first & 0x1F)
        part = _bounded(begin, begin + size, end, tag)
        yield part
        if first < 224 or first == 255 or part[1] >= end:
            return
        if tag not in _CONTENT:
            raise MalformedMessage(f"a packet of OpenPGP at byte {at} that carries no content has its length in parts")
        at = part[1]


def _bounded(begin: int, finish: int, end: int, tag: Tag) -> tuple[int, int]:
    """Content may go on beyond what is looked at; anything else may not."""
    if finish > end and tag not in _CONTENT:
        raise MalformedMessage(f"a packet of OpenPGP at byte {begin} reaches beyond the end")
    return min(begin, end), min(finish, end)
