from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqscan.registry.foreign_toml import MOST_KEY_PARTS, parse


@pytest.mark.parametrize("part", ["a.", "a . ", '"b c".', "'d'. "])
@pytest.mark.parametrize("frame", ["{} = 1", "[{}]", "[[{}]]", "x = {{ {} = 1 }}", "x = 1\n{} = 2"])
def test_a_key_of_a_great_many_parts_is_refused_before_it_is_parsed(part: str, frame: str) -> None:
    with pytest.raises(ValueError, match="more than 64 parts"):
        parse(frame.format(part * 20_000 + "z").encode())


def test_ordinary_dotted_keys_and_text_with_dots_are_read() -> None:
    text = "a.b.'c d' = 1\n[x.y]\nz = \"" + "one. " * 40 + "." * 5000 + "\"\nip = '2001.db8'\n"
    assert parse(("\ufeff" + text).encode())["a"] == {"b": {"c d": 1}}
    deepest = parse((".".join("a" * (MOST_KEY_PARTS - 1)) + " = 1").encode())
    assert deepest["a"]


def test_too_deep_nesting_and_other_text_are_value_errors() -> None:
    for data in (b"a = " + b"[" * 100_000, b"a = ", b"\xff", b"a = " + b"9" * 10_000):
        with pytest.raises(ValueError):  # noqa: PT011 - the parser's own words, of any kind.
            parse(data)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_table_or_a_value_error(data: bytes) -> None:
    with contextlib.suppress(ValueError):
        assert isinstance(parse(data), dict)
