"""Lists of groups in the words of OpenSSL (3.5 manual, SSL_CTX_set1_groups_list(3)): `X25519MLKEM768:X25519`, with tuples (`/`),
groups that a client sends a share of (`*`), that may be unknown (`?`), that are taken out (`-`), and `DEFAULT`."""

from __future__ import annotations

from dataclasses import dataclass

MOST_ENTRIES = 200
_DEFAULTS = frozenset({"default", "auto", ""})


@dataclass(frozen=True, slots=True)
class GroupEntry:
    """A group as it is spelled. `may_be_unknown`: a library that does not know it goes on without it."""

    name: str
    may_be_unknown: bool = False
    with_share: bool = False


@dataclass(frozen=True, slots=True)
class GroupList:
    """In the order of the list. `with_default`: the library's own list is in it; `banned` are taken out of what stands before."""

    entries: tuple[GroupEntry, ...]
    with_default: bool = False
    banned: tuple[str, ...] = ()


def read_group_list(text: str) -> GroupList:
    """Separators are `:`, `/` and, in some products, `,` and blanks. What is no name is kept as it stands."""
    entries: list[GroupEntry] = []
    banned: list[str] = []
    with_default = False
    for word in _words(text)[:MOST_ENTRIES]:
        prefix = word[: len(word) - len(word.lstrip("?*-+"))]
        name = word[len(prefix) :]
        if "-" in prefix:
            banned.append(name)
            entries = [entry for entry in entries if entry.name.lower() != name.lower()]
        elif name.lower() in _DEFAULTS:
            with_default = True
        else:
            entries.append(GroupEntry(name, "?" in prefix, "*" in prefix))
    return GroupList(tuple(entries), with_default or not entries, tuple(banned))


def _words(text: str) -> list[str]:
    for mark in "/, \t":
        text = text.replace(mark, ":")
    return [word for word in text.split(":") if word]
