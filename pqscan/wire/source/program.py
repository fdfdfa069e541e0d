"""One file of source code as a tree (ast-grep's grammars of tree-sitter): calls and constants of given names, their arguments, and
constants followed where they are set once in the file. Comments and texts hold no calls, as the tree tells them apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from ast_grep_py import SgNode

from pqscan.registry.source_rules import Manner
from pqscan.wire.source.declared import DECLARATIONS, before_in_macro, declared_name, is_type_argument, is_vector, made
from pqscan.wire.source.grammar import Grammar
from pqscan.wire.source.imported import Imported
from pqscan.wire.source.names import Names
from pqscan.wire.source.parameters import Parameter
from pqscan.wire.source.tree import COMMENTS, TERNARY, TYPED, UNWRAPPED, Tree, branches_of, given, inner_of, unwrapped
from pqscan.wire.source.value import NUMBER, QUOTED, UNCHANGED, Kind, Value, key_of, last_name, path_of, text_value, whole_of

_MOST_DEPTH = 8  # of constants set by constants
_MOST_PARTS = 20  # of a text that is put together
_MOST_CLIMB = 40  # members of one path
_MOST_VALUES = 100  # of one argument
_MOST_JOINED = 10_000  # characters
_MOST_WORK = 1_500_000_000  # characters that are counted or copied: a few seconds
_ONE_ANCESTOR = 1000
"""What going up by one node takes, in characters: a text without a bracket may still be a tree as deep as it is long."""
_EDGES = re.compile(r"string_(?:start|end)|interpolation_(?:\w+_)?(?:start|end|quote|brace)")
_MOST_IMPORTS, _MOST_MARKED = 5000, 5000
_NO_VALUE = frozenset({"(", ")", ",", "{", "}", "[", "]", ":", "=>", "="})
_COMPARED = re.compile(r"binary|compar|case|switch|match|assert|conditional|if_|relational|equality|constant_pattern")
_JOINING = frozenset({"+", ".", "..", "<<"})
_ALTERNATIVES = frozenset({"|", "||", "??", "?:", "or"})
_EQUAL = frozenset({"==", "!=", "===", "!==", "is", "is not", "<=>"})
_OPERATING = re.compile(r"binary|compar|equality|elvis|disjunction|boolean|concatenat")
_KEEPING = frozenset({"return_statement", "return_expression", "field_initializer", "match_arm"})
_PASSED_ON = frozenset({"reference_expression", "expression_list"})
_OF_TYPES = frozenset({"generic_function", "generic_name", "generic_type", "template_function", "template_type"})
_IMPORTING = re.compile(r"import|^use_|^using|^namespace_use")


@dataclass(frozen=True, slots=True)
class Use:
    """A call, a constant that is read, or a property that is set, to `value`. `paths` are what it may be by the imports."""

    paths: tuple[str, ...]
    name: str
    manner: Manner
    node: SgNode
    outer: tuple[SgNode, ...]  # what it stands in, the nearest first
    arguments: SgNode | None
    value: SgNode | None = None


class Program:
    """Parses at once. `text` is bounded by whoever asks.

    `is_spent`: looking further would take too long, as the tree is too deep or its lines are too long."""

    def __init__(self, text: str, grammar: Grammar) -> None:
        self.text = text
        self.grammar = grammar
        self._tree = Tree(text, grammar.name)
        self._names = Names(self._tree, grammar)
        self._followed: dict[tuple[str, int], tuple[Value, ...]] = {}
        self._properties: dict[tuple[str, str], SgNode | None] = {}

    @property
    def is_spent(self) -> bool:
        return self._tree.work > _MOST_WORK

    def place(self, use: Use) -> tuple[int, int]:
        """Where it begins: how many characters stand before it, and its line, from 1."""
        place = use.node.range()
        self._tree.work += place.start.column + place.end.column
        return place.start.index, place.start.line + 1

    def end_of(self, use: Use) -> int:
        """How many characters stand up to its end."""
        place = use.node.range()
        self._tree.work += place.start.column + place.end.column
        return place.end.index

    def uses(self, names: str) -> Iterator[Use]:
        """Where a name that the regular expression fits (as a whole) is called or read, in the order of the file."""
        seen: set[SgNode] = set()
        whole = re.compile(names)
        others = [
            re.escape(name)
            for name, path in self.imported.names.items()
            if not whole.fullmatch(name) and whole.fullmatch(path.rpartition(".")[2])
        ]
        for leaf in self._tree.all(self.grammar.leaves, f"^(?:{'|'.join([names, *others])})$"):
            if self.is_spent:
                return
            use = self._use(leaf)
            if use is not None and use.node not in seen:
                seen.add(use.node)
                yield use

    @cached_property
    def imported(self) -> Imported:
        imported = Imported()
        for number, node in enumerate(self._tree.all(self.grammar.imports)):
            if number >= _MOST_IMPORTS:
                break
            imported.read(self.grammar.name, self._tree.text_of(node))
        return imported

    def values(self, use: Use, selector: str) -> tuple[Value, ...]:
        """What stands in the arguments where the selector says; several of a list, none where nothing stands or can be followed."""
        node = self._selected(use, selector)
        return () if node is None else self._values(node, 0)

    def has(self, use: Use, selector: str) -> bool:
        """Whether anything stands there."""
        return self._selected(use, selector) is not None

    def assigned_to(self, use: Use) -> str | None:
        """The name that is given what the call returns."""
        if use.node.kind() in DECLARATIONS:
            return declared_name(use.node)
        node = next((node for node in use.outer[:4] if node.kind() in self.grammar.assigned), None)
        return None if node is None else last_name(self._names.assignment(node)[0])

    def is_kept(self, use: Use) -> bool:
        """Whether it is stored in a name, a list or a table, or given back."""
        node = use.node
        for outer in use.outer[:_MOST_CLIMB]:
            kind = outer.kind()
            if kind in self.grammar.lists:  # Of which one may have many parts.
                return True
            if kind in _KEEPING or kind in self.grammar.properties or kind in self.grammar.assigned:
                return inner_of(outer)[-1] == node
            if kind not in UNWRAPPED and kind not in _PASSED_ON:
                return False
            node = outer
        return False

    def items_behind(self, kind: str, regex: str) -> Iterator[tuple[int, int]]:
        """From where to where the items stand that an attribute speaks of, in characters."""
        for node in self._tree.root.find_all({"rule": {"kind": kind, "regex": regex}})[:_MOST_MARKED]:
            item = node.next()
            while item is not None and (item.kind() == kind or item.kind() in COMMENTS):
                item = item.next()
            if item is not None:
                place = item.range()
                self._tree.work += place.start.column + place.end.column
                yield place.start.index, place.end.index

    def value_of_text(self, text: str) -> tuple[Value, ...]:
        """A literal or a name, read outside of the tree."""
        if found := QUOTED.match(text):
            return (Value(Kind.TEXT, found["text"]),)
        if found := NUMBER.match(text):
            return (Value(Kind.NUMBER, str(whole_of(found[1]))),)
        return self._value_of_constant(text, 1) if text in self._names.constants else ()

    def value_of_path(self, path: str) -> tuple[Value, ...]:
        """What a name that is not followed stands for: itself."""
        return (Value(Kind.PATH, path, (path,)),)

    def _use(self, leaf: SgNode) -> Use | None:
        grammar, node = self.grammar, leaf
        outer = tuple(leaf.ancestors())
        self._tree.work += _ONE_ANCESTOR * len(outer)
        climbed = 0
        for parent in outer[:_MOST_CLIMB]:
            if parent.kind() not in grammar.members:
                break
            children = parent.children()
            if children[-1] != node and (parent.kind() not in _OF_TYPES or children[0] != node):
                break
            node, climbed = parent, climbed + 1
        outer = outer[climbed:]
        within = outer[0] if outer else None
        if within is None or _IMPORTING.search(within.kind()) or within.kind() in grammar.imports - grammar.assigned:
            return None
        if within.kind() == "token_tree":
            return self._in_list(leaf, outer)
        arguments, parts = None, [node]
        is_call = within.kind() in grammar.calls
        if is_call:
            parts, arguments = self._parts(within)
            is_call = bool(parts) and parts[-1] == node
        if is_call:
            node, outer = within, outer[1:]
        else:
            arguments, parts = None, [node]
        path = path_of("".join(map(self._tree.text_of, parts)))
        paths = (path,) if path.startswith(".") else self.imported.paths(path, is_global=grammar.is_global)
        if arguments is None and outer and outer[0].kind() in grammar.assigned and outer[0].children()[0] == node:
            _, value = self._names.assignment(outer[0]) if "." in path else ("", None)
            return None if value is None else Use(paths, leaf.text(), Manner.SET, outer[0], outer[1:], None, value)
        if not is_call and grammar.name == "ruby" and within.kind() == "call" and within.children()[0] == node:
            return None  # What is called is told, and not the class that it is called of.
        if not is_call and grammar.name == "cpp" and leaf.kind() in ("type_identifier", "namespace_identifier"):
            one = made(node, outer)
            if one is not None:
                return Use(paths, leaf.text(), Manner.CALL, one.node, one.outer, one.arguments)
            if not is_type_argument(outer):
                return None
        if outer and not (arguments is not None and inner_of(arguments)) and self._is_compared(node, outer, is_call):
            return None
        return Use(paths, leaf.text(), Manner.CALL if is_call else Manner.READ, node, outer, arguments)

    def _in_list(self, leaf: SgNode, outer: tuple[SgNode, ...]) -> Use | None:
        """A constant in a list that a macro of Rust makes."""
        place = leaf.range()
        self._tree.work += place.start.column + place.end.column
        following = self.text[place.end.index : place.end.index + 1]
        before = before_in_macro(self.text, place.start.index)
        if before is None or following in ("(", ":", "!") or not is_vector(outer):
            return None
        paths = self.imported.paths(path_of(before + leaf.text()), is_global=self.grammar.is_global)
        return Use(paths, leaf.text(), Manner.READ, leaf, outer, None)

    def _is_compared(self, node: SgNode, outer: tuple[SgNode, ...], is_call: bool) -> bool:
        """A constant that something is compared with is set by nobody; nor is what a call without arguments gives."""
        place = 0
        while place < min(len(outer) - 1, _MOST_CLIMB) and (
            outer[place].kind() in UNWRAPPED or self._operators(outer[place]) & _ALTERNATIVES
        ):
            node, place = outer[place], place + 1
        kind, beyond = outer[place].kind(), outer[place + 1].kind() if place + 1 < len(outer) else ""
        if kind == "expression_list":
            return "case" in beyond or (not is_call and _COMPARED.search(beyond) is not None)
        if is_call:
            return ("binary" in kind or "compar" in kind) and not self._operators(outer[place]).isdisjoint(_EQUAL)
        if kind in TERNARY:
            return node not in branches_of(outer[place])
        if "arm" in kind or kind == "match_conditional_expression":
            return node not in (outer[place].field("value") or outer[place].field("return_expression"), outer[place].children()[-1])
        return _COMPARED.search(kind) is not None

    def _operators(self, node: SgNode) -> frozenset[str]:
        """The signs and words between the parts of a sum, a comparison and their like; of which one may have many."""
        if node.kind() not in self.grammar.binary and _OPERATING.search(node.kind()) is None:
            return frozenset()
        children = node.children()
        self._tree.work += _ONE_ANCESTOR * len(children)
        return frozenset(child.kind() for child in children if not child.is_named())

    def _parts(self, call: SgNode) -> tuple[list[SgNode], SgNode | None]:
        """What is called, and with what."""
        parts: list[SgNode] = []
        for child in call.children():
            kind = child.kind()
            if kind in self.grammar.arguments:
                return parts, child
            if kind not in COMMENTS and "type_arg" not in kind and kind != "new":
                parts.append(child)
        return parts, None

    def _selected(self, use: Use, selector: str) -> SgNode | None:
        head, *inner = selector.split(".")
        node = self._argument(use, head)
        for name in inner:
            node = None if node is None else self._property(node, name)
        return node

    def _argument(self, use: Use, word: str) -> SgNode | None:
        if use.value is not None:
            return use.value if word == "0" else None
        if use.arguments is None:
            return None
        arguments = [given(child) for child in inner_of(use.arguments)]
        if word.lstrip("-").isdigit():
            positional = [value for name, value in arguments if name is None]
            place = int(word)
            return positional[place] if -len(positional) <= place < len(positional) else None
        return next((value for name, value in arguments if name == word), None)

    def _property(self, node: SgNode, name: str) -> SgNode | None:
        """A property of an object that stands there, or is a constant that is set once."""
        constant = (
            self._tree.text_of(node).lstrip("$") if node.kind() in self.grammar.leaves or node.kind() == "variable_name" else ""
        )
        if constant in self._names.constants and self._names.parameter_at(constant, node) is None:
            if (constant, name) not in self._properties:
                self._properties[constant, name] = self._property_in(self._names.constants[constant], name)
            return self._properties[constant, name]
        return self._property_in(node, name)

    def _property_in(self, node: SgNode, name: str) -> SgNode | None:
        if name.isdigit() and node.kind() in self.grammar.calls and (arguments := self._parts(node)[1]) is not None:
            node = arguments
        inner = inner_of(node)
        while node.kind() in TYPED and inner:
            node = inner[0]
            inner = inner_of(node)
        for child in inner:
            key, value = given(child)
            if child.kind() in self.grammar.properties and key is None:
                parts = inner_of(child)
                key, value = (key_of(self._tree.text_of(parts[0])), parts[-1]) if len(parts) > 1 else (None, value)
            if key is not None and key == name:
                return value
        return inner[int(name)] if name.isdigit() and int(name) < len(inner) else None

    def _value_of_constant(self, name: str, depth: int) -> tuple[Value, ...]:
        """What a constant is, found once: it may be asked for again and again, also by itself."""
        if (name, depth) not in self._followed:
            self._followed[name, depth] = ()
            self._followed[name, depth] = self._values(self._names.constants[name], depth)
        return self._followed[name, depth]

    def _values(self, node: SgNode, depth: int) -> tuple[Value, ...]:
        grammar, kind = self.grammar, node.kind()
        if depth > _MOST_DEPTH:
            return ()
        if kind in grammar.strings:
            return text_value(self._tree.text_of(node)) or self._filled(node, depth)
        if kind in grammar.numbers or kind == "preproc_arg":
            return self.value_of_text(self._tree.text_of(node).strip())
        if kind in grammar.lists and kind not in grammar.arguments - grammar.lists:
            values: list[Value] = []
            for child in inner_of(node)[:_MOST_VALUES]:
                values += self._values(unwrapped(child), depth + 1)
                if len(values) >= _MOST_VALUES:
                    break
            return tuple(values[:_MOST_VALUES])
        if kind in TERNARY or (kind in grammar.binary and self._operators(node) & _ALTERNATIVES):
            either = [self._values(unwrapped(one), depth + 1) for one in branches_of(node)]
            return tuple(value for values in either for value in values)[:_MOST_VALUES] if all(either) else ()
        if kind in grammar.binary or kind == "concatenated_string":
            return self._joined(node, depth)
        if kind in grammar.calls:
            parts, _ = self._parts(node)
            text = "".join(map(self._tree.text_of, parts))
            left = UNCHANGED.sub("", text)
            if left != text and (unchanged := self.value_of_text(left)):
                return unchanged
            return self._named(text)
        if kind in grammar.leaves or kind in grammar.members or kind == "variable_name":
            return self._value_of_name(node, depth)
        inner = inner_of(node)
        if kind in TYPED and inner:
            return self._values(inner[0], depth + 1)
        return self._values(inner[-1], depth + 1) if len(inner) == 1 or "cast" in kind or "reference" in kind else ()

    def _value_of_name(self, node: SgNode, depth: int) -> tuple[Value, ...]:
        text = self._tree.text_of(node)
        name = last_name(text)
        parameter = self._names.parameter_at(name, node) if name == text.lstrip("$") else None
        if parameter is not None:
            return self._value_of_parameter(name, parameter, depth) or self._named(text)
        if name in self._names.constants and self._names.is_own(text):
            return self._value_of_constant(name, depth + 1)
        return self._named(text)

    def _joined(self, node: SgNode, depth: int) -> tuple[Value, ...]:
        """Texts that are put together."""
        inner = inner_of(node)
        is_sum = node.kind() == "concatenated_string" or not self._operators(node).isdisjoint(_JOINING)
        if len(inner) > _MOST_PARTS or not is_sum:
            return ()
        parts = [self._values(one, depth + 1) for one in inner]
        if all(len(part) == 1 and part[0].kind is Kind.TEXT for part in parts):
            return self._put_together([part[0] for part in parts])
        return ()

    def _filled(self, node: SgNode, depth: int) -> tuple[Value, ...]:
        """A text with names or numbers filled in, each of which is one value."""
        parts: list[Value] = []
        for child in node.children():
            kind = child.kind()
            if kind in ("string_content", "string_fragment", "interpolated_string_text") or (kind == "string" and parts):
                parts.append(Value(Kind.TEXT, self._tree.text_of(child)))
                continue
            if not child.is_named() or _EDGES.fullmatch(kind):
                continue
            inner = inner_of(child) if "interpol" in kind or kind == "template_substitution" else [child]
            if kind == "interpolated_identifier":
                values = self._value_of_name(child, depth)
            else:
                inner = [one for one in inner if not _EDGES.fullmatch(one.kind())]
                values = self._values(inner[0], depth + 1) if len(inner) == 1 else ()
            if len(values) != 1 or values[0].kind is Kind.PATH or len(parts) > _MOST_PARTS:
                return ()
            parts.append(values[0])
        return self._put_together(parts) if parts else ()

    def _put_together(self, parts: list[Value]) -> tuple[Value, ...]:
        joined = "".join(part.text for part in parts)
        is_default = any(part.is_default for part in parts)
        return (Value(Kind.TEXT, joined, is_default=is_default),) if len(joined) <= _MOST_JOINED else ()

    def _named(self, text: str) -> tuple[Value, ...]:
        path = path_of(text)
        return (Value(Kind.PATH, path, self.imported.paths(path, is_global=True)),)

    def _value_of_parameter(self, name: str, parameter: Parameter, depth: int) -> tuple[Value, ...]:
        """Its default, unless the function sets it."""
        is_set = any(parameter.start <= place < parameter.end for place in self._names.places_of(name))
        if parameter.default is None or is_set or name in self._names.again or depth > _MOST_DEPTH:
            return ()
        return tuple(replace(value, is_default=True) for value in self._values(parameter.default, depth + 1))
