"""The formats of manifests and lock files (data/manifests.toml): by what they are known, where entries stand, how one is spelled.

Entries are found by regular expressions whose repetitions are bounded; nothing nests and nothing recurses, so that a file of any
depth takes time in its length alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pqscan.registry.libraries import Ecosystem
from pqscan.registry.table import DATA_FOLDER, Row, read_table

_LEAST_MARK = 4


@dataclass(frozen=True, slots=True)
class ManifestFormat:
    """`known_by` must all be found in the text, `marks` are literals of which every such file has one. An `entry` has the groups
    `name` and `version`. `within` is where entries count: from what it fits to `until`; None is everywhere. One that also
    or only tells what its own package is has `own`, fields that name it, two joined by a colon, and `own_version`, those that have
    its version, the first one first."""

    name: str
    ecosystem: Ecosystem
    is_lock: bool
    marks: tuple[str, ...]
    known_by: tuple[re.Pattern[str], ...]
    entry: re.Pattern[str] | None
    within: re.Pattern[str] | None
    until: re.Pattern[str] | None
    own: tuple[str, ...]
    own_version: tuple[str, ...]
    references: tuple[str, ...]


@cache
def manifest_formats() -> tuple[ManifestFormat, ...]:
    """Every row, in the order in which they are tried. Raises DataError."""
    return read_manifest_formats()


def read_manifest_formats(path: Path = DATA_FOLDER / "manifests.toml") -> tuple[ManifestFormat, ...]:
    """The rows as the file has them. Raises DataError naming file and row."""
    return tuple(map(_format, read_table(path, "format")))


def _format(row: Row) -> ManifestFormat:
    spelled, own = row.optional_text("entry"), row.texts("own")
    if spelled is None and not own:
        raise row.wrong("it must have an entry, or fields of its own")
    entry = None if spelled is None else _expression(row, spelled)
    if entry is not None and "name" not in entry.groupindex:
        raise row.wrong("entry has no group called name")
    marks = row.texts("marks")
    if not marks or any(len(mark) < _LEAST_MARK for mark in marks):
        raise row.wrong(f"marks must name literals of at least {_LEAST_MARK} octets")
    within, until = row.optional_text("within"), row.optional_text("until")
    made = ManifestFormat(
        name=row.text("name"),
        ecosystem=row.choice("ecosystem", Ecosystem),
        is_lock=row.flag("is_lock"),
        marks=marks,
        known_by=tuple(_expression(row, text) for text in row.texts("known_by")),
        entry=entry,
        within=None if within is None else _expression(row, within),
        until=None if until is None else _expression(row, until),
        own=own,
        own_version=row.texts("own_version"),
        references=row.references(),
    )
    row.done()
    return made


def _expression(row: Row, text: str) -> re.Pattern[str]:
    try:
        return re.compile(text, re.MULTILINE)
    except re.error as error:
        raise row.wrong(f"{text} is no regular expression ({error})") from None
