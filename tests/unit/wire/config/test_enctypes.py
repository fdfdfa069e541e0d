from __future__ import annotations

import pytest

from pqscan.wire.config.enctypes import read_enctypes


@pytest.mark.parametrize(
    ("text", "numbers", "with_default"),
    [
        ("aes256-cts-hmac-sha1-96 aes128-cts:normal", (18, 17), False),
        ("aes256-sha2, arcfour-hmac", (20, 23), False),
        ("aes", (18, 17, 20, 19), False),
        ("DEFAULT -des3", (), True),
        ("des3 rc4 -rc4", (16,), False),
        ("+rc4", (23,), True),
    ],
)
def test_lists(text: str, numbers: tuple[int, ...], with_default: bool) -> None:
    found = read_enctypes(text)
    assert (found.numbers, found.with_default) == (numbers, with_default)


def test_a_name_that_nobody_knows_is_kept() -> None:
    assert read_enctypes("aes256-cts no-such-type").unknown == ("no-such-type",)
