"""What the harness proved lies beside a target's own answer: found by target, and in no table of targets, on both backends."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pqscan.model.canonical import canonical
from pqscan.model.inventory import HARNESS_PROBE, Batch, Run, RunKind
from pqscan.model.observation import Confidence, Observation, Profile, Subject, Support
from pqscan.model.outcome import Outcome, OutcomeStatus
from pqscan.store.answers import Where
from pqscan.store.repository import Store
from tests.unit.store.samples import a_batch, a_run, a_target, an_outcome, day


def harness_run(name: str, number: int) -> Run:
    return replace(a_run(name, number, scope="192.0.2.1; TCP 443"), kind=RunKind.HARNESS)


def proof(number: int, *groups: str, library: str = "liboqs 0.13.0", last: int = 1, host: str | None = None) -> Outcome:
    observations = tuple(
        Observation(
            Subject.NAMED_GROUP,
            value,
            Support.ACCEPTED,
            "TLS1.3",
            confidence=Confidence.CONFIRMED,
            parameters=(("library", library),),
        )
        for value in groups
    )
    profile = canonical(Profile(HARNESS_PROBE, "handshake", "", True, observations))
    target = replace(a_target(last), host=host)
    return Outcome(target, HARNESS_PROBE, OutcomeStatus.COMPLETED, day(number), 0.1, 3, profile=profile)


def commit(store: Store, run: str, number: int, *outcomes: Outcome) -> None:
    store.begin_run(harness_run(run, number))
    store.commit(Batch(run, outcomes, len(outcomes), {OutcomeStatus.COMPLETED: len(outcomes)}))


@pytest.fixture(autouse=True)
def _scanned(store: Store) -> None:
    store.begin_run(a_run())
    store.commit(a_batch(an_outcome(), cursor=1, counts={OutcomeStatus.COMPLETED: 1}))


def everything(store: Store) -> list[object]:
    return [
        list(store.sightings()),
        list(store.contents()),
        store.coverage(),
        list(store.where_is("0x11ec")),
        list(store.where_is("X25519MLKEM768")),
    ]


def test_a_proof_changes_nothing_that_is_told_of_targets(store: Store) -> None:
    before = everything(store)
    commit(store, "proof-1", 1, proof(1, "0x11ec"), proof(1, "0x11ec", last=9))
    assert everything(store) == before


def test_a_proof_before_the_first_scan_does_not_stand_in_its_way(store: Store) -> None:
    commit(store, "proof-1", 1, proof(1, "0x11ec", last=7))
    store.begin_run(a_run("run-2", 2))
    store.commit(a_batch(an_outcome(a_target(7), at=day(2)), run="run-2", cursor=1))
    assert a_target(7) in {sighting.target for sighting in store.sightings()}


def test_each_group_has_its_newest_proof(store: Store) -> None:
    commit(store, "proof-1", 1, proof(1, "0x11ec", "0x11eb", host="as-given.example"))
    commit(store, "proof-2", 2, proof(2, "0x11ec", library="cryptography 50"))
    found = store.proven()
    assert set(found) == {a_target(1)}  # Without the name as it was given.
    assert [(one.observation.value, one.run, one.seen_at) for one in found[a_target(1)]] == [
        ("0x11eb", "proof-1", day(1)),
        ("0x11ec", "proof-2", day(2)),
    ]


def test_a_run_that_proved_nothing_takes_no_proof_back(store: Store) -> None:
    commit(store, "proof-1", 1, proof(1, "0x11ec"))
    commit(store, "proof-2", 2, replace(proof(2, "0x11ec"), profile=None, status=OutcomeStatus.TIMED_OUT))
    assert [one.run for one in store.proven()[a_target(1)]] == ["proof-1"]


def test_a_run_of_the_harness_shows_no_targets_unless_it_is_asked_for_its_own(store: Store) -> None:
    commit(store, "proof-1", 1, proof(1, "0x11ec"))
    assert list(store.sightings("proof-1")) == []
    own = list(store.sightings("proof-1", where=Where(probe=HARNESS_PROBE)))
    assert [sighting.target for sighting in own] == [a_target(1)]


def test_a_store_without_proofs_has_none(store: Store) -> None:
    assert dict(store.proven()) == {}
