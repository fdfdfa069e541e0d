"""Every codec is named in tests/properties and in tests/fuzz: bytes from a peer reach no reader that nobody has tried to break."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.architecture.house import python_files, text_of, tree_of


def is_codec(tree: ast.Module) -> bool:
    """True where a file has a public `decode...` (of a class or alone), or a public function that reads or parses bytes."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            methods = [inner.name for inner in node.body if isinstance(inner, ast.FunctionDef)]
            if any(name.startswith("decode") for name in methods):
                return True
        if isinstance(node, ast.FunctionDef) and (node.name.startswith("decode") or _reads_bytes(node)):
            return True
    return False


def _reads_bytes(function: ast.FunctionDef) -> bool:
    if not function.name.startswith(("read_", "parse_")) or not function.args.args:
        return False
    annotation = function.args.args[0].annotation
    return isinstance(annotation, ast.Name) and annotation.id == "bytes"


def module_name(path: Path) -> str:
    return ".".join(path.with_suffix("").parts)


CODECS = [path for path in python_files("pqscan/wire/") if is_codec(tree_of(path))]


@pytest.mark.parametrize("folder", ["properties", "fuzz"])
@pytest.mark.parametrize("path", CODECS, ids=str)
def test_every_codec_is_named_where_it_is_attacked(path: Path, folder: str) -> None:
    attackers = [text_of(test) or "" for test in python_files(f"tests/{folder}/")]
    if not attackers:
        pytest.skip(f"tests/{folder} is empty")
    assert any(module_name(path) in text for text in attackers)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("class A:\n  def decode(cls, cursor): ...", True),
        ("def decode_list(cursor): ...", True),
        ("def read_certificate(der: bytes): ...", True),
        ("def read_name(reader: Reader): ...", False),
        ("class _A:\n  def decode(cls, cursor): ...", False),
        ("def encode(value): ...", False),
    ],
)
def test_a_codec_is_known_by_what_it_offers(source: str, expected: bool) -> None:
    assert is_codec(ast.parse(source)) is expected
