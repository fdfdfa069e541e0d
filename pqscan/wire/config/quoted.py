"""Texts between quotes, of any length: a regular expression would keep a place to return to for each escape in them."""

from __future__ import annotations

from typing import AnyStr


def end_of_quoted(text: AnyStr, place: int, mark: AnyStr, escape: AnyStr) -> int:
    """The place behind the quote `mark` that ends a text which begins at `place`; `escape` takes what stands behind it along. -1
    where it never ends."""
    end = text.find(mark, place)
    while end >= 0:
        escaped = text.find(escape, place, end)
        if escaped < 0:
            return end + len(mark)
        place = escaped + 2
        if place > end:
            end = text.find(mark, place)
    return -1
