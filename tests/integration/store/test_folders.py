"""What the store knows of folders, and what still stands without being asked anew."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import make_url

from pqscan.model.inventory import Batch, ReadFolder, StillThere
from pqscan.model.outcome import OutcomeStatus
from pqscan.store import migrate
from pqscan.store.engine import connect, locate
from pqscan.store.purge import Purged
from pqscan.store.repository import Store
from tests.unit.store.people import an_act
from tests.unit.store.samples import START, a_batch, a_file, a_profile, a_run, an_outcome, day

FOLDER = "/srv/Hồ sơ\udcff"


def keep(store: Store, run: str, *folders: ReadFolder, still: StillThere | None = None) -> None:
    store.commit(Batch(run, (), 1, {OutcomeStatus.COMPLETED: 1}, still, folders))


def test_a_folder_is_kept_by_machine_and_path_and_replaced_as_a_whole(store: Store) -> None:
    store.begin_run(a_run())
    keep(store, "run-1", ReadFolder("a", FOLDER, b"1" * 16, day(0)), ReadFolder("a", "/etc", b"2" * 32, day(0)))
    keep(store, "run-1", ReadFolder("a", FOLDER, b"3" * 32, day(1)))
    assert store.read_folders("a", [FOLDER, "/etc", "/none"], START) == {FOLDER: b"3" * 32, "/etc": b"2" * 32}
    assert store.read_folders("a", [FOLDER, "/etc"], day(1)) == {FOLDER: b"3" * 32}
    assert store.read_folders("b", [FOLDER], START) == {}
    assert store.read_folders("a", [], START) == {}


def test_what_still_stands_is_seen_again_by_the_run_without_a_new_interval(store: Store) -> None:
    store.begin_run(a_run("run-1", 0))
    file = a_file()
    store.commit(a_batch(an_outcome(file, probe="certificate_file", profile=a_profile("x")), run="run-1"))
    store.begin_run(a_run("run-2", 1))
    unknown = a_file("/never/seen")
    for _ in range(2):  # The same once more changes nothing.
        still = StillThere(day(1), ((file, "certificate_file"), (file, "other"), (unknown, "certificate_file")))
        keep(store, "run-2", still=still)
    (sighting,) = store.sightings()
    assert (sighting.run, sighting.last_seen) == ("run-2", day(1))
    assert [each.target for each in store.sightings("run-2")] == [file]
    assert len(list(store.history())) == 1
    assert store.is_done("run-2", [file, unknown]) == {file}


def test_a_run_that_begins_again_from_its_start_counts_from_nothing(store: Store) -> None:
    store.begin_run(a_run())
    for cursor in (1, 2):
        store.commit(Batch("run-1", (), cursor, {OutcomeStatus.COMPLETED: 1}))
    store.begin_run(a_run(), from_start=True)
    (run,) = store.runs()
    assert (run.cursor, run.counts) == (0, {})
    store.commit(Batch("run-1", (), 1, {OutcomeStatus.COMPLETED: 1}))
    (run,) = store.runs()
    assert (run.cursor, run.counts) == (1, {OutcomeStatus.COMPLETED: 1})


def test_purging_forgets_old_folders_so_that_they_are_read_once_more(store: Store) -> None:
    store.begin_run(a_run())
    keep(store, "run-1", ReadFolder("a", "/old", b"1" * 16, day(0)), ReadFolder("a", "/new", b"2" * 16, day(9)))
    assert store.purge(day(0) + timedelta(hours=1), an_act()) == Purged(runs=1)
    assert set(store.read_folders("a", ["/old", "/new"], START - timedelta(days=1))) == {"/new"}


def test_a_login_that_scanned_before_the_table_was_there_scans_on(new_database: Callable[[], str]) -> None:
    psycopg = pytest.importorskip("psycopg")
    url = new_database()
    location = locate(url)
    migrate.upgrade(connect(location), location, target="0003")
    address = make_url(url)
    scans, reads = (f"{what}_{address.database}" for what in ("scans", "reads"))
    plain = address.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        for name, privileges in ((scans, "SELECT, INSERT, UPDATE, DELETE"), (reads, "SELECT")):
            connection.execute(f"CREATE ROLE {name}")
            connection.execute(f"GRANT {privileges} ON visit TO {name}")
        migrate.upgrade(connect(location), location)
        asked = "SELECT has_table_privilege(%s, 'file_folder', 'SELECT, INSERT'), has_table_privilege(%s, 'file_folder', 'DELETE')"
        may = [connection.execute(asked, (name, name)).fetchone() for name in (scans, reads)]
        for name in (scans, reads):
            connection.execute(f"DROP OWNED BY {name}")
            connection.execute(f"DROP ROLE {name}")
    assert may == [(True, True), (False, False)]
