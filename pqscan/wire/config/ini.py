"""Configurations of sections in square brackets with `name = value` lines: OpenSSL, MySQL, Samba, WireGuard, Kerberos, whose values
may be a block of such lines in braces. A name without a value is a statement, too."""

from __future__ import annotations

from pqscan.wire.config.setting import Block, Gathered, Setting, text_of, without_comment, words_of

_TAKE_IN = frozenset({"include", "includedir", "!include", "!includedir", ".include", "module"})
"""Statements that name a file without a sign between."""


def read_ini(data: bytes, *, comments: str = "#;", separator: str = "=", comments_behind: bool = False) -> tuple[Setting, ...]:
    """Every statement, with the section and the blocks around it; every section and block where it opens. A backslash at the end
    of a line joins the next one. Raises MalformedMessage at the bounds."""
    found = Gathered()
    section: Block | None = None
    inner: list[Block] = []
    text = text_of(data)
    place = 0
    while place < len(text):
        line, at, place = _line(text, place)
        bare = line.strip()
        if not bare or bare[0] in comments:
            continue
        start = at + len(line) - len(line.lstrip())
        end = bare.find("]") if bare[0] == "[" else -1
        if end > 0:
            setting = Setting(bare[1:end].strip(), (), start, opens=True)
            section, inner = setting.block, []
            found.take(setting)
            continue
        if bare[0] == "}":
            if inner:
                inner.pop()
            continue
        blocks = (() if section is None else (section,)) + tuple(inner)
        name, _, value = _split(bare, separator)
        if comments_behind:
            value = without_comment(value, comments)
        opens = value.strip().endswith("{")
        setting = Setting(name, words_of(value.strip().removesuffix("{")), start, blocks, opens=opens)
        found.take(setting)
        if opens:
            inner.append(setting.block)
    return tuple(found)


def _line(text: str, place: int) -> tuple[str, int, int]:
    """A line with what a backslash joins to it, its place, and the place behind it."""
    parts, at = list[str](), place
    while True:
        end = text.find("\n", place)
        end = len(text) if end < 0 else end
        part = text[place:end].rstrip("\r")
        place = end + 1
        if not part.endswith("\\") or place >= len(text):
            parts.append(part.removesuffix("\\"))
            return " ".join(parts) if len(parts) > 1 else parts[0], at, place
        parts.append(part[:-1])


def _split(bare: str, separator: str) -> tuple[str, str, str]:
    places = [place for mark in separator if (place := bare.find(mark)) >= 0]
    if not places:
        word, _, rest = bare.partition(" ")
        return (word, "", rest.strip()) if word.lower() in _TAKE_IN else (bare.strip(), "", "")
    place = min(places)
    return bare[:place].strip(), bare[place], bare[place + 1 :].strip()
