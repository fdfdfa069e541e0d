"""Charts as inline SVG, drawn here: a stacked bar and a donut. Colours are CSS classes of the page, so that they follow
light, dark and print; every chart carries its numbers as a title and stands beside a table or legend with the same words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class Segment:
    """One part of a whole: its word, its count, the count as text, and the CSS class that colours it."""

    label: str
    count: int
    text: str
    css: str


_HATCH = Markup(
    '<pattern id="{0}" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="6" height="6" class="hatch-ground"/><rect width="2.5" height="6" class="hatch-line"/></pattern>'
)


def hatch_definitions() -> Markup:
    """The pattern of what is not known; stands once in the page."""
    return Markup('<svg width="0" height="0" class="defs" aria-hidden="true"><defs>{}</defs></svg>').format(_HATCH.format("hatch"))


def stacked_bar(segments: Sequence[Segment], *, width: int = 720, height: int = 36, name: str = "", numbers: bool = True) -> Markup:
    """One bar of all segments in their order. A segment that is not empty is never thinner than two units."""
    shown = [segment for segment in segments if segment.count > 0]
    total = sum(segment.count for segment in shown)
    if total == 0:
        body = Markup('<rect x="0" y="0" width="{}" height="{}" rx="4" class="seg-empty"/>').format(width, height)
        return _svg(width, height, name, body)
    gap = 2.0
    room = width - gap * (len(shown) - 1)
    widths = [max(2.0, room * segment.count / total) for segment in shown]
    scale = room / sum(widths)
    parts: list[Markup] = []
    x = 0.0
    for segment, raw in zip(shown, widths, strict=True):
        wide = raw * scale
        parts.append(
            Markup('<g><title>{}: {}</title><rect x="{}" y="0" width="{}" height="{}" rx="3" class="{}"/>').format(
                segment.label, segment.text, _number(x), _number(wide), height, segment.css
            )
        )
        if numbers and wide > 12 + 9 * len(segment.text) and height >= 20:
            parts.append(
                Markup('<text x="{}" y="{}" class="seg-text {}-text">{}</text>').format(
                    _number(x + wide / 2), _number(height / 2 + 5.5), segment.css, segment.text
                )
            )
        parts.append(Markup("</g>"))
        x += wide + gap
    return _svg(width, height, name, Markup("").join(parts))


def donut(segments: Sequence[Segment], *, size: int = 168, middle: str = "", below: str = "", name: str = "") -> Markup:
    """A ring of all segments, clockwise from the top, with a word in the middle."""
    shown = [segment for segment in segments if segment.count > 0]
    total = sum(segment.count for segment in shown)
    radius, stroke = size / 2 - 14, 24
    round_length = 2 * math.pi * radius
    centre = size / 2
    parts = [
        Markup('<circle cx="{0}" cy="{0}" r="{1}" class="ring ring-ground" stroke-width="{2}"/>').format(
            _number(centre), _number(radius), stroke
        )
    ]
    start = 0.0
    gap = 2.0 if len(shown) > 1 else 0.0
    for segment in shown:
        length = round_length * segment.count / total
        drawn = max(1.5, length - gap)
        parts.append(
            Markup(
                '<circle cx="{0}" cy="{0}" r="{1}" class="ring {2}" stroke-width="{3}" stroke-dasharray="{4} {5}" '
                'stroke-dashoffset="{6}" transform="rotate(-90 {0} {0})"><title>{7}: {8}</title></circle>'
            ).format(
                _number(centre),
                _number(radius),
                segment.css.replace("seg-", "arc-"),
                stroke,
                _number(drawn),
                _number(round_length - drawn),
                _number(-start),
                segment.label,
                segment.text,
            )
        )
        start += length
    for css, text, lower in (("donut-middle", middle, 4), ("donut-below", below, 22)):
        if text:
            parts.append(
                Markup('<text x="{}" y="{}" class="{}">{}</text>').format(_number(centre), _number(centre + lower), css, text)
            )
    return _svg(size, size, name, Markup("").join(parts))


def share_bar(part: int, whole: int, css: str, *, width: int = 120, height: int = 10) -> Markup:
    """A thin bar for a table cell; the number stands beside it, so it is hidden from screen readers."""
    wide = 0.0 if whole <= 0 else max(2.0 if part else 0.0, width * part / whole)
    return Markup(
        '<svg viewBox="0 0 {0} {1}" width="{0}" height="{1}" aria-hidden="true" class="share">'
        '<rect width="{0}" height="{1}" rx="2" class="seg-empty"/><rect width="{2}" height="{1}" rx="2" class="{3}"/></svg>'
    ).format(width, height, _number(wide), css)


def _svg(width: int, height: int, name: str, body: Markup) -> Markup:
    return Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}" class="chart">{}</svg>').format(width, height, name, body)


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") or "0"
