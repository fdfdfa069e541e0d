"""`pqscan: ignore reason="..." until=2027-03-01` in a comment: what is on its line, or on the next one, is decided until that day.

It needs a reason and a day; one without them silences nothing. Whether the day is past is not judged here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import Enum

MARK = "pqscan: ignore"
MOST_REASON = 200  # characters
_MOST = 10_000  # in one file
_MOST_BEFORE = 2000  # characters of the line in front of it
_COMMENT = re.compile(r"#|//|/\*|--|<!--|;|^\s*\*|%|^\s*rem\b|\"\"\"", re.IGNORECASE)
_REASON = re.compile(r"""\breason=(?:"([^"\n]*)"|'([^'\n]*)')""")
_UNTIL = re.compile(r"\buntil=[\"']?(\d{4})-(\d{2})-(\d{2})\b")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


class Missing(Enum):
    """What a comment must have and does not."""

    REASON = "reason"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Ignored:
    """One comment. `line` from 1; `problem` is None where it is as it must be, else what is missing."""

    line: int
    reason: str = ""
    until: date | None = None
    problem: Missing | None = None


def ignored_lines(text: str) -> dict[int, Ignored]:
    """The comment that speaks of each line: on the line itself, else on the line before, where nothing but the comment stands."""
    found: dict[int, Ignored] = {}
    alone: dict[int, Ignored] = {}
    line, counted, place = 1, 0, text.find(MARK)
    while place >= 0 and len(found) < _MOST:
        line += text.count("\n", counted, place)
        counted = place
        first = max(text.rfind("\n", 0, place) + 1, place - _MOST_BEFORE)
        end = text.find("\n", place)
        end = len(text) if end < 0 else end
        comment = _COMMENT.search(text[first:end][: 2 * _MOST_BEFORE])
        if comment is not None and (place := text.find(MARK, first + comment.start(), end)) >= 0:
            rest = text[place + len(MARK) : end][:_MOST_BEFORE]
            if not rest[:1].isalnum():
                found[line] = _ignored(line, rest)
                if not text[first : first + comment.start()].strip():
                    alone[line + 1] = found[line]
        place = text.find(MARK, end)  # One comment speaks of a line.
    return {**alone, **found}


def _ignored(line: int, rest: str) -> Ignored:
    reason, until = _REASON.search(rest), _UNTIL.search(rest)
    words = "" if reason is None else _UNPRINTABLE.sub(" ", reason[1] or reason[2] or "").strip()[:MOST_REASON]
    if not words:
        return Ignored(line, problem=Missing.REASON)
    if until is None:
        return Ignored(line, words, problem=Missing.DAY)
    try:
        return Ignored(line, words, date(int(until[1]), int(until[2]), int(until[3])))
    except ValueError:
        return Ignored(line, words, problem=Missing.DAY)
