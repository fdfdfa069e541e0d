"""Text from peers and files, made harmless for plain text: what moves the cursor, colours, hides or reorders is shown as
an escape. Accents stay, but not a tower of them."""

from __future__ import annotations

import re
import unicodedata

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_PLAIN = re.compile(r"[\x20-\x7e\u00c0-\u024f\u1ea0-\u1ef9]*\Z")  # ASCII and Latin letters, the Vietnamese ones among them
_LEAST_WITHIN = 12  # columns of which something is left on both sides
_MOST_MARKS = 3  # combining marks in a row; Vietnamese needs two when decomposed


def visible(text: str) -> str:
    """The same text with control, format, surrogate, private and unassigned characters written `\\x1b` or `\\u202e`."""
    if _PLAIN.match(text):
        return text
    parts: list[str] = []
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        parts.append(_escaped(character) if category in _HIDDEN or marks > _MOST_MARKS else character)
    return "".join(parts)


def _escaped(character: str) -> str:
    number = ord(character)
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def display_width(text: str) -> int:
    """Columns on a terminal: wide and full-width characters take two, combining marks none (Unicode Annex 11)."""
    if _PLAIN.match(text):
        return len(text)
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def shortened(text: str, columns: int, *, within: bool = False) -> str:
    """`text` in at most so many columns, the end cut off with an ellipsis; `within` cuts a part out before the end, which tells
    most of a path."""
    if display_width(text) <= columns:
        return text
    if within and columns > _LEAST_WITHIN:
        start = shortened(text, columns // 3)
        return start + _end_of(text, columns - display_width(start))
    if _PLAIN.match(text):
        return text[: max(0, columns - 1)] + "…"
    kept: list[str] = []
    left = columns - 1
    for character in text:
        width = _columns(character)
        if width > left:
            break
        left -= width
        kept.append(character)
    return "".join(kept) + "…"


def _end_of(text: str, columns: int) -> str:
    """As many characters from the end as fit, none of them without what it combines with."""
    place = len(text)
    while place and columns >= (width := _columns(text[place - 1])):
        columns -= width
        place -= 1
    while place < len(text) and not _columns(text[place]):
        place += 1
    return text[place:]


def padded(text: str, columns: int, *, right: bool = False, within: bool = False) -> str:
    """`text` in exactly so many columns: cut (see `shortened`) or filled with blanks, on its left where `right` is asked for."""
    cut = shortened(text, columns, within=within)
    blanks = " " * (columns - display_width(cut))
    return blanks + cut if right else cut + blanks
