"""Names that a person takes for the same fold to the same."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqscan.readiness.folding import fold

LETTERS = "aăâbcdđeêghiklmnoôơpqrstuưvxyàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ "


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Tỉnh uỷ", "Tỉnh ủy"),
        ("Đảng uỷ Công an", "ĐẢNG ỦY  công an"),
        ("hoà bình", "hòa bình"),
        ("khoẻ", "khỏe"),
        ("thuý", "thúy"),
        ("Uỷ ban nhân dân", "Ủy ban nhân dân"),
        ("toả", "tỏa"),
    ],
)
def test_where_the_tone_mark_stands_and_case_do_not_count(old: str, new: str) -> None:
    assert fold(old) == fold(new)
    assert fold(unicodedata.normalize("NFD", old)) == fold(new)


@pytest.mark.parametrize(
    ("one", "other"),
    [("hóa", "hoa"), ("quý", "qúy khác"), ("Sở A", "Sở B"), ("mã", "ma"), ("hoạt", "hoát"), ("lý", "ly"), ("thủy", "thúy")],
)
def test_different_names_stay_different(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(st.text(LETTERS, max_size=30))
def test_folding_once_is_enough_and_does_not_hang_on_the_normal_form(name: str) -> None:
    folded = fold(name)
    assert fold(folded) == folded
    assert fold(unicodedata.normalize("NFD", name)) == folded == fold(name.upper())


@given(st.text(max_size=30))
def test_any_text_folds(name: str) -> None:
    assert unicodedata.is_normalized("NFC", fold(name))
