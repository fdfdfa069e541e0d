"""An inventory in which files, the parts of configurations and the names in certificates go by pseudonyms. Services of the network
keep their names: they are what the report is about, and no data of persons.

Fingerprints stay: whoever has a certificate finds it again. Rows stand in the order of the pseudonyms: that of the real names would
tell which of them is whose."""

from __future__ import annotations

import heapq
import re
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

from pqscan_reports.naming import target_text

from pqscan.model.canonical import observation_key
from pqscan.model.certificate import Certificate
from pqscan.model.inventory import Coverage, NotRead, Run, RunKind
from pqscan.model.observation import Observation, Profile, Usage
from pqscan.model.outcome import OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.model.target import FileTarget, Target
from pqscan.policy.finding import Finding
from pqscan.readiness.pseudonyms import Pseudonyms, is_pseudonym
from pqscan.report import AssessedInventory, AssessedTarget, FirstPlaces
from pqscan.store.keys import target_key

_AT_ONCE = 20_000
_OF_PEOPLE = frozenset({"issuer", "ignored_reason"})  # Words of people, who may be named in them.
_PART = "part"
_OF_FILES = frozenset({RunKind.FILES, RunKind.IMPORT, RunKind.CAPTURE})  # runs whose scope is a path
Row = TypeVar("Row")


def pseudonymised(inventory: AssessedInventory, names: Pseudonyms) -> AssessedInventory:
    """The same facts and judgements, without what names a file, a machine or a holder of a certificate."""
    configured = {
        digest for digest, one in inventory.profiles.items() if any(o.usage is Usage.CONFIGURED for o in one.observations)
    }
    readiness = inventory.readiness
    if readiness is not None and readiness.first is not None:
        readiness = replace(readiness, first=_first(readiness.first, names))
    return replace(
        inventory,
        runs=tuple(of_run(run, names) for run in inventory.runs),
        profiles={digest: of_profile(profile, names) for digest, profile in inventory.profiles.items()},
        certificates={digest: of_certificate(one, names) for digest, one in inventory.certificates.items()},
        findings=tuple(of_finding(finding, names, configured) for finding in inventory.findings),
        targets=lambda: in_order(lambda: (of_target(assessed, names) for assessed in inventory.targets()), place_of),
        coverage=_coverage(inventory, names),
        readiness=readiness,
    )


def in_order(walk: Callable[[], Iterator[Row]], key: Callable[[Row], tuple[bytes, str]], at_once: int = _AT_ONCE) -> Iterator[Row]:
    """Rows in the order of their keys, equal ones in that of the walk. Walked as often as it takes with so many held at once, as a
    store can hold more than the memory; every walk must give the same rows."""
    last: tuple[tuple[bytes, str], int] | None = None
    while True:
        numbered = ((key(row), number, row) for number, row in enumerate(walk()))
        later = (each for each in numbered if last is None or each[:2] > last)
        portion = heapq.nsmallest(at_once, later, key=lambda each: each[:2])
        yield from (row for _key, _number, row in portion)
        if len(portion) < at_once:
            return
        last = portion[-1][:2]


def place_of(assessed: AssessedTarget) -> tuple[bytes, str]:
    """Its place in every output."""
    return target_key(assessed.sighting.target), assessed.sighting.probe


def of_target(assessed: AssessedTarget, names: Pseudonyms) -> AssessedTarget:
    target = assessed.sighting.target
    if not isinstance(target, FileTarget):
        return assessed
    sighting, keys, proof = assessed.sighting, assessed.key_establishment, assessed.authentication
    detail = None if sighting.detail is None else _reason(sighting.detail, target, names)
    return replace(
        assessed,
        sighting=replace(sighting, target=names.target(target), detail=detail),
        key_establishment=replace(keys, reasons=tuple(_reason(one, target, names) for one in keys.reasons)),
        authentication=replace(proof, reasons=tuple(_reason(one, target, names) for one in proof.reasons)),
    )


def renamed(target: Target, names: Pseudonyms) -> Target:
    return names.target(target) if isinstance(target, FileTarget) else target


def _reason(reason: Reason, target: FileTarget, names: Pseudonyms) -> Reason:
    """What a reason says of its file in words of its own holds the file's name."""
    told = names.target(target)
    pairs = ((target.path, told.path), *zip(target.members, told.members, strict=True), (target.machine, told.machine))

    def without_names(text: str) -> str:
        for name, pseudonym in pairs:
            text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", pseudonym, text) if name else text
        return text

    told_of = of_parameters(reason, names).parameters
    return Reason(reason.code, tuple((key, without_names(value) if isinstance(value, str) else value) for key, value in told_of))


