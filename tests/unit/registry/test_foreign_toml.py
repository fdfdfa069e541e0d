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


@pytest.mark.parametrize(
    "number",
    [
        "9223372036854775808",
        "-9223372036854775809",
        "0x" + "f" * 5000,
        "0b1" + "0" * 64,
        "0o" + "7" * 30,
        "9" * 4000,
        "9" * 5000,
        "1_" * 30 + "1",
    ],
)
def test_a_number_of_more_than_64_bits_is_refused_with_its_line(number: str) -> None:
    with pytest.raises(ValueError, match=r"^a number of more than 64 bits \(at line 3\)$"):
        parse(f"a = 9223372036854775807\nb = -9223372036854775808\nc = [1, {{ d = {number} }}]\n".encode())


def test_numbers_of_64_bits_and_texts_that_look_like_longer_ones_are_read() -> None:
    text = f"a = 0x7fffffffffffffff\nb = -9223372036854775808\nc = '{'9' * 5000}'\n"
    assert parse(text.encode())["b"] == -(1 << 63)


@pytest.mark.parametrize("deep", ["[" * 70 + "]" * 70, "{ a = " * 70 + "1" + " }" * 70])
def test_what_is_nested_deeper_than_anybody_walks_is_refused(deep: str) -> None:
    with pytest.raises(ValueError, match="nested too deeply"):
        parse(f"a = {deep}".encode())
    assert parse(f"a = {'[' * 50}{']' * 50}".encode())


@given(st.binary(max_size=300))
def test_any_bytes_are_a_table_or_a_value_error(data: bytes) -> None:
    with contextlib.suppress(ValueError):
        assert isinstance(parse(data), dict)
