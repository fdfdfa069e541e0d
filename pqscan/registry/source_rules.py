"""Rules of source code (data/source/): which calls of which libraries use cryptography, and where their algorithm stands.

A rule names calls by their full path, as the imports of a file make it: `crypto/rsa.GenerateKey`, `hashlib.*`. A star stands for
the rest of a name, or a part of it; a path that begins with a point has any receiver. `kept` are names that a program stores
(`HASHES = {"old": hashlib.md5}`), `sets` properties that it sets (`x.min_version = ...`), whose value is argument 0. Every rule
shows at least one piece of code that it finds (what is found stands behind an arrow) and one that it leaves; in them `\\n` stands
for the end of a line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from pqscan.errors import DataError
from pqscan.registry.algorithms import Function
from pqscan.registry.spellings import spelled
from pqscan.registry.table import DATA_FOLDER, Row, read_table

SOURCE_FOLDER = DATA_FOLDER / "source"
_SELECTOR = re.compile(r"-?\d|[A-Za-z_][\w-]*|(?:-?\d|[A-Za-z_][\w-]*)(?:\.(?:[A-Za-z_][\w-]*|\d)){1,3}")
_LATER = re.compile(r"[A-Za-z_]\w*(?::\d)?")
_PATTERN = re.compile(r"[\w./@*-]+")
_ARROW = " ==> "
_LEAST_MARK = 4  # octets; shorter ones are looked for slowly and found everywhere


class Manner(StrEnum):
    """In which way a program uses a name."""

    CALL = "call"
    READ = "read"
    KEPT = "kept"  # read, and stored in a name, a list or a table, or given back
    SET = "set"


class Tells(StrEnum):
    """What the value behind a rule is."""

    ALGORITHM = "algorithm"
    VERSION = "version"
    GROUPS = "groups"
    PRIORITY = "priority"  # of GnuTLS: versions and groups
    DEFAULT = "default"  # what the library agrees on where nobody chooses: the file does not tell


@dataclass(frozen=True, slots=True)
class SourceRule:
    """`algorithm` is its name, `*` where the star of the pattern names it, None where only arguments do.

    The selectors say in which arguments a value stands: a number counts positions, a word is a keyword, `0.name` a property of an
    object. `groups_in` are groups of TLS, told besides what the rule tells. `curve` is fixed; `later` are calls of the same object
    that give the size or the curve of the key, in their first argument, or in that behind the colon (`init:1`); `needs` is a text
    without which the file means something else; `of_library` are texts by which a program leaves the choice to the library."""

    id: str
    language: str
    library: str
    calls: tuple[str, ...]
    reads: tuple[str, ...]
    kept: tuple[str, ...]
    sets: tuple[str, ...]
    tells: Tells
    algorithm: str | None
    function: Function | None
    algorithm_in: tuple[str, ...]
    size_in: tuple[str, ...]
    curve_in: tuple[str, ...]
    hash_in: tuple[str, ...]
    mode_in: tuple[str, ...]
    groups_in: tuple[str, ...]
    of_library: tuple[str, ...]
    size_unit: int
    curve: str | None
    later: tuple[str, ...]
    needs: str | None
    finds: tuple[tuple[str, str], ...]
    leaves: tuple[str, ...]
    references: tuple[str, ...]

    @property
    def patterns(self) -> tuple[tuple[str, Manner], ...]:
        """Each path, and how what it names must be used."""
        manners = ((self.calls, Manner.CALL), (self.reads, Manner.READ), (self.kept, Manner.KEPT), (self.sets, Manner.SET))
        return tuple((path, manner) for paths, manner in manners for path in paths)


@dataclass(frozen=True, slots=True)
class SourceLanguage:
    """One language: literals of which each file with a finding has at least one, and the rules."""

    name: str
    marks: tuple[str, ...]
    rules: tuple[SourceRule, ...]


@cache
def source_language(name: str) -> SourceLanguage:
    """The rules of one language. Raises DataError."""
    return read_source_language(SOURCE_FOLDER / f"{name}.toml")


@cache
def source_languages() -> tuple[SourceLanguage, ...]:
    """Every language, by name. Raises DataError."""
    return tuple(source_language(path.stem) for path in sorted(SOURCE_FOLDER.glob("*.toml")))


def read_source_language(path: Path) -> SourceLanguage:
    """One file of rules. Raises DataError naming file and row: also for a rule without examples or without a source."""
    marks: list[str] = []
    for row in read_table(path, "marks"):
        marks += row.texts("literals")
        row.done()
    short = [mark for mark in marks if len(mark.encode("utf-8")) < _LEAST_MARK]
    if short or not marks:
        raise DataError(f"{path.name} has a mark of fewer than {_LEAST_MARK} octets, or none; correct the file")
    rules = tuple(_rule(path.stem, row) for row in read_table(path, "rule"))
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            raise DataError(f"{path.name} has the rule {rule.id} twice; correct the file")
        seen.add(rule.id)
    return SourceLanguage(path.stem, tuple(dict.fromkeys(marks)), rules)


def _rule(language: str, row: Row) -> SourceRule:
    finds = [example.partition(_ARROW) for example in row.texts("finds")]
    rule = SourceRule(
        id=row.text("name"),
        language=language,
        library=row.text("library"),
        calls=row.texts("calls"),
        reads=row.texts("reads"),
        kept=row.texts("kept"),
        sets=row.texts("sets"),
        tells=Tells(row.text("tells", among=tuple(Tells), default=Tells.ALGORITHM.value)),
        algorithm=row.optional_text("algorithm"),
        function=_function(row),
        algorithm_in=row.texts("algorithm_in"),
        size_in=row.texts("size_in"),
        curve_in=row.texts("curve_in"),
        hash_in=row.texts("hash_in"),
        mode_in=row.texts("mode_in"),
        groups_in=row.texts("groups_in"),
        of_library=row.texts("of_library"),
        size_unit=row.optional_whole("size_unit", least=1, most=8) or 1,
        curve=row.optional_text("curve"),
        later=row.texts("later"),
        needs=row.optional_text("needs"),
        finds=tuple((_lines(code), found) for code, _, found in finds),
        leaves=tuple(map(_lines, row.texts("leaves"))),
        references=row.references(),
    )
    row.done()
    for problem in _problems(rule):
        raise row.wrong(problem)
    return rule


def _problems(rule: SourceRule) -> Iterator[str]:
    if not rule.patterns:
        yield "calls, reads, kept or sets must name at least one"
    if not rule.finds or not all(found for _, found in rule.finds):
        yield f"finds must show at least one piece of code, and behind{_ARROW}what is found in it"
    if not rule.leaves:
        yield "leaves must show at least one piece of code in which nothing is found"
    if rule.algorithm not in (None, "*") and spelled(str(rule.algorithm)) is None:
        yield f"algorithm {rule.algorithm} has no row in algorithms.toml"
    if rule.tells is Tells.ALGORITHM and rule.algorithm is None and not rule.algorithm_in:
        yield "algorithm or algorithm_in must tell the algorithm"
    if rule.algorithm == "*" and not all("*" in pattern for pattern, _ in rule.patterns):
        yield "the algorithm is a star, and a pattern has none"
    if rule.tells is Tells.PRIORITY and not rule.algorithm_in:
        yield "algorithm_in must tell where the priority string stands"
    if wrong := next((one for one in rule.later if not _LATER.fullmatch(one)), None):
        yield f"{wrong} is no name of a call"
    selectors = (*rule.algorithm_in, *rule.size_in, *rule.curve_in, *rule.hash_in, *rule.mode_in, *rule.groups_in)
    if wrong := next((one for one in selectors if not _SELECTOR.fullmatch(one)), None):
        yield f"{wrong} chooses no argument"
    if wrong := next((one for one, _ in rule.patterns if one.count("*") > 1 or not _PATTERN.fullmatch(one)), None):
        yield f"{wrong} is no path of a call"


def _function(row: Row) -> Function | None:
    text = row.optional_text("function")
    try:
        return None if text is None else Function(text)
    except ValueError:
        raise row.wrong("function must be among " + ", ".join(Function)) from None


def _lines(example: str) -> str:
    return example.replace("\\n", "\n")
