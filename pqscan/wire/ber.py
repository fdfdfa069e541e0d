"""Writes elements of BER as DER does (ITU-T X.690): what protocols of ASN.1 send. Reading is `pqscan.wire.pki.der`."""

from __future__ import annotations

from pqscan.wire.pki.der import INTEGER, SEQUENCE


def element(tag: int, content: bytes) -> bytes:
    """One tag, the shortest length, the content."""
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + content


def integer(value: int) -> bytes:
    return element(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def sequence(*elements: bytes) -> bytes:
    return element(SEQUENCE, b"".join(elements))
