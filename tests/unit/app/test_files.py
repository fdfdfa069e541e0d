"""Files into the store: what lies in trees and archives, and what could not be read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pqscan.app import assess, open_store, scan_files
from pqscan.app.files import FileScan, FilesProgress, machine_certificates, run_file_scan
from pqscan.model.inventory import RunState
from pqscan.model.outcome import OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.model.target import FileTarget
from pqscan.policy.state import State
from pqscan.scan.files.walk import walk
from tests.unit.scan.files.test_examine import PEM, zipped


def test_a_folder_is_walked_and_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "text.txt").write_text("nothing")
    (tree / "a.zip").write_bytes(zipped({"c.pem": PEM}))
    os.mkfifo(tree / "pipe")
    with open_store(str(tmp_path / "store.sqlite"), create=True) as store:
        run = scan_files([tree, tmp_path / "missing"], store, machine="here")
        assert run.counts == {OutcomeStatus.COMPLETED: 2, OutcomeStatus.EXCLUDED: 1, OutcomeStatus.UNREACHABLE: 1}
        assert (run.state, run.cursor) == (RunState.FINISHED, 4)
        found = {sighting.target: (sighting.probe, sighting.status) for sighting in store.sightings()}
        assert found == {
            FileTarget("here", str(tree / "a.zip"), ("c.pem",)): ("certificate_file", OutcomeStatus.COMPLETED),
            FileTarget("here", str(tree / "pipe")): ("file", OutcomeStatus.EXCLUDED),
            FileTarget("here", str(tmp_path / "missing")): ("file", OutcomeStatus.UNREACHABLE),
        }
        assert {line.reason.code for line in store.coverage(run.id).not_read} == {"no_regular_file", "file_unreadable"}


def test_a_second_scan_of_the_same_adds_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.pem").write_bytes(PEM)
    with open_store(str(tmp_path / "store.sqlite"), create=True) as store:
        for _ in range(2):
            scan_files([tmp_path / "a.pem"], store, machine="here")
        (sighting,) = store.sightings()
        assert sighting.first_seen < sighting.last_seen
        assert len(list(store.runs())) == 2


def test_an_interrupted_scan_keeps_what_was_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / "c.pem").write_bytes(PEM)

    def interrupted(paths: object, **options: object) -> object:
        yield from walk([str(tmp_path / "a")])
        raise KeyboardInterrupt

    monkeypatch.setattr("pqscan.app.files.walk", interrupted)
    with open_store(str(tmp_path / "store.sqlite"), create=True) as store:
        with pytest.raises(KeyboardInterrupt):
            scan_files([tmp_path / "a", tmp_path / "b"], store)
        (run,) = store.runs()
        assert run.state is RunState.INTERRUPTED


def test_progress_is_told(tmp_path: Path) -> None:
    (tmp_path / "c.pem").write_bytes(PEM)
    told: list[FilesProgress] = []
    with open_store(str(tmp_path / "store.sqlite"), create=True) as store:
        run_file_scan(FileScan((tmp_path / "c.pem",)), store, told.append)
    assert told[-1] == FilesProgress(files=1, octets=len(PEM), outcomes=1)


@pytest.mark.skipif(not machine_certificates(), reason="this machine keeps no certificates where systems keep them")
def test_the_certificates_that_this_machine_trusts_are_read(tmp_path: Path) -> None:
    with open_store(str(tmp_path / "store.sqlite"), create=True) as store:
        run = scan_files(machine_certificates(), store)
        assert set(run.counts) == {OutcomeStatus.COMPLETED}
        assert len(store.certificates()) > 10


def test_what_a_file_holds_no_more_ends_and_so_does_what_was_in_a_file_that_is_gone(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "kept.pem").write_bytes(PEM)
    (tree / "emptied.pem").write_bytes(PEM)
    (tree / "gone.zip").write_bytes(zipped({"c.pem": PEM}))
    os.mkfifo(tree / "mended")
    with open_store(str(tmp_path / "store.sqlite"), create=True) as store:
        scan_files([tree], store, machine="here")
        before = {target.sighting.target: target.authentication.state for target in assess(store).targets()}
        (tree / "emptied.pem").write_text("nothing")
        (tree / "gone.zip").unlink()
        (tree / "mended").unlink()
        (tree / "mended").write_bytes(PEM)
        (tmp_path / "outside.pem").write_bytes(PEM)
        scan_files([tree], store, machine="here")
        after = {
            (t.sighting.target, t.sighting.probe): (t.authentication.state, t.sighting.detail) for t in assess(store).targets()
        }
        for _ in range(2):  # It is told once: a further scan has nothing to add.
            assert scan_files([tree], store, machine="here").counts == {OutcomeStatus.COMPLETED: 3}
    emptied = FileTarget("here", str(tree / "emptied.pem"))
    gone = FileTarget("here", str(tree / "gone.zip"), ("c.pem",))
    assert before[emptied] is before[gone] is State.VULNERABLE
    assert after[emptied, "certificate_file"] == (State.NONE, Reason.of("file_holds_it_no_more"))
    assert after[gone, "certificate_file"] == (State.NONE, Reason.of("file_gone"))
    assert after[FileTarget("here", str(tree / "kept.pem")), "certificate_file"][0] is State.VULNERABLE
    assert after[FileTarget("here", str(tree / "mended")), "certificate_file"][0] is State.VULNERABLE
    assert after[FileTarget("here", str(tree / "mended")), "file"] == (State.NONE, Reason.of("file_holds_it_no_more"))


def test_nothing_ends_where_nobody_looked_or_a_file_was_not_read(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / "c.pem").write_bytes(PEM)
    with open_store(str(tmp_path / "store.sqlite"), create=True) as store:
        scan_files([tmp_path / "a", tmp_path / "b"], store, machine="here")
        (tmp_path / "b" / "c.pem").unlink()
        scan_files([tmp_path / "a"], store, machine="here")
        scan_files([tmp_path / "b"], store, machine="elsewhere")
        (tmp_path / "a" / "c.pem").unlink()
        os.mkfifo(tmp_path / "a" / "c.pem")
        scan_files([tmp_path / "a"], store, machine="here")
        states = [t.authentication.state for t in assess(store).targets() if t.sighting.probe == "certificate_file"]
    assert states == [State.VULNERABLE, State.VULNERABLE]
