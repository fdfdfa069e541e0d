"""Base64 as values of texts have it: over lines and strings, and with what JSON writes for some of its characters."""

from __future__ import annotations

BESIDE = b" \t\r\n\"'[\\"
"""What stands between a value and the sign in front of it, and between the parts of a value."""
_ESCAPES = ((b"\\u002B", b"+"), (b"\\u002b", b"+"), (b"\\u003D", b"="), (b"\\u003d", b"="), (b"\\r", b""), (b"\\n", b""))


def without_escapes(text: bytes, characters: int) -> bytes:
    """The first `characters` of the Base64 that the text holds, without space, quotes and escapes (System.Text.Json writes \\u002B
    for a plus, PHP a backslash before a slash); fewer where it ends before."""
    for escaped, plain in _ESCAPES:
        text = text.replace(escaped, plain)
    return text.translate(None, BESIDE)[:characters]
