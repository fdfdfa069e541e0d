"""What goes wrong around a store, on both databases: a clear sentence, nothing lost, nothing done by halves."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, func, select, text

from pqscan.errors import StoreError
from pqscan.model.outcome import OutcomeStatus
from pqscan.readiness.act import ActKind
from pqscan.store import tables
from pqscan.store.engine import connect, locate, reading, writing
from pqscan.store.repository import Store
from tests.unit.store.people import an_act, made
from tests.unit.store.samples import a_batch, a_profile, a_run, a_target, an_outcome, day, read_certificate

BATCHES, IN_A_BATCH = 20, 4


def change(url: str, *statements: str) -> None:
    """Behind the program's back."""
    engine = connect(locate(url))
    with writing(engine, url) as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def everything(url: str) -> dict[str, int]:
    engine = connect(locate(url))
    with reading(engine, url) as connection:
        known = tables.metadata.tables.items()
        counts = {name: connection.execute(select(func.count()).select_from(table)).scalar_one() for name, table in known}
    engine.dispose()
    return counts


def test_two_writers_at_once_lose_nothing_and_double_nothing(url: str) -> None:
    def scan(run: int) -> None:
        with Store.open(url, read_certificate=read_certificate) as store:
            store.begin_run(a_run(f"run-{run}", run, scope=f"net-{run}"))
            for batch in range(BATCHES):
                first = batch * IN_A_BATCH
                outcomes = [
                    an_outcome(a_target(number, name=None), a_profile("A"), at=day(run)) for number in range(first, first + 4)
                ]
                counts = {OutcomeStatus.COMPLETED: IN_A_BATCH}
                store.commit(a_batch(*outcomes, run=f"run-{run}", cursor=first + IN_A_BATCH, counts=counts))
                store.change_register([made(f"{run}-{batch}")], an_act())

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(scan, (1, 2)))
    with Store.open(url) as store:
        assert [run.counts for run in store.runs()] == [{OutcomeStatus.COMPLETED: BATCHES * IN_A_BATCH}] * 2
        status = store.status()
        assert (status.targets, status.sightings, status.profiles) == (BATCHES * IN_A_BATCH, BATCHES * IN_A_BATCH, 1)
        assert len(store.register()["unit"]) == 2 * BATCHES
        assert store.verify_acts().is_whole
        assert store.acts_head().entries == 2 * BATCHES


def test_a_store_of_a_newer_program_is_left_as_it_is(url: str) -> None:
    Store.open(url).close()
    change(url, "UPDATE alembic_version SET version_num = '9999'")
    before = everything(url)
    with pytest.raises(StoreError, match=r"written by a newer pqscan \(schema 9999, this program knows \w+\): use that program"):
        Store.open(url)
    with Store.open(url, any_revision=True) as store, pytest.raises(StoreError, match="newer pqscan"):
        store.upgrade()
    assert everything(url) == before


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DELETE FROM alembic_version", "does not say which schema it has: restore a backup"),
        ("INSERT INTO alembic_version VALUES ('0001')", "does not say which schema it has: restore a backup"),
        ("DROP TABLE alembic_version", "holds the tables of another program"),
    ],
)
def test_a_store_that_does_not_say_how_far_it_was_migrated_is_not_guessed_at(url: str, statement: str, said: str) -> None:
    with Store.open(url) as store:
        store.change_register([made("CA")], an_act())
    change(url, statement)
    with pytest.raises(StoreError, match=said):
        Store.open(url)
    with Store.open(url, any_revision=True) as store, pytest.raises(StoreError, match=said):
        store.upgrade()
    assert everything(url)["register_entry"] == 1


def test_a_store_that_lacks_a_table_says_so_and_keeps_the_others(url: str) -> None:
    with Store.open(url) as store:
        store.change_register([made("CA")], an_act())
    change(url, "DROP TABLE evidence")
    with Store.open(url, read_certificate=read_certificate) as store:
        store.begin_run(a_run())
        with pytest.raises(StoreError, match="lacks what this program needs"):
            store.evidence(a_target(), "tls")
        assert set(store.register()["unit"]) == {"CA"}


