"""What a version of some software can do (data/software.toml): from which on an algorithm is possible, or the default.

Software is what a peer says of itself. Its number is compared as far as it is one: `9.2p1 Debian-2+deb12u3` is 9.2, and what a
distribution put into an older version is not known here. Software that no row names gives nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pqscan.registry.table import DATA_FOLDER, Row, read_table

_MOST_TEXT = 300  # characters of what a peer says
_MOST_PARTS, _MOST_DIGITS = 6, 9
_VERSION = re.compile(r"(?:\d+:)?v?(\d+(?:\.\d+)*)", re.ASCII)  # behind the epoch of a Debian package


@dataclass(frozen=True, slots=True)
class SoftwareAbility:
    """From the version `since` on, `algorithms` are possible in `protocol` or, with `is_default`, what is done by itself. `branch`:
    within that series of versions alone. `note` is a condition, in the words of its documentation."""

    product: str
    since: str
    protocol: str  # ssh, tls or ike
    algorithms: tuple[str, ...]
    is_default: bool
    branch: str
    note: str
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Software:
    """A product of the table, and the version that was told."""

    product: str
    version: str


def version_of(text: str) -> tuple[int, ...]:
    """The numbers that a version begins with; empty where it begins with none."""
    found = _VERSION.match(text.strip()[:_MOST_TEXT])
    if found is None:
        return ()
    parts = found[1].split(".")[:_MOST_PARTS]
    return tuple(map(int, parts)) if all(len(part) <= _MOST_DIGITS for part in parts) else ()


def reaches(version: str, since: str) -> bool | None:
    """Whether the version is that one or a later one; None where it begins with no number."""
    numbers = version_of(version)
    return _reaches(numbers, version_of(since)) if numbers else None


def software_in(text: str) -> tuple[Software, ...]:
    """The software of the table with a version behind it, in what a peer says: `OpenSSH_9.2p1 Debian-2`, `Apache/2.4.62 (Debian)
    OpenSSL/3.0.15`."""
    found: dict[str, Software] = {}
    cut = text[:_MOST_TEXT]
    for product, pattern in _patterns().items():
        match = pattern.search(cut)
        if match is not None and match[1]:
            found[product] = Software(product, match[1])
    return tuple(found.values())


def software_can(product: str, version: str) -> tuple[SoftwareAbility, ...]:
    """What this version can do already; nothing where product or version are unknown."""
    numbers = version_of(version)
    return tuple(row for row in _of(product) if numbers and _has(row, numbers))


def software_gains(product: str, version: str) -> tuple[SoftwareAbility, ...]:
    """What an upgrade gives: rows that this version has not reached, the nearest first; nothing where the version is unknown, or
    what the series at hand has already."""
    numbers = version_of(version)
    if not numbers:
        return ()
    has = {(row.algorithms, row.is_default) for row in _of(product) if _has(row, numbers)}
    rows = (row for row in _of(product) if not _has(row, numbers) and _is_ahead(row, numbers))
    return tuple(row for row in rows if (row.algorithms, row.is_default) not in has)


def _has(row: SoftwareAbility, numbers: tuple[int, ...]) -> bool:
    return _reaches(numbers, version_of(row.since)) and _in_branch(row, numbers)


def _is_ahead(row: SoftwareAbility, numbers: tuple[int, ...]) -> bool:
    return not _reaches(numbers, version_of(row.since)) and _in_branch(row, numbers)


def _in_branch(row: SoftwareAbility, numbers: tuple[int, ...]) -> bool:
    branch = version_of(row.branch)
    return numbers[: len(branch)] == branch


def _reaches(numbers: tuple[int, ...], since: tuple[int, ...]) -> bool:
    """A version without a last part has it as 0: 10 is 10.0."""
    size = max(len(numbers), len(since))
    return numbers + (0,) * (size - len(numbers)) >= since + (0,) * (size - len(since))


@cache
def _rows() -> tuple[SoftwareAbility, ...]:
    """The shipped rows. Raises DataError."""
    return read_software()


def _of(product: str) -> tuple[SoftwareAbility, ...]:
    return tuple(row for row in _rows() if row.product.casefold() == product.casefold())


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    """A product's name as a word, and the version behind it."""
    names = dict.fromkeys(row.product for row in _rows())
    return {
        name: re.compile(rf"(?<![A-Za-z0-9]){re.escape(name)}(?:[ _/-]v?(\d[\w.+~:-]*))?(?![A-Za-z])", re.IGNORECASE | re.ASCII)
        for name in names
    }


def read_software(path: Path = DATA_FOLDER / "software.toml") -> tuple[SoftwareAbility, ...]:
    """By product and version. Raises DataError naming file and row: a version that is none, no algorithm."""
    found = [_ability(row) for row in read_table(path, "ability")]
    return tuple(sorted(found, key=lambda row: (row.product.casefold(), version_of(row.since))))


def _ability(row: Row) -> SoftwareAbility:
    made = SoftwareAbility(
        product=row.text("product"),
        since=row.text("since"),
        protocol=row.text("protocol", among=("ssh", "tls", "ike")),
        algorithms=row.texts("algorithms"),
        is_default=row.flag("default"),
        branch=row.text("branch", default=""),
        note=row.text("note", default=""),
        references=row.references(),
    )
    row.done()
    if not version_of(made.since) or (made.branch and not version_of(made.branch)):
        raise row.wrong("since and branch must be versions such as 9.9")
    if not made.algorithms:
        raise row.wrong("it names no algorithm")
    return made
