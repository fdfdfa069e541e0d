"""Lists of groups in the words of OpenSSL (3.5 manual, SSL_CTX_set1_groups_list(3)): `X25519MLKEM768:X25519`, with tuples (`/`),
groups that a client sends a share of (`*`), that may be unknown (`?`), that are taken out (`-`), and `DEFAULT`."""

from __future__ import annotations

from dataclasses import dataclass

MOST_ENTRIES = 200
_DEFAULTS = frozenset({"default", "auto", ""})


@dataclass(frozen=True, slots=True)
class GroupList:
    """Names as they are spelled, in the order of the list. `with_default`: the library's own list is in it."""

    names: tuple[str, ...]
    with_default: bool = False


def read_group_list(text: str) -> GroupList:
    """Separators are `:`, `/` and, in some products, `,` and blanks. What is no name is kept as it stands."""
    names: list[str] = []
    with_default = False
    for word in _words(text)[:MOST_ENTRIES]:
        prefix = word[: len(word) - len(word.lstrip("?*-+"))]
        name = word[len(prefix) :].removesuffix("+")  # Modules of crypto-policies put one at the end of the list by it.
        if "-" in prefix:
            names = [each for each in names if each.lower() != name.lower()]
        elif name.lower() in _DEFAULTS:
            with_default = True
        else:
            names.append(name)
    return GroupList(tuple(names), with_default or not names)


def _words(text: str) -> list[str]:
    for mark in "/, \t":
        text = text.replace(mark, ":")
    return [word for word in text.split(":") if word]
