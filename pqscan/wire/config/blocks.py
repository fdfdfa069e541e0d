"""Configurations of statements that end with `;` and blocks in braces: nginx, BIND. Comments begin with `#`, in the style of C
too."""

from __future__ import annotations

import re
from collections.abc import Collection

from pqscan.wire.config.setting import Block, Gathered, Setting, text_of

_TOKEN = re.compile(
    r"""[ \t\r\n\f\v]+|(?P<hash>\#[^\n]*)|(?P<mark>[;{}])"""
    r"""|"(?P<double>[^"\\]*+(?:\\.[^"\\]*+)*+)"|'(?P<single>[^'\\]*+(?:\\.[^'\\]*+)*+)'"""
    r"""|(?P<word>(?:\$\{[^}\s]*\}|[^\s;{}"'\\$]++|\$|\\.|(?<=\S)["'])++)|(?P<other>.)""",
    re.DOTALL,
)
_IN_STYLE_OF_C = re.compile(r"/\*.*?(?:\*/|\Z)|//[^\n]*", re.DOTALL)


def read_blocks(data: bytes, *, in_style_of_c: bool = False, passed: Collection[str] = ()) -> tuple[Setting, ...]:
    """Every statement, and every block where it opens. What is cut off at the end is left out; a brace too many closes nothing.

    `in_style_of_c`: `//` and `/* */` are comments as well. `passed`: names of blocks that hold tables and no statements, of which
    nothing is taken but their heads. Raises MalformedMessage at the bounds."""
    text = text_of(data)
    if in_style_of_c:
        text = _IN_STYLE_OF_C.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
    found, blocks = Gathered(), list[Block]()
    words, start = list[str](), 0
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup
        if kind is None or kind == "hash":
            continue
        if kind != "mark":
            if not words:
                start = token.start()
            words.append(token[kind])
            continue
        if token["mark"] == "}":
            words = []
            if blocks:
                blocks.pop()
            continue
        if words or token["mark"] == "{":
            setting = Setting(words[0] if words else "", tuple(words[1:]), start, tuple(blocks), opens=token["mark"] == "{")
            if setting.opens or not passed or not blocks or blocks[-1].name not in passed:
                found.take(setting)
            if setting.opens:
                blocks.append(setting.block)
        words = []
    return tuple(found)
