"""Host names as they go into the DNS and into SNI: ASCII, lower case, without the final dot (RFC 1123, RFC 5890, RFC 6066)."""

from __future__ import annotations

import re

from pqscan.errors import UsageError

_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_MOST_NAME = 253  # RFC 1035, section 2.3.4, without the final dot


def ascii_name(text: str) -> str:
    """The name in its ASCII form, `tiếng.vn` as `xn--ting-hv5a.vn`. Raises UsageError.

    A name whose last label is a number is refused: some resolvers read `127.1` as an address."""
    name = text[:-1] if text.endswith(".") else text
    if not name or len(name) > _MOST_NAME:
        raise UsageError(f"{shown(text)} is no host name: a name has 1 to {_MOST_NAME} characters")
    if not name.isascii():
        try:
            name = name.encode("idna").decode("ascii")
        except UnicodeError:
            raise UsageError(f"{shown(text)} is no host name that the DNS can carry (RFC 5891)") from None
    name = name.lower()
    labels = name.split(".")
    if len(name) > _MOST_NAME or labels[-1].isdigit() or not all(_LABEL.fullmatch(label) for label in labels):
        raise UsageError(f"{shown(text)} is neither an address nor a host name")
    return name


def name_matches(name: str, pattern: str) -> bool:
    """Whether a name is the pattern, or below it where the pattern is `*.parent` (any depth)."""
    return name == pattern or (pattern.startswith("*.") and name.endswith(pattern[1:]))


def ascii_pattern(text: str) -> str:
    """A name or `*.name` in ASCII form. Raises UsageError."""
    return "*." + ascii_name(text[2:]) if text.startswith("*.") else ascii_name(text)


def shown(text: str, most: int = 60) -> str:
    """Foreign text for an error message: short, in quotes, nothing in it that moves a terminal's cursor."""
    cut = text[:most] + ("…" if len(text) > most else "")
    return "'" + "".join(c if c.isprintable() else ascii(c)[1:-1] for c in cut) + "'"
