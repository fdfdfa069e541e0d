from __future__ import annotations

import pytest

from pqscan.wire.openpgp.armour import read_armour

BEGIN, END = b"-----BEGIN PGP MESSAGE-----\n\n", b"-----END PGP MESSAGE-----\n"
FULL = b"A" * 40
LONG = 1 << 22  # Gone through once it is nothing; gone through once for each of its octets it is hours.


def octets(body: bytes) -> bytes:
    block = read_armour(BEGIN + body + END)
    assert block is not None
    return block.octets


@pytest.mark.parametrize("end", [b"\n=abcd\n", b"\n=a/+d", b"\r\n\r\n =abcd \r\n", b"\n", b""])
def test_a_checksum_on_a_line_of_its_own_is_no_octet(end: bytes) -> None:
    assert octets(FULL + end) == bytes(30)


@pytest.mark.parametrize("end", [b"=abcd\n", b"\n=abc\n", b"\n=abcde\n", b"\n=ab-d\n"])
def test_what_looks_like_a_checksum_and_is_none_makes_the_block_unreadable(end: bytes) -> None:
    assert octets(FULL + end) == b""


@pytest.mark.parametrize(
    ("filling", "read"),
    [(b"\n", bytes(30)), (b"\n =!", b""), (b"\\", b""), (b"\\\\x", b"")],
    ids=["lines", "marks", "slashes", "words"],
)
def test_a_long_block_is_gone_through_once(filling: bytes, read: bytes) -> None:
    assert octets(FULL + filling * (LONG // len(filling)) + b"\n") == read
