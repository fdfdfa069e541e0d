"""Configurations of `name = value` lines in blocks of braces, where the end of a line ends a statement: Dovecot, swanctl.conf."""

from __future__ import annotations

import re

from pqscan.wire.config.setting import Block, Gathered, Setting, text_of, words_of

_NAME = re.compile(r"[^\s={}]+")


def read_braces(data: bytes, *, comments_behind: bool = True) -> tuple[Setting, ...]:
    """Every statement, and every block where it opens. Several may stand in one line. What is cut off at the end counts as
    closed; a brace too many closes nothing. Raises MalformedMessage at the bounds."""
    found, blocks = Gathered(), list[Block]()
    place = 0
    for raw in text_of(data).split("\n"):
        _read_line(raw.rstrip("\r"), place, found, blocks, comments_behind)
        place += len(raw) + 1
    return tuple(found)


def _read_line(line: str, at: int, found: Gathered, blocks: list[Block], comments_behind: bool) -> None:
    place = 0
    while place < len(line):
        mark = line[place]
        if mark.isspace():
            place += 1
        elif mark == "#":
            return
        elif mark == "}":
            if blocks:
                blocks.pop()
            place += 1
        else:
            place = _statement(line, place, at, found, blocks, comments_behind)


def _statement(line: str, place: int, at: int, found: Gathered, blocks: list[Block], comments_behind: bool) -> int:
    """Reads one statement or the head of a block; gives the place behind it."""
    name = _NAME.match(line, place)
    if name is None:
        return place + 1
    rest = line[name.end() :]
    value = rest.lstrip()
    if value.startswith("="):
        text = value[1:]
        if comments_behind:
            text = re.sub(r"(?:^|\s)#.*\Z", "", text)
        end = len(line)
        if text.rstrip().endswith("}") and "{" not in text:  # `a { b = c }` in one line.
            cut = text.rstrip()[:-1].rstrip("} \t")
            end = line.index(cut, name.end()) + len(cut) if cut else line.index("}", name.end())
            text = cut
        found.take(Setting(name[0], words_of(text), at + place, tuple(blocks)))
        return end
    head, brace, _ = rest.partition("{")
    if brace:
        setting = Setting(name[0], words_of(head), at + place, tuple(blocks), opens=True)
        found.take(setting)
        blocks.append(setting.block)
        return name.end() + len(head) + 1
    found.take(Setting(name[0], words_of(rest), at + place, tuple(blocks)))
    return len(line)
