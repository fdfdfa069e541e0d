"""Text from peers in plain outputs: nothing moves the cursor, every Vietnamese letter stays, columns are counted."""

from __future__ import annotations

import unicodedata
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pqscan_reports.escape import display_width, padded, shortened, visible

ANY_TEXT = st.text(alphabet=st.characters(codec=None, exclude_categories=()), max_size=80)


def test_every_vietnamese_letter_stays_as_it_is(sample_module: ModuleType) -> None:
    letters = sample_module.ALL_LETTERS
    assert visible(letters) == letters
    assert display_width(letters) == len(letters)
    assert visible(unicodedata.normalize("NFD", letters)) == unicodedata.normalize("NFD", letters)
    assert display_width(unicodedata.normalize("NFD", letters)) == len(letters)


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\r\nb", "a\\x0d\\x0ab"),
        ("\x9b2J", "\\x9b2J"),
        ("\u202egnp", "\\u202egnp"),
        ("a\u200bb", "a\\u200bb"),
        ("\udc80", "\\udc80"),
        ("\x07", "\\x07"),
    ],
)
def test_what_steers_a_terminal_is_shown_as_an_escape(hostile: str, shown: str) -> None:
    assert visible(hostile) == shown


def test_a_tower_of_accents_is_cut() -> None:
    assert visible("a" + "\u0301" * 50).count("\u0301") == 3


@given(ANY_TEXT)
def test_visible_text_can_be_encoded_and_is_stable(text: str) -> None:
    once = visible(text)
    once.encode("utf-8")
    assert visible(once) == once


@given(ANY_TEXT, st.integers(1, 40))
def test_padded_text_fills_its_columns_exactly(text: str, columns: int) -> None:
    assert display_width(padded(visible(text), columns)) == columns
    assert display_width(shortened(visible(text), columns)) <= columns


@given(ANY_TEXT, st.integers(1, 40))
def test_what_is_cut_within_fits_its_columns_too(text: str, columns: int) -> None:
    assert display_width(padded(visible(text), columns, within=True)) == columns


def test_the_end_of_a_path_is_kept_where_it_is_cut_within() -> None:
    assert shortened("may-1:/etc/ssl/private/web.key", 24, within=True) == "may-1:/…/private/web.key"
    assert shortened("may-1:/etc/ssl/private/web.key", 10, within=True) == "may-1:/et…"
    assert shortened("a" * 30 + "e\u0301" * 9, 13, within=True) == "aaa…" + "e\u0301" * 9


def test_wide_characters_take_two_columns() -> None:
    assert display_width("漢字a") == 5
    assert padded("漢字", 3) == "漢…"


@given(st.text(st.characters(max_codepoint=0x1EFF, exclude_categories=["Cs"]), max_size=40), st.integers(1, 30))
def test_plain_text_is_as_wide_as_it_is_character_by_character(text: str, columns: int) -> None:
    assert display_width(text) == sum(map(display_width, text))
    assert display_width(shortened(text, columns)) <= columns
