from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from pqscan.store.peer_text import escape, from_json, to_json, unescape

ANY_TEXT = st.text(st.characters(codec=None) | st.sampled_from("\x00\ud800\udcff\udfff\ufdd0a"))


@given(ANY_TEXT)
def test_any_text_comes_back_as_it_was(text: str) -> None:
    assert unescape(escape(text)) == text


@given(ANY_TEXT)
def test_what_is_stored_holds_nothing_that_a_database_refuses(text: str) -> None:
    stored = escape(text)
    assert "\x00" not in stored
    assert stored.encode("utf-8").decode("utf-8") == stored


def test_plain_text_is_stored_as_it_is() -> None:
    assert escape("CN=Cổng dịch vụ công, O=Bộ Y tế") == "CN=Cổng dịch vụ công, O=Bộ Y tế"


@given(
    st.recursive(
        st.none() | st.integers() | ANY_TEXT, lambda inner: st.lists(inner) | st.dictionaries(ANY_TEXT, inner), max_leaves=8
    )
)
def test_any_json_comes_back_as_it_was_and_stores_no_nul(value: object) -> None:
    text = to_json(value)
    assert from_json(text) == value
    assert "\\u0000" not in text
    assert "\\ud8" not in text


def test_a_tuple_is_stored_as_a_list() -> None:
    assert json.loads(to_json((("size_bits", 128),))) == [["size_bits", 128]]
    assert json.loads(to_json(())) == []
