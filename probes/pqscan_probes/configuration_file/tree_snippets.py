"""Snippets of a Caddyfile (Caddy's documentation, "Caddyfile Concepts", Snippets): what stands in `(name)` stands wherever
`import name` does. Imports of other files stay as the lines that they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from pqscan.wire.config.node import MOST_NODES, Node

MOST_TURNS = 4
"""Snippets in snippets; Caddy refuses one that takes in itself."""
_IMPORT = "import"


def with_snippets(root: Node) -> Node:
    """Each block outermost, and each within it, with what it takes in of the same file; no more than MOST_NODES lines in all."""
    snippets = {child.name[1:-1]: child.children for child in root.children if child.name[:1] == "(" and child.name[-1:] == ")"}
    if not snippets:
        return root
    filled = _Filled(snippets)
    children = (child if child.name[:1] == "(" else filled.block(child, 1) for child in root.children)
    return replace(root, children=tuple(children))


class _Filled:
    def __init__(self, snippets: Mapping[str, tuple[Node, ...]]) -> None:
        self._snippets = snippets
        self._sizes = {name: _size(lines) for name, lines in snippets.items()}
        self._left = MOST_NODES

    def block(self, node: Node, further: int) -> Node:
        """The block, and those within it, `further` deep."""
        lines = tuple(self._lines(node.children, MOST_TURNS))
        if further:
            lines = tuple(self.block(line, further - 1) if line.children else line for line in lines)
        return replace(node, children=lines)

    def _lines(self, lines: tuple[Node, ...], turns: int) -> Iterator[Node]:
        for line in lines:
            taken_in = self._snippets.get(line.values[0]) if line.name == _IMPORT and line.values and turns else None
            size = 0 if taken_in is None else self._sizes[line.values[0]]
            if taken_in is None or size > self._left:
                yield line
            else:
                self._left -= size
                yield from self._lines(taken_in, turns - 1)


def _size(lines: tuple[Node, ...]) -> int:
    """Of all that stands in them, and one more."""
    count, waiting = 1, [lines]
    while waiting:
        some = waiting.pop()
        count += len(some)
        waiting += (each.children for each in some if each.children)
    return count
