"""The store as tables: targets with their states, certificates, algorithms, runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pqscan_reports.naming import key_text, observation_text

from pqscan.app.assessment import Judge, judged
from pqscan.app.selecting import Selection
from pqscan.model.certificate import Certificate
from pqscan.model.inventory import Run
from pqscan.model.observation import Profile, Subject
from pqscan.registry.quantum import QuantumClass
from pqscan.report import AssessedTarget
from pqscan.store.answers import Where
from pqscan.store.terms import fold, key_terms, observation_terms, signature_terms

if TYPE_CHECKING:
    from pqscan.store.repository import Store

__all__ = [
    "AlgorithmRow",
    "CertificateRow",
    "Selection",
    "show_algorithms",
    "show_certificates",
    "show_runs",
    "show_targets",
]

_LAST = datetime.max.replace(tzinfo=UTC)
_SUBJECTS = (
    Subject.NAMED_GROUP,
    Subject.SELECTED_GROUP,
    Subject.CIPHER_SUITE,
    Subject.SIGNATURE_SCHEME,
    Subject.PROTOCOL_VERSION,
)


@dataclass(frozen=True, slots=True)
class AlgorithmRow:
    """One algorithm in one place, and on how many targets it shows."""

    subject: Subject
    name: str
    quantum_class: QuantumClass
    targets: int


@dataclass(frozen=True, slots=True)
class CertificateRow:
    """One certificate, and how many targets serve it."""

    certificate: Certificate
    targets: int


def show_targets(
    store: Store, selection: Selection | None = None, *, run: str | None = None
) -> Iterator[tuple[AssessedTarget, Profile | None]]:
    """Targets in the order of every output with their two states; memory does not grow with them."""
    chosen = selection or Selection()
    if chosen.algorithm is not None and run is None and chosen.where == Where():
        found = _where_is(store, chosen.algorithm)
    else:
        judge, targets = judged(store, run=run, where=chosen.where)
        found = _with(judge, targets, chosen.algorithm)
    for assessed, profile in found:
        if _has_state(assessed, chosen):
            yield assessed, profile


def _where_is(store: Store, algorithm: str) -> Iterator[tuple[AssessedTarget, Profile | None]]:
    """From the store's index of algorithms, in two walks: first what occurs, then what it means."""
    profiles: set[bytes] = set()
    certificates: set[bytes] = set()
    for occurrence in store.where_is(algorithm):
        if occurrence.sighting.profile is not None:
            profiles.add(occurrence.sighting.profile)
        certificates.update(digest for chain in occurrence.sighting.chains for digest in chain.certificates)
    judge = Judge(store.profiles(profiles), store.certificates(certificates))
    for occurrence in store.where_is(algorithm):
        yield judge.target(occurrence.sighting), judge.profiles.get(occurrence.sighting.profile or b"")


def _with(
    judge: Judge, targets: Callable[[], Iterator[AssessedTarget]], algorithm: str | None
) -> Iterator[tuple[AssessedTarget, Profile | None]]:
    profiles: set[bytes] = set()
    certificates: set[bytes] = set()
    if algorithm is not None:
        term = fold(algorithm.strip())
        profiles = {d for d, p in judge.profiles.items() if any(term in observation_terms(o) for o in p.observations)}
        certificates = {d for d, c in judge.certificates.items() if term in key_terms(c) | signature_terms(c)}
    for assessed in targets():
        sighting = assessed.sighting
        served = (digest for chain in sighting.chains for digest in chain.certificates)
        if algorithm is None or sighting.profile in profiles or not certificates.isdisjoint(served):
            yield assessed, judge.profiles.get(sighting.profile or b"")


def _has_state(assessed: AssessedTarget, selection: Selection) -> bool:
    keys, proof = selection.states, selection.authentication
    return (not keys or assessed.key_establishment.state in keys) and (not proof or assessed.authentication.state in proof)


def show_certificates(store: Store, selection: Selection | None = None, *, run: str | None = None) -> tuple[CertificateRow, ...]:
    """Certificates that are served now, the first to expire first."""
    counted: Counter[bytes] = Counter()
    for assessed, _profile in show_targets(store, selection, run=run):
        counted.update({digest for chain in assessed.sighting.chains for digest in chain.certificates})
    rows = [CertificateRow(certificate, counted[digest]) for digest, certificate in store.certificates(set(counted)).items()]
    return tuple(sorted(rows, key=lambda row: (row.certificate.not_after or _LAST, row.certificate.sha256)))


def show_algorithms(store: Store, selection: Selection | None = None, *, run: str | None = None) -> tuple[AlgorithmRow, ...]:
    """What is offered, accepted or selected, and in certificates; by subject, the most frequent first."""
    profiles: Counter[bytes] = Counter()
    served: Counter[frozenset[bytes]] = Counter()
    for assessed, profile in show_targets(store, selection, run=run):
        if profile is not None:
            profiles[profile.digest] += 1
        served[frozenset(digest for chain in assessed.sighting.chains for digest in chain.certificates)] += 1
    counted: Counter[tuple[Subject, str, QuantumClass]] = Counter()
    for digest, profile in store.profiles(set(profiles)).items():
        shown = {
            (o.subject, observation_text(o), o.quantum_class)
            for o in profile.observations
            if o.subject in _SUBJECTS and o.support.shows_use
        }
        for row in shown:
            counted[row] += profiles[digest]
    shown_by = {
        digest: (
            (Subject.CERTIFICATE_KEY, key_text(certificate), certificate.public_key.quantum_class),
            (Subject.CERTIFICATE_SIGNATURE, certificate.signature.algorithm, certificate.signature.quantum_class),
        )
        for digest, certificate in store.certificates({digest for together in served for digest in together}).items()
    }
    for together, targets in served.items():
        for row in {row for digest in together for row in shown_by.get(digest, ())}:
            counted[row] += targets
    order = {subject: place for place, subject in enumerate((*_SUBJECTS, Subject.CERTIFICATE_KEY, Subject.CERTIFICATE_SIGNATURE))}
    rows = (AlgorithmRow(subject, name, quantum, count) for (subject, name, quantum), count in counted.items())
    return tuple(sorted(rows, key=lambda row: (order[row.subject], -row.targets, row.name, row.quantum_class.value)))


def show_runs(store: Store) -> tuple[Run, ...]:
    """All runs, the newest first."""
    return tuple(reversed(store.runs()))
