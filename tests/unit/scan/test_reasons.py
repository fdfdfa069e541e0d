from __future__ import annotations

import ast
import string
import tomllib
from importlib.resources import files
from pathlib import Path

import pqscan.scan

REASONS = tomllib.loads(files("pqscan.locale").joinpath("reasons/scan.toml").read_text(encoding="utf-8"))


def reasons_in_code() -> dict[str, set[str]]:
    """Every `Reason.of("code", parameter=...)` in the package."""
    found: dict[str, set[str]] = {}
    for path in Path(pqscan.scan.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Reason.of":
                code = node.args[0]
                if isinstance(code, ast.Constant):
                    found.setdefault(str(code.value), set()).update(str(keyword.arg) for keyword in node.keywords)
    return found


def test_every_reason_has_a_sentence_with_just_its_parameters() -> None:
    used = reasons_in_code()
    assert set(used) == set(REASONS)
    for code, parameters in used.items():
        assert {name for _, name, _, _ in string.Formatter().parse(REASONS[code]) if name} == parameters, code