@contextmanager
def full_disk(store: Store, url: str) -> Iterator[None]:
    """SQLite may not grow any more; PostgreSQL says what it says when its disk is full, at the last statement of a commit."""
    engine = store._engine
    if url.startswith("sqlite"):

        def grows_no_more(connection: object, _record: object) -> None:
            pages = connection.execute("PRAGMA page_count").fetchone()[0]  # type: ignore[attr-defined]
            connection.execute(f"PRAGMA max_page_count = {pages + 2}")  # type: ignore[attr-defined]

        engine.dispose()
        event.listen(engine, "connect", grows_no_more)
        yield
        event.remove(engine, "connect", grows_no_more)
        engine.dispose()
        return
    change(
        url,
        "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION "
        "'could not extend file \"base/1/2\": No space left on device' USING ERRCODE = 'disk_full'; END $$",
        *(
            f"CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON {name} EXECUTE FUNCTION full_disk()"
            for name in ("run_batch", "register_entry")
        ),
    )
    yield
    change(url, "DROP FUNCTION full_disk() CASCADE")


def test_a_disk_that_is_full_in_mid_write_loses_nothing_and_the_run_goes_on_afterwards(url: str) -> None:
    batches = [
        a_batch(
            *(an_outcome(a_target(number), a_profile(f"{number}-{batch}"), at=day(batch)) for number in range(40)),
            cursor=40 * (batch + 1),
            counts={OutcomeStatus.COMPLETED: 40},
        )
        for batch in range(2)
    ]
    with Store.open(url, read_certificate=read_certificate) as store:
        store.begin_run(a_run())
        store.commit(batches[0])
        store.change_register([made("CA")], an_act())
        before = everything(url)
        with full_disk(store, url):
            with pytest.raises(StoreError, match=r"^no space is left for the store .*: free some and resume the run$"):
                store.commit(batches[1])
            many = [made(f"U{number}") for number in range(2000)]
            with pytest.raises(StoreError, match="no space is left"):
                store.change_register(many, an_act())
            assert everything(url) == before
            assert len(list(store.sightings())) == 40
        store.commit(batches[1])
        store.change_register(many, an_act())
        run = store.run("run-1")
        assert run is not None
        assert (run.cursor, run.counts) == (80, {OutcomeStatus.COMPLETED: 80})
        assert store.verify_acts().is_whole
        store.add_act(an_act(ActKind.EXPORT))


GROUPS = ("A", "B")
SCANS = st.lists(st.tuples(st.sampled_from(GROUPS), st.integers(-400, 400)), min_size=1, max_size=8)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SCANS)
def test_whatever_the_clock_does_intervals_stay_whole_and_one_answer_is_the_present_one(
    store: Store, scans: list[tuple[str, int]]
) -> None:
    """Each scan at a time of its own, in no order: a clock that runs back and ahead again."""
    place = f"host-{store.status().runs}"
    target = a_target(name=place)
    for group, at in scans:
        name = f"run-{store.status().runs}"
        store.begin_run(a_run(name, at))
        store.commit(a_batch(an_outcome(target, a_profile(group), at=day(at)), run=name, cursor=1))
    found = [seen for seen in store.history() if seen.sighting.target == target]
    assert all(seen.sighting.first_seen <= seen.sighting.last_seen for seen in found)
    assert max(seen.sighting.last_seen for seen in found) == max(day(at) for _, at in scans)
    assert min(seen.sighting.first_seen for seen in found) == min(day(at) for _, at in scans)
    (present,) = [seen for seen in store.sightings() if seen.target == target]
    assert present.last_seen == max(day(at) for _, at in scans)


def test_a_scan_of_a_clock_that_ran_back_does_not_displace_what_is_newer_by_the_clock(store: Store) -> None:
    for number, (group, at) in enumerate((("A", 10), ("B", 5), ("B", 12))):
        store.begin_run(a_run(f"run-{number}", at))
        store.commit(a_batch(an_outcome(a_target(), a_profile(group), at=day(at)), run=f"run-{number}", cursor=1))
        (present,) = store.sightings()
        assert present.last_seen == day(max(10, at))
    assert present.profile == a_profile("B").digest
    assert present.first_seen == day(12)
    assert [seen.sighting.last_seen - day(0) for seen in store.history()] == [timedelta(n) for n in (5, 10, 12)]
