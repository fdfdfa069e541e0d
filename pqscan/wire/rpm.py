"""The header of an RPM package in which its signatures stand (rpm 4.20, docs/manual/format_header.md), and of each signature,
which is a packet of OpenPGP (RFC 9580, section 5.2), the two numbers that name its algorithms."""

from __future__ import annotations

import binascii
from collections.abc import Iterator
from dataclasses import dataclass

from pqscan.errors import MalformedMessage
from pqscan.registry.rpm import RpmTag, tag_of
from pqscan.wire.cursor import Cursor

MAGIC = b"\x8e\xad\xe8\x01"
_MOST_ENTRIES = 10_000
_MOST_TEXTS = 100
_MOST_OCTETS = 1 << 16  # of one signature
_BINARY, _TEXTS = 7, 8
_SIGNATURE = 2  # the type of a packet
_VERSION_3 = 3


@dataclass(frozen=True, slots=True)
class RpmSignature:
    """`tag` is the name of where it stands; `key` and `hash` are numbers of OpenPGP, `version` that of the packet."""

    tag: str
    version: int
    key: int
    hash: int


def read_rpm_signatures(header: bytes) -> tuple[RpmSignature, ...]:
    """Every signature in a header. Raises MalformedMessage."""
    cursor = Cursor(header)
    if cursor.take(4, "the magic of the header") != MAGIC:
        raise MalformedMessage("the header of the package does not begin as one does")
    cursor.take(4, "reserved octets")
    entries, size = cursor.uint32("the number of entries"), cursor.uint32("the size of the data")
    if entries > _MOST_ENTRIES:
        raise MalformedMessage(f"the header has more than {_MOST_ENTRIES} entries")
    index = Cursor(cursor.take(16 * entries, "the entries"))
    data = cursor.take(size, "the data of the header")
    found: list[RpmSignature] = []
    for _ in range(entries):
        number, kind, offset, count = (index.uint32("an entry") for _ in range(4))
        tag = tag_of(number)
        if tag is not None:
            found.extend(_of_packet(tag.name, packet) for packet in _packets(tag, kind, data, offset, count))
    return tuple(found)


def _packets(tag: RpmTag, kind: int, data: bytes, offset: int, count: int) -> Iterator[bytes]:
    if not tag.is_text and kind == _BINARY:
        yield Cursor(data, min(offset, len(data))).take(min(count, _MOST_OCTETS), tag.name)
    elif tag.is_text and kind == _TEXTS:
        for _ in range(min(count, _MOST_TEXTS)):
            end = data.find(b"\0", offset, offset + 2 * _MOST_OCTETS)
            if end < 0:
                raise MalformedMessage("a text in the header of the package has no end")
            try:
                yield binascii.a2b_base64(data[offset:end])
            except binascii.Error:
                raise MalformedMessage("a signature of the package is no Base64") from None
            offset = end + 1
    else:
        raise MalformedMessage(f"what stands under {tag.name} is no signature")


def _of_packet(tag: str, packet: bytes) -> RpmSignature:
    cursor = Cursor(packet)
    first = cursor.uint8("a packet")
    if first & 0xC0 == 0xC0:
        kind = first & 0x3F
        _new_length(cursor)
    else:
        kind = first >> 2 & 0xF
        cursor.take((1, 2, 4, 0)[first & 3], "the length of a packet")
    if not first & 0x80 or kind != _SIGNATURE:
        raise MalformedMessage(f"what stands under {tag} is no signature of OpenPGP")
    version = cursor.uint8("the version of a signature")
    if version == _VERSION_3:
        cursor.take(14, "type, time and key of a signature")
    else:
        cursor.uint8("the type of a signature")
    return RpmSignature(tag, version, cursor.uint8("the algorithm of a key"), cursor.uint8("the algorithm of a hash"))


def _new_length(cursor: Cursor) -> None:
    """One, two or five octets (RFC 9580, section 4.2.1)."""
    first = cursor.uint8("the length of a packet")
    if first == 0xFF:
        cursor.take(4, "the length of a packet")
    elif first >= 0xC0:
        cursor.uint8("the length of a packet")
