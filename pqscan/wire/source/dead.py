"""What the preprocessor of C leaves out whatever is defined: from `#if 0` to the `#else`, `#elif` or `#endif` that ends it (ISO/IEC
9899:2018, 6.10.1). Directives in comments and in texts are none."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator

_TOKEN = re.compile(
    r"//[^\n]*|/\*.*?(?:\*/|\Z)|\"(?:[^\"\\\n]|\\.)*|'(?:[^'\\\n]|\\.)*|^[ \t]*#[ \t]*(?P<word>if|ifdef|ifndef|else|elif|endif)\b",
    re.MULTILINE | re.DOTALL,
)
_MOST_CONDITION = 300  # characters


class Stretches:
    """`number in stretches`: whether it lies between two of the pairs, both included. Those that overlap count as one."""

    def __init__(self, pairs: Iterable[tuple[int, int]]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in sorted(pairs):
            if not self._ends or start > self._ends[-1]:
                self._starts.append(start)
                self._ends.append(end)
            else:
                self._ends[-1] = max(end, self._ends[-1])

    def __contains__(self, number: int) -> bool:
        place = bisect_right(self._starts, number)
        return place > 0 and number <= self._ends[place - 1]


def dead_lines(text: str) -> Stretches:
    """The lines, counted from 1, with those of the directives."""
    return Stretches(_dead(text))


def _dead(text: str) -> Iterator[tuple[int, int]]:
    line, counted, start, depth = 1, 0, 0, 0
    for found in _TOKEN.finditer(text):
        word = found["word"]
        if word is None:
            continue
        line += text.count("\n", counted, found.end())
        counted = found.end()
        if not start:
            if word == "if" and _is_never(text, found.end()):
                start, depth = line, 1
        elif word.startswith("if"):
            depth += 1
        elif word == "endif" and depth > 1:
            depth -= 1
        elif depth == 1:
            yield start, line
            start = 0


def _is_never(text: str, start: int) -> bool:
    """Whether the condition is 0 and nothing else, comments aside."""
    end = text.find("\n", start, start + _MOST_CONDITION)
    if end < 0 and len(text) > start + _MOST_CONDITION:
        return False
    condition = text[start : end if end >= 0 else len(text)].partition("//")[0]
    while "/*" in condition:
        before, _, rest = condition.partition("/*")
        condition = before + rest.partition("*/")[2]
    return condition.strip(" \t\r\f\v()") == "0"
