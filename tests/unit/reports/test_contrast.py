"""The page's colours: text reaches 4.5 to 1 on what it stands on (WCAG 2.2, 1.4.3), in light, dark and print alike."""

from __future__ import annotations

import re
from pathlib import Path

import pqscan_reports.html as html_report
import pytest

STYLE = (Path(html_report.__file__).parent / "templates" / "style.css").read_text("utf-8")
BLOCKS = [
    dict(re.findall(r"--([a-z-]+):\s*(#[0-9a-f]{3,6})\b", block)) for block in re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)
]
PAIRS = [
    ("ink", "paper"), ("ink", "card"), ("ink", "wash"), ("ink", "banner"), ("soft", "paper"), ("soft", "card"), ("soft", "wash"),
    ("accent", "paper"), ("accent", "card"), ("on-dark", "exclusive"), ("on-dark", "default"), ("on-dark", "vulnerable"),
    ("on-dark", "broken"), ("on-dark", "overdue"), ("on-dark", "not-met"), ("on-dark", "due"), ("on-dark", "meets"),
    ("on-light", "capable"), ("on-light", "advised"), ("ink", "hatch-a"), ("ink", "none"),
]  # fmt: skip


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(c * 2 for c in colour[1:])
    channels = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    brighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def test_black_on_white_is_the_greatest_contrast() -> None:
    assert round(contrast("#000", "#ffffff"), 1) == 21.0


@pytest.mark.parametrize("scheme", range(3), ids=["light", "dark", "print"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_can_be_read_on_its_ground(scheme: int, text: str, ground: str) -> None:
    colours = BLOCKS[scheme]
    assert contrast(colours[text], colours[ground]) >= 4.5


@pytest.mark.parametrize("scheme", range(3), ids=["light", "dark", "print"])
def test_every_scheme_gives_every_colour(scheme: int) -> None:
    assert BLOCKS[scheme].keys() == BLOCKS[0].keys()
