"""Rules of source code and libraries are data: each row has a source and examples, and a wrong one is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from ast_grep_py import SgRoot

from pqscan.errors import DataError
from pqscan.registry.libraries import Ecosystem, folded, libraries, library
from pqscan.registry.manifests import manifest_formats
from pqscan.registry.source_rules import read_source_language, source_languages
from pqscan.wire.source.grammar import GRAMMARS

HEAD = '[[marks]]\nliterals = ["hashlib"]\nreference = "x"\n\n[[rule]]\n'
GOOD = 'name = "a"\nlibrary = "l"\ncalls = ["hashlib.md5"]\nalgorithm = "MD5"\n'
GOOD += 'finds = ["x ==> MD5"]\nleaves = ["y"]\nreference = "r"\n'


def read(folder: Path, text: str) -> None:
    path = folder / "python.toml"
    path.write_text(text, "utf-8")
    read_source_language(path)


def test_a_rule_with_examples_and_a_source_is_read(tmp_path: Path) -> None:
    read(tmp_path, HEAD + GOOD)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('reference = "r"\n', "", "no reference"),
        ('finds = ["x ==> MD5"]\n', "", "finds must show"),
        (' ==> MD5"', '"', "finds must show"),
        ('leaves = ["y"]\n', "", "leaves must show"),
        ('algorithm = "MD5"\n', "", "must tell the algorithm"),
        ('algorithm = "MD5"\n', 'algorithm = "MD77"\n', "has no row"),
        ('algorithm = "MD5"\n', 'algorithm = "*"\n', "a pattern has none"),
        ('calls = ["hashlib.md5"]\n', "", "calls, reads, kept or sets"),
        ('calls = ["hashlib.md5"]\n', 'calls = ["a.*.*"]\n', "no path of a call"),
        ('library = "l"\n', 'library = "l"\nsize_in = ["a b"]\n', "chooses no argument"),
        ('library = "l"\n', 'library = "l"\nfunction = "magic"\n', "function must be among"),
        ('library = "l"\n', 'library = "l"\ngroups_in = ["a b"]\n', "chooses no argument"),
        ('library = "l"\n', 'library = "l"\nlater = ["init:x"]\n', "no name of a call"),
        ('library = "l"\n', 'library = "l"\ntells = "priority"\n', "where the priority string stands"),
        ('library = "l"\n', 'library = "l"\nsort = "x"\n', "means nothing here"),
    ],
)
def test_a_wrong_rule_is_refused(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in GOOD
    with pytest.raises(DataError, match=words):
        read(tmp_path, HEAD + GOOD.replace(old, new))


def test_a_short_mark_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="fewer than 4 octets"):
        read(tmp_path, HEAD.replace("hashlib", "md5") + GOOD)


def test_nine_languages_have_rules_enough() -> None:
    assert {one.name for one in source_languages()} == {"python", "java", "c", "csharp", "go", "javascript", "php", "rust", "ruby"}
    assert sum(len(one.rules) for one in source_languages()) >= 400
    assert {grammar.rules for grammar in GRAMMARS.values()} == {one.name for one in source_languages()}


@pytest.mark.parametrize("name", sorted(GRAMMARS))
def test_the_grammar_knows_the_parts_that_are_looked_for(name: str) -> None:
    grammar, root = GRAMMARS[name], SgRoot("x", name).root()
    for kind in (
        grammar.leaves | grammar.members | grammar.calls | grammar.arguments | grammar.assigned | grammar.imports | grammar.lists
    ) | grammar.sets_again:
        root.find_all({"rule": {"kind": kind}})  # Raises for a part that it does not know.


def test_libraries_are_known_in_twelve_ecosystems_and_more() -> None:
    assert len(libraries()) >= 150
    assert {row.ecosystem for row in libraries()} == set(Ecosystem)
    assert {one.ecosystem for one in manifest_formats()} == set(Ecosystem)
    assert sum(row.post_quantum_since is not None for row in libraries()) >= 50


@pytest.mark.parametrize(
    ("ecosystem", "spelling", "name"),
    [
        (Ecosystem.PYPI, "PyCryptodome", "pycryptodome"),
        (Ecosystem.PYPI, "argon2_cffi", "argon2-cffi"),
        (Ecosystem.GO, "github.com/golang-jwt/jwt/v5", "github.com/golang-jwt/jwt"),
        (Ecosystem.CARGO, "ml_kem", "ml-kem"),
        (Ecosystem.NUGET, "BouncyCastle.Cryptography", "bouncycastle.cryptography"),
    ],
)
def test_a_library_is_found_as_its_ecosystem_spells_it(ecosystem: Ecosystem, spelling: str, name: str) -> None:
    row = library(ecosystem, spelling)
    assert row is not None
    assert folded(ecosystem, row.name) == folded(ecosystem, name)
    assert library(Ecosystem.HEX, spelling) is None


@pytest.mark.parametrize(
    ("version", "knows"), [("3.4.9", False), ("3.5.0", True), ("3.5", True), ("v3.5", True), ("3.10", True), ("main", None)]
)
def test_a_version_tells_whether_it_knows_post_quantum_algorithms(version: str, knows: bool | None) -> None:
    row = library(Ecosystem.CONAN, "openssl")
    assert row is not None
    assert row.knows_post_quantum(version) is knows
