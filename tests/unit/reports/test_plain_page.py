"""Pages of tables: whatever stands in a cell, the page holds no markup but its own and loads nothing."""

from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st
from pqscan_reports.plain_page import PageSection, PageTable, page

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&\x1b[31m\u202e"


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not any(name.startswith("on") or name in ("src", "href") for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


def read(text: str) -> _Reader:
    table = PageTable((text,), ((text,),))
    reader = _Reader()
    reader.feed(page(text, "vi", [PageSection(text, (text,), (text,), (table,))]).decode("utf-8"))
    return reader


def test_hostile_text_is_shown_and_does_nothing() -> None:
    reader = read(HOSTILE)
    assert "script" not in reader.tags
    assert "img" not in reader.tags
    assert reader.text.count("<script>alert(1)</script>") == 7
    assert "\x1b" not in reader.text
    assert "\u202e" not in reader.text


def test_a_page_with_a_table_is_printed_across_and_one_without_upright() -> None:
    table = PageTable(("x",), (("y",),))
    assert b"landscape" in page("t", "vi", [PageSection("", tables=(table,))])
    assert b"landscape" not in page("t", "vi", iter([PageSection("", ("x",))]))
    assert b"<p>x</p>" in page("t", "vi", iter([PageSection("", ("x",))]))


@given(st.text(st.characters()))
def test_no_text_makes_a_tag(text: str) -> None:
    assert set(read(text).tags) - {"br"} <= set(read("x").tags)
