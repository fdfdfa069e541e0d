"""What grammars call no call and means one: objects of C++ that are declared (`Botan::RSA_PrivateKey key(rng, 2048);`) or made
behind a pointer (`std::make_unique<Botan::RSA_PrivateKey>(rng)`). And what stands in `vec![...]` of Rust, which has no tree."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ast_grep_py import SgNode

from pqscan.wire.source.tree import inner_of

DECLARATIONS = frozenset({"declaration", "field_declaration"})
_NAMES = frozenset({"identifier", "field_identifier"})
_LISTS = frozenset({"argument_list", "initializer_list"})
_MAKERS = frozenset({"make_unique", "make_shared"})
_MOST_UP = 6  # nodes from a type to the call that it is an argument of
_MOST_PATH = 200  # characters
_MOST_GIVEN = 20  # arguments of what may be a function
_BEFORE = re.compile(r"(?:[A-Za-z_]\w{0,60}\s{0,3}::\s{0,3}){0,5}\Z")


@dataclass(frozen=True, slots=True)
class Made:
    """An object of a type: `node` is what makes it, `outer` what that stands in, the nearest first."""

    node: SgNode
    outer: tuple[SgNode, ...]
    arguments: SgNode | None


def made(node: SgNode, outer: tuple[SgNode, ...]) -> Made | None:
    """What makes an object of the type at the node; None where the type is only named (a parameter, a pointer, what a function
    returns)."""
    if outer[0].kind() in DECLARATIONS:
        return _declared(node, outer)
    kinds = [one.kind() for one in outer[:_MOST_UP]]
    if kinds[:3] != ["type_descriptor", "template_argument_list", "template_function"] or "call_expression" not in kinds:
        return None
    name, call = outer[2].field("name"), outer[kinds.index("call_expression")]
    if name is None or name.text() not in _MAKERS:
        return None
    return Made(call, outer[kinds.index("call_expression") + 1 :], call.field("arguments"))


def is_type_argument(outer: tuple[SgNode, ...]) -> bool:
    """Whether a type is what a template is given: `CBC_Mode<AES>`."""
    return [one.kind() for one in outer[:2]] == ["type_descriptor", "template_argument_list"]


def declared_name(declaration: SgNode) -> str:
    """The name of the first object that is declared."""
    declarator = declaration.field("declarator")
    inner = None if declarator is None else declarator.field("declarator") or declarator
    return "" if inner is None else inner.text()


def before_in_macro(text: str, start: int) -> str | None:
    """The path in front of a name in a list of `vec![...]`; None where the place is in front of the text."""
    found = _BEFORE.search(text, max(0, start - _MOST_PATH), start)
    return None if found is None else found[0]


def is_vector(outer: tuple[SgNode, ...]) -> bool:
    """Whether a token stands in the macro that makes a list; what other macros make of it is not known."""
    macro = next((one for one in outer[:_MOST_UP] if one.kind() != "token_tree"), None)
    name = None if macro is None or macro.kind() != "macro_invocation" else macro.field("macro")
    return name is not None and name.text() == "vec"


def _declared(node: SgNode, outer: tuple[SgNode, ...]) -> Made | None:
    declaration = outer[0]
    declarator = declaration.field("declarator")
    if declaration.field("type") != node or declarator is None:
        return None
    if any(child.kind() == "storage_class_specifier" and child.text() == "extern" for child in declaration.children()):
        return None
    arguments: SgNode | None = None
    if declarator.kind() == "function_declarator":
        # With names alone in brackets a grammar cannot tell an object from a function; functions are not declared in functions.
        arguments = declarator.field("parameters")
        is_inside = len(outer) > 1 and outer[1].kind() == "compound_statement"
        given = [] if arguments is None else inner_of(arguments)
        if not is_inside or len(given) > _MOST_GIVEN or not all(map(_may_be_value, given)):
            return None
    elif declarator.kind() == "init_declarator":
        name, arguments = declarator.field("declarator"), declarator.field("value")
        if name is None or name.kind() not in _NAMES or arguments is None or arguments.kind() not in _LISTS:
            return None
    elif declarator.kind() not in _NAMES:
        return None
    return Made(declaration, outer[1:], arguments)


def _may_be_value(parameter: SgNode) -> bool:
    """Whether what the grammar takes for a parameter is a name, or a call without arguments."""
    inner = inner_of(parameter)
    return len(inner) == 1 or (len(inner) == 2 and inner[1].kind() == "abstract_function_declarator")
