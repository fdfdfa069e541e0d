"""The rows of products: each is known by words of its own, and what it says of itself holds together."""

from __future__ import annotations

from pathlib import Path

import pytest

from pqscan.errors import DataError
from pqscan.readiness.remedies import all_remedies, is_named
from pqscan.registry.config import Product, product_named, products, read_products
from pqscan.wire.config.reading import READERS

EVERY = pytest.mark.parametrize("product", products(), ids=lambda product: product.name)
PRODUCT = """
[[product]]
name = "p"
title = "P"
syntax = "lines"
marks = ["marked"]
wins = "inner"
reference = "a manual"
[[directive]]
name = "d"
holds = "openssl_groups"
reference = "a manual"
"""


def read(tmp_path: Path, text: str) -> tuple[Product, ...]:
    (tmp_path / "p.toml").write_text(text, "utf-8")
    return read_products(tmp_path / "p.toml")


@EVERY
def test_a_product_is_read_by_a_reader_that_there_is(product: Product) -> None:
    assert product.syntax in READERS


@EVERY
def test_names_of_directives_are_folded_as_the_product_folds_them(product: Product) -> None:
    assert [each.name for each in product.directives] == [product.fold(each.name) for each in product.directives]
    assert [each.word for each in product.directives] == [each.word.lower() for each in product.directives]


@EVERY
def test_the_advice_of_a_product_has_a_row(product: Product) -> None:
    named = {remedy.id for remedy in all_remedies()}
    assert product.remedy is None or product.remedy in named


@EVERY
def test_a_product_with_advice_is_found_by_its_title(product: Product) -> None:
    if product.remedy is not None:
        assert any(is_named(remedy, [product.title]) for remedy in all_remedies() if remedy.id == product.remedy)


def test_names_are_told_apart() -> None:
    names = [product.name for product in products()]
    assert len(set(names)) == len(names)
    assert product_named("nginx") is not None
    assert product_named("no such") is None


def test_a_row_is_read(tmp_path: Path) -> None:
    (product,) = read(tmp_path, PRODUCT)
    assert (product.name, product.words, product.hybrid_since) == ("p", frozenset({"d"}), None)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('marks = ["marked"]', 'marks = ["abc"]', "four octets"),
        ('wins = "inner"', 'wins = "all"', "wins"),
        ('holds = "openssl_groups"', 'holds = "things"', "holds"),
        ('reference = "a manual"\n[[directive]]', "[[directive]]", "no reference"),
        ('title = "P"', 'title = "P"\nfolding = true', "folding"),
    ],
)
def test_a_wrong_row_is_refused(old: str, new: str, what: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=what):
        read(tmp_path, PRODUCT.replace(old, new))
