"""Writes the length-prefixed vectors of the TLS presentation language (RFC 9846, section 3).

A value that does not fit its length prefix is our own mistake and raises OverflowError.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence


def opaque8(data: bytes) -> bytes:
    return len(data).to_bytes(1, "big") + data


def opaque16(data: bytes) -> bytes:
    return len(data).to_bytes(2, "big") + data


def opaque24(data: bytes) -> bytes:
    return len(data).to_bytes(3, "big") + data


def uint16(value: int) -> bytes:
    return value.to_bytes(2, "big")


def uint16_values(values: Sequence[int]) -> bytes:
    return struct.pack(f">{len(values)}H", *values)


def uint16_list(values: Sequence[int]) -> bytes:
    """A vector of 16-bit values with a 16-bit length in bytes."""
    return opaque16(uint16_values(values))
