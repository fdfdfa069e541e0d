"""TOML that somebody else wrote: read within bounds. The parser's time and memory grow with the square of a dotted key's parts."""

from __future__ import annotations

import re
import tomllib

MOST_KEY_PARTS = 64
_LONG_KEY = re.compile(r"""(?<![\w-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){64}""", re.ASCII)


def parse(data: bytes) -> dict[str, object]:
    """The table in the bytes of a file. Raises ValueError with the parser's words, UnicodeDecodeError where it is no UTF-8."""
    text = data.decode("utf-8-sig")
    found = _LONG_KEY.search(text)
    if found is not None:
        line = text.count("\n", 0, found.start()) + 1
        raise ValueError(f"a key of more than {MOST_KEY_PARTS} parts (at line {line})")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
