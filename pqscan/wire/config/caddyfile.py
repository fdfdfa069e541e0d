"""The Caddyfile: lines of tokens, with blocks in braces (Caddy's documentation, "Caddyfile Concepts"). Imports of other files and
snippets stay as the lines that they are."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pqscan.errors import MalformedMessage
from pqscan.wire.config.node import Node, Tree, config_text, end_of_here
from pqscan.wire.config.quoted import end_of_quoted

_TOKEN = re.compile(
    r"(?P<space>[ \t\r]+)|(?P<more>\\\r?\n)|(?P<end>\n)|(?P<note>\#[^\n]*)"
    r'|(?P<quoted>")|(?P<raw>`[^`]*`)|<<(?P<mark>[A-Za-z0-9_-]+)\n|(?P<word>[^ \t\r\n]+)',
    re.DOTALL,
)

_WORD = re.compile(r"[^ \t\r\n]+")


def read_caddyfile(data: bytes) -> tuple[Node, ...]:
    """A node a line, with the lines of its block. The global options have no name. Raises MalformedMessage."""
    tree = Tree()
    for tokens, line in _lines(config_text(data)):
        if tokens == ["}"]:
            tree.close()
        elif tokens[-1] == "{":
            tree.open(tokens[0] if len(tokens) > 1 else "", tuple(tokens[1:-1]), line)
        else:
            tree.leaf(tokens[0], tuple(tokens[1:]), line)
    return tree.done()


def _lines(text: str) -> Iterator[tuple[list[str], int]]:
    tokens: list[str] = []
    place, line, begun = 0, 1, 1
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            raise MalformedMessage(f"it is no Caddyfile in line {line}")
        kind, token, begin, place = found.lastgroup, found[0], place, found.end()
        if kind == "quoted":
            end = end_of_quoted(text, place, '"', "\\")
            word = _WORD.match(text, begin) if end < 0 else None  # A quote that never ends is a part of a word.
            kind, place = ("quoted", end) if word is None else ("word", word.end())
            token = text[begin:place]
        if not tokens:
            begun = line
        if kind == "mark":
            here = end_of_here(text, place, found["mark"], line)
            tokens.append(text[place : here[0]])
            token += text[place : here[1]]
            place = here[1]
        elif kind == "end":
            if tokens:
                yield tokens, begun
            tokens = []
        elif kind == "quoted":
            tokens.append(token[1:-1].replace('\\"', '"'))
        elif kind == "raw":
            tokens.append(token[1:-1])
        elif kind == "word":
            tokens.append(token)
        line += token.count("\n")
    if tokens:
        yield tokens, begun
