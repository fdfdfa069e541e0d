"""Libraries with cryptography by ecosystem (data/libraries.toml): what they bring, and since when they know post-quantum ones."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from pqscan.registry.algorithms import by_name
from pqscan.registry.software import reaches
from pqscan.registry.table import DATA_FOLDER, Row, read_table


class Ecosystem(StrEnum):
    """Where a name of a library means what it means."""

    CARGO = "cargo"
    COMPOSER = "composer"
    CONAN = "conan"
    GO = "go"
    HEX = "hex"
    MAVEN = "maven"
    NPM = "npm"
    NUGET = "nuget"
    PUB = "pub"
    PYPI = "pypi"
    RUBYGEMS = "rubygems"
    SWIFT = "swift"
    VCPKG = "vcpkg"


@dataclass(frozen=True, slots=True)
class Library:
    """`brings` are algorithms that everybody can use with it; `post_quantum` those that it knows since that version.
    `spelled` are other spellings of its name that manifests have: by one of these a file is found that has nothing else.
    `calls_itself` are names that stand in its own package only."""

    name: str
    ecosystem: Ecosystem
    spelled: tuple[str, ...]
    calls_itself: tuple[str, ...]
    brings: tuple[str, ...]
    post_quantum_since: str | None
    post_quantum: tuple[str, ...]
    references: tuple[str, ...]

    def knows_post_quantum(self, version: str) -> bool | None:
        """Whether this version knows post-quantum algorithms; None where nobody knows."""
        return None if self.post_quantum_since is None else reaches(version, self.post_quantum_since)


def library(ecosystem: Ecosystem, name: str) -> Library | None:
    """The row of a name as its ecosystem spells it; None for a library without cryptography, or an unknown one."""
    return _by_name().get((ecosystem, folded(ecosystem, name)))


def library_itself(ecosystem: Ecosystem, name: str) -> Library | None:
    """The same of a name by which a package calls itself."""
    return library(ecosystem, name) or _by_own_name().get((ecosystem, name))


def libraries() -> tuple[Library, ...]:
    """Every row. Raises DataError."""
    return _rows()


def folded(ecosystem: Ecosystem, name: str) -> str:
    """The one spelling of a name: PyPI takes `Foo_Bar` for `foo-bar` (PEP 503), Go puts the major version behind a module."""
    if ecosystem is Ecosystem.PYPI:
        return re.sub(r"[-_.]+", "-", name).lower()
    if ecosystem is Ecosystem.GO:
        return re.sub(r"(?:/v\d+|\.v\d+)\Z", "", name).lower()
    if ecosystem is Ecosystem.CARGO:
        return name.replace("_", "-").lower()
    return name if ecosystem is Ecosystem.MAVEN else name.lower()


def read_libraries(path: Path = DATA_FOLDER / "libraries.toml") -> tuple[Library, ...]:
    """The rows as the file has them. Raises DataError naming file and row."""
    found: dict[tuple[Ecosystem, str], Library] = {}
    for row in read_table(path, "library"):
        one = _library(row)
        key = (one.ecosystem, folded(one.ecosystem, one.name))
        if key in found:
            raise row.wrong("it has a row already")
        found[key] = one
    return tuple(found.values())


def _library(row: Row) -> Library:
    one = Library(
        name=row.text("name"),
        ecosystem=row.choice("ecosystem", Ecosystem),
        spelled=row.texts("spelled"),
        calls_itself=row.texts("calls_itself"),
        brings=row.texts("brings"),
        post_quantum_since=row.optional_text("post_quantum_since"),
        post_quantum=row.texts("post_quantum"),
        references=row.references(),
    )
    row.optional_text("notes")  # For who keeps the rows: whether a source of the version could be opened.
    row.done()
    unknown = next((name for name in (*one.brings, *one.post_quantum) if by_name(name) is None), None)
    if unknown is not None:
        raise row.wrong(f"{unknown} has no row in algorithms.toml")
    if bool(one.post_quantum) != bool(one.post_quantum_since):
        raise row.wrong("post_quantum and post_quantum_since go together")
    if any(folded(one.ecosystem, other) != folded(one.ecosystem, one.name) for other in one.spelled):
        raise row.wrong("spelled must name the same library")
    if not one.brings and not one.post_quantum:
        raise row.wrong("it must bring something")
    return one


@cache
def _rows() -> tuple[Library, ...]:
    return read_libraries()


@cache
def _by_name() -> dict[tuple[Ecosystem, str], Library]:
    return {(row.ecosystem, folded(row.ecosystem, row.name)): row for row in _rows()}


@cache
def _by_own_name() -> dict[tuple[Ecosystem, str], Library]:
    return {(row.ecosystem, name): row for row in _rows() for name in row.calls_itself}
