"""Lists of algorithms in the words of OpenSSH (sshd_config(5), KexAlgorithms): a list of its own, or one that changes the list that
the installed version has by default: `+` puts at the end, `^` at the head, `-` takes out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MOST_ENTRIES = 200


class Change(StrEnum):
    NONE = ""
    APPENDED = "+"
    HEADED = "^"
    REMOVED = "-"


@dataclass(frozen=True, slots=True)
class SshList:
    """`names` in their order; those that are taken out may hold `*` and `?`."""

    names: tuple[str, ...]
    change: Change

    @property
    def with_default(self) -> bool:
        """Whether the default of the installed version is in force besides."""
        return self.change is not Change.NONE


def read_ssh_list(text: str) -> SshList:
    """An empty list leaves the default alone."""
    text = text.strip()
    change = Change(text[:1]) if text[:1] in ("+", "^", "-") else Change.NONE
    names = [name for name in (each.strip() for each in text[len(change.value) :].split(",")) if name]
    return SshList(tuple(dict.fromkeys(names))[:MOST_ENTRIES], change if names else Change.REMOVED)
