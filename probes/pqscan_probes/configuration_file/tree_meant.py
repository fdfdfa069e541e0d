"""Whether a text is a configuration, or prose and scripts that quote one: where the language itself takes any words, most lines
must begin as those of the product do."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from pqscan.registry.config_trees import Syntax
from pqscan.wire.config.node import Node

LEAST_SHARE = 0.6
_FIRST_WORD = re.compile(rb"^[ \t]*([^\s#!]+)", re.MULTILINE)
_BRACES = re.compile(rb"^[^\n#]*\{[ \t]*\r?$", re.MULTILINE)
_QUOTED = re.compile(rb"\"[^\"\\]*(?:\\.[^\"\\]*)*\"", re.DOTALL)


def is_meant(words: Collection[str], syntax: Syntax, root: Node, data: bytes) -> bool:
    """Always where the language is strict, for then `words` are none."""
    if not words:
        return True
    if syntax is Syntax.CADDYFILE:
        return _enough(bool(node.children) or node.name in words or not node.name for node in root.children)
    if syntax is Syntax.IOS:
        return _enough(node.name in words for node in root.children)
    if syntax is Syntax.JUNOS and _BRACES.search(data):
        return True
    return _enough(word in words for word in _first_words(_QUOTED.sub(b"x", data)))


def _first_words(data: bytes) -> Iterable[str]:
    return (found[1].decode("utf-8", "replace") for found in _FIRST_WORD.finditer(data))


def _enough(known: Iterable[bool]) -> bool:
    counted = list(known)
    return bool(counted) and sum(counted) >= LEAST_SHARE * len(counted)
