"""Nodes as tests write them: (name, values, line, children...)."""

from __future__ import annotations

from pqscan.wire.config.node import Node


def flat(nodes: tuple[Node, ...], above: str = "") -> list[tuple[str, tuple[str, ...], int]]:
    """Every node with the names above it, the outermost first."""
    found: list[tuple[str, tuple[str, ...], int]] = []
    for node in nodes:
        path = f"{above}/{node.name}" if above else node.name
        found.append((path, node.values, node.line))
        found += flat(node.children, path)
    return found
