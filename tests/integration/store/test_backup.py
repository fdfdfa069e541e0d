"""A store in one file and back: whole, checked, and with the acts that were in it."""

from __future__ import annotations

import shlex
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from pqscan.app.backup import back_up_store, restore_store
from pqscan.app.chain import verify_acts
from pqscan.app.place import open_store
from pqscan.errors import PqscanError, StoreError, UsageError
from pqscan.readiness.act import ActKind
from pqscan.scan.audit import walk
from pqscan.store import backup, migrate
from pqscan.store.engine import connect, locate
from pqscan.store.repository import Store
from tests.peers.postgresql import _binaries
from tests.unit.store.people import a_decision, a_snapshot, an_act, made
from tests.unit.store.samples import a_batch, a_profile, a_run, an_outcome, read_certificate


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "audit.jsonl"


@pytest.fixture
def path(tmp_path: Path, log: Path) -> Path:
    """A store with a run, a record, a decision and a snapshot in it."""
    file = tmp_path / "store.sqlite"
    fill(str(file))
    with open_store(str(file), audit_log=log) as store:
        store.add_act(an_act(ActKind.EXPORT))
    return file


def fill(url: str) -> None:
    with Store.open(url, read_certificate=read_certificate) as store:
        store.begin_run(a_run())
        store.commit(a_batch(an_outcome(profile=a_profile("x"), ders=(b"CN=www|RSA|2048|x",))))
        store.change_register([made("a")], an_act())
        store.decide([a_decision()], an_act(ActKind.DECISION))
        store.keep_snapshot(a_snapshot(), an_act(ActKind.SEAL))


def content(url: str) -> tuple[object, ...]:
    with Store.open(url, read_certificate=read_certificate) as store:
        return (
            store.runs(),
            list(store.sightings()),
            store.profiles(),
            store.certificates(with_der=True),
            store.register(),
            store.decisions(),
            store.snapshots(),
            list(store.acts()),
        )


def files(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}


def test_r26_a_backup_restored_elsewhere_holds_all_that_the_store_does(path: Path, log: Path, tmp_path: Path) -> None:
    copy, elsewhere = tmp_path / "copy.pqscan", tmp_path / "elsewhere" / "deep" / "store.sqlite"
    made_ = back_up_store(copy, str(path), log=log)
    assert (made_.size_bytes, made_.revision, made_.chain.is_whole) == (copy.stat().st_size, migrate.HEAD, True)
    assert copy.stat().st_mode & 0o777 == 0o600
    done = restore_store(copy, str(elsewhere), log=tmp_path / "other audit.jsonl")
    assert (done.path, done.aside, done.chain) == (elsewhere, None, made_.chain)
    assert content(str(elsewhere)) == content(str(path))
    assert files(elsewhere.parent) == {"store.sqlite"}
    assert elsewhere.stat().st_mode & 0o077 == 0


def test_a_backup_is_one_file_that_can_be_read_where_nothing_can_be_written(path: Path, log: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with Store.open(str(path)) as busy:
        acts = busy.acts()
        next(acts)  # Somebody reads meanwhile.
        back_up_store(tmp_path / "out" / "copy", str(path), log=log)
        acts.close()  # type: ignore[attr-defined]
    assert files(tmp_path / "out") == {"copy"}
    with closing(sqlite3.connect(f"file:{tmp_path / 'out' / 'copy'}?immutable=1", uri=True)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert connection.execute("SELECT count(*) FROM act").fetchone() == (5,)


def test_the_act_of_copying_is_in_the_store_and_in_the_copy(path: Path, log: Path, tmp_path: Path) -> None:
    back_up_store(tmp_path / "copy", str(path), log=log)
    for place in (path, tmp_path / "copy"):
        with Store.open(str(place)) as store:
            *_, last = store.acts()
        assert (last.act.kind, last.act.subject, last.act.detail) == (ActKind.EXPORT, "backup", {"file": str(tmp_path / "copy")})


def test_a_file_that_is_there_is_never_written_over(path: Path, log: Path, tmp_path: Path) -> None:
    other = tmp_path / "letter"
    other.write_text("dear")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("letter", "link"):
        with pytest.raises(UsageError, match="is there already"):
            back_up_store(tmp_path / name, str(path), log=log)
        with pytest.raises(UsageError, match="is there already"):
            backup.copy_out(path, tmp_path / name)
    assert other.read_text() == "dear"
    with Store.open(str(path)) as store:
        assert store.acts_head().entries == 4  # No act either.


def test_a_copy_that_cannot_be_made_leaves_nothing(path: Path, log: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"copy\.part cannot be written: Not a directory"):
        back_up_store(path / "copy", str(path), log=log)
    (tmp_path / "busy.part").touch()
    with pytest.raises(StoreError, match="is in the way"):
        back_up_store(tmp_path / "busy", str(path), log=log)
    assert not (tmp_path / "busy").exists()


def test_a_damaged_store_is_not_taken_for_a_backup(path: Path, log: Path, tmp_path: Path) -> None:
    with Store.open(str(path), read_certificate=read_certificate) as store:
        store.change_register([made(f"x{number}") for number in range(2000)], an_act())
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 8192] = b"\x5a" * 8192
    path.write_bytes(data)
    before = files(tmp_path)
    with pytest.raises(StoreError, match=r"is not whole|damaged"):
        back_up_store(tmp_path / "copy", str(path), log=log)
    with pytest.raises(StoreError, match=r"is not whole|damaged"):
        restore_store(path, str(tmp_path / "new.sqlite"), log=log)
    assert {name for name in files(tmp_path) if not name.startswith("store.sqlite-")} == before


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("text", "is not a pqscan store or is damaged"),
        ("empty", "there is no store in"),
        ("another program", "holds the tables of another program"),
        ("newer", "newer pqscan"),
        ("absent", "cannot be read: No such file"),
        ("folder", "cannot be read: Is a directory"),
    ],
)
def test_what_is_no_backup_takes_no_stores_place(path: Path, log: Path, tmp_path: Path, damage: str, said: str) -> None:
    file = tmp_path / "copy"
    if damage == "text":
        file.write_bytes(b"%PDF-1.7" * 1000)
    elif damage == "empty":
        file.touch()
    elif damage == "folder":
        file.mkdir()
    elif damage != "absent":
        shutil.copy(path, file)
        with closing(sqlite3.connect(file)) as connection, connection:
            change = "UPDATE alembic_version SET version_num = '9999'" if damage == "newer" else "DROP TABLE alembic_version"
            connection.execute(change)
    before = content(str(path))
    with pytest.raises(PqscanError, match=said):
        restore_store(file, str(path), replace=True, log=log)
    assert content(str(path)) == before
    assert not {name for name in files(tmp_path) if "restoring" in name or "replaced" in name}


