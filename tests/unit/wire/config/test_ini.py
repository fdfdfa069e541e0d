from __future__ import annotations

import pytest

from pqscan.wire.config.ini import read_ini

Told = list[tuple[str, str, tuple[str, ...]]]


def told(text: str, separator: str = "=", *, comments_behind: bool = False) -> Told:
    found = read_ini(text.encode(), separator=separator, comments_behind=comments_behind)
    return [(each.name, each.value, tuple(block.title for block in each.blocks)) for each in found]


def test_statements_stand_in_the_section_above_them() -> None:
    assert told("a = 1\n[one]\nb=2\n; c = 3\n# d = 4\n[ two ]\ne\n") == [
        ("a", "1", ()),
        ("one", "", ()),
        ("b", "2", ("one",)),
        ("two", "", ()),
        ("e", "", ("two",)),
    ]


def test_a_value_may_be_a_block() -> None:
    assert told("[realms]\nX = {\n kdc = a\n}\ny = 1") == [
        ("realms", "", ()),
        ("X", "", ("realms",)),
        ("kdc", "a", ("realms", "X")),
        ("y", "1", ("realms",)),
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [("a = x y", "x y"), ("a = 'x; y'", "x; y"), ("a = x \\\n  y", "x y"), ("a = b = c", "b = c"), ("a", ""), ("a =", "")],
)
def test_a_value_is_the_rest_of_the_line(text: str, value: str) -> None:
    assert told(text) == [("a", value, ())]


def test_a_name_may_hold_blanks_and_a_comment_stand_behind() -> None:
    assert told("server min protocol = SMB2 # why", comments_behind=True) == [("server min protocol", "SMB2", ())]


def test_a_mark_of_comments_between_quotes_is_none() -> None:
    assert told("a = 'x # y' # z", comments_behind=True) == [("a", "x # y", ())]


def test_the_place_of_a_statement_is_that_of_its_name() -> None:
    data = "[ô]\n  a = \\\n 1\n\tb = 2".encode()
    assert [data[each.offset :][:1] for each in read_ini(data)] == [b"[", b"a", b"b"]
