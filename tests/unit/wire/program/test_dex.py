"""Dalvik executables: which names are handed to which calls."""

from __future__ import annotations

import pytest

from pqscan.errors import MalformedMessage
from pqscan.wire.program.dex import read_dex
from tests.unit.wire.program.making import dex

CIPHER = "javax/crypto/Cipher"
OWNERS = frozenset({CIPHER})


def handed(data: bytes) -> list[tuple[str, list[str]]]:
    return [(call.method, [text for text, _ in call.texts]) for call in read_dex(data, OWNERS).calls]


def test_the_text_in_the_register_that_a_call_takes_is_handed_to_it() -> None:
    data = dex([(CIPHER, "getInstance", ["AES/ECB/PKCS5Padding"]), ("a/C", "getInstance", ["DES"])], ["RC4"])
    assert handed(data) == [("getInstance", ["AES/ECB/PKCS5Padding"])]
    assert "RC4" in read_dex(data, OWNERS).texts
    (call,) = read_dex(data, OWNERS).calls
    assert data[call.texts[0][1]] == 0x1A


def test_the_name_of_a_provider_is_no_algorithm() -> None:
    assert handed(dex([(CIPHER, "getInstance", ["AES", "BC"])])) == [("getInstance", ["AES"])]


def test_a_text_in_another_register_is_not_handed() -> None:
    data = dex([(CIPHER, "getInstance", ["AES"])])
    assert handed(data.replace(b"\x1a\x00", b"\x1a\x01")) == [("getInstance", [])]


def test_without_calls_there_are_no_texts() -> None:
    assert read_dex(dex([("a/C", "getInstance", ["DES"])]), OWNERS).texts == ()


def test_a_container_of_several_is_told_as_read_in_part() -> None:
    data = dex([(CIPHER, "getInstance", ["AES"])])
    assert not read_dex(data, OWNERS).is_cut
    own = len(data).to_bytes(4, "little")
    several = b"dex\n041\0" + data[8:32] + own + data[36:112] + (2 * len(data)).to_bytes(4, "little") + data[116:]
    assert read_dex(several, OWNERS).is_cut


@pytest.mark.parametrize("size", [0, 8, 111, 115])
def test_what_is_cut_off_is_refused(size: int) -> None:
    with pytest.raises(MalformedMessage):
        read_dex(dex([(CIPHER, "getInstance", ["AES"])])[:size], OWNERS)