def test_a_store_is_replaced_only_when_asked_and_kept_aside(path: Path, log: Path, tmp_path: Path) -> None:
    back_up_store(tmp_path / "copy", str(path), log=log)
    with open_store(str(path), audit_log=log) as store:
        store.add_act(an_act(ActKind.SEAL))
    before = content(str(path))
    with pytest.raises(UsageError, match="with --replace it is kept beside"):
        restore_store(tmp_path / "copy", str(path), log=log)
    assert content(str(path)) == before
    done = restore_store(tmp_path / "copy", str(path), replace=True, log=log)
    assert done.aside is not None
    assert content(str(done.aside)) == before
    assert content(str(path)) != before


def test_a_damaged_store_is_set_aside_as_it_is(path: Path, log: Path, tmp_path: Path) -> None:
    back_up_store(tmp_path / "copy", str(path), log=log)
    path.write_bytes(b"gone" * 1000)
    done = restore_store(tmp_path / "copy", str(path), replace=True, log=log)
    assert done.aside is not None
    assert done.aside.read_bytes() == b"gone" * 1000
    assert len(content(str(path))) == 8


def test_a_store_in_use_is_not_replaced(path: Path, log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backup, "_BUSY_SECONDS", 0.1)
    back_up_store(tmp_path / "copy", str(path), log=log)
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="is in use by another program"):
            restore_store(tmp_path / "copy", str(path), replace=True, log=log)
        writer.execute("ROLLBACK")
    assert not {name for name in files(tmp_path) if "restoring" in name or "replaced" in name}


def test_after_a_restore_the_audit_log_holds_the_restored_chain_for_the_stores(path: Path, log: Path, tmp_path: Path) -> None:
    back_up_store(tmp_path / "copy", str(path), log=log)
    with open_store(str(path), audit_log=log) as store:
        store.add_act(an_act(ActKind.SEAL))
    restore_store(tmp_path / "copy", str(path), replace=True, log=log)
    with open_store(str(path), audit_log=log) as store:
        found = verify_acts(store, log=log)
        assert (found.report.is_whole, found.report.entries, found.anchors) == (True, 5, 1)
        (replaced,) = found.replaced
        assert (replaced.acts, replaced.reason) == (5, f"restored from {tmp_path / 'copy'}")
    assert [entry["event"] for _, entry in walk(log)] == ["act_noted", "act_noted", "act_noted", "chain_replaced"]


def test_a_backup_of_an_older_schema_is_restored_and_migrated_when_opened(path: Path, log: Path, tmp_path: Path) -> None:
    old = tmp_path / "old.sqlite"
    engine = connect(locate(str(old)))
    migrate.upgrade(engine, locate(str(old)), target="0001")
    engine.dispose()
    done = restore_store(old, str(path), replace=True, log=log)
    assert (done.revision, done.chain) == ("0001", None)
    with open_store(str(path), audit_log=log) as store:
        assert store.status().is_current
        assert verify_acts(store, log=log).report.is_whole


def test_postgresql_is_copied_by_the_commands_that_are_named(new_database: Callable[[], str], tmp_path: Path) -> None:
    one, other = new_database(), new_database()
    for url in (one, other):
        with Store.open(url, any_revision=True) as store:
            store.upgrade()
    fill(one)
    file = tmp_path / "it's a dump"
    said = []
    for act in (lambda: back_up_store(file, one), lambda: restore_store(file, other)):
        with pytest.raises(UsageError, match="PostgreSQL is") as refusal:
            act()
        said.append(str(refusal.value).partition(": ")[2])
    password = locate(one).url.password or ""
    assert len(password) == 32
    assert password not in "".join(said)
    folder = _binaries()
    assert folder is not None
    for command in said:
        program, *arguments = shlex.split(command)
        subprocess.run([str(folder / program), *arguments], env={"PGPASSWORD": password}, check=True, capture_output=True)
    assert content(other) == content(one)
    with Store.open(other) as store:
        assert store.verify_acts().is_whole
        assert store.add_act(an_act()).entries == 4
