"""Parameters of functions in one file: where a name is one, and which default it has there.

A default is what runs where no caller says otherwise; callers are not looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ast_grep_py import SgNode

from pqscan.wire.source.tree import COMMENTS
from pqscan.wire.source.value import MOST_PATH, NAME, last_name

_ALONE = frozenset({"arrow_function", "lambda_expression"})  # Those with one parameter write it without brackets.
_MOST_UP = 4  # nodes between a list of parameters and its function


@dataclass(frozen=True, slots=True)
class Parameter:
    """In force from `start` to `end`, in characters of the file."""

    start: int
    end: int
    default: SgNode | None


@dataclass(slots=True)
class Parameters:
    """By name, in the order of the file, so that of two functions in one another the inner stands behind."""

    by_name: dict[str, list[Parameter]] = field(default_factory=dict)

    def read(self, node: SgNode, text_of: Callable[[SgNode], str]) -> None:
        """One list of parameters, or a function that may have one parameter without brackets."""
        if node.kind() in _ALONE:
            one = node.field("parameter") or node.field("parameters")
            if one is not None and NAME.fullmatch(text_of(one)):
                self._add(text_of(one), node, None)
            return
        function = node.parent()
        for _ in range(_MOST_UP):
            if function is None or not function.kind().endswith("declarator"):
                break
            function = function.parent()
        if function is None:
            return
        children = [child for child in node.children() if child.is_named() and child.kind() not in COMMENTS]
        for place, child in enumerate(children):
            following = children[place + 1] if place + 1 < len(children) else None
            left, equals, _ = text_of(child)[:MOST_PATH].partition("=")
            inner = [one for one in child.children() if one.is_named()]
            default = inner[-1] if equals and len(inner) > 1 else None
            if child.kind() == "keyword_parameter" and len(inner) == 2:  # Ruby
                left, default = text_of(inner[0]), inner[1]
            if child.kind() == "parameter" and following is not None and _is_default(following):  # Kotlin
                default = following
            name = last_name(left)
            if default is None or set(left) & set("{[("):
                for one in dict.fromkeys(NAME.findall(left)):
                    self._add(one, function, None)
            elif name:
                self._add(name, function, default)

    def at(self, name: str, place: int) -> Parameter | None:
        """The parameter that the name is there."""
        found = (one for one in reversed(self.by_name.get(name, ())) if one.start <= place < one.end)
        return next(found, None)

    def _add(self, name: str, function: SgNode, default: SgNode | None) -> None:
        place = function.range()
        self.by_name.setdefault(name, []).append(Parameter(place.start.index, place.end.index, default))


def _is_default(node: SgNode) -> bool:
    before = node.prev()
    return before is not None and before.kind() == "="
