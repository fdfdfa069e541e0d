"""Whose configuration a text is."""

from __future__ import annotations

import pytest

import pqscan.wire.config.reading as reading
from pqscan.registry.config import products
from pqscan.wire.config.reading import recognise

SSHD = b"PermitRootLogin no\nKexAlgorithms curve25519-sha256\nPort 22\n"


def recognised(data: bytes) -> str | None:
    found = recognise(data, products())
    return None if found is None else found.product.name


def test_a_text_is_its_product_s_whatever_else_could_be_asked() -> None:
    assert recognised(SSHD) == "openssh_server"
    assert recognised(b"server { listen 443 ssl; ssl_protocols TLSv1.3; }") == "nginx"


@pytest.mark.parametrize(("prose", "expected"), [(1, "openssh_server"), (2, "openssh_server"), (3, None)])
def test_six_in_ten_statements_must_be_of_the_product(prose: int, expected: str | None) -> None:
    assert recognised(SSHD + b"And then.\n" * prose) == expected


def test_words_that_many_products_have_tell_nothing() -> None:
    assert recognised(b"server { listen 80; root /x; }") is None


def test_a_large_text_is_read_to_its_end_where_it_begins_like_one() -> None:
    comments = b"# a comment that says much and nothing\n" * 3000
    assert recognised(comments + SSHD) == "openssh_server"
    assert recognised(SSHD * 2000) == "openssh_server"


def test_a_large_text_that_begins_otherwise_is_not_read_on(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    lines = reading.READERS["lines"]

    def counted(data: bytes, manner: object) -> object:
        sizes.append(len(data))
        return lines(data, manner)  # type: ignore[arg-type]

    monkeypatch.setitem(reading.READERS, "lines", counted)  # type: ignore[arg-type]
    assert recognised(b"This is a book.\n" * 20000 + SSHD) is None
    assert max(sizes) < 20000 * 16
