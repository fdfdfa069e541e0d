"""Configurations of `name = value` lines in blocks of braces, where the end of a line ends a statement: Dovecot, swanctl.conf."""

from __future__ import annotations

import re

from pqscan.wire.config.setting import Block, Gathered, Setting, text_of, words_of

_NAME = re.compile(r"[^\s={}]+")
_COMMENT = re.compile(r"(?:^|\s)#")


def read_braces(data: bytes) -> tuple[Setting, ...]:
    """Every statement, and every block where it opens. Several may stand in one line. What is cut off at the end counts as
    closed; a brace too many closes nothing. Raises MalformedMessage at the bounds."""
    found, blocks = Gathered(), list[Block]()
    place = 0
    for raw in text_of(data).split("\n"):
        _read_line(raw.rstrip("\r"), place, found, blocks)
        place += len(raw) + 1
    return tuple(found)


def _read_line(line: str, at: int, found: Gathered, blocks: list[Block]) -> None:
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
            place = _statement(line, place, at, found, blocks)


def _statement(line: str, place: int, at: int, found: Gathered, blocks: list[Block]) -> int:
    """Reads one statement or the head of a block; gives the place behind it."""
    name = _NAME.match(line, place)
    if name is None:
        return place + 1
    begin = name.end()
    while begin < len(line) and line[begin].isspace():
        begin += 1
    if line.startswith("=", begin):
        text = _without_comment(line[begin + 1 :])
        end = len(line)
        if text.endswith("}") and "{" not in text:  # `a { b = c }` in one line.
            text = text.rstrip("} \t")
            end = begin + 1 + len(text)
        found.take(Setting(name[0], words_of(text), at + place, tuple(blocks)))
        return end
    brace = line.find("{", begin)
    if brace >= 0:
        setting = Setting(name[0], words_of(line[begin:brace]), at + place, tuple(blocks), opens=True)
        found.take(setting)
        blocks.append(setting.block)
        return brace + 1
    found.take(Setting(name[0], words_of(line[begin:]), at + place, tuple(blocks)))
    return len(line)


def _without_comment(text: str) -> str:
    """What stands before a `#` at the beginning or behind a blank, which makes the rest a comment."""
    found = _COMMENT.search(text)
    return (text if found is None else text[: found.start()]).rstrip()
