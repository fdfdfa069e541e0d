"""Old history goes, what is known stays, and the store works on as if the history had never been."""

from __future__ import annotations

from sqlalchemy import func, select

from pqscan.model.outcome import OutcomeStatus
from pqscan.readiness.act import ActKind
from pqscan.store import tables
from pqscan.store.engine import reading
from pqscan.store.purge import Purged
from pqscan.store.repository import Store
from tests.unit.store.people import a_decision, a_snapshot, an_act, made
from tests.unit.store.samples import a_batch, a_profile, a_run, a_target, an_outcome, day

PURGE = an_act(ActKind.PURGE)
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
    gone = store.purge(day(150), PURGE)
    assert (gone.intervals, gone.profiles, gone.certificates) == (1, 1, 1)
    assert {seen.target: seen for seen in store.sightings()} == before  # What is known now stays, of the silent target too.
    assert list(store.where_is("sha1WithRSA")) == []


def test_what_stays_is_what_a_store_without_that_history_holds(store: Store) -> None:
    three_scans(store)
    store.purge(day(150), PURGE)
    assert store.purge(day(150), PURGE) == Purged()
    kept = counts(store)
    assert (kept["profile"], kept["certificate"], kept["chain_set"]) == (3, 1, 1)


def test_the_store_can_be_written_on_with_what_was_taken_out(store: Store) -> None:
    three_scans(store)
    store.purge(day(150), PURGE)
    store.begin_run(a_run("run-3", 300))
    again = an_outcome(a_target(1), a_profile("A"), ders=(OLD,), at=day(300))
    store.commit(a_batch(again, run="run-3", cursor=1, counts={OutcomeStatus.COMPLETED: 1}))
    assert [each.sighting.target for each in store.where_is("sha1WithRSA")] == [a_target(1)]


def test_before_everything_nothing_goes(store: Store) -> None:
    three_scans(store)
    kept = counts(store)
    store.purge(day(-1), PURGE)
    assert counts(store) == {**kept, "act": 1, "setting": 1}


def test_what_would_go_is_what_goes_and_asking_changes_nothing(store: Store) -> None:
    three_scans(store)
    kept = counts(store)
    would = store.would_purge(day(150))
    assert counts(store) == kept
    assert would == store.purge(day(150), PURGE)
    assert would.intervals == 1
    assert store.would_purge(day(150)) == Purged()


def test_what_people_did_decided_and_sealed_stays_and_the_chain_with_it(store: Store) -> None:
    store.change_register([made("CA")], an_act())
    store.decide([a_decision()], an_act(ActKind.DECISION))
    store.keep_snapshot(a_snapshot(), an_act(ActKind.SEAL))
    three_scans(store)
    store.purge(day(150), PURGE)
    assert (len(store.register()["unit"]), len(store.decisions()), len(store.snapshots())) == (1, 1, 1)
    assert store.verify_acts().is_whole
    *before, last = store.acts()
    assert len(before) == 3
    assert last.act.kind is ActKind.PURGE
    assert (last.act.detail["intervals"], last.act.detail["runs"], last.act.detail["certificates"]) == (1, 1, 1)


def test_up_to_when_history_is_gone_never_goes_back(store: Store) -> None:
    three_scans(store)
    for number in (150, 90):
        store.purge(day(number), PURGE)
    assert store.setting("purged") == {"before": day(150).isoformat(timespec="seconds")}


def test_space_is_given_back_to_the_disk(store: Store, url: str) -> None:
    three_scans(store)
    store.purge(day(150), PURGE)
    store.give_back()
    assert len(list(store.sightings())) == 3
    if url.startswith("sqlite"):
        with reading(store._engine, "") as connection:
            assert connection.exec_driver_sql("PRAGMA freelist_count").scalar_one() == 0
