"""Statements of Junos OS gathered into entries: all that begin with the same words are of one proposal, gateway or service.

Statements of a group count where the group is applied; those of logical systems and tenants are told like all others."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from pqscan.wire.config.node import Node

_INNER = frozenset({"logical-systems", "tenants"})


def grouped(at: tuple[str, ...], root: Node) -> Iterator[tuple[Node, str]]:
    """Each entry whose words fit the one part of `at`, and what names it: the words that stand for a `*`."""
    patterns = at[0].split(" ")
    applied = {word for node in root.children if "apply-groups" in _words(node) for word in _words(node)}
    entries: dict[tuple[str, ...], list[Node]] = {}
    for node in root.children:
        words = _words(node)
        if words[0] == "groups":
            if len(words) < 3 or words[1] not in applied:
                continue
            words = words[2:]
        if words[0] in _INNER:
            words = words[2:]
        head, rest = words[: len(patterns)], words[len(patterns) :]
        if rest and len(head) == len(patterns) and all(map(fnmatchcase, head, patterns)):
            entries.setdefault(head, []).append(Node(rest[0], rest[1:], node.line))
    for head, statements in entries.items():
        label = " ".join(word for word, pattern in zip(head, patterns, strict=True) if pattern == "*")
        yield Node(head[0], head[1:], statements[0].line, tuple(statements)), label


def _words(node: Node) -> tuple[str, ...]:
    return (node.name, *node.values)