def of_certificate(certificate: Certificate, names: Pseudonyms) -> Certificate:
    return replace(
        certificate,
        subject=names.name(certificate.subject),
        issuer=names.name(certificate.issuer),
        names=tuple(map(names.name, certificate.names)),
    )


@dataclass(frozen=True, slots=True)
class Found:
    """A file of the store and its pseudonym."""

    target: FileTarget
    pseudonym: FileTarget


def find(targets: Iterator[Target], word: str, names: Pseudonyms) -> Iterator[Found]:
    """The files that `word` means: a path, with what lies in its archives, or a pseudonym of one, with or without the machine in
    front. Of a path that is no target its pseudonym alone."""
    by_pseudonym, is_known = is_pseudonym(word), False
    for target in dict.fromkeys(one for one in targets if isinstance(one, FileTarget)):
        pseudonym = names.target(target)
        if _means(word, pseudonym if by_pseudonym else target):
            is_known = True
            yield Found(target, pseudonym)
    if not is_known and not by_pseudonym:
        path, *members = word.split("!")
        target = FileTarget("", path, tuple(members))
        yield Found(target, names.target(target))


def _means(word: str, target: FileTarget) -> bool:
    return word in ("!".join((target.path, *target.members)), target_text(target), target.path)


def of_run(run: Run, names: Pseudonyms) -> Run:
    """The scope of a run that read files is their paths."""
    return replace(run, scope=names.name(run.scope)) if run.kind in _OF_FILES else run


def of_profile(profile: Profile, names: Pseudonyms) -> Profile:
    told = (of_observation(one, names) for one in profile.observations)
    return replace(profile, observations=tuple(sorted(told, key=observation_key)))


def of_observation(observation: Observation, names: Pseudonyms) -> Observation:
    """What it stands under in a file may be a name: an alias in a key store, the holder of a key, a part of a configuration."""
    where = observation.where
    if where is not None and where.symbol:
        where = replace(where, symbol=names.name(where.symbol))
    is_configured = observation.usage is Usage.CONFIGURED
    return replace(
        observation,
        context=_part(observation.context, names) if is_configured else observation.context,
        parameters=tuple((key, _parameter(key, value, names)) for key, value in observation.parameters),
        where=where,
    )


def _parameter(key: str, value: str | int, names: Pseudonyms) -> str | int:
    if not isinstance(value, str):
        return value
    return names.name(value) if key in _OF_PEOPLE else _part(value, names) or "" if key == _PART else value


def _part(text: str | None, names: Pseudonyms) -> str | None:
    """A part of a configuration (`server www.example.vn 443`, `conn an`) keeps the word that says what kind of part it is."""
    kind, space, rest = (text or "").partition(" ")
    return f"{kind} {names.name(rest)}" if space else text


def of_finding(finding: Finding, names: Pseudonyms, configured: Container[bytes]) -> Finding:
    if finding.profile not in configured:
        return finding
    return replace(finding, context=_part(finding.context, names), reason=of_parameters(finding.reason, names))


def of_parameters(reason: Reason, names: Pseudonyms) -> Reason:
    """What a reason says of an issuer, or of a part of a configuration."""
    return Reason(reason.code, tuple((key, _parameter(key, value, names)) for key, value in reason.parameters))


def _coverage(inventory: AssessedInventory, names: Pseudonyms) -> Coverage:
    """What was not read is told by name: files among it are those that the targets know."""
    known = {
        target_text(target): target
        for assessed in inventory.targets()
        if isinstance(target := assessed.sighting.target, FileTarget) and assessed.sighting.status is not OutcomeStatus.COMPLETED
    }

    def told(one: NotRead) -> NotRead:
        target = known.get(one.what)
        return one if target is None else NotRead(target_text(names.target(target)), _reason(one.reason, target, names))

    not_read = map(told, inventory.coverage.not_read)
    return replace(inventory.coverage, not_read=tuple(sorted(not_read, key=lambda one: one.what)))


def _first(first: FirstPlaces, names: Pseudonyms) -> FirstPlaces:
    places = (
        replace(
            place,
            examples=tuple(sorted((renamed(one, names) for one in place.examples), key=target_key)),
            fixer=None if place.fixer is None else of_parameters(place.fixer, names),
        )
        for place in first.places
    )
    return replace(first, places=tuple(places))
