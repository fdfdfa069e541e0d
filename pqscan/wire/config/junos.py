"""Text configurations of Juniper's Junos OS, in braces (`show configuration`) and as commands (`... | display set`): statements.

What is inactive, and of commands what is deactivated or deleted in the end, is not in force, and passed over."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pqscan.errors import MalformedMessage
from pqscan.wire.config.node import MOST_DEPTH, MOST_NODES, Node, config_text
from pqscan.wire.config.quoted import end_of_quoted

_TOKEN = re.compile(
    r"(?P<space>[ \t\r]+)|(?P<end>\n)|(?P<note>/\*.*?(?:\*/|\Z)|\#[^\n]*)|(?P<quoted>\")"
    r"|(?P<mark>[{};\[\]])|(?P<word>[^\s{};\[\]\"]+)",
    re.DOTALL,
)
_SET = re.compile(r"^(?:set|activate|deactivate|delete)[ \t]+\S", re.MULTILINE)
_BRACES = re.compile(r"^[^\n#]*\{[ \t]*\r?$", re.MULTILINE)
_COMMANDS = frozenset({"set", "delete", "activate", "deactivate"})
Token = tuple[str, str, int]
Statement = tuple[tuple[str, ...], int]


def read_junos(data: bytes) -> tuple[Node, ...]:
    """A node a statement: `security ike proposal P dh-group group14` has the first word as its name, all others as values.
    Raises MalformedMessage."""
    text = config_text(data)
    tokens = _tokens(text)
    found = _commands(tokens) if _SET.search(text) and not _BRACES.search(text) else _blocks(tokens)
    return tuple(Node(words[0], words[1:], line) for words, line in found)


def _commands(tokens: Iterator[Token]) -> list[Statement]:
    """What is left of commands in their order: `delete` takes away what was set before it, `activate` takes `deactivate` back."""
    found: list[Statement] = []
    words: list[str] = []
    for kind, text, line in (*tokens, ("end", "\n", 0)):
        if kind in ("word", "quoted"):
            words.append(text)
            begun = line
            continue
        if kind != "end":
            continue  # Brackets of a list, and a semicolon, set nothing apart here.
        if len(words) > 1 and words[0] in _COMMANDS:
            found.append((tuple(words), begun))
            _bounded(found)
        words = []
    return _left_of(found)


def _left_of(commands: list[Statement]) -> list[Statement]:
    """Read from the last one to the first, so that each asks only what comes behind it."""
    deleted, settled, inactive = set[tuple[str, ...]](), set[tuple[str, ...]](), set[tuple[str, ...]]()
    left: list[Statement] = []
    for (command, *words), line in reversed(commands):
        path = tuple(words)
        if command == "delete":
            deleted.add(path[:MOST_DEPTH])
        elif _is_below(path, deleted):
            continue
        elif command == "set":
            left.append((path, line))
        elif path[:MOST_DEPTH] not in settled:
            settled.add(path[:MOST_DEPTH])
            if command == "deactivate":
                inactive.add(path[:MOST_DEPTH])
    return [statement for statement in reversed(left) if not _is_below(statement[0], inactive)]


def _is_below(path: tuple[str, ...], heads: set[tuple[str, ...]]) -> bool:
    return bool(heads) and any(path[:length] in heads for length in range(1, min(len(path), MOST_DEPTH) + 1))


def _blocks(tokens: Iterator[Token]) -> list[Statement]:
    found: list[Statement] = []
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


def _bounded(found: list[Statement]) -> None:
    if len(found) > MOST_NODES:
        raise MalformedMessage(f"more than {MOST_NODES} statements")


def _tokens(text: str) -> Iterator[Token]:
    place, line = 0, 1
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            raise MalformedMessage(f"it is no configuration of Junos in line {line}")
        kind, token, begun, place = found.lastgroup or "", found[0], place, found.end()
        if kind == "quoted":
            place = end_of_quoted(text, place, '"', "\\")
            if place < 0:
                raise MalformedMessage(f"it is no configuration of Junos in line {line}")
            yield kind, text[begun + 1 : place - 1], line
        elif kind not in ("space", "note"):
            yield kind, token, line
        line += text.count("\n", begun, place)
