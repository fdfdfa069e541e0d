"""Headers of RPM packages, put together by rpm's documentation; packages of rpmbuild are read in tests/integration."""

from __future__ import annotations

import base64

import pytest

from pqscan.errors import MalformedMessage
from pqscan.wire.rpm import MAGIC, RpmSignature, read_rpm_signatures

V4_RSA = b"\x88\x06\x04\x00\x01\x08\0\0"  # A packet of the old format: type 2; version 4, type 0, RSA, SHA-256.
V6_ML_DSA = b"\xc2\x06\x06\x00\x1e\x0a\0\0"  # Of the new format: version 6, ML-DSA-65 with Ed25519, SHA-512.
V3_DSA = b"\x89\x00\x13\x03\x05\x00" + bytes(12) + b"\x11\x02"


def header(*entries: tuple[int, int, bytes, int]) -> bytes:
    """Entries are tag, type, data and count."""
    index, data = b"", b""
    for tag, kind, content, count in entries:
        index += b"".join(number.to_bytes(4) for number in (tag, kind, len(data), count))
        data += content
    return MAGIC + bytes(4) + len(entries).to_bytes(4) + len(data).to_bytes(4) + index + data


def binary(tag: int, packet: bytes) -> tuple[int, int, bytes, int]:
    return tag, 7, packet, len(packet)


def test_signatures_are_told_by_the_numbers_in_their_packets() -> None:
    texts = base64.b64encode(V6_ML_DSA) + b"\0" + base64.b64encode(V4_RSA) + b"\0"
    found = read_rpm_signatures(header(binary(268, V4_RSA), (269, 6, b"sum\0", 1), binary(1005, V3_DSA), (278, 8, texts, 2)))
    assert found == (
        RpmSignature("RSAHEADER", 4, 1, 8),
        RpmSignature("SIGGPG", 3, 17, 2),
        RpmSignature("OPENPGP", 6, 30, 10),
        RpmSignature("OPENPGP", 4, 1, 8),
    )


def test_a_package_that_nobody_signed_has_none() -> None:
    assert read_rpm_signatures(header((269, 6, b"sum\0", 1), binary(1004, bytes(16)))) == ()


WHOLE = header(binary(268, V4_RSA))


@pytest.mark.parametrize("size", range(len(WHOLE) - len(V4_RSA) + 1))
def test_no_prefix_of_a_header_is_one(size: int) -> None:
    with pytest.raises(MalformedMessage):
        read_rpm_signatures(WHOLE[:size])


@pytest.mark.parametrize(
    "data",
    [
        header((268, 7, b"", 0xFFFF)),
        header(binary(268, b"\x99\x01\x02")),  # a key
        header((268, 4, b"0000", 1)),
        header((278, 8, b"no end", 1)),
        header((278, 8, b"!\0", 1)),
        MAGIC + bytes(4) + b"\xff" * 8,
        b"\x8e\xad\xe8\x02" + bytes(12),
    ],
)
def test_what_is_no_signature_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedMessage):
        read_rpm_signatures(data)
