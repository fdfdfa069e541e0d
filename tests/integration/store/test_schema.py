"""How a store is made, recognised, backed up and migrated."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect

from pqscan.errors import StoreError
from pqscan.model.observation import Subject
from pqscan.model.outcome import OutcomeStatus
from pqscan.model.target import FileTarget, NetworkTarget
from pqscan.store import migrate
from pqscan.store.engine import connect, locate, reading, writing
from pqscan.store.repository import Store
from pqscan.store.tables import metadata
from tests.unit.store.samples import a_batch, a_profile, a_run, an_outcome, day, read_certificate

PRESENT = migrate.HEAD
RELEASED = sorted((Path(__file__).parent / "released").glob("*.sql"))


def backups(path: Path) -> list[Path]:
    return sorted(path.parent.glob(f"{path.name}.*.backup"))


def set_revision(path: Path, revision: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """An SQLite store with one run in it."""
    file = tmp_path / "store.sqlite"
    with Store.open(str(file)) as store:
        store.begin_run(a_run())
    return file


def migrated(url: str) -> Engine:
    """An empty database that went through every migration, as the oldest store has."""
    engine = connect(locate(url))
    with writing(engine, url, keys_off=True) as connection:
        migrate._migrate(connection, url, "head")
    return engine


def test_the_migrations_make_exactly_the_tables_that_the_program_uses(url: str) -> None:
    engine = migrated(url)
    with reading(engine, url) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        assert constraint_names(connection) == {
            (table.name, str(item.name)) for table in metadata.tables.values() for item in (*table.constraints, *table.indexes)
        }
    engine.dispose()


def constraint_names(connection: Connection) -> set[tuple[str, str]]:
    """Keys and indexes by their names, which autogeneration compares only in part."""
    inspector = inspect(connection)
    found: set[tuple[str, str]] = set()
    for table in set(inspector.get_table_names()) - {"alembic_version"}:
        items = [inspector.get_pk_constraint(table), *inspector.get_foreign_keys(table), *inspector.get_unique_constraints(table)]
        items += [index for index in inspector.get_indexes(table) if not index.get("duplicates_constraint")]  # type: ignore[misc]
        found |= {(table, str(item["name"])) for item in items}
    return found


def test_an_empty_database_gets_the_very_tables_that_all_migrations_make(tmp_path: Path) -> None:
    made, went_through = tmp_path / "made.sqlite", tmp_path / "migrated.sqlite"
    Store.open(str(made)).close()
    migrated(f"sqlite:///{went_through}").dispose()
    first, second = (schema(path) for path in (made, went_through))
    assert first == second
    assert len(first) > 10


def schema(path: Path) -> dict[str, str]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT name, coalesce(sql, '') FROM sqlite_master").fetchall()
        version = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    return {name: " ".join(sql.split()) for name, sql in rows} | {"version": str(version)}


def test_a_new_sqlite_store_is_made_by_itself_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "new folder" / "kho dữ liệu.sqlite"
    with Store.open(f"sqlite:///{file}") as store:
        status = store.status()
    assert (status.backend, status.revision, status.is_current, status.runs) == ("sqlite", migrate.HEAD, True, 0)
    assert file.stat().st_mode & 0o077 == 0
    assert [each.name for each in file.parent.iterdir()] == [file.name]


def test_a_store_that_must_exist_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no store at"):
        Store.open(str(tmp_path / "absent.sqlite"), create=False)
    assert list(tmp_path.iterdir()) == []


def test_an_empty_file_becomes_a_store(tmp_path: Path) -> None:
    file = tmp_path / "empty.sqlite"
    file.touch()
    with Store.open(str(file)) as store:
        assert store.status().is_current
    assert backups(file) == []


@pytest.mark.parametrize("place", ["file/below.sqlite", "/proc/absent/store.sqlite"])
def test_a_place_where_nothing_can_be_made_is_refused_in_one_sentence(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"^no store can be made at .*: choose another place with --db$"):
        Store.open(str(tmp_path / place))


def test_a_store_of_a_newer_program_is_left_alone(path: Path) -> None:
    set_revision(path, "9999")
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"newer pqscan \(schema 9999, this program knows \w+\)"):
        Store.open(str(path))
    assert (path.read_bytes(), backups(path)) == (before, [])


def test_the_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "bookmarks.sqlite"
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
    before = file.read_bytes()
    with pytest.raises(StoreError, match="another program"):
        Store.open(str(file))
    with Store.open(str(file), any_revision=True) as store:
        for act in (store.status, store.upgrade):
            with pytest.raises(StoreError, match="another program"):
                act()
    assert file.read_bytes() == before
    assert list(tmp_path.iterdir()) == [file]


def journal_mode(path: Path, wanted: str | None = None) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return str(connection.execute(f"PRAGMA journal_mode{'' if wanted is None else f'={wanted}'}").fetchone()[0])


def test_a_store_is_written_ahead_also_after_another_tool_changed_that(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    Store.open(str(path)).close()
    assert journal_mode(path) == "wal"
    assert journal_mode(path, "delete") == "delete"
    Store.open(str(path)).close()
    assert journal_mode(path) == "wal"


def test_a_store_of_a_newer_program_keeps_its_journal(path: Path) -> None:
    set_revision(path, "9999_future")
    journal_mode(path, "delete")
    before = path.read_bytes()
    with pytest.raises(StoreError, match="newer pqscan"):
        Store.open(str(path))
    assert path.read_bytes() == before


def use(path: Path) -> None:
    with Store.open(str(path)) as store:
        list(store.sightings())
        store.runs()
        store.begin_run(a_run("run-2"))


def test_a_limit_on_the_size_of_files_is_told_and_not_only_the_disk(tmp_path: Path) -> None:
    script = (
        "import resource, sys; from pqscan.store.repository import Store; "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000)); Store.open(sys.argv[1])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "store.sqlite")], capture_output=True, encoding="utf-8", check=False
    )
    assert "StoreError" in done.stderr
    assert "limit on file sizes" in done.stderr


@pytest.mark.parametrize("damage", ["text", "cut", "schema", "bytes", "pages"])
def test_a_damaged_file_gives_one_sentence(path: Path, damage: str) -> None:
    content = bytearray(path.read_bytes())
    if damage == "text":
        content = bytearray(b"%PDF-1.7 not a database" * 100)
    elif damage == "cut":
        content = content[: len(content) // 3]
    elif damage == "schema":
        content[100:4000] = b"\xff" * 3900
    elif damage == "bytes":
        content = content.replace(b"PRIMARY KEY", b"PRIMARY \xcbEY")
    else:
        content[4096:] = b"\x5a" * (len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(StoreError) as refusal:
        use(path)
    assert str(path) in str(refusal.value)
    assert "restore a backup" in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("change", "read"),
    [
        ("UPDATE certificate SET key_size_bits = '[[[\"a\"]]]'", Store.certificates),
        ("UPDATE certificate SET key_components = '5'", Store.certificates),
        ("UPDATE certificate SET not_after = 5", Store.certificates),
        ("UPDATE run_count SET count = '2026-01-01'", Store.runs),
        ("UPDATE run SET cursor = 'x'", Store.runs),
    ],
)
def test_a_value_that_no_writer_of_ours_makes_is_told_as_such(tmp_path: Path, change: str, read: Callable[[Store], object]) -> None:
    path = tmp_path / "store.sqlite"
    with Store.open(str(path), read_certificate=read_certificate) as opened:
        opened.begin_run(a_run())
        opened.commit(
            a_batch(an_outcome(profile=a_profile("x"), ders=(b"CN=www|RSA|2048|x",)), counts={OutcomeStatus.COMPLETED: 1})
        )
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(change)
    with Store.open(str(path)) as opened, pytest.raises(StoreError, match="does not write"):
        read(opened)


@pytest.mark.skipif(shutil.which("setpriv") is None or os.geteuid() != 0, reason="needs root and setpriv to become another user")
def test_a_store_that_may_not_be_written_is_refused_in_one_sentence(path: Path) -> None:
    for folder in (path.parent, *path.parent.parents):
        if folder == Path("/tmp") or folder == Path("/"):
            break
        folder.chmod(folder.stat().st_mode | 0o055)
    path.chmod(0o444)
    script = (
        "import sys\nfrom pqscan.errors import StoreError\nfrom pqscan.store.engine import writing, connect, locate\n"
        "from sqlalchemy import text\nwhere = locate(sys.argv[1])\n"
        "try:\n with writing(connect(where), where.redacted) as c: c.execute(text('DELETE FROM run'))\n"
        "except StoreError as error: print(error)"
    )
    # What is imported afterwards could lie where that user may not look: a checkout in a folder of root alone.
    code = f"import os, sqlite3\nimport sqlalchemy.dialects.sqlite, pqscan.store.engine\nos.setuid(65534)\n{script}"
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert re.fullmatch(rf"the store {re.escape(str(path))} (may not be written here|cannot be opened): .*\n", done.stdout)


def test_an_older_file_is_backed_up_beside_itself_and_then_migrated(
    path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    future(tmp_path, monkeypatch, "op.add_column('run', sa.Column('note', sa.Text()))")
    with Store.open(str(path)) as store:
        assert store.status().revision == "later"
    (copy,) = backups(path)
    assert copy.name.startswith(f"store.sqlite.{PRESENT}.")
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(PRESENT,)]
        assert connection.execute("SELECT id FROM run").fetchall() == [("run-1",)]
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT id, note FROM run").fetchall() == [("run-1", None)]


@pytest.mark.parametrize("fault", ["op.execute('SELECT * FROM absent')", "op.execute('DELETE FROM target')"])
def test_a_migration_that_fails_leaves_the_store_as_it_was(
    url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fault: str
) -> None:
    with Store.open(url, read_certificate=read_certificate) as store:
        store.begin_run(a_run())
        store.commit(a_batch(an_outcome(profile=a_profile("x"))))
    future(tmp_path, monkeypatch, f"op.add_column('run', sa.Column('note', sa.Text())); {fault}")
    with pytest.raises(StoreError, match="could not be migrated"), Store.open(url, any_revision=True) as store:
        store.upgrade()
    monkeypatch.undo()
    with Store.open(url) as store:
        assert (store.status().revision, len(list(store.sightings()))) == (migrate.HEAD, 1)
        columns = inspect(store._engine).get_columns("run")
    assert "note" not in {column["name"] for column in columns}


def future(folder: Path, monkeypatch: pytest.MonkeyPatch, statement: str) -> None:
    """A program with one more migration than this one has."""
    migrations = folder / "future"
    shutil.copytree(migrate.migrations_folder(), migrations)
    (migrations / "versions" / "later.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\nrevision = 'later'\ndown_revision = '" + migrate.HEAD + "'\n"
        f"def upgrade():\n    {statement}\n"
    )
    monkeypatch.setattr(migrate, "migrations_folder", lambda: migrations)
    monkeypatch.setattr(migrate, "HEAD", "later")


def test_postgresql_is_migrated_only_when_asked(new_database: Callable[[], str]) -> None:
    url = new_database()
    with pytest.raises(StoreError, match="is empty: run `pqscan db upgrade` once"):
        Store.open(url)
    with Store.open(url, any_revision=True) as store:
        assert (store.status().revision, store.status().is_current) == (None, False)
        assert store.upgrade() is None
        assert store.status().is_current
    with Store.open(url) as store:
        store.begin_run(a_run())


def test_an_older_postgresql_says_how_to_migrate_it(
    new_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    url = new_database()
    with Store.open(url, any_revision=True) as store:
        store.upgrade()
    future(tmp_path, monkeypatch, "op.add_column('run', sa.Column('note', sa.Text()))")
    with pytest.raises(StoreError, match=f"has the older schema {PRESENT}: run `pqscan db upgrade` once"):
        Store.open(url)


def test_a_postgresql_that_cannot_be_reached_gives_one_sentence_without_the_password(new_database: Callable[[], str]) -> None:
    reachable = new_database()
    closed = re.sub(r":\d+/", ":1/", reachable)
    wrong = re.sub(r"(pqscan:)\w+@", r"\1secret@", reachable)
    for url, said in (
        (closed, "no PostgreSQL answers"),
        (wrong, "refused user name or password"),
        (reachable + "x", "does not exist"),
    ):
        with pytest.raises(StoreError, match=said) as refusal:
            Store.open(url)
        assert "\n" not in str(refusal.value)
        assert not re.search(r"secret|pqscan:[0-9a-f]{32}@", str(refusal.value))


@pytest.mark.parametrize("fixture", RELEASED, ids=lambda path: path.stem)
def test_a_store_of_every_released_schema_keeps_its_data(tmp_path: Path, fixture: Path, new_database: Callable[[], str]) -> None:
    for url in (f"sqlite:///{tmp_path / 'old.sqlite'}", new_database()):
        location = locate(url)
        engine = connect(location)
        migrate.upgrade(engine, location, target=fixture.stem)
        with writing(engine, location.redacted) as connection:
            fill(connection, fixture.read_text("utf-8"))
        engine.dispose()
        with Store.open(url, any_revision=True) as store:
            store.upgrade()
        with Store.open(url) as store:
            check(store)


def fill(connection: Connection, script: str) -> None:
    """Runs a fixture's statements; its bytes are written X'00ff', as SQLite has them."""
    for statement in script.split(";\n"):
        if connection.dialect.name == "postgresql":
            statement = re.sub(r"X'([0-9a-f]*)'", r"'\\x\1'::bytea", statement)
        if statement.strip():
            connection.exec_driver_sql(statement)


