"""The Security Association and Notification payloads of IKEv1's main mode (RFC 2408, sections 3.4 to 3.6 and 3.14; RFC 2409,
appendix A). The header and the chain of payloads are those of header.py; nothing that is encrypted is read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Self

from pqscan.errors import MalformedMessage
from pqscan.wire.builder import uint16
from pqscan.wire.cursor import Cursor
from pqscan.wire.ike.proposals import Attribute, decode_attributes
from pqscan.wire.ike.words import PayloadType

DOI_IPSEC = 1
IDENTITY_ONLY = 1  # the situation SIT_IDENTITY_ONLY (RFC 2407, section 4.2.1)
PROTOCOL_ISAKMP = 1
KEY_IKE = 1  # the transform KEY_IKE (RFC 2407, section 4.4.2)
_PROPOSAL, _TRANSFORM = 2, 3  # payload types of RFC 2408, section 3.1
_HEADER_BYTES = 8  # of a proposal without its SPI, and of a transform without its attributes


class AttributeKind(IntEnum):
    """RFC 2409, appendix A."""

    ENCRYPTION = 1
    HASH = 2
    AUTHENTICATION = 3
    GROUP = 4
    LIFE_TYPE = 11
    LIFE_DURATION = 12
    KEY_LENGTH = 14


class NotifyV1(IntEnum):
    """RFC 2408, section 3.14.1; what is no error begins at 16384."""

    INVALID_MAJOR_VERSION = 5
    NO_PROPOSAL_CHOSEN = 14
    CONNECTED = 16384


@dataclass(frozen=True, slots=True)
class TransformV1:
    """One whole suite. `number` tells it from the others of its proposal."""

    number: int
    attributes: tuple[Attribute, ...]
    identifier: int = KEY_IKE

    def value(self, kind: AttributeKind) -> int | None:
        """What its first attribute of that kind says; None where there is none."""
        return next((each.number for each in self.attributes if each.kind == kind), None)

    def encode(self) -> bytes:
        """Without the byte that says whether another one follows."""
        attributes = b"".join(each.encode() for each in self.attributes)
        return b"\0" + uint16(_HEADER_BYTES + len(attributes)) + bytes((self.number, self.identifier, 0, 0)) + attributes


@dataclass(frozen=True, slots=True)
class SecurityAssociation:
    """The body of an SA payload with its one proposal: a second one would mean other protocols, which main mode has not."""

    transforms: tuple[TransformV1, ...]
    number: int = 1
    spi: bytes = b""

    def encode(self) -> bytes:
        count = len(self.transforms)
        transforms = b"".join(
            bytes((_TRANSFORM if each < count else PayloadType.NONE,)) + transform.encode()
            for each, transform in enumerate(self.transforms, 1)
        )
        head = bytes((self.number, PROTOCOL_ISAKMP, len(self.spi), count)) + self.spi
        proposal = bytes((PayloadType.NONE, 0)) + uint16(4 + len(head) + len(transforms)) + head + transforms
        return DOI_IPSEC.to_bytes(4, "big") + IDENTITY_ONLY.to_bytes(4, "big") + proposal

    @classmethod
    def decode(cls, body: bytes) -> Self:
        """Raises MalformedMessage, also for another domain of interpretation and for more than one proposal."""
        cursor = Cursor(body)
        if (cursor.uint32("DOI"), cursor.uint32("situation")) != (DOI_IPSEC, IDENTITY_ONLY):
            raise MalformedMessage("an SA payload of another domain of interpretation than IPsec's")
        _expect(cursor, (PayloadType.NONE,), "proposal")
        proposal = _framed(cursor, "proposal")
        cursor.finish("SA payload")
        number = proposal.uint8("proposal number")
        if proposal.uint8("protocol") != PROTOCOL_ISAKMP:
            raise MalformedMessage("a proposal of another protocol than ISAKMP")
        spi_bytes, count = proposal.uint8("size of the SPI"), proposal.uint8("number of transforms")
        spi = proposal.take(spi_bytes, "SPI")
        transforms: list[TransformV1] = []
        for each in range(1, count + 1):
            _expect(proposal, (_TRANSFORM if each < count else PayloadType.NONE,), "transform")
            transforms.append(_transform(_framed(proposal, "transform")))
        proposal.finish("proposal")
        return cls(tuple(transforms), number, spi)


@dataclass(frozen=True, slots=True)
class Notification:
    """`kind` below 16384 is an error."""

    kind: int
    data: bytes = b""
    spi: bytes = b""
    protocol: int = PROTOCOL_ISAKMP

    def encode(self) -> bytes:
        head = DOI_IPSEC.to_bytes(4, "big") + bytes((self.protocol, len(self.spi)))
        return head + uint16(self.kind) + self.spi + self.data

    @classmethod
    def decode(cls, body: bytes) -> Self:
        """Raises MalformedMessage. The domain of interpretation is not asked: 0 stands there too (RFC 2408, section 3.14)."""
        cursor = Cursor(body)
        cursor.uint32("DOI")
        protocol, spi_bytes = cursor.uint8("protocol"), cursor.uint8("size of the SPI")
        kind = cursor.uint16("notify type")
        spi = cursor.take(spi_bytes, "SPI")
        return cls(kind, cursor.rest(), spi, protocol)


def _transform(cursor: Cursor) -> TransformV1:
    number, identifier = cursor.uint8("transform number"), cursor.uint8("transform id")
    cursor.uint16("reserved bytes")
    return TransformV1(number, decode_attributes(cursor), identifier)


def _expect(cursor: Cursor, following: tuple[int, ...], what: str) -> None:
    said = cursor.uint8(f"whether another {what} follows")
    if said not in following:
        raise MalformedMessage(f"a {what} that begins with {said} says otherwise than its place whether another one follows")


def _framed(cursor: Cursor, what: str) -> Cursor:
    """What is left of a structure whose length counts four bytes before it."""
    cursor.uint8("reserved byte")
    length = cursor.uint16(f"length of a {what}")
    if length < _HEADER_BYTES:
        raise MalformedMessage(f"a {what} says that it has {length} bytes, with its header of {_HEADER_BYTES}")
    return Cursor(cursor.take(length - 4, what))
