from __future__ import annotations

import pytest

from pqscan.wire.config.openssl_groups import read_group_list


@pytest.mark.parametrize(
    ("text", "names", "with_default"),
    [
        ("X25519MLKEM768:X25519", ["X25519MLKEM768", "X25519"], False),
        ("*X25519MLKEM768 / *X25519:P-256", ["X25519MLKEM768", "X25519", "P-256"], False),
        ("?*SecP256r1MLKEM768:?X25519", ["SecP256r1MLKEM768", "X25519"], False),
        ("X25519:P-256:-X25519", ["P-256"], False),
        ("DEFAULT:-P-256", [], True),
        ("X448:DEFAULT", ["X448"], True),
        ("auto", [], True),
        ("", [], True),
        ("X25519,P-384", ["X25519", "P-384"], False),
    ],
)
def test_lists_are_read_as_openssl_does(text: str, names: list[str], with_default: bool) -> None:
    found = read_group_list(text)
    assert ([entry.name for entry in found.entries], found.with_default) == (names, with_default)


def test_a_group_that_may_be_unknown_and_one_with_a_share_are_told() -> None:
    first, second = read_group_list("?*X25519MLKEM768:X25519").entries
    assert (first.may_be_unknown, first.with_share) == (True, True)
    assert (second.may_be_unknown, second.with_share) == (False, False)


def test_a_group_that_is_taken_out_is_no_entry() -> None:
    found = read_group_list("DEFAULT:-secp256r1")
    assert (found.entries, found.banned) == ((), ("secp256r1",))