def check(store: Store) -> None:
    """What every released fixture holds: a run, a service seen twice and changed once, a file, a chain, evidence."""
    (run,) = store.runs()
    assert (run.id, run.cursor, run.counts) == ("run-1", 256, {OutcomeStatus.COMPLETED: 2, OutcomeStatus.REFUSED: 254})
    web, file = store.sightings()
    assert web.target == NetworkTarget("192.0.2.1", 443, "www.example", site="Hà Nội")
    assert file.target == FileTarget("máy-1", "/etc/ssl/a.pem", ("inner.jar",))
    assert (web.first_seen, web.last_seen) == (day(0), day(1))
    profile = store.profiles()[web.profile or b""]
    assert [(o.subject, o.value, o.components) for o in profile.observations][:1] == [
        (Subject.NAMED_GROUP, "0x11ec", ("ML-KEM-768", "X25519"))
    ]
    (certificate,) = store.certificates(with_der=True).values()
    assert (certificate.subject, certificate.names, certificate.der) == ("CN=www", ("www.example",), b"\x30\x00")
    assert web.chains[0].certificates == (certificate.sha256,)
    assert [found.sighting.target for found in store.where_is("ml-kem-768")] == [web.target]
    assert [found.sighting.target for found in store.where_is("RSA-2048")] == [web.target]
    assert store.is_done("run-1", [web.target, file.target]) == {web.target, file.target}
    evidence = store.evidence(web.target, "tls")
    assert evidence is not None
    assert evidence.sent == b"\x16\x03"


def test_the_schema_that_the_program_names_is_that_of_the_last_migration() -> None:
    scripts = ScriptDirectory(str(migrate.migrations_folder()))
    assert scripts.get_heads() == [migrate.HEAD]
