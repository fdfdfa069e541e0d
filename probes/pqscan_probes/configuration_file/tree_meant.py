"""Whether a text is a configuration, or prose and scripts that quote one: where the language itself takes any words, most lines
must begin as those of the product do."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from pqscan.registry.config_trees import Syntax
from pqscan.wire.config.node import Node
from pqscan.wire.config.quoted import end_of_quoted

LEAST_SHARE = 0.6
_FIRST_WORD = re.compile(rb"^[ \t]*([^\s#!]+)", re.MULTILINE)
_BRACES = re.compile(rb"^[^\n#]*\{[ \t]*\r?$", re.MULTILINE)
_OUTERMOST = re.compile(rb"^([^\s#!]\S*)", re.MULTILINE)


def may_be(words: Collection[str], syntax: Syntax, data: bytes) -> bool:
    """By the lines alone, before anything is read; a Caddyfile is told by its blocks."""
    if not words or syntax is Syntax.CADDYFILE or (syntax is Syntax.JUNOS and _BRACES.search(data)):
        return True
    if syntax is Syntax.IOS:
        return _enough(found[1].decode("utf-8", "replace") in words for found in _OUTERMOST.finditer(data))
    return _enough(found[1].decode("utf-8", "replace") in words for found in _FIRST_WORD.finditer(_without_texts(data)))


def is_meant(words: Collection[str], syntax: Syntax, root: Node) -> bool:
    """Of what was read: whether most of what stands outermost in a Caddyfile are sites, or lines of one."""
    if syntax is not Syntax.CADDYFILE:
        return True
    return _enough(bool(node.children) or node.name in words or not node.name for node in root.children)


def _without_texts(data: bytes) -> bytes:
    """Each text between quotes as one octet, for it may go over lines; what stands behind a quote that never ends stays."""
    parts, place = list[bytes](), 0
    while (start := data.find(b'"', place)) >= 0 and (end := end_of_quoted(data, start + 1, b'"', b"\\")) >= 0:
        parts += (data[place:start], b"x")
        place = end
    return b"".join((*parts, data[place:]))


def _enough(known: Iterable[bool]) -> bool:
    counted = list(known)
    return bool(counted) and sum(counted) >= LEAST_SHARE * len(counted)
