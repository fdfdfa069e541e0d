"""Names of figures are told in words."""

from __future__ import annotations

import pytest

from pqscan.cli import words
from pqscan.cli.figure_text import figure_text
from pqscan.readiness.figure_names import PARTS, SINGLE

NAMES = (*SINGLE, *(f"{family}.{part}" for family, parts in PARTS.items() for part in parts))


@pytest.fixture(autouse=True)
def _in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "_language", "en")


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_of_the_closed_list_is_told_in_words(name: str) -> None:
    told = figure_text(name)
    assert "_" not in told
    assert "." not in told


def test_authentication_is_not_said_to_establish_no_keys() -> None:
    assert figure_text("key_establishment.none") == "key establishment: establishes no keys"
    assert figure_text("authentication.none") == "authentication: none by certificates or keys"
