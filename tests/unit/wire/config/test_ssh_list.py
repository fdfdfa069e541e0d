from __future__ import annotations

import pytest

from pqscan.wire.config.ssh_list import Change, read_ssh_list


@pytest.mark.parametrize(
    ("text", "names", "change"),
    [
        ("a,b", ("a", "b"), Change.NONE),
        ("+a,b", ("a", "b"), Change.APPENDED),
        ("^a", ("a",), Change.HEADED),
        ("-*sha1*", ("*sha1*",), Change.REMOVED),
        ("a, b ,,a", ("a", "b"), Change.NONE),
        ("", (), Change.REMOVED),
        ("+", (), Change.REMOVED),
    ],
)
def test_the_sign_in_front_says_what_becomes_of_the_default(text: str, names: tuple[str, ...], change: Change) -> None:
    found = read_ssh_list(text)
    assert (found.names, found.change) == (names, change)
    assert found.with_default is (change is not Change.NONE)
