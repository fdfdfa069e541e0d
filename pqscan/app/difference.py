"""What changed between two runs or two days: targets that came and went, states, and the facts behind them. Like is compared with
like."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from pqscan.app.assessment import Judge
from pqscan.app.selecting import Selection, on_day
from pqscan.errors import UsageError
from pqscan.model.certificate import Certificate
from pqscan.model.inventory import Run, RunKind, Sighting
from pqscan.model.observation import Observation, Profile, Subject, Support
from pqscan.model.target import Target
from pqscan.policy.answers import QUANTUM_RESISTANT, REST
from pqscan.policy.state import State
from pqscan.registry.quantum import QuantumClass
from pqscan.store.answers import SightingPair, Where

if TYPE_CHECKING:
    from pqscan.store.repository import Store

_AT_ONCE = 500
Keep = Callable[[Target], bool]


class Change(StrEnum):
    """`appeared`/`disappeared`: only one of the runs has a row. `silent`: one of the two answers is missing or broken off, so
    nothing can be said."""

    APPEARED = "appeared"
    DISAPPEARED = "disappeared"
    CHANGED = "changed"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class TargetChange:
    """One target that is not as it was. Observations are those that only one of the two runs has."""

    target: Target
    probe: str
    change: Change
    key_establishment: tuple[State | None, State | None]
    authentication: tuple[State | None, State | None]
    gone: tuple[Observation, ...] = ()
    new: tuple[Observation, ...] = ()
    certificates_gone: tuple[bytes, ...] = ()
    certificates_new: tuple[bytes, ...] = ()
    before: Sighting | None = None
    after: Sighting | None = None


@dataclass(frozen=True, slots=True)
class FactChange:
    """One thing that was said otherwise before; None on the side that says nothing of it."""

    before: Observation | None
    after: Observation | None

    @property
    def order(self) -> int:
        """What quantum-resistant methods are used first, then what else is used, then refusals and the like alone."""
        sides = [side for side in (self.before, self.after) if side is not None]
        if any(side.support.shows_use and side.quantum_class in QUANTUM_RESISTANT for side in sides):
            return 0
        return 1 if any(side.support.shows_use for side in sides) else 2


@dataclass(frozen=True, slots=True)
class AlgorithmChange:
    """On how many targets an algorithm came into use or went out of it. Targets that only one side knows are not counted."""

    subject: Subject
    name: str
    quantum_class: QuantumClass
    gained: int
    lost: int


@dataclass(frozen=True, slots=True)
class Difference:
    """Two runs or two days side by side, `changes` in the order of every output; what stayed as it was is only counted.

    `algorithms` adds the changes up; `expired` are certificates still served on the later side whose last day lies between."""

    before: Run | date
    after: Run | date
    changes: tuple[TargetChange, ...]
    unchanged: int
    algorithms: tuple[AlgorithmChange, ...] = ()
    expired: tuple[bytes, ...] = ()


def diff(store: Store, before: str | None = None, after: str | None = None, *, keep: Keep | None = None) -> Difference:
    """Compares two runs, by default the newest with the one before it that had the same scope and site.

    With one run named it is compared with the newest of its scope; `keep` picks targets. Raises UsageError where there are no such
    two."""
    first, second = _choose(store, before, after)
    pairs = store.sightings_between(first.id, second.id)
    return _difference(store, first, second, pairs, (first.started_at.date(), second.started_at.date()), keep)


def diff_days(store: Store, before: date, after: date, *, where: Where | None = None, keep: Keep | None = None) -> Difference:
    """Compares what targets answered at the end of two days. Raises UsageError where the days stand in the wrong order."""
    if before >= after:
        raise UsageError(f"{before.isoformat()} is not before {after.isoformat()}: give the earlier day first")
    first, second = (on_day(Selection(where or Where()), day).where for day in (before, after))
    return _difference(store, before, after, store.sightings_at(first, second), (before, after), keep)


def _difference(
    store: Store, before: Run | date, after: Run | date, pairs: Iterable[SightingPair], days: tuple[date, date], keep: Keep | None
) -> Difference:
    changes: list[TargetChange] = []
    unchanged = 0
    expired: set[bytes] = set()
    last_days: dict[bytes, bool] = {}
    for portion in _portions(pairs, keep):
        differing = [row for row in portion if not _is_alike(*row[2:])]
        unchanged += len(portion) - len(differing)
        judge = _judge_of(store, differing)
        for row in differing:
            change = compare(*row, judge)
            if change is None:
                unchanged += 1
            else:
                changes.append(change)
        served = {digest for row in portion if row[3] is not None for digest in _certificates(row[3])}
        new = served - set(last_days)
        for digest, certificate in store.certificates(new).items() if new else ():
            last_days[digest] = _ended(certificate, days)
        expired |= {digest for digest in served if last_days.get(digest)}
    return Difference(before, after, tuple(changes), unchanged, _algorithms(changes), tuple(sorted(expired)))


def _is_alike(before: Sighting | None, after: Sighting | None) -> bool:
    """The very same answer on both sides, so that there is nothing to judge."""
    return before is not None and after is not None and before.profile == after.profile and before.chains == after.chains


def _judge_of(store: Store, rows: Iterable[_Row]) -> Judge:
    sightings = [sighting for row in rows for sighting in row[2:] if isinstance(sighting, Sighting)]
    profiles = {sighting.profile for sighting in sightings if sighting.profile is not None}
    served = {digest for sighting in sightings for digest in _certificates(sighting)}
    return Judge(store.profiles(profiles) if profiles else {}, store.certificates(served) if served else {})


def _ended(certificate: Certificate, days: tuple[date, date]) -> bool:
    """Whether its last day lies between, the first of the two days among them."""
    return certificate.not_after is not None and days[0] <= certificate.not_after.date() < days[1]


def _algorithms(changes: Iterable[TargetChange]) -> tuple[AlgorithmChange, ...]:
    """By subject and name; what quantum-resistant methods are used comes first."""
    gained: Counter[tuple[Subject, str, QuantumClass]] = Counter()
    lost: Counter[tuple[Subject, str, QuantumClass]] = Counter()
    for change in changes:
        had, has = _used(change.gone), _used(change.new)
        lost.update(had - has)
        gained.update(has - had)
    rows = [AlgorithmChange(*key, gained[key], lost[key]) for key in {*gained, *lost}]
    return tuple(sorted(rows, key=lambda row: (row.quantum_class not in QUANTUM_RESISTANT, row.subject.value, row.name)))


def _used(observations: Iterable[Observation]) -> set[tuple[Subject, str, QuantumClass]]:
    return {
        (o.subject, o.name or o.value, o.quantum_class)
        for o in observations
        if o.support.shows_use and o.support is not Support.SELECTED and o.value != REST
    }


_Row = tuple[Target, str, Sighting | None, Sighting | None]


def _portions(pairs: Iterable[SightingPair], keep: Keep | None) -> Iterator[list[_Row]]:
    portion: list[_Row] = []
    for pair in pairs:
        if keep is not None and not keep(pair.target):
            continue
        portion.append((pair.target, pair.probe, pair.before, pair.after))
        if len(portion) == _AT_ONCE:
            yield portion
            portion = []
    if portion:
        yield portion


def _choose(store: Store, before: str | None, after: str | None) -> tuple[Run, Run]:
    runs = tuple(run for run in store.runs() if run.kind is not RunKind.HARNESS)  # They hold no answers.
    second = _run(store, after) if after is not None else None
    first = _run(store, before) if before is not None else None
    if first is not None and second is None:
        second = next((run for run in reversed(runs) if _alike(run, first) and run.id != first.id), None)
        if second is None:
            raise UsageError(f"no other run has the scope of {first.id}: name two runs, `pqscan show runs` lists them")
    if first is None:
        for candidate in reversed(runs):
            earlier = [run for run in runs if _alike(run, candidate) and run.started_at < candidate.started_at]
            if earlier:
                first, second = earlier[-1], candidate
                break
    if first is None or second is None:
        raise UsageError("there are no two runs of one scope to compare: name two runs, `pqscan show runs` lists them")
    return first, second


def _run(store: Store, text: str) -> Run:
    run = store.run(text)
    if run is None:
        raise UsageError(f"the store has no run {text}: `pqscan show runs` lists them")
    return run


def _alike(one: Run, other: Run) -> bool:
    return (one.kind, one.scope, one.site) == (other.kind, other.scope, other.site)


def compare(target: Target, probe: str, before: Sighting | None, after: Sighting | None, judge: Judge) -> TargetChange | None:
    """What changed on one target; None where nothing did."""
    keys_before, proof_before = _states(before, judge)
    keys_after, proof_after = _states(after, judge)
    keys, proof = (keys_before, keys_after), (proof_before, proof_after)
    if before is None or after is None:
        change = Change.APPEARED if before is None else Change.DISAPPEARED
        return TargetChange(target, probe, change, keys, proof, before=before, after=after)
    old, new = judge.profiles.get(before.profile or b""), judge.profiles.get(after.profile or b"")
    if old is None or new is None or not (old.complete and new.complete):
        if old is new or (before.profile == after.profile and before.chains == after.chains):
            return None
        return TargetChange(target, probe, Change.SILENT, keys, proof, before=before, after=after)
    gone, come = observations_apart(old, new)
    old_certificates, new_certificates = _certificates(before), _certificates(after)
    if not (gone or come or old_certificates != new_certificates):
        return None
    return TargetChange(
        target,
        probe,
        Change.CHANGED,
        keys,
        proof,
        gone,
        come,
        tuple(sorted(old_certificates - new_certificates)),
        tuple(sorted(new_certificates - old_certificates)),
        before,
        after,
    )


def _states(sighting: Sighting | None, judge: Judge) -> tuple[State | None, State | None]:
    if sighting is None:
        return None, None
    assessed = judge.target(sighting)
    return assessed.key_establishment.state, assessed.authentication.state


def observations_apart(old: Profile, new: Profile) -> tuple[tuple[Observation, ...], tuple[Observation, ...]]:
    """What only one of two complete answers states. Where different things were asked, only what both settled counts."""
    before, after = {_fact(o): o for o in old.observations}, {_fact(o): o for o in new.observations}
    gone = [o for fact, o in before.items() if fact not in after]
    come = [o for fact, o in after.items() if fact not in before]
    if old.asked != new.asked:
        settled_before, settled_after = {_place(o) for o in old.observations}, {_place(o) for o in new.observations}
        gone = [o for o in gone if _place(o) in settled_after]
        come = [o for o in come if _place(o) in settled_before]
    return tuple(gone), tuple(come)


def paired(gone: tuple[Observation, ...], new: tuple[Observation, ...]) -> tuple[FactChange, ...]:
    """The two sides of each thing together; what matters most first, else in the order of the facts."""
    after: dict[tuple[object, ...], list[Observation]] = {}
    for observation in new:
        after.setdefault(_place(observation), []).append(observation)
    changes: list[FactChange] = []
    for observation in gone:
        others = after.get(_place(observation))
        changes.append(FactChange(observation, others.pop(0) if others else None))
    changes += [FactChange(None, observation) for others in after.values() for observation in others]
    return tuple(sorted(changes, key=lambda change: change.order))


def _fact(observation: Observation) -> tuple[object, ...]:
    """Ranks are left out: a server's order may shift while what it can stays the same."""
    return (observation.subject, observation.context, observation.value, observation.support, observation.parameters)


def _place(observation: Observation) -> tuple[object, ...]:
    """Where a fact stands, whatever it says: single values for what was asked one by one, the subject for what was selected."""
    value = None if observation.support is Support.SELECTED else observation.value
    return (observation.subject, None if observation.support is Support.SELECTED else observation.context, value)


def _certificates(sighting: Sighting) -> frozenset[bytes]:
    return frozenset(digest for chain in sighting.chains for digest in chain.certificates)
