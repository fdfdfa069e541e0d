"""The charts: every part drawn, nothing outside its frame, text escaped."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st
from pqscan_reports.html.svg import Segment, donut, share_bar, stacked_bar

COUNTS = st.lists(st.integers(0, 10**9), max_size=8)


def segments(counts: list[int]) -> list[Segment]:
    return [Segment(f"part {number}", count, str(count), "seg-default") for number, count in enumerate(counts)]


@given(COUNTS)
def test_a_stacked_bar_draws_every_part_that_is_not_empty_inside_its_frame(counts: list[int]) -> None:
    root = ElementTree.fromstring(str(stacked_bar(segments(counts), width=400, name="x")))
    rectangles = [(float(r.get("x") or 0), float(r.get("width") or 0)) for r in root.iter("rect")]
    assert len(rectangles) == max(1, sum(count > 0 for count in counts))
    assert all(width > 0 for _x, width in rectangles)
    assert max(x + width for x, width in rectangles) <= 400.05


@given(COUNTS)
def test_a_donut_goes_round_once(counts: list[int]) -> None:
    root = ElementTree.fromstring(str(donut(segments(counts), middle="1", below="x", name="y")))
    arcs = [circle for circle in root.iter("circle") if circle.get("stroke-dasharray")]
    assert len(arcs) == sum(count > 0 for count in counts)


def test_words_in_charts_are_escaped() -> None:
    text = str(stacked_bar([Segment('<b>"', 1, "1", "seg-default")], name='"><script>'))
    assert "<script>" not in text
    assert "<b>" not in text


def test_a_share_of_nothing_is_an_empty_bar() -> None:
    assert re.findall(r'width="0"', str(share_bar(0, 0, "seg-default")))
