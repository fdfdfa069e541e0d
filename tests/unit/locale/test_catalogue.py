"""The written catalogue: what is read from it, and what a damaged one says."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqscan.errors import DataError
from pqscan.locale.catalogue import Catalogue, parse_po
from pqscan.locale.collect import Message, write_po

HEADER = 'msgid ""\nmsgstr ""\n"Language: vi\\n"\n'


SEVERAL = """
msgctxt "state"
msgid "un"
"known"
msgstr ""
"chưa "
"rõ"

msgid "one"
msgid_plural "many"
msgstr[0] "nhiều"
"""
UNFINISHED = """
#, fuzzy
msgid "a"
msgstr "b"

msgid "c"
msgstr ""

msgid "d"
msgstr "e"
"""
TEXT = st.text(min_size=1, max_size=40)


def test_strings_over_several_lines_contexts_and_plurals_are_read() -> None:
    assert parse_po(HEADER + SEVERAL, "x.po") == {"state\x04unknown": ("chưa rõ",), "one": ("nhiều",)}


def test_fuzzy_and_untranslated_entries_are_left_out() -> None:
    assert parse_po(HEADER + UNFINISHED, "x.po") == {"d": ("e",)}


@pytest.mark.parametrize("line", ["garbage", 'msgid "open', '"alone"', "msgstr", 'msgfoo "x"'])
def test_a_damaged_catalogue_names_its_line(line: str) -> None:
    with pytest.raises(DataError, match=r"x\.po, line 1"):
        parse_po(line + "\n", "x.po")


@given(st.text(max_size=200))
def test_any_text_is_a_catalogue_or_a_data_error(text: str) -> None:
    with suppress(DataError):
        parse_po(text, "x.po")


@given(st.dictionaries(TEXT, TEXT, max_size=5))
def test_what_is_written_reads_back(texts: dict[str, str]) -> None:
    messages = {key: Message(key, None, None, ("a.py",)) for key in texts}
    written = write_po(messages, {key: (value,) for key, value in texts.items()}, HEADER)
    assert parse_po(written, "x.po") == {key: (value,) for key, value in texts.items()}


def test_a_missing_message_is_shown_in_english_with_its_plural() -> None:
    catalogue = Catalogue({"one": ("một", "nhiều")})
    assert catalogue.gettext("absent") == "absent"
    assert catalogue.ngettext("{count} x", "{count} xs", 2) == "{count} xs"
    assert catalogue.ngettext("one", "many", 3) == "nhiều"
    assert catalogue.pgettext("state", "one") == "một"
