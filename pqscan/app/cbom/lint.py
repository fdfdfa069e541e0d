"""`pqscan cbom lint`: checks the meaning of a CBOM, which no schema sees: what refers to nothing, levels that do not fit their
algorithm, curves that do not fit their number, hybrids without halves, secrets.

Whether a document follows its schema is another question, and others answer it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from pqscan.app.cbom.algorithms import algorithm_problems
from pqscan.app.cbom.document import ASSET, EXTERNAL, IBM, Cbom, Component, read_cbom
from pqscan.app.cbom.materials import material_problems
from pqscan.app.cbom.problem import Problem, Severity, problem
from pqscan.app.importing.json_file import MOST_BYTES, rows
from pqscan.errors import MalformedMessage, UsageError
from pqscan.registry.foreign_file import open_regular
from pqscan.scan.names import shown

MOST_PROBLEMS = 10_000
_ERROR, _WARNING, _NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE
_ORDER = tuple(Severity)


@dataclass(frozen=True, slots=True)
class Linted:
    """What was found: `assets` counts cryptographic assets by their type; `is_cut`: there are more problems than are told."""

    version: str
    is_ibm: bool
    assets: tuple[tuple[str, int], ...]
    problems: tuple[Problem, ...]
    is_cut: bool = False

    def at_least(self, severity: Severity) -> bool:
        """Whether something is as bad as that, or worse."""
        return any(_ORDER.index(each.severity) <= _ORDER.index(severity) for each in self.problems)


def lint_file(path: str) -> Linted:
    """Raises UsageError where the file cannot be read or is no CycloneDX document in JSON."""
    try:
        with open_regular(path, or_stream=True) as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{shown(path, 200)} cannot be read: {error.strerror}") from None
    try:
        return lint(read_cbom(data))
    except MalformedMessage as error:
        raise UsageError(f"{shown(path, 200)} cannot be checked: {error}") from None


def lint(cbom: Cbom) -> Linted:
    """The problems of a document, in the order of their places, the worst of a place first."""
    known = cbom.by_ref()
    found = list(islice(_problems(cbom, known), MOST_PROBLEMS + 1))
    kept = sorted(found[:MOST_PROBLEMS], key=lambda each: (_steps(each.pointer), _ORDER.index(each.severity), each.code))
    counts = Counter(component.asset_type or "unknown" for component in cbom.components if component.is_asset)
    return Linted(cbom.version, cbom.is_ibm, tuple(sorted(counts.items())), tuple(kept), len(found) > MOST_PROBLEMS)


def _problems(cbom: Cbom, known: dict[str, Component]) -> Iterator[Problem]:
    yield from _document(cbom)
    yield from _references(cbom)
    yield from algorithm_problems(cbom, known)
    yield from material_problems(cbom, known)


def _document(cbom: Cbom) -> Iterator[Problem]:
    for each in cbom.repeated:
        yield problem(_ERROR, each.pointer, "cbom_name_twice", name=each.target)
    new = next((component for component in cbom.components if component.fields.get("type") == ASSET), None)
    if new is not None and cbom.version in ("1.4", "1.5"):
        yield problem(_ERROR, "/specVersion", "cbom_newer_type", type=ASSET, version=cbom.version)
    old = next((component for component in cbom.components if component.fields.get("type") == IBM), None)
    if old is not None and cbom.version not in ("1.4", "1.5"):
        yield problem(_ERROR, old.pointer, "cbom_older_type", type=IBM, version=cbom.version)
    if (new or old) and not rows(cbom.fields.get("compositions")):
        yield problem(_NOTE, "", "cbom_no_compositions")


def _references(cbom: Cbom) -> Iterator[Problem]:
    for ref, places in cbom.named.items():
        for place in places[1:]:
            yield problem(_ERROR, f"{place}/bom-ref", "cbom_ref_twice", ref=ref, first=places[0])
    for each in cbom.references:
        if each.target not in cbom.named and not each.target.startswith(EXTERNAL):
            yield problem(_ERROR, each.pointer, "cbom_ref_dangling", ref=each.target)
    for ref, others in cbom.depends.items():
        if ref and ref in others:
            yield problem(_WARNING, "/dependencies", "cbom_depends_on_itself", ref=ref)


def _steps(pointer: str) -> tuple[tuple[int, int, str], ...]:
    """Numbers in a pointer in their order: 10 stands behind 9."""
    parts = pointer.split("/")
    return tuple((0, int(part), "") if part.isascii() and part.isdecimal() and len(part) < 12 else (1, 0, part) for part in parts)
