"""Texts within a ConfigMap that are YAML themselves (`data: mesh: |`): what stands in them is read as if it stood below their name,
with the lines of the file."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from pqscan.errors import MalformedMessage
from pqscan.wire.config.node import Node
from pqscan.wire.config.yaml_tree import read_yaml

_KIND, _DATA, _ITEMS = "ConfigMap", "data", "items"


def with_texts(roots: tuple[Node, ...], names: Collection[str], data: bytes) -> tuple[Node, ...]:
    """The documents with what stands in such texts of a ConfigMap, or of one of a list; a text that is no YAML stays one."""
    lines: list[bytes] = []

    def grown(document: Node) -> Node:
        kind = document.child("kind")
        if kind is None or kind.values != (_KIND,):
            return document
        return replace(document, children=tuple(_grown(child) if child.name == _DATA else child for child in document.children))

    def _grown(entries: Node) -> Node:
        if not lines:
            lines.extend(data.split(b"\n"))
        return replace(entries, children=tuple(_read(each, lines) if each.name in names else each for each in entries.children))

    def with_items(document: Node) -> Node:
        items = document.child(_ITEMS)
        if items is None:
            return grown(document)
        inner = replace(items, children=tuple(map(grown, items.children)))
        return replace(document, children=tuple(inner if child is items else child for child in document.children))

    return tuple(map(with_items, roots))


def _read(entry: Node, lines: list[bytes]) -> Node:
    text = "".join(entry.values)
    try:
        documents = read_yaml(text.encode(), _line_of(entry.line, text, lines))
    except MalformedMessage:
        return entry
    return replace(entry, children=tuple(child for document in documents for child in document.children))


def _line_of(line: int, text: str, lines: list[bytes]) -> Callable[[int], int]:
    """A text that stands in lines of its own behind its name has their lines, every other one that of its name."""
    own = text.rstrip("\n").split("\n")
    stands = [each.decode("utf-8", "replace").strip() for each in lines[line : line + len(own)]]
    if stands == [each.strip() for each in own]:
        return lambda inner: line + inner
    return lambda _: line
