from __future__ import annotations

from pathlib import Path

import pytest

from pqscan.errors import DataError
from pqscan.registry.algorithms import by_name
from pqscan.registry.config_trees import Means, Syntax, folded, read_tree_product, read_words, tree_products, words
from pqscan.registry.ike import IkeKind, ike_number
from pqscan.registry.ssh import SshKind, ssh_algorithm
from pqscan.registry.tls import named_groups

PRODUCT = """
[[product]]
name = "p"
title = "P"
syntaxes = ["yaml"]
marks = ["curvePreferences"]
reference = "manual"
[[scope]]
name = "s"
at = "tls > options > *"
having = ["kind=A*", "port > name=*"]
title = "options"
reference = "manual"
[[directive]]
scope = ["s"]
at = "curvePreferences"
means = "groups"
opens = true
reference = "manual"
"""
WORDS = """
[[group]]
name = "secp256r1"
said = ["P256"]
reference = "manual"
[[ssh]]
name = "a"
said = ["b"]
reference = "manual"
[[key]]
said = ["RSA_2048", "rsa-2048"]
algorithm = "RSA"
size_bits = 2048
reference = "manual"
[[ike]]
kind = "encryption"
said = ["aes256"]
value = 12
key_bits = 256
reference = "manual"
[[policy]]
said = ["X-*"]
versions = ["TLS1.3"]
groups = ["x25519"]
reference = "manual"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "file.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_product_has_scopes_and_these_their_directives(tmp_path: Path) -> None:
    product = read_tree_product(written(tmp_path, PRODUCT))
    (scope,) = product.scopes
    assert (product.name, product.syntaxes) == ("p", (Syntax.YAML,))
    assert scope.at == ("tls", "options", "*")
    assert scope.having == ((("kind",), "A*"), (("port", "name"), "*"))
    assert [(each.at, each.means, each.opens) for each in scope.directives] == [(("curvePreferences",), Means.GROUPS, True)]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('"yaml"', '"yml"'), "syntaxes must be among"),
        (('scope = ["s"]', 'scope = ["s", "t"]'), "names the scope t"),
        (('scope = ["s"]', "scope = []"), "scope must name at least one"),
        (('"curvePreferences"]', '"tls"]'), "marks must name"),
        (('means = "groups"', 'means = "curves"'), "means is"),
        (('title = "options"', ""), "it has no title"),
        (('reference = "manual"\n[[scope]]', "[[scope]]"), "no reference"),
        (("[[scope]]", '[[product]]\nname = "q"\nreference = "x"\n[[scope]]'), "must have one product"),
    ],
)
def test_a_wrong_product_is_told(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_tree_product(written(tmp_path, PRODUCT.replace(*change, 1)))


def test_words_are_found_whatever_sets_their_parts_apart(tmp_path: Path) -> None:
    found = read_words(written(tmp_path, WORDS))
    assert found.groups == {"p256": "secp256r1"}
    assert found.ssh == {"b": "a"}
    assert found.keys[folded("Rsa_2048")].size_bits == 2048
    assert found.ike["encryption", folded("AES-256")].key_bits == 256
    assert found.policies[0].groups == ("x25519",)


def test_a_word_of_two_meanings_is_refused(tmp_path: Path) -> None:
    twice = WORDS + '[[group]]\nname = "secp384r1"\nsaid = ["p256"]\nreference = "manual"\n'
    with pytest.raises(DataError, match="p256 has a meaning already"):
        read_words(written(tmp_path, twice))


def test_every_shipped_product_is_read() -> None:
    names = [product.name for product in tree_products()]
    assert len(names) == len(set(names)) >= 12
    assert "words" not in names


def test_every_shipped_word_means_something_that_the_registries_know() -> None:
    groups = {row.name for row in named_groups()}
    assert set(words().groups.values()) <= groups
    assert {group for policy in words().policies for group in policy.groups} <= groups
    assert all(by_name(key.algorithm) is not None for key in words().keys.values())
    assert all(ike_number(IkeKind(word.kind), word.value) is not None for word in words().ike.values())
    assert all(ssh_algorithm(SshKind.KEY_EXCHANGE, name) is not None for name in words().ssh.values())
