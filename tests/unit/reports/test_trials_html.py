"""The page of trials: failures first, inert whatever text it carries, nothing loaded."""

from __future__ import annotations

import html.parser
import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pqscan_reports.trials.html import write_html

from pqscan.model.reason import Reason
from pqscan.model.trial import Trial, TrialReport, TrialVerdict

MARKUP = st.text(alphabet="<>&\"'`={}%#;/!-\\\x00\x1b\n\r\u202e\udc80ab", max_size=40)


def report(text: str = "plain") -> TrialReport:
    trials = tuple(
        Trial(
            text,
            f"{text} {verdict}",
            text,
            verdict,
            Reason.of("conformance.other_alert", alert=text, wanted=text),
            text,
            text,
            text,
        )
        for verdict in TrialVerdict
    )
    titled = Trial("s", "share-short", "t", TrialVerdict.FAILED, title=Reason.of("conformance.case.share-short"))
    return TrialReport("conformance", text, datetime(2026, 11, 28, 12, 0, tzinfo=UTC), 1.5, (*trials, titled), ((text, text),))


def page(of: TrialReport, language: str = "en", grade: str = "") -> str:
    out = io.BytesIO()
    write_html(of, language, out, grade=grade)
    return out.getvalue().decode("utf-8")


class _Tags(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def tags(text: str) -> _Tags:
    parser = _Tags()
    parser.feed(text)
    parser.close()
    return parser


@given(MARKUP)
def test_whatever_text_it_carries_the_page_stays_the_same(text: str) -> None:
    plain, hostile = tags(page(report())), tags(page(report(text), grade=text or "x"))
    assert hostile.open == []
    assert hostile.seen - {"strong"} == plain.seen
    assert hostile.attributes == plain.attributes


def test_nothing_is_loaded_and_nothing_runs() -> None:
    found = tags(page(report()))
    assert not found.seen & {"script", "link", "img", "iframe", "object", "form"}
    assert not found.attributes & {"src", "href", "onload", "onclick", "style"}
    assert "url(" not in page(report())


def test_failures_come_first_with_what_was_tried() -> None:
    text = page(report(), grade="It fails.")
    assert "<strong>It fails.</strong>" in text
    assert "A hybrid share that is too short.<br><code>share-short</code>" in text
    places = [text.index(f"<code>plain {verdict}</code>") for verdict in ("failed", "unknown", "tolerated", "passed")]
    assert places == sorted(places)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_page_says_its_language(language: str) -> None:
    assert f'<html lang="{language}">' in page(report(), language)
