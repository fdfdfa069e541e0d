"""`pqscan: ignore reason="..." until=2027-03-01` in a comment: what is on its line, or on the next one, is decided until that day.

It needs a reason and a day; one without them silences nothing. Whether the day is past is not judged here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import Enum

MARK = "pqscan: ignore"
MOST_BEFORE = 2000  # octets of the line in front of it
_OCTETS = MARK.encode("ascii")
_MOST_REASON = 200  # characters
_MOST = 10_000  # in one piece of a file
_COMMENT = re.compile(r"#|//|/\*|--|<!--|;|^\s*[*!]|%|^\s*@?rem\b|\"\"\"", re.IGNORECASE)
"""`!` begins a comment at the beginning of a line alone: elsewhere it stands in lists of suites, as in `HIGH:!aNULL`."""
_REASON = re.compile(r"""\breason=(?:"([^"\n]*)"|'([^'\n]*)')""")
_UNTIL = re.compile(r"\buntil=[\"']?(\d{4})-(\d{2})-(\d{2})\b")
_BOM = "\ufeff"
_CUT = "x"  # stands for what is in front of a line of which only the end is looked at


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


def ignored_lines(data: bytes, first_line: int = 1, *, is_cut: bool = False) -> dict[int, Ignored]:
    """The comment that speaks of each line: on the line itself, else on the line before, where nothing but the comment stands.

    Lines are counted from `first_line` on; `is_cut`: the first one may have begun before the octets that are given."""
    found: dict[int, Ignored] = {}
    alone: dict[int, Ignored] = {}
    line, counted, place = first_line, 0, data.find(_OCTETS)
    while place >= 0 and len(found) < _MOST:
        line += data.count(b"\n", counted, place)
        counted = place
        earliest = max(0, place - MOST_BEFORE)
        first = data.rfind(b"\n", earliest, place) + 1
        is_whole = first > 0 or (earliest == 0 and not is_cut)
        first = first or earliest
        end = data.find(b"\n", place)
        end = len(data) if end < 0 else end
        text = ("" if is_whole else _CUT) + data[first : min(end, place + MOST_BEFORE)].decode("utf-8", "replace")
        comment = _COMMENT.search(text)
        if comment is not None and (start := text.find(MARK, comment.start())) >= 0:
            rest = text[start + len(MARK) :]
            if not rest[:1].isalnum():
                found[line] = _ignored(line, rest)
                if not text[: comment.start()].lstrip(_BOM).strip():
                    alone[line + 1] = found[line]
        place = data.find(_OCTETS, end)  # One comment speaks of a line.
    return {**alone, **found}


def _ignored(line: int, rest: str) -> Ignored:
    reason, until = _REASON.search(rest), _UNTIL.search(rest)
    words = "" if reason is None else reason[1] or reason[2] or ""
    words = "".join(letter if letter.isprintable() else " " for letter in words).strip()[:_MOST_REASON]
    if not words:
        return Ignored(line, problem=Missing.REASON)
    if until is None:
        return Ignored(line, words, problem=Missing.DAY)
    try:
        return Ignored(line, words, date(int(until[1]), int(until[2]), int(until[3])))
    except ValueError:
        return Ignored(line, words, problem=Missing.DAY)
