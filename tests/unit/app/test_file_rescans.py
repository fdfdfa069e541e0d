"""Scans of files once more: what did not change is not read and counts as seen, `full` disbelieves, a run is resumed."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import PrivateFormat

from pqscan.app import files as scanning
from pqscan.app.files import FileScan, FilesProgress, resume_file_scan, run_file_scan
from pqscan.app.place import open_store
from pqscan.errors import StoreError, UsageError, WorkError
from pqscan.model.inventory import Run, RunState
from pqscan.model.outcome import OutcomeStatus
from pqscan.model.target import FileTarget
from pqscan.scan.files.bounds import Bounds
from pqscan.scan.files.walk import Step, walk
from pqscan.store.repository import Store
from tests.integration.test_private_key_file import pem
from tests.unit.scan.files.test_examine import PEM, zipped
from tests.unit.wire.packages.making import rpm_ahead

LATER = 3_000_000_000  # ns, more than a look doubts


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    tree = tmp_path / "tree"
    (tree / "sub").mkdir(parents=True)
    (tree / "a.pem").write_bytes(PEM)
    (tree / "text").write_text("nothing")
    (tree / "sub" / "b.zip").write_bytes(zipped({"c.pem": PEM}))
    return tree


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(str(tmp_path / "store.sqlite"), create=True) as opened:
        yield opened


@pytest.fixture(autouse=True)
def _later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that a test has just written are old enough."""
    monkeypatch.setattr(scanning, "time_ns", lambda: time.time_ns() + LATER)


def look(store: Store, tree: Path, **options: object) -> tuple[Run, FilesProgress]:
    told: list[FilesProgress] = []
    run = run_file_scan(FileScan((tree,), "here", **options), store, told.append)  # type: ignore[arg-type]
    return run, told[-1]


def test_what_did_not_change_is_not_read_and_counts_as_seen(store: Store, tree: Path) -> None:
    first, progress = look(store, tree)
    assert (progress.files, progress.unchanged) == (3, 0)
    before = {sighting.target: sighting.last_seen for sighting in store.sightings()}
    second, progress = look(store, tree)
    assert (progress.files, progress.unchanged, progress.octets) == (3, 3, 0)
    assert second.counts == first.counts == {OutcomeStatus.COMPLETED: 3}
    after = list(store.sightings())
    assert {sighting.target for sighting in after} == before.keys()
    assert all(sighting.last_seen > before[sighting.target] for sighting in after)
    assert all(sighting.run == second.id for sighting in after)
    assert {s.target for s in store.sightings(second.id)} == before.keys(), "the run saw them"
    assert all(pair.before and pair.after for pair in store.sightings_between(first.id, second.id))
    assert len(list(store.history())) == len(before), "no interval was added"


def test_what_changed_is_read_and_what_went_ends(store: Store, tree: Path) -> None:
    look(store, tree)
    (tree / "text").write_bytes(PEM)
    (tree / "sub" / "b.zip").unlink()
    _, progress = look(store, tree)
    assert (progress.files, progress.unchanged) == (2, 1)
    details = {os.path.basename(s.target.path): s.detail and s.detail.code for s in store.sightings()}  # type: ignore[union-attr]
    assert details == {"a.pem": None, "text": None, "b.zip": "file_gone"}


def test_a_database_that_is_written_ahead_of_is_read_again_though_it_did_not_change(store: Store, tree: Path) -> None:
    database, log = rpm_ahead(tree, [("openssl-libs", "3.2.2", "1", 1)], [("bash", "5", "1", None)])
    path = tree / "rpmdb.sqlite"
    path.write_bytes(database)
    before = path.stat()
    assert look(store, tree)[1].unchanged == 0
    (tree / "rpmdb.sqlite-wal").write_bytes(log)
    assert path.stat().st_ctime_ns == before.st_ctime_ns
    run, progress = look(store, tree)
    assert progress.unchanged == 3
    details = {os.path.basename(s.target.path): s.detail and s.detail.code for s in store.sightings(run.id)}  # type: ignore[union-attr]
    assert details["rpmdb.sqlite"] == "database_written_ahead"
    assert details["rpmdb.sqlite-wal"] == "package_database_log_not_read"


