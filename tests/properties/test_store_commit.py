"""Any batches in any order: committed once or again and again, the store holds the same."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from pqscan.model.inventory import Batch
from pqscan.model.outcome import OutcomeStatus
from pqscan.store.engine import reading
from pqscan.store.intervals import RETRYABLE, lane_of
from pqscan.store.keys import target_key
from pqscan.store.repository import Store
from pqscan.store.tables import metadata
from tests.unit.store.samples import a_batch, a_file, a_profile, a_run, a_target, an_outcome, day, read_certificate

PROFILES = [
    a_profile(group, depth=depth, complete=complete)
    for group in "xy"
    for depth in ("quick", "inventory")
    for complete in (True, False)
]
CERTIFICATE = b"CN=www|RSA|2048|sha256WithRSAEncryption"

outcomes = st.builds(
    lambda target, profile, status, at, ders: an_outcome(target, profile, status=status, at=day(at), ders=ders),
    st.sampled_from([a_target(1), a_target(2), a_file()]),
    st.none() | st.sampled_from(PROFILES),
    st.sampled_from([OutcomeStatus.COMPLETED, OutcomeStatus.TIMED_OUT, OutcomeStatus.THROTTLED, OutcomeStatus.REJECTED]),
    st.integers(0, 3),
    st.sampled_from([(), (CERTIFICATE,)]),
)
counts = st.dictionaries(st.sampled_from(OutcomeStatus), st.integers(1, 5), max_size=2)
some_outcomes = st.lists(outcomes, max_size=4)
batches = st.builds(
    lambda some, cursor, counted: a_batch(*some, cursor=cursor, counts=counted), some_outcomes, st.integers(0, 5), counts
)


@lru_cache
def empty() -> bytes:
    """The file of an empty store with three runs, made once."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "store.sqlite"
        with Store.open(str(file)) as store:
            for number, name in enumerate(("run-1", "run-2", "run-3")):
                store.begin_run(a_run(name, number))
        return file.read_bytes()


@contextmanager
def a_store() -> Iterator[Store]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "store.sqlite"
        file.write_bytes(empty())
        with Store.open(str(file), read_certificate=read_certificate) as store:
            yield store


def everything(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    with reading(store._engine, "the test") as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(select(table))), key=repr) for table in metadata.tables.values()
        }  # fmt: skip


def commit(store: Store, several: Sequence[Batch]) -> None:
    for batch in several:
        store.commit(batch)


@settings(max_examples=60, deadline=None)
@given(st.lists(batches, min_size=1, max_size=5), st.booleans())
def test_batches_committed_twice_leave_the_store_as_once(several: list[Batch], after_another_run: bool) -> None:
    with a_store() as store:
        if after_another_run:
            store.commit(a_batch(an_outcome(profile=PROFILES[0], at=day(2)), an_outcome(a_file(), at=day(1)), run="run-2"))
        commit(store, several)
        once = everything(store)
        commit(store, several)
        assert everything(store) == once


@settings(max_examples=60, deadline=None)
@given(st.lists(batches, min_size=1, max_size=5))
def test_each_batch_committed_twice_in_a_row_leaves_the_store_as_once(several: list[Batch]) -> None:
    with a_store() as store, a_store() as other:
        commit(store, several)
        for batch in several:
            commit(other, [batch, batch])
        assert everything(other) == everything(store)


@settings(max_examples=60, deadline=None)
@given(st.lists(batches, min_size=1, max_size=5))
def test_a_run_shows_one_answer_for_each_target_and_it_is_the_fullest(several: list[Batch]) -> None:
    with a_store() as store:
        commit(store, several)
        seen = {target_key(sighting.target): sighting for sighting in store.sightings("run-1")}
        assert len(list(store.sightings("run-1"))) == len(seen)
        given_outcomes = [outcome for batch in several for outcome in batch.outcomes]
        assert set(seen) == {target_key(outcome.target) for outcome in given_outcomes}
        profiles = store.profiles()
        for key, sighting in seen.items():
            mine = [outcome for outcome in given_outcomes if target_key(outcome.target) == key]
            fullest = max(lane_of(outcome.profile) for outcome in mine)
            assert lane_of(profiles[sighting.profile] if sighting.profile else None) == fullest
            if sighting.status in RETRYABLE:
                best = [outcome.status for outcome in mine if lane_of(outcome.profile) == fullest]
                assert RETRYABLE.issuperset(best) or fullest > 3


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 3), batches), min_size=1, max_size=6))
def test_every_target_has_one_current_sighting_whatever_the_runs(several: list[tuple[int, Batch]]) -> None:
    with a_store() as store:
        for run, batch in several:
            store.commit(Batch(f"run-{run}", batch.outcomes, batch.cursor, batch.counts))
        rows = everything(store)["sighting"]
        keys = [target_key(seen.target) for seen in store.sightings()]
        assert keys == sorted(set(keys))
        assert set(keys) == {target_key(outcome.target) for _, batch in several for outcome in batch.outcomes}
        assert len(rows) >= len(keys)
