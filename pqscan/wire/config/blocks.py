"""Configurations of statements that end with `;` and blocks in braces: nginx, BIND. Comments begin with `#`, in the style of C
too."""

from __future__ import annotations

import re
from collections.abc import Collection

from pqscan.wire.config.quoted import end_of_quoted
from pqscan.wire.config.setting import Block, Gathered, Setting, text_of

_TOKEN = re.compile(
    r"""[ \t\r\n\f\v]+|(?P<hash>\#[^\n]*)|(?P<mark>[;{}])|(?P<quote>["'])|(?P<word>[^\s;{}"'\\]|\\.)|(?P<other>.)""", re.DOTALL
)
_MORE = re.compile(r"""\$\{[^}\s]*\}|[^\s;{}"'\\$]+|\$|\\.|["']""", re.DOTALL)
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
    place = 0
    while (token := _TOKEN.match(text, place)) is not None:
        kind, begin, place = token.lastgroup, token.start(), token.end()
        if kind is None or kind == "hash":
            continue
        if kind != "mark":
            start = start if words else begin
            word, place = _word(text, begin, place, kind)
            words.append(word)
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


def _word(text: str, begin: int, place: int, kind: str) -> tuple[str, int]:
    """The word that begins there, without its quotes, and the place behind it."""
    if kind == "quote":
        end = end_of_quoted(text, place, text[begin], "\\")
        return (text[place : end - 1], end) if end >= 0 else (text[begin], place)
    if kind == "word":
        place = begin
        while (more := _MORE.match(text, place)) is not None:
            place = more.end()
    return text[begin:place], place
