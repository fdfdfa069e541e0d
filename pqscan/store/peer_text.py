"""Text from peers and files in a form that every database keeps: NUL and lone surrogates are escaped, reversibly.

PostgreSQL refuses U+0000 and SQLite a lone surrogate; both occur (a NUL in a certificate's name is a known attack, a
file name need not be UTF-8), and neither may cost a result. U+FDD0, a noncharacter, marks four hexadecimal digits.
"""

from __future__ import annotations

import json
import re
from typing import cast

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]

_MARK = "\ufdd0"
_UNSAFE = re.compile("[\x00\ud800-\udfff\ufdd0]")
_ESCAPED = re.compile("\ufdd0([0-9a-f]{4})")


def escape(text: str) -> str:
    """The text without any character that a database refuses."""
    if (text.isascii() and "\x00" not in text) or _UNSAFE.search(text) is None:  # The first is the usual case, and quicker.
        return text
    return _UNSAFE.sub(lambda found: f"{_MARK}{ord(found.group()):04x}", text)


def unescape(text: str) -> str:
    """The text as the peer sent it."""
    if _MARK not in text:
        return text
    return _ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), text)


def escape_json(value: Json) -> Json:
    """A JSON value with every string in it escaped. Our own shapes only: nesting is as deep as the code that made it."""
    if isinstance(value, str):
        return escape(value)
    if isinstance(value, list | tuple):
        return [escape_json(item) for item in value]
    if isinstance(value, dict):
        return {escape(key): escape_json(item) for key, item in value.items()}
    return value


def unescape_json(value: Json) -> Json:
    """The reverse of `escape_json`."""
    if isinstance(value, str):
        return unescape(value)
    if isinstance(value, list):
        return [unescape_json(item) for item in value]
    if isinstance(value, dict):
        return {unescape(key): unescape_json(item) for key, item in value.items()}
    return value


def to_json(value: object) -> str:
    """Compact JSON text of a value made of lists, tuples, strings and numbers, with its strings escaped."""
    if value == ():
        return "[]"
    return json.dumps(escape_json(cast("Json", value)), ensure_ascii=False, separators=(",", ":"))


def from_json(text: str) -> Json:
    """The value of JSON text that `to_json` wrote."""
    return unescape_json(json.loads(text))
