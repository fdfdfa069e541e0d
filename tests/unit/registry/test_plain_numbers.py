"""What the numbers of SMB, Kerberos and SNMPv3 mean."""

from __future__ import annotations

from pathlib import Path

import pytest

from pqscan.errors import DataError
from pqscan.registry.plain_numbers import NumberKind, plain_number, plain_numbers, read_plain_numbers

_ROW = '[[number]]\nprotocol = "smb"\nkind = "cipher"\nvalue = 1\nname = "a"\nprimitive = "AES"\nkey_bits = 128\nreference = "b"\n'


def test_a_number_means_what_its_document_says_and_an_unlisted_one_nothing() -> None:
    found = plain_number("kerberos", NumberKind.CIPHER, 23)
    assert found is not None
    assert (found.name, found.primitive, found.weak) == ("rc4-hmac", "RC4", ("rc4_kerberos",))
    assert plain_number("smb", NumberKind.CIPHER, 23) is None
    assert [row.value for row in plain_numbers("smb", NumberKind.MAC)] == [0, 1, 2]
    assert all(row.references for row in read_plain_numbers())


@pytest.mark.parametrize(
    "text",
    [
        _ROW + _ROW,
        _ROW.replace('primitive = "AES"\n', ""),
        _ROW.replace('"smb"', '"telnet"'),
        _ROW.replace('reference = "b"\n', ""),
        _ROW + 'weak = ["rot13"]\n',
        _ROW + 'public_key = ["RSA"]\n',
    ],
)
def test_a_row_that_cannot_be_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "rows.toml").write_text(text)
    with pytest.raises(DataError):
        read_plain_numbers(tmp_path / "rows.toml")
