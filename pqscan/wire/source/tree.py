"""The tree of one file, and parts of its nodes without what means nothing."""

from __future__ import annotations

from ast_grep_py import Rule, SgNode, SgRoot

from pqscan.wire.source.value import key_of

COMMENTS = frozenset({"comment", "line_comment", "block_comment", "multiline_comment"})
UNWRAPPED = frozenset(
    {"argument", "value_argument", "literal_element", "parenthesized_expression", "equals_value_clause", "expression"}
)
TYPED = frozenset({"as_expression", "satisfies_expression", "parameter_declaration"})
"""A value, and behind it what says of which type it is, or brackets."""
TERNARY = frozenset({"ternary_expression", "conditional_expression", "conditional"})


def branches_of(node: SgNode) -> list[SgNode]:
    """What a condition chooses from (`a if b else c`, `b ? a : c`); of other nodes all parts."""
    inner = inner_of(node)
    if node.kind() not in TERNARY:
        return inner
    condition = node.field("condition")
    if condition is None and len(inner) == 3:  # Python, whose grammar has no names for them.
        return [inner[0], inner[2]]
    return [one for one in inner if one != condition]


def place_of(children: list[SgNode], node: SgNode) -> int:
    return next((place for place, child in enumerate(children) if child == node), -1)


def inner_of(node: SgNode) -> list[SgNode]:
    """The parts of a node that mean something; of an argument list of Kotlin those of the list in it."""
    children = [child for child in node.children() if child.is_named() and child.kind() not in COMMENTS]
    if node.kind() == "call_suffix":
        listed = next((child for child in children if child.kind() == "value_arguments"), None)
        return [] if listed is None else inner_of(listed)
    return children


def unwrapped(node: SgNode) -> SgNode:
    while node.kind() in UNWRAPPED:
        children = [child for child in node.children() if child.is_named() and child.kind() not in COMMENTS]
        if not children:
            break
        node = children[-1]
    return node


def given(node: SgNode) -> tuple[str | None, SgNode]:
    """An argument with its keyword, where it has one."""
    if node.kind() not in ("argument", "value_argument", "keyword_argument", "keyed_element", "pair", "literal_element"):
        return None, node
    children = [child for child in node.children() if child.is_named() and child.kind() not in COMMENTS]
    if len(children) < 2:
        return (None, children[0]) if children else (None, node)
    return key_of(children[0].text()), unwrapped(children[-1])


class Tree:
    """Parses at once. `text` is bounded by whoever asks; `work` is what was counted and copied of it so far, in characters."""

    def __init__(self, text: str, grammar: str) -> None:
        self.text = text
        self.root = SgRoot(text, grammar).root()
        self.work = 0

    def all(self, kinds: frozenset[str], regex: str | None = None) -> list[SgNode]:
        """The nodes of these kinds in the order of the file; where `regex` is given, those whose text it fits."""
        if not kinds:
            return []
        any_kind: list[Rule] = [{"kind": kind} for kind in sorted(kinds)]
        rule: Rule = {"any": any_kind} if regex is None else {"any": any_kind, "regex": regex}
        return self.root.find_all({"rule": rule})

    def text_of(self, node: SgNode) -> str:
        text = node.text()
        self.work += len(text)
        return text
