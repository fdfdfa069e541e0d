"""Text that somebody else wrote: what in it no line may hold, and how an error repeats it."""

from __future__ import annotations

import re
import unicodedata

UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""Characters that move a cursor, end a line unseen or turn the direction of what follows (UAX #9, section 2): a name that holds one
is read otherwise than it is stored. Tab and line feed are not among them."""
_SHOWN = 40  # characters that an error repeats


def shown(text: str) -> str:
    """Foreign text for an error: short, in quotes, nothing in it that moves a terminal's cursor."""
    cut = text[:_SHOWN] + ("…" if len(text) > _SHOWN else "")
    return "'" + "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in cut) + "'"


def is_latin(text: str) -> bool:
    """Whether every letter is of the Latin alphabet, Vietnamese ones among them. Algorithms are named so; a letter that only looks
    like one makes another name, which no rule would ever meet (UTS #39, section 4)."""
    return text.isascii() or all(unicodedata.name(c, "").startswith("LATIN ") for c in text if c.isalpha())
