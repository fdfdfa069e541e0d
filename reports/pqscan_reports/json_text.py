"""How values become JSON in every report: one element at a time, in UTF-8, with nothing in it that could move a cursor."""

from __future__ import annotations

import json
import re

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]

# Valid inside JSON strings, yet able to move a cursor, end a line of script or turn the direction of text.
_UNSAFE = re.compile(r"[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_LONE = re.compile(r"[\ud800-\udfff]")


def encoded(value: Json) -> bytes:
    """One element as UTF-8. Lone surrogates (names that are not UTF-8) and unsafe characters become JSON escapes."""
    return harmless(json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False))


def exchanged(value: Json) -> bytes:
    """As `encoded`, for documents that programs of others read: a lone surrogate, which many of them refuse the whole document
    for (RFC 8259, section 8.2; RFC 7493, section 2.1), is written out as text."""
    document = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return harmless(_LONE.sub(lambda match: f"\\\\u{ord(match[0]):04x}", document))


def harmless(document: str) -> bytes:
    """A JSON text as UTF-8, whatever moves a cursor, hides or reorders in it written as the escape of JSON that means the same."""
    text = _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", document)
    return text.encode("utf-8", "backslashreplace")  # Only surrogates cannot be encoded, and \\udc80 is JSON's spelling too.
