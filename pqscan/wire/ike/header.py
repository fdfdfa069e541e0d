"""The header of an IKE message and the chain of payloads behind it (RFC 7296, sections 3.1 and 3.2; RFC 2408 has the same shape).

An encrypted payload is kept as it came: nobody here holds its keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from pqscan.errors import MalformedMessage
from pqscan.wire.builder import uint16
from pqscan.wire.cursor import Cursor
from pqscan.wire.ike.words import Flag, PayloadType

HEADER_BYTES = 28
NON_ESP_MARKER = bytes(4)
"""Stands before each IKE message on port 4500 (RFC 3948, section 2.2)."""
NO_SPI = bytes(8)
MOST_PAYLOADS = 128
_PAYLOAD_HEADER_BYTES = 4
_CRITICAL = 0x80


@dataclass(frozen=True, slots=True)
class Payload:
    """`body` is what follows the four bytes of the generic header."""

    kind: int
    body: bytes
    critical: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """One datagram. `version` is (major, minor). Of an encrypted message of IKEv1 there are no payloads to be seen."""

    initiator_spi: bytes
    responder_spi: bytes
    exchange: int
    flags: int
    message_id: int
    payloads: tuple[Payload, ...]
    version: tuple[int, int] = (2, 0)

    def encode(self) -> bytes:
        kinds = [*(payload.kind for payload in self.payloads), int(PayloadType.NONE)]
        body = b"".join(
            bytes((following, _CRITICAL if payload.critical else 0))
            + uint16(_PAYLOAD_HEADER_BYTES + len(payload.body))
            + payload.body
            for payload, following in zip(self.payloads, kinds[1:], strict=True)
        )
        return (
            self.initiator_spi
            + self.responder_spi
            + bytes((kinds[0], self.version[0] << 4 | self.version[1], self.exchange, self.flags))
            + self.message_id.to_bytes(4, "big")
            + (HEADER_BYTES + len(body)).to_bytes(4, "big")
            + body
        )

    @classmethod
    def decode(cls, datagram: bytes) -> Self:
        """Raises MalformedMessage where the lengths disagree, or where there are more than 128 payloads."""
        cursor = Cursor(datagram)
        initiator_spi = cursor.take(8, "initiator's SPI")
        responder_spi = cursor.take(8, "responder's SPI")
        kind = cursor.uint8("next payload")
        version = cursor.uint8("version")
        exchange = cursor.uint8("exchange type")
        flags = cursor.uint8("flags")
        message_id = cursor.uint32("message id")
        length = cursor.uint32("length")
        if length != len(datagram):
            raise MalformedMessage(f"an IKE message says that it has {length} bytes and has {len(datagram)}")
        unread = version >> 4 == 1 and flags & Flag.ENCRYPTION
        payloads = () if unread else tuple(_payloads(cursor, kind))
        return cls(initiator_spi, responder_spi, exchange, flags, message_id, payloads, (version >> 4, version & 0x0F))

    def of(self, kind: PayloadType) -> tuple[bytes, ...]:
        """The bodies of all payloads of one kind, in their order."""
        return tuple(payload.body for payload in self.payloads if payload.kind == kind)


def _payloads(cursor: Cursor, kind: int) -> list[Payload]:
    payloads: list[Payload] = []
    while kind != PayloadType.NONE:
        if len(payloads) == MOST_PAYLOADS:
            raise MalformedMessage(f"an IKE message with more than {MOST_PAYLOADS} payloads")
        following = cursor.uint8("next payload")
        critical = bool(cursor.uint8("critical bit") & _CRITICAL)
        length = cursor.uint16("payload length")
        if length < _PAYLOAD_HEADER_BYTES:
            raise MalformedMessage(f"a payload says that it has {length} bytes, with its header of 4")
        payloads.append(Payload(kind, cursor.take(length - _PAYLOAD_HEADER_BYTES, "payload"), critical))
        if kind in (PayloadType.ENCRYPTED, PayloadType.ENCRYPTED_FRAGMENT):
            break  # What it names as next lies inside (RFC 7296, section 3.14).
        kind = following
    cursor.finish("IKE message")
    return payloads
