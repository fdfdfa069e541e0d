"""The store as tables: targets with their states, certificates, algorithms, runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

from pqscan_reports.naming import key_text, observation_text

from pqscan.app.assessment import Judge, judged
from pqscan.app.selecting import Selection
from pqscan.model.certificate import Certificate
from pqscan.model.inventory import Run
from pqscan.model.observation import Profile, Subject
from pqscan.policy.state import State
from pqscan.registry.quantum import QuantumClass
from pqscan.report import AssessedTarget
from pqscan.store.answers import Content, Where
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
    Subject.PUBLIC_KEY,
    Subject.PRIVATE_KEY,
    Subject.KEX_METHOD,
    Subject.SELECTED_KEX_METHOD,
    Subject.HOST_KEY,
    Subject.ENCRYPTION,
    Subject.MAC,
    Subject.IKE_KEY_EXCHANGE,
    Subject.IKE_ADDITIONAL_KEY_EXCHANGE,
    Subject.IKE_ENCRYPTION,
    Subject.IKE_PRF,
    Subject.IKE_INTEGRITY,
    Subject.IKE_AUTHENTICATION,
    Subject.DNSSEC_ALGORITHM,
    Subject.DOCUMENT_SIGNATURE,
    Subject.DOCUMENT_ENCRYPTION,
    Subject.ALGORITHM,
    Subject.LIBRARY,
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
        if _fits(assessed.key_establishment.state, assessed.authentication.state, chosen):
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
    profiles, certificates = _showing(judge, algorithm)
    for assessed in targets():
        sighting = assessed.sighting
        served = (digest for chain in sighting.chains for digest in chain.certificates)
        if algorithm is None or sighting.profile in profiles or not certificates.isdisjoint(served):
            yield assessed, judge.profiles.get(sighting.profile or b"")


def _showing(judge: Judge, algorithm: str | None) -> tuple[set[bytes], set[bytes]]:
    """The profiles and certificates that show an algorithm."""
    if algorithm is None:
        return set(), set()
    term = fold(algorithm.strip())
    profiles = {d for d, p in judge.profiles.items() if any(term in observation_terms(o) for o in p.observations)}
    return profiles, {d for d, c in judge.certificates.items() if term in key_terms(c) | signature_terms(c)}


def _fits(keys: State, proof: State, selection: Selection) -> bool:
    return (not selection.states or keys in selection.states) and (
        not selection.authentication or proof in selection.authentication
    )


def show_certificates(
    store: Store, selection: Selection | None = None, *, run: str | None = None, expires_before: date | None = None
) -> tuple[CertificateRow, ...]:
    """Certificates that are served now, the first to expire first; with `expires_before` only those whose last day is earlier."""
    chosen = selection or Selection()
    counted: Counter[bytes] = Counter()
    end = None if expires_before is None else datetime.combine(expires_before, time.min, UTC)
    if end is not None and run is None and chosen == Selection(chosen.where) and chosen.where.on is None:
        counted.update(store.expiring(end, where=chosen.where))  # From the index of last days.
    else:
        for content in _contents(store, chosen, run):
            for digest in {digest for chain in content.chains for digest in chain.certificates}:
                counted[digest] += content.targets
    rows = [CertificateRow(certificate, counted[digest]) for digest, certificate in store.certificates(set(counted)).items()]
    if end is not None:
        rows = [row for row in rows if row.certificate.not_after is not None and row.certificate.not_after < end]
    return tuple(sorted(rows, key=lambda row: (row.certificate.not_after or _LAST, row.certificate.sha256)))


def _contents(store: Store, selection: Selection, run: str | None) -> Iterator[Content]:
    """The distinct answers in question, with how many targets give each: states and algorithms follow from them alone."""
    contents = list(store.contents(run, where=selection.where))
    if selection == Selection(selection.where):
        yield from contents
        return
    digests = {content.profile for content in contents if content.profile is not None}
    served = {digest for content in contents for chain in content.chains for digest in chain.certificates}
    judge = Judge(store.profiles(digests), store.certificates(served))
    profiles, certificates = _showing(judge, selection.algorithm)
    for content in contents:
        digest = content.profile
        known = digest is not None and digest in judge.profiles
        keys, proof = (each.state for each in judge.states(digest, content.chains)) if known and digest else (State.UNKNOWN,) * 2
        if not _fits(keys, proof, selection):
            continue
        mine = {digest for chain in content.chains for digest in chain.certificates}
        if selection.algorithm is None or digest in profiles or not certificates.isdisjoint(mine):
            yield content


def show_algorithms(store: Store, selection: Selection | None = None, *, run: str | None = None) -> tuple[AlgorithmRow, ...]:
    """What is offered, accepted or selected, and in certificates; by subject, the most frequent first."""
    profiles: Counter[bytes] = Counter()
    served: Counter[frozenset[bytes]] = Counter()
    for content in _contents(store, selection or Selection(), run):
        if content.profile is not None:
            profiles[content.profile] += content.targets
        served[frozenset(digest for chain in content.chains for digest in chain.certificates)] += content.targets
    counted: Counter[tuple[Subject, str, QuantumClass]] = Counter()
    for digest, observations in store.in_use(set(profiles)).items():
        shown = {
            (o.subject, observation_text(o), o.quantum_class)
            for o in observations
            if o.subject in _SUBJECTS and o.support.shows_use
        }
        for row in shown:
            counted[row] += profiles[digest]
    shown_by = {
        digest: (
            (Subject.CERTIFICATE_KEY, key_text(certificate), certificate.public_key.quantum_class),
            *(
                ()
                if certificate.is_bare_key
                else ((Subject.CERTIFICATE_SIGNATURE, certificate.signature.algorithm, certificate.signature.quantum_class),)
            ),
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
