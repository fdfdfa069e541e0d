"""Text configurations of Juniper's Junos OS, in braces (`show configuration`) and as commands (`... | display set`): statements.

What is inactive, deactivated or deleted is not in force, and passed over."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pqscan.errors import MalformedMessage
from pqscan.wire.config.node import MOST_DEPTH, MOST_NODES, Node, config_text

_TOKEN = re.compile(
    r"(?P<space>[ \t\r]+)|(?P<end>\n)|(?P<note>/\*.*?(?:\*/|\Z)|\#[^\n]*)|(?P<quoted>\"[^\"\\]*(?:\\.[^\"\\]*)*\")"
    r"|(?P<mark>[{};\[\]])|(?P<word>[^\s{};\[\]\"]+)",
    re.DOTALL,
)
_SET = re.compile(r"^(?:set|deactivate|delete)[ \t]+\S", re.MULTILINE)
_BRACES = re.compile(r"^[^\n#]*\{[ \t]*\r?$", re.MULTILINE)
Token = tuple[str, str, int]


def read_junos(data: bytes) -> tuple[Node, ...]:
    """A node a statement: `security ike proposal P dh-group group14` has the first word as its name, all others as values.
    Raises MalformedMessage."""
    text = config_text(data)
    tokens = _tokens(text)
    found = _commands(tokens) if _SET.search(text) and not _BRACES.search(text) else _blocks(tokens)
    return tuple(Node(words[0], words[1:], line) for words, line in found)


def _commands(tokens: Iterator[Token]) -> list[tuple[tuple[str, ...], int]]:
    found: list[tuple[tuple[str, ...], int]] = []
    gone: set[tuple[str, ...]] = set()
    words: list[str] = []
    for kind, text, line in (*tokens, ("end", "\n", 0)):
        if kind in ("word", "quoted"):
            words.append(text)
            begun = line
            continue
        if kind != "end":
            continue  # Brackets of a list, and a semicolon, set nothing apart here.
        if len(words) > 1 and words[0] == "set":
            found.append((tuple(words[1:]), begun))
            _bounded(found)
        elif len(words) > 1 and words[0] in ("deactivate", "delete"):
            gone.add(tuple(words[1 : MOST_DEPTH + 1]))
        words = []
    return [one for one in found if not any(one[0][:length] in gone for length in range(1, min(len(one[0]), MOST_DEPTH) + 1))]


def _blocks(tokens: Iterator[Token]) -> list[tuple[tuple[str, ...], int]]:
    found: list[tuple[tuple[str, ...], int]] = []
    above: list[tuple[str, ...]] = []
    words: list[str] = []
    begun, passed = 0, 0  # `passed`: depth from which on nothing is in force; 0 where all is
    for kind, text, line in tokens:
        if kind in ("word", "quoted"):
            begun = begun if words else line
            words.append(text)
        elif text == "{":
            if len(above) >= MOST_DEPTH:
                raise MalformedMessage(f"line {line} lies more than {MOST_DEPTH} blocks deep")
            above.append(_in_force(words))
            if words[:1] == ["inactive:"] and not passed:
                passed = len(above)
            words = []
        elif text == "}":
            if not above:
                raise MalformedMessage(f"a block is closed in line {line} that was never opened")
            passed = 0 if passed == len(above) else passed
            above.pop()
            words = []
        elif text == ";":
            whole = tuple(word for part in above for word in part) + tuple(words)
            if whole and not passed and words[:1] != ["inactive:"]:
                found.append((whole, begun or line))
                _bounded(found)
            words = []
    if above:
        raise MalformedMessage("a block is never closed")
    return found


def _in_force(words: list[str]) -> tuple[str, ...]:
    return tuple(word for word in words if word not in ("inactive:", "replace:", "protect:"))


def _bounded(found: list[tuple[tuple[str, ...], int]]) -> None:
    if len(found) > MOST_NODES:
        raise MalformedMessage(f"more than {MOST_NODES} statements")


def _tokens(text: str) -> Iterator[Token]:
    place, line = 0, 1
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            raise MalformedMessage(f"it is no configuration of Junos in line {line}")
        kind, token, place = found.lastgroup or "", found[0], found.end()
        if kind == "quoted":
            yield kind, token[1:-1], line
        elif kind not in ("space", "note"):
            yield kind, token, line
        line += token.count("\n")
