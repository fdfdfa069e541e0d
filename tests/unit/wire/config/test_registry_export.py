from __future__ import annotations

import codecs

import pytest

from pqscan.errors import MalformedMessage
from pqscan.wire.config.registry_export import read_registry_export
from tests.unit.wire.config.trees import flat

TEXT = (
    "Windows Registry Editor Version 5.00\r\n\r\n; a note\r\n[HKEY_LOCAL_MACHINE\\SCHANNEL\\TLS 1.0\\Server]\r\n"
    '"Enabled"=dword:ffffffff\r\n"DisabledByDefault"=dword:0\r\n@="x \\"y\\" \\\\ z"\r\n"gone"=-\r\n'
    '"EccCurves"=hex(7):63,00,31,00,00,00,\\\r\n  63,00,32,00,00,00,00,00\r\n"b"=hex:01,02\r\n\r\n'
    '[-HKEY_LOCAL_MACHINE\\GONE]\r\n"Enabled"=dword:00000001\r\n[HKEY_LOCAL_MACHINE\\Z]\r\n"Functions"="A,B"'
)
EXPECTED = [
    ("HKEY_LOCAL_MACHINE\\SCHANNEL\\TLS 1.0\\Server", (), 4),
    ("HKEY_LOCAL_MACHINE\\SCHANNEL\\TLS 1.0\\Server/Enabled", ("4294967295",), 5),
    ("HKEY_LOCAL_MACHINE\\SCHANNEL\\TLS 1.0\\Server/DisabledByDefault", ("0",), 6),
    ("HKEY_LOCAL_MACHINE\\SCHANNEL\\TLS 1.0\\Server/@", ('x "y" \\ z',), 7),
    ("HKEY_LOCAL_MACHINE\\SCHANNEL\\TLS 1.0\\Server/EccCurves", ("c1", "c2"), 9),
    ("HKEY_LOCAL_MACHINE\\SCHANNEL\\TLS 1.0\\Server/b", (), 11),
    ("HKEY_LOCAL_MACHINE\\Z", (), 15),
    ("HKEY_LOCAL_MACHINE\\Z/Functions", ("A,B",), 16),
]


def test_values_are_read_and_what_is_taken_away_is_none() -> None:
    assert flat(read_registry_export(TEXT.encode())) == EXPECTED


def test_an_export_in_utf_16_is_the_same() -> None:
    assert flat(read_registry_export(codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"))) == EXPECTED
    assert flat(read_registry_export(codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"))) == EXPECTED


def test_a_number_that_is_none_has_no_value() -> None:
    assert flat(read_registry_export(b'REGEDIT4\n[A]\n"x"=dword:zz\n"y"=nonsense\n')) == [
        ("A", (), 2),
        ("A/x", (), 3),
        ("A/y", (), 4),
    ]


def test_a_value_outside_of_every_key_is_none() -> None:
    assert read_registry_export(b'REGEDIT4\n"x"=dword:1\n') == ()


def test_a_text_that_quotes_keys_is_no_export() -> None:
    with pytest.raises(MalformedMessage):
        read_registry_export(b'Set this:\n[HKEY_LOCAL_MACHINE\\A]\n"Enabled"=dword:1\n')
