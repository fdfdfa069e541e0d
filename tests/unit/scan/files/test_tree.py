"""A tree as outcomes: in one process and in several the same, further names of one file read once, a worker's death survived."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest
from pqscan_probes.certificate_file import CertificateFileProbe

from pqscan.model.outcome import Facts, Outcome, OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.model.target import FileTarget
from pqscan.probe import FileProbe, FileSource, Mark
from pqscan.scan.files import workers
from pqscan.scan.files.tree import Looked, Tree
from pqscan.scan.files.walk import walk
from pqscan.scan.files.workers import Setup
from tests.unit.scan.files.test_examine import PEM


def certificates() -> Sequence[FileProbe]:
    return (CertificateFileProbe(),)


class Deadly:
    name = "deadly"
    marks = (Mark("deadly", "DEADLY"),)

    async def run(self, target: FileTarget, source: FileSource) -> Facts:
        os._exit(9)


def deadly() -> Sequence[FileProbe]:
    return (CertificateFileProbe(), Deadly())


def looked(root: Path, setup: Setup) -> list[Looked]:
    return list(Tree("m", setup).looked(walk([str(root)])))


def places(steps: Sequence[Looked]) -> list[tuple[str, str, OutcomeStatus]]:
    return [(path(outcome), outcome.probe, outcome.status) for step in steps for outcome in step.outcomes]


def path(outcome: Outcome) -> str:
    assert isinstance(outcome.target, FileTarget)
    return os.path.basename(outcome.target.path)


def test_only_what_holds_something_or_could_not_be_read_has_outcomes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(PEM)
    (tmp_path / "b").write_text("nothing")
    os.mkfifo(tmp_path / "c")
    steps = looked(tmp_path, Setup(certificates))
    assert Counter(step.status for step in steps) == {OutcomeStatus.COMPLETED: 2, OutcomeStatus.EXCLUDED: 1}
    assert sorted(places(steps)) == [
        ("a", "certificate_file", OutcomeStatus.COMPLETED), ("c", "file", OutcomeStatus.EXCLUDED),
    ]  # fmt: skip


def test_further_names_of_a_file_are_told_and_read_once(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(PEM)
    for name in ("b", "c"):
        os.link(tmp_path / "a", tmp_path / name)
    steps = looked(tmp_path, Setup(certificates))
    assert sorted(name for name, _, _ in places(steps)) == ["a", "b", "c"]
    assert sum(step.octets for step in steps) == len(PEM)


@pytest.fixture
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_FEW_FILES", 2)
    monkeypatch.setattr(workers, "_PARCEL_FILES", 4)


@pytest.mark.usefixtures("_at_once")
def test_several_processes_give_what_one_gives_in_the_same_order(tmp_path: Path) -> None:
    for number in range(40):
        (tmp_path / f"{number:02}").write_bytes(PEM if number % 3 else b"nothing")
    alone, together = (looked(tmp_path, Setup(certificates, processes=number)) for number in (1, 2))
    assert places(together) == places(alone)
    assert len(places(alone)) == 26
    profiles = [[o.profile and o.profile.digest for step in steps for o in step.outcomes] for steps in (alone, together)]
    assert profiles[0] == profiles[1]


@pytest.mark.usefixtures("_at_once")
def test_a_file_that_kills_its_worker_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / f"{number:02}").write_bytes(b"DEADLY" if number == 11 else PEM)
    steps = looked(tmp_path, Setup(deadly, processes=2))
    assert [place for place in places(steps) if place[1] == "file"] == [("11", "file", OutcomeStatus.BUG)]
    assert sorted(name for name, probe, _ in places(steps) if probe != "file") == [f"{n:02}" for n in range(20) if n != 11]


def test_what_is_asked_after_a_worker_died_is_read_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"DEADLY")
    (tmp_path / "b").write_bytes(PEM)
    crew = workers._Crew(Setup(deadly, processes=1), 1)
    try:
        with pytest.raises(BrokenProcessPool):
            crew._ask([FileTarget("m", str(tmp_path / "a"))]).result()
        results = list(crew.examined(iter([(FileTarget("m", str(tmp_path / "b")), 1)])))
    finally:
        crew.stop()
    assert [outcome.probe for _, result in results for outcome in result.outcomes] == ["certificate_file"]


class Endless:
    """Says that it was begun, and never ends by itself."""

    name = "endless"
    marks = (Mark("endless", "ENDLESS"),)

    async def run(self, target: FileTarget, source: FileSource) -> Facts:
        Path(target.path).with_suffix(".begun").touch()  # It never waits for anything.
        threading.Event().wait()
        raise AssertionError


def endless() -> Sequence[FileProbe]:
    return (Endless(),)


@pytest.mark.usefixtures("_at_once")
def test_an_interrupt_does_not_wait_for_what_is_being_read(tmp_path: Path) -> None:
    for number in range(8):
        (tmp_path / f"{number:02}").write_bytes(b"ENDLESS" if number == 7 else b"nothing")
    steps = Tree("m", Setup(endless, processes=2)).looked(walk([str(tmp_path)]))
    assert [next(steps).status for _ in range(2)] == [OutcomeStatus.COMPLETED] * 2
    next(steps)  # The workers have begun.
    assert any((tmp_path / "07.begun").exists() for _ in range(30_000_000)), "the endless file was begun"
    steps.close()  # type: ignore[attr-defined]  # It is a generator.
    assert multiprocessing.active_children() == []


def test_a_file_whose_only_certificate_is_broken_is_malformed_itself(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(PEM.replace(b"MII", b"AAA"))
    (step,) = looked(tmp_path, Setup(certificates))
    assert step.status is OutcomeStatus.MALFORMED


class Speaking:
    """Says into the first process's output that it was begun, and never ends by itself."""

    name = "speaking"
    marks = (Mark("endless", "ENDLESS"),)

    async def run(self, target: FileTarget, source: FileSource) -> Facts:
        os.write(1, b"begun\n")
        threading.Event().wait()
        raise AssertionError


