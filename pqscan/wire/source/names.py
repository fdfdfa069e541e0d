"""What the names of one file stand for: constants that are set once in it, parameters, and types of its own."""

from __future__ import annotations

import re
from functools import cached_property

from ast_grep_py import SgNode

from pqscan.wire.source.grammar import Grammar
from pqscan.wire.source.parameters import Parameter, Parameters
from pqscan.wire.source.tree import COMMENTS, Tree, given, inner_of, place_of, unwrapped
from pqscan.wire.source.value import MOST_PATH, NAME, key_of, last_name, path_of

_MOST_CONSTANTS = 20_000
_ONE_ENTRY = 50  # what looking at one parameter takes, in characters
_SET = ("left", "alias", "name", "pattern", "argument", "operand")
_TYPE = re.compile(r"\b(?:class|object|struct|enum|module|interface|trait|record|namespace)\s+([A-Za-z_]\w*)")
_OWN = frozenset({"this", "self", "cls", "Self", "static"})


class Names:
    """Of one tree."""

    def __init__(self, tree: Tree, grammar: Grammar) -> None:
        self._tree = tree
        self._grammar = grammar
        self._set_at: dict[str, list[int]] = {}

    def places_of(self, name: str) -> list[int]:
        """Where the name alone is set, in characters; not where it is a property of an object."""
        _ = self.constants
        return self._set_at.get(name, [])

    def is_own(self, text: str) -> bool:
        """Whether a name is one of this file: it stands alone, or behind this file's object or class."""
        before, point, _ = path_of(text).lstrip(".").rpartition(".")
        return not point or before in _OWN or before in self._types

    @cached_property
    def _types(self) -> frozenset[str]:
        return frozenset(_TYPE.findall(self._tree.text))

    @cached_property
    def constants(self) -> dict[str, SgNode]:
        """What is set once in the file, by its name.

        In a file with more than is looked at nothing is followed, for it may be set again behind that."""
        found: dict[str, SgNode | None] = {}
        for number, node in enumerate(self._tree.all(self._grammar.assigned)):
            if number >= _MOST_CONSTANTS:
                return {}
            target, value = self.assignment(node)
            name = last_name(target)
            if "," in target:
                found.update(dict.fromkeys(NAME.findall(target)))
            elif name:
                found[name] = None if name in found else value
            if "." not in target and "->" not in target:
                self._set_at.setdefault(name, []).append(node.range().start.index)
        for node in self._tree.all(self._grammar.calls, r"^define\(") if self._grammar.name == "php" else ():
            name, value = self._defined(node)
            found[name] = None if name in found else value
        return {name: node for name, node in found.items() if node is not None and name not in self.again}

    def _defined(self, node: SgNode) -> tuple[str, SgNode | None]:
        """PHP's define(): a constant by a call."""
        parts = [given(child)[1] for one in node.children() if one.kind() == "arguments" for child in inner_of(one)]
        parts = [inner_of(part)[-1] if part.kind() == "argument" and inner_of(part) else part for part in parts]
        return (key_of(self._tree.text_of(parts[0])), parts[1]) if len(parts) > 1 else ("", None)

    @cached_property
    def again(self) -> frozenset[str]:
        """Names that loops, `+=`, `:=` and their like set, with a few more that stand there."""
        found: set[str] = set()
        for node in self._tree.all(self._grammar.sets_again):
            target = next((one for name in _SET if (one := node.field(name))), None)
            parts = inner_of(node)
            if node.kind() == "as_pattern":
                parts = parts[-1:]  # What is behind `as`; in front of it names are read.
            elif len(parts) > 1:
                parts = parts[:-1]
            for one in parts if target is None else (target,):
                found.update(NAME.findall(self._tree.text_of(one)[:MOST_PATH]))
        return frozenset(found)

    @cached_property
    def _parameters(self) -> Parameters:
        found = Parameters()
        for node in self._tree.all(self._grammar.parameters)[:_MOST_CONSTANTS]:
            found.read(node, self._tree.text_of)
        return found

    def parameter_at(self, name: str, node: SgNode) -> Parameter | None:
        """The parameter that a name is where the node stands."""
        if name not in self._parameters.by_name:
            return None
        self._tree.work += _ONE_ENTRY * len(self._parameters.by_name[name])
        return self._parameters.at(name, node.range().start.index)

    def assignment(self, node: SgNode) -> tuple[str, SgNode | None]:
        """What is set, and to what."""
        children = [child for child in node.children() if child.is_named() and child.kind() not in COMMENTS]
        target = next((one for name in ("left", "name", "declarator", "pattern", "property") if (one := node.field(name))), None)
        value = node.field("right") or node.field("value")
        if target is None and children:
            target = next(
                (child for child in children if "declaration" in child.kind() or child.kind() in self._grammar.leaves), children[0]
            )
        if value is None and len(children) > 1:
            value = children[-1]
        if target is None or value is None or place_of(children, value) <= place_of(children, target):
            return "", None
        if value.kind() == "expression_list":  # Go: several names at once, the last of them an error.
            inner = inner_of(value)
            value = inner[0] if inner else value
            return self._tree.text_of(target).partition(",")[0], value
        return self._tree.text_of(target), unwrapped(value)
