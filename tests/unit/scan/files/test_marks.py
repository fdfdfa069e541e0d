"""Marks are found in one pass, and both ways of searching find the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqscan.probe import Mark, Places
from pqscan.scan.files.marks import MOST_PLACES, Beginnings, PlainSearcher, Search, YaraSearcher, searcher

MARKS = (Mark("text", "BEGIN "), Mark("quoted", '"a\\b"'), Mark("hex", "30 82 ?? ?? 02", is_hex=True), Mark("twice", "aa"))


@pytest.mark.parametrize("kind", [PlainSearcher, YaraSearcher])
def test_every_place_of_every_mark_is_found_and_nothing_else(kind: type[PlainSearcher]) -> None:
    if kind is YaraSearcher:
        pytest.importorskip("yara_x")
    data = b'xBEGIN BEGIN \x30\x82\x0a\x00\x02"a\\b"aaa'
    assert kind(MARKS).find(data) == {
        "text": Places((1, 7)), "hex": Places((13,)), "quoted": Places((18,)), "twice": Places((23, 24)),
    }  # fmt: skip
    assert kind(MARKS).find(b"") == {}


@given(st.lists(st.sampled_from([b"BEGIN ", b"\x30\x82", b"\x02", b"a", b"\n", b'"a\\b"', b"\x00"])).map(b"".join))
def test_both_ways_of_searching_agree(data: bytes) -> None:
    pytest.importorskip("yara_x")
    assert YARA.find(data) == PLAIN.find(data)


def test_more_places_than_are_kept_are_said_to_be_more() -> None:
    found = searcher(MARKS).find(b"BEGIN " * (MOST_PLACES + 1))["text"]
    assert (len(found.offsets), found.is_cut) == (MOST_PLACES, True)
    assert not searcher(MARKS).find(b"BEGIN " * MOST_PLACES)["text"].is_cut


def test_a_mark_that_two_probes_name_is_looked_for_once() -> None:
    assert searcher((MARKS[0], MARKS[0])).find(b"BEGIN ") == {"text": Places((0,))}


def test_marks_of_texts_are_looked_for_in_texts_alone() -> None:
    search = Search((Mark("words", "MARK", in_text=True), Mark("anywhere", "BEGIN ")))
    assert search.find(b"MARK BEGIN ", is_text=True) == {"words": Places((0,)), "anywhere": Places((5,))}
    assert search.find(b"MARK BEGIN ", is_text=False) == {"anywhere": Places((5,))}


def test_marks_of_a_beginning_are_found_there_alone_whatever_their_first_octet_is() -> None:
    marks = (
        Mark("hex", "30 ?? 02", is_hex=True, at_start=True),
        Mark("any", "?? 41 42", is_hex=True, at_start=True),
        Mark("text", "ABC", at_start=True),
        Mark("anywhere", "30 82", is_hex=True),
    )
    beginnings = Beginnings(marks)
    for data, names in ((b"0a\x02", ["hex"]), (b"0AB", ["any"]), (b"AAB", ["any"]), (b"ABC", ["text"]), (b"\xffAB", ["any"])):
        assert beginnings.find(data) == dict.fromkeys(names, Places((0,)))
    for data in (b"", b"0", b" 0a\x02", b"x"):
        assert beginnings.find(data) == {}


PLAIN = PlainSearcher(MARKS)
try:
    YARA = YaraSearcher(MARKS)
except ImportError:
    YARA = None  # type: ignore[assignment]
