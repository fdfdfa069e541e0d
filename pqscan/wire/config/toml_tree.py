"""TOML 1.0: values as tomli reads them, lines by where tables and keys stand in the text."""

from __future__ import annotations

import re

import tomli

from pqscan.errors import MalformedMessage
from pqscan.wire.config.node import Node, Tree, config_text

_KEY = r"""(?:"[^"\\\n]*(?:\\.[^"\\\n]*)*"|'[^'\n]*'|[A-Za-z0-9_-]+)"""
_PATH = rf"{_KEY}(?:[ \t]*\.[ \t]*{_KEY})*"
_HEADER = re.compile(rf"[ \t]*(\[\[?)[ \t]*({_PATH})[ \t]*\]")
_FIELD = re.compile(rf"[ \t]*({_PATH})[ \t]*=")
_PART = re.compile(_KEY)
_LONG = re.compile(r'"""|' + r"'''")
Path = tuple[str, ...]


def read_toml(data: bytes) -> tuple[Node, ...]:
    """One node for the document. Raises MalformedMessage."""
    text = config_text(data).replace("\r\n", "\n")
    try:
        table = tomli.loads(text)
    except (tomli.TOMLDecodeError, RecursionError, ValueError) as error:
        raise MalformedMessage("it is no TOML") from error
    lines = _lines(text)
    tree = Tree()
    tree.open("", (), 1)
    waiting: list[tuple[object, Path, int] | None] = [(table, (), 1)]  # None closes what is open.
    while waiting:
        following = waiting.pop()
        if following is None:
            tree.close()
            continue
        value, path, above = following
        line = lines.get(path, above)
        if not isinstance(value, dict | list):
            tree.leaf(_name(path), (_shown(value),), line)
            continue
        if path:
            tree.open(_name(path), (), line)
            waiting.append(None)
        entries = value.items() if isinstance(value, dict) else ((f"[{place}]", one) for place, one in enumerate(value))
        waiting += reversed([(inner, (*path, name), line) for name, inner in entries])
    tree.close()
    return tree.done()


def _name(path: Path) -> str:
    return "" if path[-1].startswith("[") else path[-1]


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _lines(text: str) -> dict[Path, int]:
    """Where each table and each key stands; of a table that is there several times each by its number."""
    found: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    current: Path = ()
    inside = ""
    for line, content in enumerate(text.split("\n"), 1):
        continued, inside = bool(inside), _open_quotes(content, inside)
        if continued:
            continue
        header, field = _HEADER.match(content), _FIELD.match(content)
        if header is not None:
            current = _numbered(_parts(header[2]), counts)
            if header[1] == "[[":
                number = counts.get(current, 0)
                counts[current] = number + 1
                current = (*current, f"[{number}]")
            _told(found, current, line)
        elif field is not None:
            _told(found, (*current, *_parts(field[1])), line)
    return found


def _told(found: dict[Path, int], path: Path, line: int) -> None:
    for length in range(1, min(len(path), 64) + 1):
        found.setdefault(path[:length], line)


def _numbered(path: Path, counts: dict[Path, int]) -> Path:
    """The path with the last of each list of tables on the way."""
    whole: Path = ()
    for part in path[:-1]:
        whole = (*whole, part)
        if whole in counts:
            whole = (*whole, f"[{counts[whole] - 1}]")
    return (*whole, path[-1])


def _parts(path: str) -> Path:
    return tuple(part.strip("\"'") for part in _PART.findall(path))


def _open_quotes(content: str, inside: str) -> str:
    for mark in _LONG.findall(content):
        if not inside:
            inside = mark
        elif mark == inside:
            inside = ""
    return inside
