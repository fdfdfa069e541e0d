"""Foreign text in error messages."""

from __future__ import annotations

import pytest

from pqscan.scan.names import shown


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a\x1b[31m", r"'a\x1b[31m'"),
        ("\u202egnp.exe", r"'\u202egnp.exe'"),
        ("\udcff\U000e0041", r"'\udcff\U000e0041'"),
        ("khoá " * 20, "'" + "khoá " * 12 + "…'"),
    ],
    ids=["escape", "override", "no text", "long"],
)
def test_foreign_text_is_told_short_and_in_the_spelling_of_its_code_points(text: str, told: str) -> None:
    assert shown(text) == told
