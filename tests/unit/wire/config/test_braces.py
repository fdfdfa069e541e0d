from __future__ import annotations

import pytest

from pqscan.wire.config.braces import read_braces

Told = list[tuple[str, str, tuple[str, ...]]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = 1\n# b = 2\nc = 3 # why", [("a", "1", ()), ("c", "3", ())]),
        ("a {\n b = 1\n}\nc = 2", [("a", "", ()), ("b", "1", ("a",)), ("c", "2", ())]),
        ("a { b = c }\nd = 1", [("a", "", ()), ("b", "c", ("a",)), ("d", "1", ())]),
        ("a { b { c = 1 } }\nd = 1", [("a", "", ()), ("b", "", ("a",)), ("c", "1", ("a", "b")), ("d", "1", ())]),
        ("a { b = }\nd = 1", [("a", "", ()), ("b", "", ("a",)), ("d", "1", ())]),
        ("local_name x.example {\n b = 1", [("local_name", "x.example", ()), ("b", "1", ("local_name x.example",))]),
        ('a = "x # y"', [("a", "x", ())]),
        ("}\na = 1", [("a", "1", ())]),
        ("!include conf.d/*.conf", [("!include", "conf.d/*.conf", ())]),
    ],
)
def test_statements_and_blocks(text: str, expected: Told) -> None:
    assert [(each.name, each.value, tuple(block.title for block in each.blocks)) for each in read_braces(text.encode())] == expected


def test_the_place_of_a_statement_is_that_of_its_name() -> None:
    data = "ô {\n  b = 1 }\n c = 2".encode()
    assert [data[each.offset :].split()[0] for each in read_braces(data)] == ["ô".encode(), b"b", b"c"]
