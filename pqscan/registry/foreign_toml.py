"""TOML that somebody else wrote: read within bounds. The parser's time and memory grow with the square of a dotted key's parts, its
numbers have no end, and what is nested deeply ends in a RecursionError of whoever walks it."""

from __future__ import annotations

import re
import tomllib

MOST_KEY_PARTS = 64
MOST_DEPTH = 64
_LONG_KEY = re.compile(r"""(?<![\w-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){64}""", re.ASCII)
_LONG_NUMBER = re.compile(r"(?<![\w.+-])[+-]?(?:0x[0-9a-fA-F_]{16}|0o[0-7_]{21}|0b[01_]{63}|[0-9_]{19})[0-9a-fA-F_]*+", re.ASCII)
_TOO_LARGE = "a number of more than 64 bits"


def parse(data: bytes) -> dict[str, object]:
    """The table in the bytes of a file. Raises ValueError with the parser's words, UnicodeDecodeError where it is no UTF-8."""
    text = data.decode("utf-8-sig")
    found = _LONG_KEY.search(text)
    if found is not None:
        raise ValueError(f"a key of more than {MOST_KEY_PARTS} parts (at line {_line(text, found.start())})")
    try:
        table = tomllib.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except tomllib.TOMLDecodeError:
        raise
    except ValueError:  # Python converts no decimal number of more than 4300 digits.
        raise ValueError(_too_large(text)) from None
    _refuse_excess(table, text)
    return table


def _refuse_excess(table: dict[str, object], text: str) -> None:
    """TOML has whole numbers of 64 bits (TOML 1.0, Integer)."""
    waiting: list[tuple[object, int]] = [(table, 1)]
    while waiting:
        value, depth = waiting.pop()
        if depth > MOST_DEPTH:
            raise ValueError("it is nested too deeply")
        if isinstance(value, dict):
            waiting.extend((item, depth + 1) for item in value.values())
        elif isinstance(value, list):
            waiting.extend((item, depth + 1) for item in value)
        elif isinstance(value, int) and not -(1 << 63) <= value < 1 << 63:
            raise ValueError(_too_large(text))


def _too_large(text: str) -> str:
    for found in _LONG_NUMBER.finditer(text):
        try:
            is_it = not -(1 << 63) <= int(found[0], 0) < 1 << 63
        except ValueError:
            is_it = True
        if is_it:
            return f"{_TOO_LARGE} (at line {_line(text, found.start())})"
    return _TOO_LARGE


def _line(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1