def speaking() -> Sequence[FileProbe]:
    return (Speaking(),)


KILLED = """
import sys, threading
from tests.unit.scan.files.test_tree import speaking, looked, Setup, Path, workers
if sys.argv[2] == "threads":
    threading.Thread(target=threading.Event().wait, daemon=True).start()
workers._FEW_FILES = 1
looked(Path(sys.argv[1]), Setup(speaking, processes=2))
"""


@pytest.mark.parametrize("others", ["threads", "none"])
def test_where_the_first_process_is_killed_its_workers_end(tmp_path: Path, others: str) -> None:
    (tmp_path / "a").write_text("nothing")
    (tmp_path / "b").write_text("ENDLESS")
    command = [sys.executable, "-c", KILLED, str(tmp_path), others]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[4]) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == b"begun\n"
        first.kill()
        assert first.communicate(timeout=60) == (b"", None), "whoever still runs holds the output open"


class Telling:
    """Says which process read the file."""

    name = "telling"
    marks = (Mark("who", "WHO"),)

    async def run(self, target: FileTarget, source: FileSource) -> Facts:
        return Facts((), complete=False, detail=Reason.of("internal_error", error=str(os.getpid())))


def telling() -> Sequence[FileProbe]:
    return (Telling(),)


def test_few_large_files_are_shared_as_many_small_ones_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_FEW_FILES", 100)
    monkeypatch.setattr(workers, "_FEW_OCTETS", 100)
    monkeypatch.setattr(workers, "_PARCEL_OCTETS", 100)
    for number in range(6):
        (tmp_path / f"{number}").write_bytes(b"WHO" + bytes(100))
    steps = looked(tmp_path, Setup(telling, processes=2))
    readers = [outcome.detail for step in steps for outcome in step.outcomes]
    here = Reason.of("internal_error", error=str(os.getpid()))
    assert [reader == here for reader in readers] == [True, *[False] * 5]