def test_what_cannot_be_looked_at_any_more_is_not_called_gone(store: Store, tree: Path) -> None:
    look(store, tree)
    for path in sorted((tree / "sub").iterdir()):
        path.unlink()
    (tree / "sub").rmdir()
    (tree / "sub").symlink_to("sub")  # Whoever follows it is told of a loop, and never that nothing is there.
    look(store, tree)
    assert "file_gone" not in {sighting.detail and sighting.detail.code for sighting in store.sightings()}


def test_a_change_that_keeps_size_and_time_of_change_to_the_content_is_seen(store: Store, tree: Path) -> None:
    look(store, tree)
    known = os.stat(tree / "a.pem")
    (tree / "a.pem").write_bytes(b"x" * known.st_size)
    os.utime(tree / "a.pem", ns=(known.st_atime_ns, known.st_mtime_ns))
    look(store, tree)
    assert "file_holds_it_no_more" in {s.detail.code for s in store.sightings() if s.detail}


@pytest.mark.parametrize("different", [{"full": True}, {"bounds": Bounds(members=5)}], ids=["full", "other bounds"])
def test_what_disbelieves_reads_everything(store: Store, tree: Path, different: dict[str, object]) -> None:
    look(store, tree)
    _, progress = look(store, tree, **different)
    assert (progress.files, progress.unchanged) == (3, 0)


def test_another_machine_is_another_matter(store: Store, tree: Path) -> None:
    look(store, tree)
    told: list[FilesProgress] = []
    run_file_scan(FileScan((tree,), "elsewhere"), store, told.append)
    assert told[-1].unchanged == 0


def test_a_file_that_was_not_read_to_its_end_is_read_each_time(store: Store, tree: Path) -> None:
    (tree / "damaged.zip").write_bytes(zipped({"c.pem": PEM})[:-10])
    for _ in range(2):
        _, progress = look(store, tree)
    assert (progress.files, progress.unchanged) == (4, 3)


def interrupt_after(monkeypatch: pytest.MonkeyPatch, steps: int) -> None:
    walk = scanning.walk

    def interrupted(*arguments: object, **options: object) -> Iterator[Step]:
        for number, step in enumerate(walk(*arguments, **options)):  # type: ignore[arg-type]
            if number == steps:
                raise KeyboardInterrupt
            yield step

    monkeypatch.setattr(scanning, "walk", interrupted)


@pytest.mark.parametrize("full", [False, True])
def test_an_interrupted_run_is_resumed_with_its_own_options(
    store: Store, tree: Path, monkeypatch: pytest.MonkeyPatch, full: bool
) -> None:
    if full:
        look(store, tree)  # What an earlier run read is not believed.
    monkeypatch.setattr("pqscan.scan.files.unchanged._STEPS_AT_ONCE", 1)
    monkeypatch.setattr("pqscan.scan.files.workers._FEW_FILES", 1)
    monkeypatch.setattr("pqscan.scan.files.workers._PARCEL_FILES", 1)
    started: list[Run] = []
    with monkeypatch.context() as patched:
        interrupt_after(patched, 2)
        with pytest.raises(KeyboardInterrupt):
            run_file_scan(FileScan((tree,), "here", processes=1, full=full), store, begun=started.append)
    (broken,) = (run for run in store.runs() if run.id == started[0].id)
    assert (broken.state, broken.cursor) == (RunState.INTERRUPTED, 2)
    told: list[FilesProgress] = []
    done = resume_file_scan(broken.id, store, told.append)
    assert (done.id, done.state, done.cursor, done.counts) == (broken.id, RunState.FINISHED, 3, {OutcomeStatus.COMPLETED: 3})
    assert told[-1].unchanged == 2, "what was read until then was not read again"
    assert len(list(store.sightings(broken.id))) == 2
    assert len(store.runs()) == (2 if full else 1)


def test_a_run_goes_on_under_its_own_authorisation_alone(store: Store, tree: Path) -> None:
    """What another paper permits is another run: else what the first one forbids would be read in its name."""
    run, _ = look(store, tree)
    with pytest.raises(UsageError, match="another authorisation, or none"):
        resume_file_scan(run.id, store, authorisation="another.toml")


