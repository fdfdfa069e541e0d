"""JSON (RFC 8259) with lines, read without recursion."""

from __future__ import annotations

import json
import re

from pqscan.errors import MalformedMessage
from pqscan.wire.config.node import Node, Tree, config_text
from pqscan.wire.config.quoted import end_of_quoted

_TOKEN = re.compile(
    r'(?P<space>[ \t\r\n]+)|(?P<mark>[{}\[\],:])|(?P<quote>")|(?P<bare>-?[0-9][0-9.eE+-]*|true|false|null)',
    re.DOTALL,
)


def read_json(data: bytes) -> tuple[Node, ...]:
    """One node for the document; its list or object is its children. Raises MalformedMessage."""
    text = config_text(data)
    reader = _Reader()
    place, line = 0, 1
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            raise MalformedMessage(f"it is no JSON in line {line}")
        kind, token, begun, place = found.lastgroup, found[0], place, found.end()
        if kind == "mark":
            reader.mark(token, line)
        elif kind == "bare":
            reader.value(token, line)
        elif kind == "quote":
            place = end_of_quoted(text, place, '"', "\\")
            if place < 0:
                raise MalformedMessage(f"it is no JSON in line {line}")
            reader.text(_unquoted(text[begun:place], line), line)
        line += text.count("\n", begun, place)
    return reader.done()


def _unquoted(token: str, line: int) -> str:
    try:
        text = json.loads(token, strict=False)
    except ValueError as error:
        raise MalformedMessage(f"it is no JSON in line {line}") from error
    return str(text).encode("utf-8", "replace").decode()  # Half of a pair of surrogates is no text.


class _Reader:
    """What may come next, by what is open."""

    __slots__ = ("_awaits", "_key", "_kinds", "_tree")

    def __init__(self) -> None:
        self._tree = Tree()
        self._tree.open("", (), 1)
        self._kinds: list[str] = []  # "{" or "[" of each that is open
        self._awaits = "value"  # or "key", "colon", "comma", "nothing"; "first" may be closed at once
        self._key: tuple[str, int] | None = None

    def mark(self, mark: str, line: int) -> None:
        """Raises MalformedMessage where it must not stand here."""
        if mark in "{[":
            self._expect("value", "first", line=line, closing=False)
            name, at = self._name(line)
            if self._kinds:
                self._tree.open(name, (), at)
            self._kinds.append(mark)
            self._awaits = "first"
        elif mark in "}]":
            self._expect("comma", "first", line=line, closing=True)
            if not self._kinds or self._kinds.pop() != {"}": "{", "]": "["}[mark]:
                raise MalformedMessage(f"it is no JSON in line {line}")
            if self._kinds:
                self._tree.close()
            self._after()
        elif mark == ":":
            self._expect("colon", line=line, closing=True)
            self._awaits = "value"
        else:
            self._expect("comma", line=line, closing=True)
            self._awaits = "key" if self._kinds[-1] == "{" else "value"

    def text(self, text: str, line: int) -> None:
        """A key or a value. Raises MalformedMessage."""
        if self._awaits == "key" or (self._awaits == "first" and self._kinds[-1] == "{"):
            self._key, self._awaits = (text, line), "colon"
        else:
            self.value(text, line)

    def value(self, text: str, line: int) -> None:
        """Raises MalformedMessage."""
        self._expect("value", "first", line=line, closing=False)
        name, at = self._name(line)
        self._tree.leaf(name, (text,), at)
        self._after()

    def done(self) -> tuple[Node, ...]:
        """Raises MalformedMessage where something is open still."""
        if self._awaits != "nothing":
            raise MalformedMessage("the JSON ends too early")
        self._tree.close()
        return self._tree.done()

    def _expect(self, *states: str, line: int, closing: bool) -> None:
        opens_object = self._awaits == "first" and self._kinds[-1] == "{" and not closing
        if self._awaits not in states or opens_object:
            raise MalformedMessage(f"it is no JSON in line {line}")

    def _name(self, line: int) -> tuple[str, int]:
        if self._key is None:
            return "", line
        named, self._key = self._key, None
        return named

    def _after(self) -> None:
        self._awaits = "comma" if self._kinds else "nothing"
