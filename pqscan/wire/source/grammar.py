"""How the grammars of tree-sitter name the parts of a program that are looked at, one row a language.

`leaves` are names, `members` put names together to paths,
`assigned` gives a name its value, `sets_again` another one. Two grammars may share one file of rules."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Grammar:
    """`name` is ast-grep's; `rules` that of the file of rules. `is_global`: a path means itself where nothing was imported."""

    name: str
    rules: str
    leaves: frozenset[str]
    members: frozenset[str]
    calls: frozenset[str]
    arguments: frozenset[str]
    assigned: frozenset[str]
    imports: frozenset[str] = frozenset()
    strings: frozenset[str] = frozenset({"string", "string_literal", "raw_string_literal"})
    numbers: frozenset[str] = frozenset({"number_literal", "integer_literal", "integer", "int_literal", "number"})
    binary: frozenset[str] = frozenset({"binary_expression", "binary_operator", "binary", "additive_expression"})
    lists: frozenset[str] = frozenset()
    properties: frozenset[str] = frozenset()
    sets_again: frozenset[str] = frozenset()
    parameters: frozenset[str] = frozenset()
    is_global: bool = True


def _of(words: str) -> frozenset[str]:
    return frozenset(words.split())


_PYTHON = Grammar(
    "python", "python", _of("identifier"), _of("attribute dotted_name"), _of("call"), _of("argument_list"), _of("assignment"),
    _of("import_statement import_from_statement"), lists=_of("list tuple set"), properties=_of("pair"), is_global=False,
    parameters=_of("parameters lambda_parameters"),
    sets_again=_of("augmented_assignment named_expression for_statement for_in_clause as_pattern"),
)  # fmt: skip
_JAVA = Grammar(
    "java", "java", _of("identifier type_identifier"), _of("field_access scoped_identifier scoped_type_identifier generic_type"),
    _of("method_invocation object_creation_expression"), _of("argument_list"), _of("variable_declarator assignment_expression"),
    _of("import_declaration package_declaration"), numbers=_of("decimal_integer_literal hex_integer_literal"),
    lists=_of("array_initializer array_creation_expression"),
    parameters=_of("formal_parameters inferred_parameters lambda_expression"),
    sets_again=_of("enhanced_for_statement update_expression"),
)  # fmt: skip
_KOTLIN = Grammar(
    "kotlin", "java", _of("simple_identifier type_identifier"),
    _of("navigation_expression navigation_suffix directly_assignable_expression user_type"), _of("call_expression"),
    _of("call_suffix"),
    _of("property_declaration assignment"), _of("import_header package_header"),
    numbers=_of("integer_literal hex_literal long_literal"),
    lists=_of("collection_literal"),
    parameters=_of("function_value_parameters lambda_parameters primary_constructor"),
    sets_again=_of("for_statement"),
)  # fmt: skip
_C = Grammar(
    "c", "c", _of("identifier"), _of("field_expression"), _of("call_expression"), _of("argument_list"),
    _of("init_declarator assignment_expression preproc_def"), lists=_of("initializer_list"),
    parameters=_of("parameter_list"),
    sets_again=_of("update_expression"),
)  # fmt: skip
_CPP = Grammar(
    "cpp", "c", _of("identifier field_identifier type_identifier namespace_identifier"),
    _of("field_expression qualified_identifier template_function template_type"),
    _of("call_expression new_expression"), _of("argument_list"), _of("init_declarator assignment_expression preproc_def"),
    _of("using_declaration alias_declaration"), lists=_of("initializer_list"),
    parameters=_of("parameter_list"),
    sets_again=_of("update_expression for_range_loop"),
)  # fmt: skip
_CSHARP = Grammar(
    "csharp", "csharp", _of("identifier"),
    _of("member_access_expression qualified_name generic_name conditional_access_expression"),
    _of("invocation_expression object_creation_expression"), _of("argument_list"), _of("variable_declarator assignment_expression"),
    _of("using_directive"), strings=_of("string_literal verbatim_string_literal raw_string_literal interpolated_string_expression"),
    lists=_of("initializer_expression array_creation_expression implicit_array_creation_expression"),
    parameters=_of("parameter_list bracketed_parameter_list lambda_expression"),
    sets_again=_of("foreach_statement"),
)  # fmt: skip
_GO = Grammar(
    "go", "go", _of("identifier field_identifier type_identifier"), _of("selector_expression qualified_type"),
    _of("call_expression composite_literal"), _of("argument_list literal_value"),
    _of("const_spec var_spec short_var_declaration assignment_statement"), _of("import_spec"),
    strings=_of("interpreted_string_literal raw_string_literal"), lists=_of("literal_value"), properties=_of("keyed_element"),
    is_global=False,
    parameters=_of("parameter_list"),
    sets_again=_of("range_clause inc_statement dec_statement"),
)  # fmt: skip
_SCRIPT = Grammar(
    "javascript", "javascript", _of("identifier property_identifier shorthand_property_identifier"),
    _of("member_expression subscript_expression"), _of("call_expression new_expression"), _of("arguments"),
    _of("variable_declarator assignment_expression field_definition"), _of("import_statement variable_declarator"),
    strings=_of("string template_string"), lists=_of("array"), properties=_of("pair"),
    parameters=_of("formal_parameters arrow_function"),
    sets_again=_of("augmented_assignment_expression for_in_statement update_expression"),
)  # fmt: skip
_TYPED_FIELDS = _of("variable_declarator assignment_expression public_field_definition enum_assignment")
_PHP = Grammar(
    "php", "php", _of("name"), _of("qualified_name class_constant_access_expression variable_name"),
    _of("function_call_expression scoped_call_expression member_call_expression nullsafe_member_call_expression")
    | _of("object_creation_expression"),
    _of("arguments"), _of("assignment_expression const_element property_element"),
    _of("namespace_use_declaration namespace_definition"),
    strings=_of("string encapsed_string"), lists=_of("array_creation_expression"), properties=_of("array_element_initializer"),
    parameters=_of("formal_parameters"),
    sets_again=_of("augmented_assignment_expression foreach_statement update_expression"),
)  # fmt: skip
_RUST = Grammar(
    "rust", "rust", _of("identifier field_identifier type_identifier"),
    _of("scoped_identifier scoped_type_identifier field_expression generic_function generic_type"), _of("call_expression"),
    _of("arguments"), _of("const_item static_item let_declaration"), _of("use_declaration"),
    lists=_of("array_expression tuple_expression"),
    parameters=_of("parameters closure_parameters"),
    sets_again=_of("assignment_expression compound_assignment_expr for_expression"),
)  # fmt: skip
_RUBY = Grammar(
    "ruby", "ruby", _of("identifier constant"), _of("scope_resolution"), _of("call"), _of("argument_list"), _of("assignment"),
    strings=_of("string simple_symbol"), lists=_of("array"), properties=_of("pair"),
    parameters=_of("method_parameters block_parameters lambda_parameters"),
    sets_again=_of("operator_assignment for"),
)  # fmt: skip
GRAMMARS = {
    grammar.name: grammar
    for grammar in (
        _PYTHON, _JAVA, _KOTLIN, _C, _CPP, _CSHARP, _GO, _PHP, _RUST, _RUBY,
        _SCRIPT, replace(_SCRIPT, name="typescript", assigned=_TYPED_FIELDS), replace(_SCRIPT, name="tsx", assigned=_TYPED_FIELDS),
    )
}  # fmt: skip
"""By ast-grep's names."""
