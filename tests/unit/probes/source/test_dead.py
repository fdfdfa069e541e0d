"""What `#if 0` leaves out: only where nothing else stands in the condition, and where it is a directive."""

from __future__ import annotations

import pytest

from pqscan.wire.source.dead import dead_lines


@pytest.mark.parametrize(
    ("text", "dead"),
    [
        ("a\n#if 0\nb\n#endif\nc\n", [2, 3, 4]),
        ("  #  if (0) // never\nb\n#else\nc\n#endif\n", [1, 2, 3]),
        ("#if 0 /* never */\n#if 1\nb\n#else\n#endif\nc\n#endif\nd\n", [1, 2, 3, 4, 5, 6, 7]),
        ("#if 0\nb\n#elif X\nc\n#endif\n#if 0\n#endif\n", [1, 2, 3, 6, 7]),
        ("#if 0 || X\nb\n#endif\n", []),
        ("#if 0 /* no */ || X\nb\n#endif\n", []),
        ("#if 0 \\\n || X\nb\n#endif\n", []),
        ("#if 01\nb\n#endif\n", []),
        ("#if X\nb\n#endif\n", []),
        ("/*\n#if 0\n*/\nb\n#endif\n", []),
        ('s = "\\\n#if 0\\\n";\nb\n#endif\n', []),
        ("#if 0 /* that\n#endif\n*/\nb\n#endif\nc\n", [1, 2, 3, 4, 5]),
        ("\f#x\n\x0b\x1c\u2028\n#if 0\nb\n#endif\n", [3, 4, 5]),
        ("#if 0\nb\n", []),
        ("#endif\n#else\nb\n", []),
    ],
    ids=[
        "plain",
        "else",
        "nested",
        "elif",
        "or",
        "or behind a comment",
        "or on the next line",
        "another number",
        "a name",
        "in a comment",
        "in a text",
        "a comment that hides its end",
        "no ends of lines",
        "no end",
        "no beginning",
    ],
)
def test_dead_lines_are_those_of_a_plain_zero(text: str, dead: list[int]) -> None:
    lines = dead_lines(text)
    assert [line for line in range(1, text.count("\n") + 2) if line in lines] == dead
