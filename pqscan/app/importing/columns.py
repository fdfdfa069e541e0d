"""Which column of an asset list means what (data/columns.toml), by the program that wrote it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cache
from pathlib import Path

from pqscan.errors import UsageError
from pqscan.readiness.folding import fold
from pqscan.registry.foreign_text import shown
from pqscan.registry.table import read_table

_DATA = Path(__file__).parent / "data" / "columns.toml"
_MOST_HEADING = 100  # characters


class AssetField(StrEnum):
    CODE = "code"
    NAME = "name"
    ADDRESS = "address"
    PORT = "port"
    SERVICE = "service"
    UNIT = "unit"
    OWNER = "owner"
    SITE = "site"
    SYSTEM = "system"


@cache
def profiles() -> Mapping[str, Mapping[str, AssetField]]:
    """By profile, the fields by their folded headings. Raises DataError."""
    found: dict[str, dict[str, AssetField]] = {}
    for row in read_table(_DATA, "column"):
        fields = found.setdefault(row.text("profile"), {})
        field = row.choice("field", AssetField)
        for heading in row.texts("headings"):
            if fields.setdefault(fold(heading), field) is not field:
                raise row.wrong(f"the heading {heading} has another meaning already")
        row.done()
    return found


def is_heading(text: str) -> bool:
    """Whether any profile knows it."""
    return any(fold(text[:_MOST_HEADING]) in fields for fields in profiles().values())


def places(headings: Sequence[str], profile: str | None) -> tuple[str, Mapping[int, AssetField]]:
    """The profile, by its name or the one that knows most of the headings, and what each column means by it.

    Raises UsageError for a profile that there is not, and where no column holds addresses or names."""
    known = profiles()
    if profile is not None and profile not in known:
        raise UsageError(f"there is no profile of columns {shown(profile)}; choose one of {', '.join(known)}")
    folded = [fold(text[:_MOST_HEADING]) for text in headings]
    name = profile or max(known, key=lambda each: sum(text in known[each] for text in folded))
    found = {place: known[name][text] for place, text in enumerate(folded) if text in known[name]}
    if not {AssetField.ADDRESS, AssetField.NAME} & set(found.values()):
        raise UsageError(
            "no column of the file is known to hold names or addresses; name them `name` and `address`, or choose --columns"
        )
    return name, found
