"""Entries of a tree by paths of patterns.

Each part of a path is the words with which an entry begins, each a pattern as of a shell: `spec`, `*`, `crypto ikev2 proposal`.
`a | b` is either, `**` any number of entries, none among them, and `-` one of a list. Words that follow the pattern are what the
entry says beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from pqscan.wire.config.node import Node

ANY_DEPTH, ITEM = "**", "-"
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """An entry, its words behind those that the last part of the path names, and the words with which the entries on its way were
    found, as they stand there."""

    node: Node
    rest: tuple[str, ...]
    way: tuple[str, ...] = ()

    @property
    def texts(self) -> tuple[tuple[str, int], ...]:
        """What it says: its further words, and the texts of its list, each with its line."""
        own = [(word, self.node.line) for word in self.rest]
        return (*own, *((value, child.line) for child in self.node.children if not child.name for value in child.values))


def select(root: Node, path: Path) -> Iterator[Found]:
    """Every entry at a path below `root`, in the order of the text; `root` itself where the path is empty."""
    waiting = [(Found(root, root.values), path)]
    seen: set[tuple[int, int]] = set()
    while waiting:
        found, left = waiting.pop()
        if not left:
            yield found
            continue
        if left[0] == ANY_DEPTH:
            key = id(found.node), len(left)
            if key in seen:
                continue
            seen.add(key)
            waiting += [(Found(child, child.values, found.way), left) for child in reversed(found.node.children)]
            waiting.append((found, left[1:]))
            continue
        following = []
        for child in found.node.children:
            behind = _behind(child, left[0])
            if behind is not None:
                words = words_of(child)
                way = found.way if left[0] == ITEM else (*found.way, *words[: len(words) - len(behind)])
                following.append((Found(child, behind, way), left[1:]))
        waiting += reversed(following)


def words_of(node: Node) -> tuple[str, ...]:
    """The words with which the entry begins."""
    return (*node.name.split(" "), *node.values) if node.name else node.values


def _behind(node: Node, pattern: str) -> tuple[str, ...] | None:
    if pattern == ITEM:
        return None if node.name else node.values
    if not node.name:
        return None
    return next((rest for each in pattern.split(" | ") if (rest := _rest(node, each)) is not None), None)


def _rest(node: Node, pattern: str) -> tuple[str, ...] | None:
    if " " not in pattern:
        return node.values if fnmatchcase(node.name, pattern) else None
    patterns, words = pattern.split(" "), words_of(node)
    if len(words) < len(patterns) or not all(map(fnmatchcase, words, patterns)):
        return None
    return words[len(patterns) :]
