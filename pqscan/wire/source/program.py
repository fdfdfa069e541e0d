"""One file of source code as a tree (ast-grep's grammars of tree-sitter): calls and constants of given names, their arguments, and
constants followed where they are set once in the file. Comments and texts hold no calls, as the tree tells them apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from ast_grep_py import Rule, SgNode, SgRoot

from pqscan.wire.source.grammar import Grammar
from pqscan.wire.source.imported import Imported
from pqscan.wire.source.tree import COMMENTS, TERNARY, UNWRAPPED, branches_of, inner_of, place_of, unwrapped
from pqscan.wire.source.value import MOST_PATH, NAME, NUMBER, QUOTED, Kind, Value, key_of, last_name, path_of, text_value, whole_of

_MOST_DEPTH = 8  # of constants set by constants
_MOST_PARTS = 20  # of a text that is put together
_MOST_CLIMB = 40  # members of one path
_MOST_VALUES = 100  # of one argument
_MOST_JOINED = 10_000  # characters
_MOST_WORK = 1_500_000_000  # characters that are counted or copied: a few seconds
_ONE_ANCESTOR = 1000
"""What going up by one node takes, in characters: a text without a bracket may still be a tree as deep as it is long."""
_MOST_IMPORTS, _MOST_CONSTANTS, _MOST_MARKED = 5000, 20_000, 5000
_NO_VALUE = frozenset({"(", ")", ",", "{", "}", "[", "]", ":", "=>", "="})
_COMPARED = re.compile(r"binary|compar|case|switch|match|assert|conditional|if_|relational|equality|constant_pattern")
_SET = ("left", "alias", "name", "pattern", "argument", "operand")
_JOINING = frozenset({"+", ".", "..", "<<"})
_ALTERNATIVES = frozenset({"|", "||", "??", "?:", "or"})
_EQUAL = frozenset({"==", "!=", "===", "!==", "is", "is not", "<=>"})
_OPERATING = re.compile(r"binary|compar|equality|elvis|disjunction|boolean|concatenat")
_OF_TYPES = frozenset({"generic_function", "generic_name", "generic_type", "template_function", "template_type"})
_HEAD_OF_FUNCTION = re.compile(
    r"(?<!\w)(?P<name>\w*)[ \t]{0,4}\((?P<parameters>[^(){}]{1,500})\)\s{0,200}"
    r"(?:=>|(?:->|:|throws\b|[\w*\[\]]{1,40})[^{:;()\n]{0,100})?[{:]"
)
_NO_FUNCTION = frozenset({"if", "for", "while", "switch", "catch", "elif", "match", "when", "with"})
_IMPORTING = re.compile(r"import|^use_|^using|^namespace_use")
_TYPE = re.compile(r"\b(?:class|object|struct|enum|module)\s+([A-Za-z_]\w*)")
_OWN = frozenset({"this", "self", "cls", "Self", "static"})


@dataclass(frozen=True, slots=True)
class Use:
    """A call, or a constant that is read. `paths` are what it may be by the imports."""

    paths: tuple[str, ...]
    name: str
    is_call: bool
    node: SgNode
    outer: tuple[SgNode, ...]  # what it stands in, the nearest first
    arguments: SgNode | None


class Program:
    """Parses at once. `text` is bounded by whoever asks.

    `is_spent`: looking further would take too long, as the tree is too deep or its lines are too long."""

    def __init__(self, text: str, grammar: Grammar) -> None:
        self.text = text
        self.grammar = grammar
        self._root = SgRoot(text, grammar.name).root()
        self._work = 0
        self._followed: dict[tuple[str, int], tuple[Value, ...]] = {}
        self._properties: dict[tuple[str, str], SgNode | None] = {}

    @property
    def is_spent(self) -> bool:
        return self._work > _MOST_WORK

    def place(self, use: Use) -> tuple[int, int]:
        """Where it begins: how many characters stand before it, and its line, from 1."""
        place = use.node.range()
        self._work += place.start.column + place.end.column
        return place.start.index, place.start.line + 1

    def uses(self, names: str) -> Iterator[Use]:
        """Where a name that the regular expression fits (as a whole) is called or read, in the order of the file."""
        seen: set[SgNode] = set()
        whole = re.compile(names)
        others = [
            re.escape(name)
            for name, path in self.imported.names.items()
            if not whole.fullmatch(name) and whole.fullmatch(path.rpartition(".")[2])
        ]
        for leaf in self._all(self.grammar.leaves, f"^(?:{'|'.join([names, *others])})$"):
            if self.is_spent:
                return
            use = self._use(leaf)
            if use is not None and use.node not in seen:
                seen.add(use.node)
                yield use

    @cached_property
    def imported(self) -> Imported:
        imported = Imported()
        for number, node in enumerate(self._all(self.grammar.imports)):
            if number >= _MOST_IMPORTS:
                break
            imported.read(self.grammar.name, self._text(node))
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
        node = next((node for node in use.outer[:4] if node.kind() in self.grammar.assigned), None)
        return None if node is None else last_name(self._assignment(node)[0])

    def items_behind(self, kind: str, regex: str) -> Iterator[tuple[int, int]]:
        """From where to where the items stand that an attribute speaks of, in characters."""
        for node in self._root.find_all({"rule": {"kind": kind, "regex": regex}})[:_MOST_MARKED]:
            item = node.next()
            while item is not None and (item.kind() == kind or item.kind() in COMMENTS):
                item = item.next()
            if item is not None:
                place = item.range()
                self._work += place.start.column + place.end.column
                yield place.start.index, place.end.index

    def value_of_text(self, text: str) -> tuple[Value, ...]:
        """A literal or a name, read outside of the tree."""
        if found := QUOTED.match(text):
            return (Value(Kind.TEXT, found["text"]),)
        if found := NUMBER.match(text):
            return (Value(Kind.NUMBER, str(whole_of(found[1]))),)
        return self._value_of_constant(text, 1) if text in self._constants else ()

    def _all(self, kinds: frozenset[str], regex: str | None = None) -> list[SgNode]:
        if not kinds:
            return []
        any_kind: list[Rule] = [{"kind": kind} for kind in sorted(kinds)]
        rule: Rule = {"any": any_kind} if regex is None else {"any": any_kind, "regex": regex}
        return self._root.find_all({"rule": rule})

    def _text(self, node: SgNode) -> str:
        text = node.text()
        self._work += len(text)
        return text

    def _use(self, leaf: SgNode) -> Use | None:
        grammar, node = self.grammar, leaf
        outer = tuple(leaf.ancestors())
        self._work += _ONE_ANCESTOR * len(outer)
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
        arguments, parts = None, [node]
        is_call = within.kind() in grammar.calls
        if is_call:
            parts, arguments = self._parts(within)
            is_call = bool(parts) and parts[-1] == node
        if not is_call and within.kind() in grammar.assigned and within.children()[0] == node:
            return None  # It is what is set here.
        if is_call:
            node, outer = within, outer[1:]
        else:
            arguments, parts = None, [node]
        if outer and not (arguments is not None and inner_of(arguments)) and self._is_compared(node, outer, is_call):
            return None
        path = path_of("".join(map(self._text, parts)))
        paths = (path,) if path.startswith(".") else self.imported.paths(path, is_global=grammar.is_global)
        return Use(paths, leaf.text(), is_call, node, outer, arguments)

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
        self._work += _ONE_ANCESTOR * len(children)
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
        head, _, inner = selector.partition(".")
        node = self._argument(use, head)
        return node if node is None or not inner else self._property(node, inner)

    def _argument(self, use: Use, word: str) -> SgNode | None:
        if use.arguments is None:
            return None
        given = [self._given(child) for child in inner_of(use.arguments)]
        if word.lstrip("-").isdigit():
            positional = [value for name, value in given if name is None]
            place = int(word)
            return positional[place] if -len(positional) <= place < len(positional) else None
        return next((value for name, value in given if name == word), None)

    def _given(self, node: SgNode) -> tuple[str | None, SgNode]:
        """An argument with its keyword, where it has one."""
        if node.kind() not in ("argument", "value_argument", "keyword_argument", "keyed_element", "pair", "literal_element"):
            return None, node
        children = [child for child in node.children() if child.is_named() and child.kind() not in COMMENTS]
        if len(children) < 2:
            return (None, children[0]) if children else (None, node)
        return key_of(children[0].text()), unwrapped(children[-1])

    def _property(self, node: SgNode, name: str) -> SgNode | None:
        """A property of an object that stands there, or is a constant that is set once."""
        if node.kind() in self.grammar.leaves and (constant := node.text()) in self._constants:
            if (constant, name) not in self._properties:
                self._properties[constant, name] = self._property_in(self._constants[constant], name)
            return self._properties[constant, name]
        return self._property_in(node, name)

    def _property_in(self, node: SgNode, name: str) -> SgNode | None:
        inner = inner_of(node)
        for child in inner:
            key, value = self._given(child)
            if child.kind() in self.grammar.properties and key is None:
                parts = inner_of(child)
                key, value = (key_of(self._text(parts[0])), parts[-1]) if len(parts) > 1 else (None, value)
            if key is not None and key == name:
                return value
        return inner[int(name)] if name.isdigit() and int(name) < len(inner) else None

    def _value_of_constant(self, name: str, depth: int) -> tuple[Value, ...]:
        """What a constant is, found once: it may be asked for again and again, also by itself."""
        if (name, depth) not in self._followed:
            self._followed[name, depth] = ()
            self._followed[name, depth] = self._values(self._constants[name], depth)
        return self._followed[name, depth]

    def _values(self, node: SgNode, depth: int) -> tuple[Value, ...]:
        grammar, kind = self.grammar, node.kind()
        if depth > _MOST_DEPTH:
            return ()
        if kind in grammar.strings:
            return text_value(self._text(node))
        if kind in grammar.numbers or kind == "preproc_arg":
            return self.value_of_text(self._text(node).strip())
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
            return self._named("".join(map(self._text, parts)))
        if kind in grammar.leaves or kind in grammar.members or kind == "variable_name":
            text = self._text(node)
            name = last_name(text)
            if name in self._constants and self._is_own(text):
                return self._value_of_constant(name, depth + 1)
            return self._named(text)
        inner = inner_of(node)
        return self._values(inner[-1], depth + 1) if len(inner) == 1 or "cast" in kind or "reference" in kind else ()

    def _joined(self, node: SgNode, depth: int) -> tuple[Value, ...]:
        """Texts that are put together."""
        inner = inner_of(node)
        is_sum = node.kind() == "concatenated_string" or not self._operators(node).isdisjoint(_JOINING)
        if len(inner) > _MOST_PARTS or not is_sum:
            return ()
        parts = [self._values(one, depth + 1) for one in inner]
        if all(len(part) == 1 and part[0].kind is Kind.TEXT for part in parts):
            joined = "".join(part[0].text for part in parts)
            return (Value(Kind.TEXT, joined),) if len(joined) <= _MOST_JOINED else ()
        return ()

    def _named(self, text: str) -> tuple[Value, ...]:
        path = path_of(text)
        return (Value(Kind.PATH, path, self.imported.paths(path, is_global=True)),)

    def _is_own(self, text: str) -> bool:
        """Whether a name is one of this file: it stands alone, or behind this file's object or class."""
        head, point, _ = path_of(text).lstrip(".").rpartition(".")
        return not point or head in _OWN or head in self._types

    @cached_property
    def _types(self) -> frozenset[str]:
        return frozenset(_TYPE.findall(self.text))

    @cached_property
    def _constants(self) -> dict[str, SgNode]:
        """What is set once in the file, by its name. A name that is a parameter somewhere stays out: it may be anything there.

        In a file with more than is looked at nothing is followed, for it may be set again behind that."""
        found: dict[str, SgNode | None] = {}
        for number, node in enumerate(self._all(self.grammar.assigned)):
            if number >= _MOST_CONSTANTS:
                return {}
            target, value = self._assignment(node)
            if "," in target:
                found.update(dict.fromkeys(NAME.findall(target)))
            elif name := last_name(target):
                found[name] = None if name in found else value
        again = self._set_again()
        return {name: node for name, node in found.items() if node is not None and not (name in self._parameters or name in again)}

    def _set_again(self) -> frozenset[str]:
        """Names that loops, `+=`, `:=` and their like set, with a few more that stand there."""
        found: set[str] = set()
        for node in self._all(self.grammar.sets_again):
            target = next((one for name in _SET if (one := node.field(name))), None)
            for one in inner_of(node)[:-1] or inner_of(node) if target is None else (target,):
                found.update(NAME.findall(self._text(one)[:MOST_PATH]))
        return frozenset(found)

    @cached_property
    def _parameters(self) -> frozenset[str]:
        """Names in the heads of functions, and a few more: what is not followed for that is told as unknown."""
        found: set[str] = set()
        for match in _HEAD_OF_FUNCTION.finditer(self.text):
            if match["name"] not in _NO_FUNCTION:
                found.update(NAME.findall(match["parameters"]))
        return frozenset(found)

    def _assignment(self, node: SgNode) -> tuple[str, SgNode | None]:
        children = [child for child in node.children() if child.is_named() and child.kind() not in COMMENTS]
        target = next((one for name in ("left", "name", "declarator", "pattern", "property") if (one := node.field(name))), None)
        value = node.field("right") or node.field("value")
        if target is None and children:
            target = next(
                (child for child in children if "declaration" in child.kind() or child.kind() in self.grammar.leaves), children[0]
            )
        if value is None and len(children) > 1:
            value = children[-1]
        if target is None or value is None or place_of(children, value) <= place_of(children, target):
            return "", None
        if value.kind() == "expression_list":  # Go: several names at once, the last of them an error.
            inner = inner_of(value)
            value = inner[0] if inner else value
            return self._text(target).partition(",")[0], value
        return self._text(target), unwrapped(value)
