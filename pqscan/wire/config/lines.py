"""Configurations of one statement a line: a name and what follows it. Sections open with words of their own (`Match`, `frontend`),
or in angle brackets (`<VirtualHost *:443>`), as the product has it; what goes on in the next line is joined."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum

from pqscan.wire.config.setting import Block, Gathered, Setting, text_of, without_comment, words_of

_NAME = re.compile(r"[^\s=:]+")
_TAG = re.compile(r"<(/?)([A-Za-z][\w.-]*)")


class Continued(StrEnum):
    """How a statement goes on in the next line: not at all, where this one ends with a backslash, where that one begins with a
    blank; folded anywhere, also within a word, by a blank that is no part of it (LDIF, RFC 2849)."""

    NEVER = "never"
    BACKSLASH = "backslash"
    BLANK = "blank"
    FOLDED = "folded"


@dataclass(frozen=True, slots=True)
class Manner:
    """What a product's lines look like. `sections` are names (folded) that open a section, which the next one ends; `tags`:
    sections in angle brackets; `separator`: what may stand between a name and its value besides blanks."""

    comments: str = "#"
    continued: Continued = Continued.NEVER
    sections: frozenset[str] = frozenset()
    tags: bool = False
    separator: str = ""
    comments_behind: bool = False  # A comment may stand behind a statement, too.
    items: bool = False  # A hyphen begins an item of a list, and is no name (`- id: x`).


def read_lines(data: bytes, manner: Manner) -> tuple[Setting, ...]:
    """Every statement, and every section where it opens. Raises MalformedMessage at the bounds."""
    found, blocks = Gathered(), list[Block]()
    for start, line in _joined(text_of(data), manner):
        if manner.tags and line.startswith("<"):
            tag = _TAG.match(line)
            rest = "" if tag is None else line[tag.end() :].removesuffix(">")
            if tag is None or "<" in rest or ">" in rest:
                continue
            if tag[1]:
                _close(blocks, tag[2])
                continue
            setting = Setting(tag[2], words_of(rest), start, tuple(blocks), opens=True)
            found.take(setting)
            blocks.append(setting.block)
            continue
        if manner.items and line.startswith("- "):
            start, line = start + len(line) - len(line[1:].lstrip()), line[1:].lstrip()
            if blocks:  # Each item of a section is a block of its own, named by what it begins with.
                item = Setting(blocks[0].name, words_of(line.partition(":")[2]), start, (blocks[0],), opens=True)
                found.take(item)
                blocks[1:] = [item.block]
        name = _NAME.match(line) if manner.separator else re.match(r"\S+", line)
        if name is None:
            continue
        rest = line[name.end() :].lstrip()
        if manner.separator and rest[:1] in manner.separator:
            rest = rest[1:].lstrip() if rest else ""
        if manner.comments_behind:
            rest = without_comment(rest, manner.comments)
        opens = name[0].lower() in manner.sections
        if opens:
            blocks.clear()
        setting = Setting(name[0], words_of(rest), start, tuple(blocks), opens=opens)
        found.take(setting)
        if opens:
            blocks.append(setting.block)
    return tuple(found)


def _close(blocks: list[Block], name: str) -> None:
    """Ends the innermost section of that name with all that was opened in it; a tag that ends nothing is passed over."""
    for place in range(len(blocks) - 1, -1, -1):
        if blocks[place].name.lower() == name.lower():
            del blocks[place:]
            return


def _joined(text: str, manner: Manner) -> Iterator[tuple[int, str]]:
    """Each statement as one line, with the place of its first octet; comments and empty lines are left out."""
    start, parts = 0, list[str]()
    place = 0
    glue = "" if manner.continued is Continued.FOLDED else " "
    goes_on = manner.continued in (Continued.BLANK, Continued.FOLDED)
    for raw in text.split("\n"):
        line, at = raw.rstrip("\r"), place
        place += len(raw) + 1
        bare = line.strip()
        if manner.continued is Continued.BACKSLASH and parts:
            parts.append(bare.removesuffix("\\").rstrip())
            if not bare.endswith("\\"):
                yield start, " ".join(parts)
                parts = []
            continue
        if not bare or bare[0] in manner.comments:
            continue
        if goes_on and line[0] in " \t" and parts:
            parts.append(bare if glue else line[1:])
            continue
        if parts:
            yield start, glue.join(parts)
        start, parts = at + len(line) - len(line.lstrip()), [bare]
        if goes_on:
            continue
        if manner.continued is Continued.BACKSLASH and bare.endswith("\\"):
            parts = [bare[:-1].rstrip()]
            continue
        yield start, bare
        parts = []
    if parts:
        yield start, glue.join(parts)


def sections_named(names: Collection[str]) -> frozenset[str]:
    """The names as `Manner.sections` has them."""
    return frozenset(name.lower() for name in names)
