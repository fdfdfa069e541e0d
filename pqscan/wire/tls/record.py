"""The record layer (RFC 9846, section 5): splits a byte stream into records, bounded, and writes plaintext records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pqscan.errors import MalformedMessage, WrongProtocol
from pqscan.wire.greetings import protocol_like
from pqscan.wire.tls.words import ContentType

MOST_PLAINTEXT = 1 << 14
MOST_CIPHERTEXT = MOST_PLAINTEXT + 2048  # TLS 1.2 allows 2048 more than the plaintext, TLS 1.3 only 256.
_KNOWN_TYPES = frozenset(int(kind) for kind in ContentType) | {24}  # 24: heartbeat, never asked for


@dataclass(frozen=True, slots=True)
class Record:
    """One TLSPlaintext or TLSCiphertext: `header` is its five bytes, which TLS 1.3 authenticates."""

    content_type: int
    version: int
    header: bytes
    fragment: bytes


class RecordReader:
    """Collects bytes and gives whole records.

    Raises WrongProtocol where the first byte cannot begin a TLS record, MalformedMessage for a length or type that no
    record has. Never holds more than one record beyond what it was fed.
    """

    __slots__ = ("_buffer", "_seen_one")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._seen_one = False

    def feed(self, data: bytes) -> Iterator[Record]:
        """The records that are whole now, one at a time: what comes before a bad one is given before the error is raised."""
        self._buffer += data
        return self._whole_records()

    def _whole_records(self) -> Iterator[Record]:
        buffer = self._buffer
        while buffer:
            kind = buffer[0]
            if kind not in _KNOWN_TYPES:
                self._refuse(bytes(buffer[:64]))
            if len(buffer) < 5:
                return
            version = (buffer[1] << 8) | buffer[2]
            size = (buffer[3] << 8) | buffer[4]
            if version >> 8 != 3:
                self._refuse(bytes(buffer[:64]))
            if size > MOST_CIPHERTEXT:
                raise MalformedMessage(f"record: a length of {size}, allowed are at most {MOST_CIPHERTEXT}")
            end = 5 + size
            if len(buffer) < end:
                return
            record = Record(kind, version, bytes(buffer[:5]), bytes(buffer[5:end]))
            del buffer[:end]
            self._seen_one = True
            yield record

    @property
    def pending(self) -> int:
        """Bytes of a record that has not come whole yet."""
        return len(self._buffer)

    def _refuse(self, start: bytes) -> None:
        if self._seen_one:
            raise MalformedMessage(f"record: type {start[0]} is none of TLS")
        raise WrongProtocol(f"the answer does not begin like a TLS record: {start[:24]!r}", like=protocol_like(start))


def encode_records(content_type: int, version: int, payload: bytes) -> bytes:
    """`payload` in as many plaintext records as it needs."""
    head = bytes((content_type, version >> 8, version & 0xFF))
    if len(payload) <= MOST_PLAINTEXT:
        return head + len(payload).to_bytes(2, "big") + payload
    parts = (payload[start : start + MOST_PLAINTEXT] for start in range(0, len(payload), MOST_PLAINTEXT))
    return b"".join(head + len(part).to_bytes(2, "big") + part for part in parts)
