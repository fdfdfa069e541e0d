"""Old history goes, what is known stays, and the store works on as if the history had never been."""

from __future__ import annotations

from sqlalchemy import func, select

from pqscan.model.outcome import OutcomeStatus
from pqscan.store import tables
from pqscan.store.engine import reading
from pqscan.store.purge import purge, would_purge
from pqscan.store.repository import Store
from tests.unit.store.samples import a_batch, a_profile, a_run, a_target, an_outcome, day

OLD, NEW = b"CN=old|RSA|1024|sha1WithRSA", b"CN=new|EC|256|ecdsa-with-SHA256"


def three_scans(store: Store) -> None:
    """A target that changed once, one that never did, one that stopped answering."""
    answers = (("A", OLD), ("A", OLD), ("B", NEW))
    for number, (group, der) in enumerate(answers):
        store.begin_run(a_run(f"run-{number}", 100 * number))
        at = day(100 * number)
        changed = an_outcome(a_target(1), a_profile(group), ders=(der,), at=at)
        same = an_outcome(a_target(2), a_profile("C"), ders=(NEW,), at=at)
        last = an_outcome(a_target(3), a_profile("D"), at=at) if number == 0 else None
        outcomes = [each for each in (changed, same, last) if each is not None]
        store.commit(a_batch(*outcomes, run=f"run-{number}", cursor=3, counts={OutcomeStatus.COMPLETED: len(outcomes)}))


def counts(store: Store) -> dict[str, int]:
    with reading(store._engine, "") as connection:
        every = tables.metadata.tables.items()
        return {name: connection.execute(select(func.count()).select_from(table)).scalar_one() for name, table in every}


def test_history_that_ended_before_the_day_goes_with_all_that_only_it_needed(store: Store) -> None:
    three_scans(store)
    before = {seen.target: seen for seen in store.sightings()}
    assert would_purge(store._engine, "", day(150)) == 1
    gone = purge(store._engine, "", day(150))
    assert (gone.intervals, gone.profiles, gone.certificates) == (1, 1, 1)
    assert {seen.target: seen for seen in store.sightings()} == before  # What is known now stays, of the silent target too.
    assert list(store.where_is("sha1WithRSA")) == []


def test_what_stays_is_what_a_store_without_that_history_holds(store: Store) -> None:
    three_scans(store)
    purge(store._engine, "", day(150))
    assert purge(store._engine, "", day(150)).intervals == 0
    kept = counts(store)
    assert (kept["profile"], kept["certificate"], kept["chain_set"]) == (3, 1, 1)


def test_the_store_can_be_written_on_with_what_was_taken_out(store: Store) -> None:
    three_scans(store)
    store.purge(day(150))
    store.begin_run(a_run("run-3", 300))
    again = an_outcome(a_target(1), a_profile("A"), ders=(OLD,), at=day(300))
    store.commit(a_batch(again, run="run-3", cursor=1, counts={OutcomeStatus.COMPLETED: 1}))
    assert [each.sighting.target for each in store.where_is("sha1WithRSA")] == [a_target(1)]


def test_before_everything_nothing_goes(store: Store) -> None:
    three_scans(store)
    kept = counts(store)
    purge(store._engine, "", day(-1))
    assert counts(store) == kept
