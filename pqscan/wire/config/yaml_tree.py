"""YAML 1.1 as PyYAML's events tell it, with lines. Aliases are not expanded: what they stand for is left open.

What a template (Helm, Jinja) fills in later is left open too, so that the rest of its file can be read."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from pqscan.errors import BeyondBounds, MalformedMessage
from pqscan.wire.config.node import Node, Tree, config_text

if TYPE_CHECKING:
    from yaml.events import Event, ScalarEvent

_ENDS = {0x85: " ", 0x2028: " ", 0x2029: " "}  # YAML ends lines there, and nobody else does.
_TOO_DEEP = "exceeded maximum"  # of depth, or of nesting depth (libyaml 0.2.5, scanner.c and parser.c)
_CONTROL = (("{{", "}}"), ("{%", "%}"))
OPEN = "to-be-filled"
"""Stands where a template fills something in."""


def read_yaml(data: bytes, line_of: Callable[[int], int] = int) -> tuple[Node, ...]:
    """One node a document; `line_of` tells the line that is told for one of `data`. Raises MalformedMessage, also where the library
    for YAML is not installed."""
    try:
        import yaml
    except ImportError as error:
        raise MalformedMessage("YAML is read where the extra [files] is installed; install it") from error
    text = config_text(data).replace("\r\n", "\n").replace("\r", " ").translate(_ENDS)
    if "{{" in text or "{%" in text:
        text = "\n".join(map(_with_open, text.split("\n")))
    growing = _Growing(line_of)
    try:
        for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            growing.take(event)
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        place = "" if mark is None else f" in line {mark.line + 1}"
        if _TOO_DEEP in str(error) or isinstance(error, RecursionError):
            raise BeyondBounds(f"the YAML is nested too deeply{place}") from error
        raise MalformedMessage(f"it is no YAML{place}") from error
    return growing.tree.done()


def _with_open(line: str) -> str:
    """A line of a template with OPEN where something is filled in; one that only steers the template is empty."""
    bare = line.strip(" \t")
    if len(bare) > 3 and (bare[:2], bare[-2:]) in _CONTROL:
        return ""
    parts, place = list[str](), 0
    while (start := line.find("{{", place)) >= 0 and (end := line.find("}}", start + 2)) >= 0:
        parts += (line[place:start], OPEN)
        place = end + 2
    return "".join((*parts, line[place:]))


class _Growing:
    """Makes nodes of events. Each open collection is a mapping, with the key whose value is awaited, or a list."""

    __slots__ = ("_keys", "_line_of", "tree")

    def __init__(self, line_of: Callable[[int], int]) -> None:
        self.tree = Tree()
        self._line_of = line_of
        self._keys: list[_Collection] = []

    def take(self, event: Event) -> None:
        """Raises MalformedMessage."""
        kind = type(event).__name__
        line = self._line_of(1 if event.start_mark is None else event.start_mark.line + 1)
        if kind == "DocumentStartEvent":
            self.tree.open("", (), line)
        elif kind == "DocumentEndEvent":
            self.tree.close()
        elif kind in ("MappingStartEvent", "SequenceStartEvent"):
            self._begin(kind == "MappingStartEvent", line)
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            if self._keys.pop().is_own:
                self.tree.close()
        elif kind == "ScalarEvent":
            self._text(cast("ScalarEvent", event).value, line)
        elif kind == "AliasEvent":
            self._text(None, line)

    def _begin(self, is_mapping: bool, line: int) -> None:
        if not self._keys:  # The collection that a document is has no name: the document stands for it.
            self._keys.append(_Collection(is_mapping, is_own=False))
            return
        name, line = self._named(line, "a collection")
        self.tree.open(name, (), line)
        self._keys.append(_Collection(is_mapping, is_own=True))

    def _named(self, line: int, what: str) -> tuple[str, int]:
        """The name under which a value stands, and the line of that name."""
        above = self._keys[-1]
        if not above.is_mapping:
            return "", line
        if above.key is None:
            raise MalformedMessage(f"{what} is a key in line {line}")
        name, above.key = above.key, None
        return name, above.line

    def _text(self, text: str | None, line: int) -> None:
        values = () if text is None or text == OPEN else (text,)
        above = self._keys[-1] if self._keys else None
        if above is not None and above.is_mapping and above.key is None:
            if text is None:
                raise MalformedMessage(f"an alias is a key in line {line}")
            above.key, above.line = text, line
        elif above is None:
            self.tree.leaf("", values, line)
        else:
            name, line = self._named(line, "a text")
            self.tree.leaf(name, values, line)


class _Collection:
    """A mapping or a list that is open. `is_own`: it has a node of its own."""

    __slots__ = ("is_mapping", "is_own", "key", "line")

    def __init__(self, is_mapping: bool, *, is_own: bool) -> None:
        self.is_mapping = is_mapping
        self.is_own = is_own
        self.key: str | None = None
        self.line = 0
