"""Text configurations of Fortinet's FortiOS (`show full-configuration`, backups): `config`, `edit`, `set`, `next`, `end`.

`unset` is no value; text between quotes may go over lines, as certificates do."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pqscan.errors import MalformedMessage
from pqscan.wire.config.node import Node, Tree, config_text
from pqscan.wire.config.quoted import end_of_quoted

_TOKEN = re.compile(
    r"(?P<space>[ \t\r]+)|(?P<end>\n)|(?P<quoted>'[^']*')|(?P<quote>\")|(?P<word>(?:[^\s\"\\]++|\\[^\n])+)", re.DOTALL
)


def read_fortios(data: bytes) -> tuple[Node, ...]:
    """A node a table, named by its path (`vpn ipsec phase1-interface`), in it its entries by name, in them their values.
    Raises MalformedMessage."""
    tree = Tree()
    kinds: list[str] = []
    for words, line in _lines(config_text(data)):
        verb = words[0]
        if verb == "config" and len(words) > 1:
            tree.open(" ".join(words[1:]), (), line)
            kinds.append("config")
        elif verb == "edit" and kinds:
            if kinds[-1] == "edit":  # `next` may be left out in what people type.
                tree.close()
                kinds.pop()
            tree.open(" ".join(words[1:]), (), line)
            kinds.append("edit")
        elif verb == "next" and kinds[-1:] == ["edit"]:
            tree.close()
            kinds.pop()
        elif verb in ("end", "abort") and kinds:
            if kinds[-1] == "edit":
                tree.close()
                kinds.pop()
            if kinds:
                tree.close()
                kinds.pop()
        elif verb == "set" and len(words) > 1:
            tree.leaf(words[1], tuple(words[2:]), line)
    for _ in kinds:  # What is copied out of a terminal ends anywhere.
        tree.close()
    return tree.done()


def _lines(text: str) -> Iterator[tuple[list[str], int]]:
    words: list[str] = []
    place, line, begun = 0, 1, 1
    while place < len(text):
        if not words and text.startswith("#", place):
            place = text.find("\n", place)
            if place < 0:
                return
        found = _TOKEN.match(text, place)
        if found is None:
            raise MalformedMessage(f"it is no configuration of FortiOS in line {line}")
        kind, token, begin, place = found.lastgroup, found[0], place, found.end()
        if kind == "quote":
            place = end_of_quoted(text, place, '"', "\\")
            if place < 0:
                raise MalformedMessage(f"it is no configuration of FortiOS in line {line}")
            kind, token = "quoted", text[begin:place]
        if kind == "end":
            if words:
                yield words, begun
            words = []
        elif kind in ("quoted", "word"):
            begun = begun if words else line
            words.append(token[1:-1] if kind == "quoted" else token)
        line += token.count("\n")
    if words:
        yield words, begun