def test_a_run_that_is_no_scan_of_files_or_none_of_ours_is_not_resumed(store: Store, tree: Path) -> None:
    with pytest.raises(UsageError, match="the store has no run"):
        resume_file_scan("none", store)
    run, _ = look(store, tree)
    with pytest.raises(StoreError, match="does not say how it was started"):
        FileScan.decode('{"paths": ["relative"], "bounds": {}}', run.id)
    kept = FileScan.decode(run.arguments, run.id)
    assert (kept.paths, kept.machine, kept.bounds) == ((tree,), "here", Bounds())


def test_passwords_are_not_kept_with_the_run(store: Store, tree: Path) -> None:
    run, _ = look(store, tree, passwords=("bi-mat",))
    assert "bi-mat" not in run.arguments
    assert FileScan.decode(run.arguments, run.id).passwords == ()


def test_two_scans_of_the_same_are_not_at_work_at_once(store: Store, tree: Path) -> None:
    def begun(run: Run) -> None:
        with pytest.raises(WorkError, match="are being scanned into this store already"):
            look(store, tree)

    run_file_scan(FileScan((tree,), "here"), store, begun=begun)


def test_what_was_read_below_another_path_is_read_again_as_the_path_tells_code_of_tests(store: Store, tree: Path) -> None:
    (tree / "tests").mkdir()
    (tree / "tests" / "a.py").write_text("import hashlib\nhashlib.md5(b'')\n")

    look(store, tree / "tests")
    _, progress = look(store, tree)
    assert progress.unchanged == 0


def test_a_run_that_is_resumed_with_passwords_opens_what_stayed_locked(store: Store, tree: Path) -> None:
    made = rsa.generate_private_key(65537, 1024)
    (tree / "locked.pem").write_bytes(pem(made, password=b"mot hai"))
    (tree / "old.pem").write_bytes(pem(made, PrivateFormat.TraditionalOpenSSL, b"mot hai"))  # Tells its algorithm, and no size.
    run, _ = look(store, tree)
    told: list[FilesProgress] = []
    resume_file_scan(run.id, store, told.append, passwords=("mot hai",))
    assert (told[-1].files, told[-1].unchanged) == (5, 3), "what is not locked is not read again"
    opened = store.profiles({s.profile for s in store.sightings() if s.probe == "private_key_file" and s.profile}).values()
    sizes = [value for profile in opened for o in profile.observations for key, value in o.parameters if key == "size_bits"]
    assert sizes == [1024, 1024]
    resume_file_scan(run.id, store, told.append)
    assert (told[-1].files, told[-1].unchanged) == (5, 5)


def test_a_resumed_run_tells_what_a_file_holds_by_then(store: Store, tree: Path) -> None:
    (tree / "b.pem").write_bytes(PEM)
    run, _ = look(store, tree)
    (tree / "a.pem").write_bytes(pem(rsa.generate_private_key(65537, 1024)))
    (tree / "b.pem").unlink()
    resume_file_scan(run.id, store)
    told = {(s.target.path.rpartition("/")[2], s.probe): s.detail and s.detail.code for s in store.sightings(run.id)}  # type: ignore[union-attr]
    assert told == {
        ("a.pem", "certificate_file"): "file_holds_it_no_more",
        ("a.pem", "private_key_file"): None,
        ("b.pem", "certificate_file"): "file_gone",
        ("b.zip", "certificate_file"): None,
    }


def test_what_vanishes_while_it_is_read_ends_when_it_is_seen_to_be_gone(
    store: Store, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def details() -> dict[str, str | None]:
        return {
            target.path.rpartition("/")[2]: sighting.detail and sighting.detail.code
            for sighting in store.sightings()
            if isinstance(target := sighting.target, FileTarget) and sighting.probe == "certificate_file"
        }

    look(store, tree)

    def meddled(*arguments: object, **options: object) -> Iterator[Step]:
        for step in walk(*arguments, **options):  # type: ignore[arg-type]
            if step.path.endswith("a.pem"):
                os.unlink(step.path)
                os.rename(tree / "sub", tree.parent / "away")
            yield step

    monkeypatch.setattr(scanning, "walk", meddled)
    run, _ = look(store, tree, full=True)
    assert run.state is RunState.FINISHED
    assert details() == {"a.pem": None, "b.zip": "file_gone"}, "a.pem was listed; that it is gone was not looked at"
    monkeypatch.setattr(scanning, "walk", walk)
    look(store, tree)
    assert details() == {"a.pem": "file_gone", "b.zip": "file_gone"}
