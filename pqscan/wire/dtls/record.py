"""The record layer of DTLS: what one datagram holds (RFC 9147, section 4; RFC 6347, section 4.1), and records in the clear.

Records with a connection id are passed over: none is ever asked for.
"""

from __future__ import annotations

from dataclasses import dataclass

from pqscan.errors import MalformedMessage
from pqscan.wire.cursor import Cursor
from pqscan.wire.tls.words import ContentType

ACK = 26
"""The content type of acknowledgements (RFC 9147, section 7)."""
PLAIN_HEADER_BYTES = 13
MOST_RECORDS = 64
"""In one datagram; whoever sends more of them in 64 kB sends nothing of a handshake."""
OLDEST_NUMBER, NUMBER = 0xFEFF, 0xFEFD
"""What stands as the version of a record: of a first hello, so that old servers read it, and of all others."""
_PLAIN_TYPES = frozenset(
    (ContentType.CHANGE_CIPHER_SPEC, ContentType.ALERT, ContentType.HANDSHAKE, ContentType.APPLICATION_DATA, ACK)
)
_MAJOR = 0xFE
_UNIFIED, _WITH_ID, _LONG_NUMBER, _WITH_LENGTH, _EPOCH_BITS = 0x20, 0x10, 0x08, 0x04, 0x03


@dataclass(frozen=True, slots=True)
class PlainRecord:
    """A record with the header of DTLS 1.2, which in epoch 0 is in the clear. `sequence` has 48 bits."""

    content_type: int
    version: int
    epoch: int
    sequence: int
    fragment: bytes


@dataclass(frozen=True, slots=True)
class ProtectedRecord:
    """A DTLSCiphertext of version 1.3. `header` is as it came: the number in its second and perhaps third byte is encrypted.

    `epoch_bits` are the low two bits of the epoch."""

    header: bytes
    number_bytes: int
    epoch_bits: int
    fragment: bytes


Record = PlainRecord | ProtectedRecord


def records_of(datagram: bytes) -> tuple[Record, ...]:
    """The records of one datagram, up to the first that cannot be read: the rest is then passed over (RFC 9147, section 4.5.2).
    Empty where there is none at all."""
    cursor = Cursor(datagram)
    found: list[Record] = []
    try:
        while cursor.remaining and len(found) < MOST_RECORDS:
            record = _record(cursor)
            if record is not None:
                found.append(record)
    except MalformedMessage:
        pass
    return tuple(found)


def _record(cursor: Cursor) -> Record | None:
    first = cursor.uint8("content type")
    if first in _PLAIN_TYPES:
        version = cursor.uint16("version")
        if version >> 8 != _MAJOR:
            raise MalformedMessage(f"record: version 0x{version:04x} is none of DTLS")
        epoch = cursor.uint16("epoch")
        sequence = int.from_bytes(cursor.take(6, "sequence_number"), "big")
        return PlainRecord(first, version, epoch, sequence, cursor.opaque16("fragment"))
    if first & 0xE0 != _UNIFIED:
        raise MalformedMessage(f"record: 0x{first:02x} begins none of DTLS")
    if first & _WITH_ID:
        raise MalformedMessage("record: a connection id that nobody asked for")
    number_bytes = 2 if first & _LONG_NUMBER else 1
    header = bytes((first,)) + cursor.take(number_bytes, "sequence_number")
    size = cursor.remaining
    if first & _WITH_LENGTH:
        size = cursor.uint16("length")
        header += size.to_bytes(2, "big")
    return ProtectedRecord(header, number_bytes, first & _EPOCH_BITS, cursor.take(size, "encrypted_record"))


def plain_record(content_type: int, version: int, sequence: int, fragment: bytes) -> bytes:
    """A record of epoch 0."""
    head = bytes((content_type,)) + version.to_bytes(2, "big") + bytes(2) + sequence.to_bytes(6, "big")
    return head + len(fragment).to_bytes(2, "big") + fragment


def unified_header(epoch: int, sequence: int, fragment_bytes: int) -> bytes:
    """With a number of 16 bits and a length, as every record of ours has it; the number is not encrypted yet."""
    first = _UNIFIED | _LONG_NUMBER | _WITH_LENGTH | (epoch & _EPOCH_BITS)
    return bytes((first,)) + (sequence & 0xFFFF).to_bytes(2, "big") + fragment_bytes.to_bytes(2, "big")
