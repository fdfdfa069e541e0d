"""What the first octets of a file tell (data/file_kinds.toml): which files hold other files, and which of those are opened."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pqscan.registry.table import DATA_FOLDER, read_table

_ANY = "??"
_MOST_OFFSET = 1024


@dataclass(frozen=True, slots=True)
class FileKind:
    """A kind of file that holds others. `magic` has None for any octet; `is_opened`: the program looks inside."""

    name: str
    magic: tuple[int | None, ...]
    offset: int
    is_opened: bool

    def fits(self, head: bytes) -> bool:
        part = head[self.offset : self.offset + len(self.magic)]
        return len(part) == len(self.magic) and all(
            wanted is None or wanted == got for wanted, got in zip(self.magic, part, strict=True)
        )


def kind_of(head: bytes) -> FileKind | None:
    """The kind that the first `HEAD_OCTETS` octets tell; None for a file that holds no others, as far as is known here."""
    return next((kind for kind in _by_first().get(head[:1], ()) if kind.fits(head)), None) or next(
        (kind for kind in _by_first()[b""] if kind.fits(head)), None
    )


HEAD_OCTETS = 512


@cache
def _by_first() -> dict[bytes, tuple[FileKind, ...]]:
    """The shipped rows by their first octet; under no octet those whose magic stands further behind. Raises DataError."""
    found: dict[bytes, list[FileKind]] = {b"": []}
    for kind in read_file_kinds():
        first = kind.magic[0]
        found.setdefault(b"" if kind.offset or first is None else bytes((first,)), []).append(kind)
    return {first: tuple(kinds) for first, kinds in found.items()}


def read_file_kinds(path: Path = DATA_FOLDER / "file_kinds.toml") -> tuple[FileKind, ...]:
    """The rows in their order. Raises DataError naming file and row: a magic that is no hexadecimal text, or fits anything."""
    found: list[FileKind] = []
    for row in read_table(path, "kind"):
        text = row.text("magic")
        pairs = [text[place : place + 2] for place in range(0, len(text), 2)]
        try:
            magic = tuple(None if pair == _ANY else int(pair, 16) for pair in pairs)
        except ValueError:
            raise row.wrong("magic must be pairs of hexadecimal digits or ??") from None
        if len(text) % 2 or all(octet is None for octet in magic):
            raise row.wrong("magic must be pairs of hexadecimal digits or ??, one of them digits")
        offset = row.optional_whole("offset", most=_MOST_OFFSET) or 0
        found.append(FileKind(row.text("name"), magic, offset, row.flag("opened")))
        row.done()
    return tuple(found)
