"""Text configurations of Cisco IOS, IOS XE, NX-OS and ASA (`show running-config`): lines in lines by their indentation.

Banners and the octets of certificates are passed over; `no ...` stays a line named "no"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pqscan.wire.config.node import MOST_DEPTH, Node, Tree, config_text

_BANNER = re.compile(r"banner[ \t]+[\w-]+[ \t]+(\^C|\x03|[^\w\s])")
_OCTETS = re.compile(r"[ \t]*(?:[0-9A-Fa-f]{8}[ \t]+)*[0-9A-Fa-f]{2,8}[ \t]*")
_FEW = 2  # hexadecimal words that may yet be words: `ac`, `dead`


def read_ios(data: bytes) -> tuple[Node, ...]:
    """A node a line: its first word is the name, the others are values. Raises MalformedMessage."""
    tree = Tree()
    indents: list[int] = []  # of the lines that are open
    waiting: tuple[int, list[str], int] | None = None  # A line is opened when one follows that stands further in.
    for text, line in _lines(config_text(data)):
        indent = len(text) - len(text.lstrip(" \t"))
        if waiting is not None:
            above, words, at = waiting
            if indent > above and len(indents) < MOST_DEPTH:
                tree.open(words[0], tuple(words[1:]), at)
                indents.append(above)
            else:
                tree.leaf(words[0], tuple(words[1:]), at)
        while indents and indent <= indents[-1]:
            tree.close()
            indents.pop()
        waiting = indent, text.split(), line
    if waiting is not None:
        tree.leaf(waiting[1][0], tuple(waiting[1][1:]), waiting[2])
    for _ in indents:
        tree.close()
    return tree.done()


def _lines(text: str) -> Iterator[tuple[str, int]]:
    lines = text.split("\n")
    ends: dict[str, list[int]] = {}
    number = 0
    while number < len(lines):
        line = lines[number].rstrip()
        number += 1
        banner = _BANNER.match(line)
        if banner is not None:
            if banner[1] not in line[banner.end() :]:
                number = _end(lines, banner[1], number, ends)
            continue
        stripped = line.lstrip()
        if not stripped or stripped.startswith("!") or _is_octets(line):
            continue
        yield line, number


def _end(lines: list[str], mark: str, number: int, ends: dict[str, list[int]]) -> int:
    """The number of lines up to the one that ends a banner; where none does, the banner is its first line."""
    if mark not in ends:
        ends[mark] = [place for place in range(len(lines) - 1, -1, -1) if mark in lines[place]]
    places = ends[mark]
    while places and places[-1] < number:
        places.pop()
    return places[-1] + 1 if places else number


def _is_octets(line: str) -> bool:
    return line[:1] in " \t" and _OCTETS.fullmatch(line) is not None and len(line.split()) > _FEW
