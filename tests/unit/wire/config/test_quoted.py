from __future__ import annotations

import pytest

from pqscan.wire.config.quoted import end_of_quoted


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ('a" b', 2),
        ('"', 1),
        (r'a\" b" c', 6),
        (r"a\\" + '"', 4),
        (r"a\\\"b", -1),
        ("a\\", -1),
        ("", -1),
    ],
)
def test_a_text_ends_at_a_quote_that_nothing_escapes(text: str, end: int) -> None:
    assert end_of_quoted(text, 0, '"', "\\") == end
    assert end_of_quoted(text.encode(), 0, b'"', b"\\") == end


@pytest.mark.parametrize("end", ['"', ""])
def test_a_million_escapes_are_read_in_one_pass(end: str) -> None:
    assert end_of_quoted(r"\"" * (1 << 20) + end, 0, '"', "\\") == ((1 << 21) + 1 if end else -1)
