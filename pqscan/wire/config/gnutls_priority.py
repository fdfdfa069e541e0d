"""Priority strings of GnuTLS (GnuTLS manual, section "Priority strings"):
`NORMAL:-VERS-ALL:+VERS-TLS1.3:+GROUP-X25519-MLKEM768`. Told are versions and groups; what a word such as `NORMAL` takes in, the
installed version knows."""

from __future__ import annotations

import re
from dataclasses import dataclass

MOST_WORDS = 200
_BASES = re.compile(r"(NONE|NORMAL|PERFORMANCE|PFS|SECURE(128|192|256)|SUITEB(128|192)|LEGACY|SYSTEM|@[A-Z0-9_,-]+)\Z")
_EVERY_VERSION = ("TLS1.0", "TLS1.1", "TLS1.2", "TLS1.3")


@dataclass(frozen=True, slots=True)
class Priority:
    """`versions` that a word of the string names or leaves on, None where nothing is said of them; `groups` as they are spelled
    there, without `GROUP-`; `with_default`: those of the word at its beginning are in force besides."""

    base: str
    versions: tuple[str, ...] | None
    groups: tuple[str, ...]
    with_default: bool


def is_priority(text: str) -> bool:
    """Whether the string begins as those of GnuTLS do: OpenSSL has none of these words."""
    return _BASES.match(text.strip().split(":")[0]) is not None


def read_priority(text: str) -> Priority:
    """A string that does not begin so is read as one that begins with nothing."""
    words = [word.strip() for word in text.strip().split(":")[:MOST_WORDS]]
    base = words[0] if words and is_priority(text) else "NONE"
    is_nothing = words[0] == "NONE"
    versions: list[str] | None = None
    groups: list[str] = []
    with_default = base != "NONE"
    for word in words:
        sign, name = word[:1], word[1:].upper()
        if sign not in ("+", "-", "!"):
            continue
        if name in ("GROUP-ALL", "CURVE-ALL"):
            groups, with_default = [], sign == "+"
        elif name.startswith(("GROUP-", "CURVE-")):
            group = name.partition("-")[2]
            groups = [each for each in groups if each != group] + ([group] if sign == "+" else [])
        elif name in ("VERS-ALL", "VERS-TLS-ALL"):
            versions = list(_EVERY_VERSION) if sign == "+" else []
        elif name.startswith("VERS-TLS"):
            version = name.removeprefix("VERS-")
            on = [] if versions is None and is_nothing else list(_EVERY_VERSION) if versions is None else versions
            versions = [each for each in on if each != version] + ([version] if sign == "+" else [])
    return Priority(base, None if versions is None else tuple(sorted(versions)), tuple(groups), with_default)
