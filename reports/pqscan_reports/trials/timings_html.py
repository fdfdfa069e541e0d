"""Timings as one self-contained HTML page with bar charts drawn here: no script, nothing that loads, light, dark and print."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from markupsafe import Markup

from pqscan.locale import Translator, fill, translator
from pqscan.model.timing import Operation, Purpose, Timing, TimingReport
from pqscan.registry.quantum import QuantumClass
from pqscan_reports.escape import visible
from pqscan_reports.trials.timings import OPERATIONS, OPERATIONS_OF, PURPOSES, ordered, rate_text, size_words, sizes

if TYPE_CHECKING:
    from jinja2 import Environment

_TEMPLATES = Path(__file__).resolve().parent / "templates"
_CLASSES = {QuantumClass.TRADITIONAL: "none", QuantumClass.PQT_HYBRID: "default", QuantumClass.POST_QUANTUM: "exclusive"}
_LABEL, _BAR, _VALUE, _ROW = 270, 330, 120, 24  # units of the drawing


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of a chart: its words, its length from 0 to 1, its value as text, and the colour's CSS class."""

    label: str
    share: float
    text: str
    css: str


@dataclass(frozen=True, slots=True)
class Section:
    """One purpose: a chart of what a server does, a chart of bytes, and a table with every number."""

    title: str
    explained: str
    rates: Markup
    bytes: Markup
    head: tuple[str, ...]
    rows: tuple[tuple[str, str, tuple[str, ...]], ...]


def write_timings(report: TimingReport, language: str, out: BinaryIO) -> None:
    say = translator(language)
    page = _environment(say).get_template("timings.html.j2")
    sections = [section for purpose in Purpose if (section := _section(report, purpose, say)) is not None]
    legend = [
        ("seg-none", say.gettext("classical")),
        ("seg-default", say.gettext("hybrid")),
        ("seg-exclusive", say.gettext("post-quantum")),
    ]
    text = page.render(
        lang=say.language,
        style=Markup((_TEMPLATES / "timings.css").read_text("utf-8")),  # noqa: S704 - our own file
        started=say.date(report.started_at),
        machine=visible(report.machine),
        versions=[(visible(name), visible(version)) for name, version in report.versions],
        seconds=f"{report.seconds:g}",
        sections=sections,
        legend=legend,
    )
    out.write(text.encode("utf-8", "backslashreplace"))


def _environment(say: Translator) -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # Only this page pays for it.

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )

    def gettext(message: str, **values: object) -> str:
        return fill(say.gettext(message), values)

    environment.globals.update(_=gettext)
    return environment


def _section(report: TimingReport, purpose: Purpose, say: Translator) -> Section | None:
    timings = ordered(report, purpose)
    if not timings:
        return None
    operations = OPERATIONS_OF[purpose]
    shown = {Purpose.KEY_ESTABLISHMENT: Operation.ENCAPSULATION, Purpose.SIGNATURE: Operation.SIGN}.get(purpose, operations[0])
    explained = {
        Purpose.KEY_ESTABLISHMENT: say.gettext("What a server does for each new connection: it encapsulates to the client's key."),
        Purpose.SIGNATURE: say.gettext("What a server does for each new connection: it signs the handshake."),
        Purpose.HANDSHAKE: say.gettext("Both sides of a connection on this machine, from the first message to the last."),
    }[purpose]
    rated = [(timing, rate.median_per_second) for timing in timings if (rate := timing.rate(shown)) is not None]
    head = (*(say.gettext(OPERATIONS[operation]) for operation in operations), *size_words(purpose, say))
    return Section(
        say.gettext(PURPOSES[purpose]),
        explained,
        _chart(fill(say.gettext("{what}, operations a second (logarithmic)"), {"what": say.gettext(OPERATIONS[shown])}), [
            Bar(_label(timing), _logarithmic(value, [v for _, v in rated]), rate_text(value, say), _css(timing))
            for timing, value in rated
        ]),
        _chart(say.gettext("Bytes on the wire"), _byte_bars(timings, say)),
        head,
        tuple((visible(t.algorithm), visible(t.library), _cells(t, operations, say)) for t in timings),
    )  # fmt: skip


def _byte_bars(timings: list[Timing], say: Translator) -> list[Bar]:
    """Each algorithm once: its bytes are the same in every library. Logarithmic too: Classic McEliece would hide all others."""
    once = {timing.algorithm: timing for timing in timings if sum(sizes(timing))}
    most = [float(sum(sizes(timing))) for timing in once.values()]
    return [
        Bar(visible(name), _logarithmic(float(sum(sizes(timing))), most), say.number(sum(sizes(timing))), _css(timing))
        for name, timing in once.items()
    ]


def _cells(timing: Timing, operations: tuple[Operation, ...], say: Translator) -> tuple[str, ...]:
    cells = []
    for operation in operations:
        rate = timing.rate(operation)
        both = "–" if rate is None else f"{rate_text(rate.median_per_second, say)} ({rate_text(rate.best_per_second, say)})"
        cells.append(both)
    return (*cells, *(say.number(size) if size else "–" for size in sizes(timing)))


def _label(timing: Timing) -> str:
    return visible(f"{timing.algorithm} · {timing.library}")


def _css(timing: Timing) -> str:
    return f"seg-{_CLASSES.get(timing.quantum_class, 'none')}"


def _logarithmic(value: float, values: list[float]) -> float:
    """From a tenth of the least to the most; 0 to 1."""
    positive = [v for v in values if v > 0]
    if value <= 0 or not positive:
        return 0.0
    low, high = math.log10(min(positive) / 10), math.log10(max(positive))
    return (math.log10(value) - low) / (high - low)


def _chart(name: str, bars: list[Bar]) -> Markup:
    height = _ROW * len(bars)
    rows = Markup("").join(_bar(number, bar) for number, bar in enumerate(bars))
    return Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}" class="chart bars">{}</svg>').format(
        _LABEL + _BAR + _VALUE, height, name, rows
    )


def _bar(number: int, bar: Bar) -> Markup:
    wide, top = max(2.0, _BAR * bar.share), _ROW * number
    return Markup(
        '<g><title>{0}: {1}</title><text x="{2}" y="{3}" class="bar-label">{0}</text>'
        '<rect x="{4}" y="{5}" width="{6}" height="{7}" rx="3" class="{8}"/>'
        '<text x="{9}" y="{3}" class="bar-value">{1}</text></g>'
    ).format(
        bar.label, bar.text, _LABEL - 10, top + 16, _LABEL, top + 4, f"{wide:.1f}", _ROW - 8, bar.css, f"{_LABEL + wide + 8:.1f}"
    )
