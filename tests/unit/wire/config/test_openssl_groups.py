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
        ("?*X25519MLKEM768:?X25519:-x25519", ["X25519MLKEM768"], False),
        ("X448:DEFAULT", ["X448"], True),
        ("auto", [], True),
        ("", [], True),
        ("X25519,P-384", ["X25519", "P-384"], False),
    ],
)
def test_lists_are_read_as_openssl_does(text: str, names: list[str], with_default: bool) -> None:
    found = read_group_list(text)
    assert (list(found.names), found.with_default) == (names, with_default)
