"""Class files: which names are handed to which calls."""

from __future__ import annotations

import pytest

from pqscan.errors import MalformedMessage
from pqscan.wire.program.java_class import read_java_class
from tests.unit.wire.program.making import java_class

CIPHER = "javax/crypto/Cipher"
OWNERS = frozenset({CIPHER})
ONE, TWO = "(Ljava/lang/String;)Ljavax/crypto/Cipher;", "(Ljava/lang/String;Ljava/lang/String;)Ljavax/crypto/Cipher;"


def handed(data: bytes) -> list[tuple[str, list[str]]]:
    return [(call.method, [text for text, _ in call.texts]) for call in read_java_class(data, OWNERS).calls]


def test_the_text_that_is_put_on_the_stack_right_before_a_call_is_handed_to_it() -> None:
    assert handed(java_class([(CIPHER, "getInstance", ONE, ["AES/ECB/PKCS5Padding"])])) == [
        ("getInstance", ["AES/ECB/PKCS5Padding"])
    ]


def test_the_name_of_a_provider_is_no_algorithm() -> None:
    assert handed(java_class([(CIPHER, "getInstance", TWO, ["AES", "BC"])])) == [("getInstance", ["AES"])]
    assert handed(java_class([(CIPHER, "getInstance", ONE, ["a key of a map", "AES"])])) == [("getInstance", ["AES"])]


def test_calls_of_other_classes_are_left_out_and_texts_are_kept() -> None:
    read = read_java_class(java_class([("a/C", "getInstance", ONE, ["DES"])], ["AES"]), OWNERS)
    assert (read.name, read.calls, read.texts) == ("a/B", (), ())
    read = read_java_class(java_class([(CIPHER, "getInstance", ONE, [])], ["DES"]), OWNERS)
    assert (read.calls[0].texts, read.texts) == ((), ("DES",))


def test_a_file_of_macho_and_one_that_is_cut_off_are_refused() -> None:
    data = java_class([(CIPHER, "getInstance", ONE, ["AES"])])
    for wrong in (b"\xca\xfe\xba\xbe\0\0\0\2" + bytes(100), data[:40], b"", data[:10] + b"\xff" + data[11:]):
        with pytest.raises(MalformedMessage):
            read_java_class(wrong, OWNERS)
