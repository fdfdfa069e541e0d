"""Key Exchange, Notify and Certificate Request payloads of IKEv2 (RFC 7296, sections 3.4, 3.7 and 3.10), and the list of hash
algorithms in a notification (RFC 7427, section 4). Nonces and vendor ids are their bytes alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from pqscan.errors import MalformedMessage
from pqscan.wire.builder import uint16
from pqscan.wire.cursor import Cursor, uint16_values
from pqscan.wire.ike.words import LEAST_STATUS

LEAST_NONCE_BYTES, MOST_NONCE_BYTES = 16, 256  # RFC 7296, section 3.9
MOST_COOKIE_BYTES = 64  # RFC 7296, section 2.6


@dataclass(frozen=True, slots=True)
class KeyExchange:
    """One public value. A length that does not fit the group is kept as it came."""

    group: int
    value: bytes

    def encode(self) -> bytes:
        return uint16(self.group) + bytes(2) + self.value

    @classmethod
    def decode(cls, body: bytes) -> Self:
        """Raises MalformedMessage."""
        cursor = Cursor(body)
        group = cursor.uint16("key exchange method")
        cursor.uint16("reserved bytes")
        return cls(group, cursor.rest())


@dataclass(frozen=True, slots=True)
class Notify:
    kind: int
    data: bytes = b""
    protocol: int = 0
    spi: bytes = b""

    @property
    def is_error(self) -> bool:
        return self.kind < LEAST_STATUS

    def encode(self) -> bytes:
        return bytes((self.protocol, len(self.spi))) + uint16(self.kind) + self.spi + self.data

    @classmethod
    def decode(cls, body: bytes) -> Self:
        """Raises MalformedMessage."""
        cursor = Cursor(body)
        protocol = cursor.uint8("protocol")
        spi_bytes = cursor.uint8("size of the SPI")
        kind = cursor.uint16("notify type")
        spi = cursor.take(spi_bytes, "SPI")
        return cls(kind, cursor.rest(), protocol, spi)

    def numbers(self) -> tuple[int, ...]:
        """Its data as 16-bit numbers: the group that INVALID_KE_PAYLOAD names, or hash algorithms. Raises MalformedMessage."""
        return uint16_values(self.data, "notification")


@dataclass(frozen=True, slots=True)
class CertificateRequest:
    """`authorities` are SHA-1 digests of public keys where `encoding` is 4 (RFC 7296, section 3.7)."""

    encoding: int
    authorities: bytes

    @classmethod
    def decode(cls, body: bytes) -> Self:
        """Raises MalformedMessage."""
        cursor = Cursor(body)
        return cls(cursor.uint8("certificate encoding"), cursor.rest())


def checked_nonce(body: bytes) -> bytes:
    """Raises MalformedMessage where a nonce has fewer than 16 or more than 256 bytes."""
    if not LEAST_NONCE_BYTES <= len(body) <= MOST_NONCE_BYTES:
        raise MalformedMessage(f"a nonce of {len(body)} bytes, allowed are {LEAST_NONCE_BYTES} to {MOST_NONCE_BYTES}")
    return body
