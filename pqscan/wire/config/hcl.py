"""HCL 2 as Terraform writes it (HashiCorp, HCL native syntax specification): blocks and attributes. Of expressions texts, numbers,
truths and lists of texts are read, and a reference stays as `${...}`; whatever else is computed has no value here."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pqscan.errors import MalformedMessage
from pqscan.wire.config.node import Node, Tree, config_text, end_of_here

_TOKEN = re.compile(
    r"(?P<space>[ \t\r]+)|(?P<note>\#[^\n]*|//[^\n]*|/\*.*?(?:\*/|\Z))|(?P<end>\n)|<<-?(?P<here>[A-Za-z_][\w-]*)\r?\n"
    r'|(?P<quote>")|(?P<mark>[{}\[\](),:=])|(?P<word>[^\s{}\[\](),:="\#]+)',
    re.DOTALL,
)
_INNER = re.compile(r'\\.|\$\$\{|%%\{|\$\{|%\{|[{}"\n]|[^\\$%{}"\n]+|.', re.DOTALL)
_PLAIN = re.compile(r"-?[0-9][\w.]*|true|false")
_REFERENCE = re.compile(r"(?:var|local)\.[\w-]+")
_MOST_INSIDE = 32
Token = tuple[str, str, int]


def read_hcl(data: bytes) -> tuple[Node, ...]:
    """A node a block, its labels as values, with its attributes and blocks. Raises MalformedMessage."""
    tree = Tree()
    waiting: list[Token] = []
    tokens = _tokens(config_text(data))
    for token in tokens:
        kind, text, line = token
        if kind == "mark" and (text == "=" or (text == ":" and tree.depth)) and waiting:
            if len(waiting) > 1:
                raise MalformedMessage(f"line {line} is neither a block nor an attribute")
            name, at = waiting[0][1], waiting[0][2]
            waiting = []
            _attribute(tree, name, at, tokens)
        elif kind == "mark" and text == "{":
            name = waiting[0][1] if waiting else ""
            tree.open(name, tuple(one[1] for one in waiting[1:]), waiting[0][2] if waiting else line)
            waiting = []
        elif kind == "mark" and text == "}":
            waiting = []
            tree.close()
        elif kind in ("text", "word"):
            waiting.append(token)
        elif waiting:
            raise MalformedMessage(f"line {line} is neither a block nor an attribute")
    return tree.done()


def _attribute(tree: Tree, name: str, line: int, tokens: Iterator[Token]) -> None:
    """The expression behind `=`, up to the end of its line. An object is opened like a block, and read on by the caller."""
    found: list[Token] = []
    depth = 0
    for token in tokens:
        kind, text, _ = token
        if kind == "mark" and text == "{" and not found:
            tree.open(name, (), line)
            return
        if kind == "end" and not depth:
            break
        if kind == "mark" and text in "{[(":
            depth += 1
        elif kind == "mark" and text in "}])":
            if not depth and text == "}":  # A block in one line ends behind its attribute.
                tree.leaf(name, _values(found), line)
                tree.close()
                return
            depth -= 1
            if depth < 0:
                raise MalformedMessage(f"a bracket is closed in line {token[2]} that was never opened")
        elif kind == "mark" and text == "," and not depth:
            break  # The entries of an object are set apart by commas or lines.
        if kind != "end":
            found.append(token)
    if depth:
        raise MalformedMessage(f"the expression of line {line} never ends")
    if (
        len(found) > 2
        and found[0][1] == "["
        and found[-1][1] == "]"
        and all(one[0] == "text" or one[1] == "," for one in found[1:-1])
    ):
        tree.open(name, (), line)
        for kind, text, at in found[1:-1]:
            if kind == "text":
                tree.leaf("", (text,), at)
        tree.close()
        return
    tree.leaf(name, _values(found), line)


def _values(found: list[Token]) -> tuple[str, ...]:
    if len(found) != 1:
        return ()
    kind, text, _ = found[0]
    if kind == "text" or (kind == "word" and _PLAIN.fullmatch(text)):
        return (text,)
    return (f"${{{text}}}",) if kind == "word" and _REFERENCE.fullmatch(text) else ()


def _tokens(text: str) -> Iterator[Token]:
    place, line = 0, 1
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            raise MalformedMessage(f"it is no HCL in line {line}")
        kind, token, begun, place = found.lastgroup or "", found[0], found.start(), found.end()
        if kind == "quote":
            place = _end_of_text(text, place, line)
            yield "text", text[begun + 1 : place - 1], line
        elif kind == "here":
            yield "word", "<<", line
            place = end_of_here(text, place, found["here"], line, alone=True)[1]
        elif kind not in ("space", "note"):
            yield kind, token, line
        line += text.count("\n", begun, place)


def _end_of_text(text: str, place: int, line: int) -> int:
    """Behind the quote that ends a text: `${...}` in it may hold quotes of its own."""
    inside = ['"']
    while inside:
        found = _INNER.match(text, place)
        if found is None or len(inside) > _MOST_INSIDE:
            raise MalformedMessage(f"the text of line {line} never ends")
        part, place = found[0], found.end()
        if inside[-1] == '"':
            if part == '"':
                inside.pop()
            elif part in ("${", "%{"):
                inside.append("{")
            elif part == "\n":
                raise MalformedMessage(f"the text of line {line} never ends")
        elif part == '"':
            inside.append('"')
        elif part in ("{", "${", "%{"):
            inside.append("{")
        elif part == "}":
            inside.pop()
    return place
