"""Which paths a request may carry."""

from __future__ import annotations

MOST_PATHS = 8  # that a user may name; each costs a connection
_MOST_CHARACTERS = 1024


def is_path(path: str) -> bool:
    """Whether it can stand in a request line: ASCII, from a slash on, without blanks (RFC 9112, section 3.2.1)."""
    return path.startswith("/") and len(path) <= _MOST_CHARACTERS and all(0x21 <= ord(character) < 0x7F for character in path)
