"""Timings as text, JSON and a page: every number there, hostile names inert, nothing that loads or runs."""

from __future__ import annotations

import html.parser
import io
import json
import re
from datetime import UTC, datetime

import pytest
from pqscan_reports.escape import display_width
from pqscan_reports.trials.timings import COLUMNS, rate_text, timing_lines, timings_json
from pqscan_reports.trials.timings_html import write_timings

from pqscan.locale import translator
from pqscan.model.timing import Operation, Purpose, Rate, Timing, TimingReport
from pqscan.registry.quantum import QuantumClass

HOSTILE = "<script>alert(1)</script>\x1b[2J"


def a_timing(purpose: Purpose, name: str, quantum_class: QuantumClass, *operations: Operation) -> Timing:
    rates = tuple(Rate(operation, 1234.5 * (place + 1), 2345.6, 5) for place, operation in enumerate(operations))
    return Timing(purpose, name, "cryptography", quantum_class, rates, 1184, 1088, 1952, 3309)


KEM = (Operation.KEY_GENERATION, Operation.ENCAPSULATION, Operation.DECAPSULATION)
SIGNATURE = (Operation.KEY_GENERATION, Operation.SIGN, Operation.VERIFY)
REPORT = TimingReport(
    datetime(2026, 11, 28, tzinfo=UTC), 0.2, HOSTILE,
    (
        a_timing(Purpose.KEY_ESTABLISHMENT, "ML-KEM-768", QuantumClass.POST_QUANTUM, *KEM),
        a_timing(Purpose.KEY_ESTABLISHMENT, HOSTILE, QuantumClass.TRADITIONAL, *KEM),
        a_timing(Purpose.SIGNATURE, "ML-DSA-65", QuantumClass.POST_QUANTUM, *SIGNATURE),
        a_timing(Purpose.HANDSHAKE, "TLS 1.3", QuantumClass.PQT_HYBRID, Operation.HANDSHAKE),
    ),
    (("cryptography", "50"),),
)  # fmt: skip


class Page(html.parser.HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def written(language: str) -> str:
    out = io.BytesIO()
    write_timings(REPORT, language, out)
    return out.getvalue().decode("utf-8")


@pytest.mark.parametrize("language", ["en", "vi"])
def test_nothing_on_the_page_loads_runs_or_escapes(language: str) -> None:
    raw = written(language)
    page = Page(raw)
    assert not {tag for tag, _ in page.tags} & {"script", "iframe", "img", "object", "form"}
    assert all((a.get("href") or a.get("src") or "data:,") == "data:," for _, a in page.tags)
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)
    assert "\x1b" not in raw
    assert "&lt;script&gt;" in raw
    style = raw.partition("<style>")[2].partition("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style
    assert "prefers-color-scheme: dark" in style


def test_every_section_has_two_charts_with_a_name_and_a_table_with_every_row() -> None:
    page = Page(written("en"))
    charts = [attributes for tag, attributes in page.tags if tag == "svg"]
    assert len(charts) == 6
    assert all(chart["aria-label"] and chart["role"] == "img" for chart in charts)
    assert sum(tag == "caption" for tag, _ in page.tags) == 3
    assert sum(tag == "th" and attributes.get("scope") == "row" for tag, attributes in page.tags) == len(REPORT.timings)
    assert "2,470 (2,350)" in page.words


def test_bars_stay_in_their_drawing() -> None:
    widths = [float(width) for width in re.findall(r'<rect x="270" y="\d+" width="([\d.]+)"', written("en"))]
    assert widths
    assert all(2 <= width <= 330 for width in widths)


def test_json_has_every_number() -> None:
    document = json.loads(json.dumps(timings_json(REPORT)))
    assert document["format"] == "pqscan-timings/1"
    assert document["timings"][0]["rates"][1] == {
        "operation": "encapsulation", "median_per_second": 2469.0, "best_per_second": 2345.6, "rounds": 5,
    }  # fmt: skip
    assert document["timings"][0]["client_bytes"] == 1184


@pytest.mark.parametrize("language", ["en", "vi"])
def test_text_fits_80_columns_and_puts_classical_first(language: str) -> None:
    shown = list(timing_lines(REPORT, translator(language)))
    assert all(display_width(line) <= COLUMNS for line in shown)
    assert not any("\x1b" in line for line in shown)
    places = [number for number, line in enumerate(shown) if line.startswith(("<script>", "ML-KEM-768"))]
    assert shown[places[0]].startswith("<script>")
    assert len(places) == 3  # The machine is hostile, too.


@pytest.mark.parametrize(("value", "text"), [(0.04, "0.0"), (9.96, "10.0"), (12.3, "12"), (1234.5, "1,230"), (98765.4, "98,800")])
def test_a_rate_shows_the_digits_that_count(value: float, text: str) -> None:
    assert rate_text(value, translator("en")) == text
