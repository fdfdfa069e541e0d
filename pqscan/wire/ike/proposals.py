"""The Security Association payload of IKEv2: proposals, their transforms and the attributes of those (RFC 7296, section 3.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from pqscan.errors import MalformedMessage
from pqscan.wire.builder import uint16
from pqscan.wire.cursor import Cursor
from pqscan.wire.ike.words import TransformType

KEY_LENGTH = 14
PROTOCOL_IKE = 1
MOST_PROPOSALS = 255  # numbered from 1 in one byte
_LAST, _MORE_PROPOSALS, _MORE_TRANSFORMS = 0, 2, 3
_FIXED_FORMAT = 0x8000


@dataclass(frozen=True, slots=True)
class Attribute:
    """A two-byte value stands in the fixed format, as Key Length must (RFC 7296, section 3.3.5); `value` is its bytes."""

    kind: int
    value: bytes
    fixed: bool = True

    def encode(self) -> bytes:
        if self.fixed:
            return uint16(self.kind | _FIXED_FORMAT) + self.value
        return uint16(self.kind) + uint16(len(self.value)) + self.value

    @classmethod
    def decode(cls, cursor: Cursor) -> Self:
        """Raises MalformedMessage."""
        kind = cursor.uint16("attribute type")
        if kind & _FIXED_FORMAT:
            return cls(kind & ~_FIXED_FORMAT, cursor.take(2, "attribute"))
        return cls(kind, cursor.opaque16("attribute"), fixed=False)

    @property
    def number(self) -> int:
        return int.from_bytes(self.value, "big")


def decode_attributes(cursor: Cursor) -> tuple[Attribute, ...]:
    """All that is left in the cursor. Raises MalformedMessage."""
    attributes: list[Attribute] = []
    while cursor.remaining:
        attributes.append(Attribute.decode(cursor))
    return tuple(attributes)


@dataclass(frozen=True, slots=True)
class Transform:
    kind: int
    value: int
    attributes: tuple[Attribute, ...] = ()

    @classmethod
    def of(cls, kind: int, value: int, key_bits: int | None = None) -> Self:
        return cls(kind, value, () if key_bits is None else (Attribute(KEY_LENGTH, uint16(key_bits)),))

    @property
    def key_bits(self) -> int | None:
        """What its Key Length attribute says."""
        return next((each.number for each in self.attributes if each.kind == KEY_LENGTH and each.fixed), None)

    def encode(self) -> bytes:
        """Without the byte that says whether another one follows."""
        attributes = b"".join(each.encode() for each in self.attributes)
        return b"\0" + uint16(8 + len(attributes)) + bytes((self.kind, 0)) + uint16(self.value) + attributes


@dataclass(frozen=True, slots=True)
class Proposal:
    number: int
    transforms: tuple[Transform, ...]
    protocol: int = PROTOCOL_IKE
    spi: bytes = b""

    def values(self, kind: TransformType) -> tuple[int, ...]:
        return tuple(each.value for each in self.transforms if each.kind == kind)

    def encode(self) -> bytes:
        """Without the byte that says whether another one follows."""
        transforms = b"".join(
            bytes((_MORE_TRANSFORMS if each < len(self.transforms) else _LAST,)) + transform.encode()
            for each, transform in enumerate(self.transforms, 1)
        )
        head = bytes((self.number, self.protocol, len(self.spi), len(self.transforms)))
        return b"\0" + uint16(8 + len(self.spi) + len(transforms)) + head + self.spi + transforms


def encode_proposals(proposals: tuple[Proposal, ...]) -> bytes:
    """The body of an SA payload."""
    return b"".join(
        bytes((_MORE_PROPOSALS if each < len(proposals) else _LAST,)) + proposal.encode()
        for each, proposal in enumerate(proposals, 1)
    )


def decode_proposals(body: bytes) -> tuple[Proposal, ...]:
    """The body of an SA payload: at least one proposal. Raises MalformedMessage, also where a length or a count lies."""
    cursor = Cursor(body)
    proposals: list[Proposal] = []
    more = _MORE_PROPOSALS
    while more != _LAST:
        more = _following(cursor, _MORE_PROPOSALS, "proposal")
        if len(proposals) == MOST_PROPOSALS:
            raise MalformedMessage(f"more than {MOST_PROPOSALS} proposals")
        proposals.append(_proposal(_framed(cursor, "proposal")))
    cursor.finish("SA payload")
    return tuple(proposals)


def _proposal(cursor: Cursor) -> Proposal:
    number = cursor.uint8("proposal number")
    protocol = cursor.uint8("protocol")
    spi_bytes = cursor.uint8("size of the SPI")
    count = cursor.uint8("number of transforms")
    spi = cursor.take(spi_bytes, "SPI")
    transforms: list[Transform] = []
    for each in range(1, count + 1):
        more = _following(cursor, _MORE_TRANSFORMS, "transform")
        if (more == _LAST) != (each == count):
            raise MalformedMessage(f"transform {each} of {count} says otherwise whether it is the last")
        transforms.append(_transform(_framed(cursor, "transform")))
    cursor.finish("proposal")
    return Proposal(number, tuple(transforms), protocol, spi)


def _transform(cursor: Cursor) -> Transform:
    kind = cursor.uint8("transform type")
    cursor.uint8("reserved byte")
    value = cursor.uint16("transform id")
    return Transform(kind, value, decode_attributes(cursor))


def _following(cursor: Cursor, more: int, what: str) -> int:
    following = cursor.uint8(f"whether another {what} follows")
    if following not in (_LAST, more):
        raise MalformedMessage(f"a {what} that begins with {following} is neither the last one nor followed by another")
    return following


def _framed(cursor: Cursor, what: str) -> Cursor:
    """What is left of a structure whose length counts four bytes before it."""
    cursor.uint8("reserved byte")
    length = cursor.uint16(f"length of a {what}")
    if length < 8:
        raise MalformedMessage(f"a {what} says that it has {length} bytes, with its header of 8")
    return Cursor(cursor.take(length - 4, what))
