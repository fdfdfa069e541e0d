"""Parts of a node of a tree, without what means nothing."""

from __future__ import annotations

from ast_grep_py import SgNode

COMMENTS = frozenset({"comment", "line_comment", "block_comment", "multiline_comment"})
UNWRAPPED = frozenset(
    {"argument", "value_argument", "literal_element", "parenthesized_expression", "equals_value_clause", "expression"}
)
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
