"""Files that change, grow, become links or vanish between being listed and being read: one reason each, and the others are read."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest

from pqscan.model.outcome import OutcomeStatus
from pqscan.model.target import FileTarget
from pqscan.scan.files import examine as examining
from pqscan.scan.files import piece
from pqscan.scan.files.bounds import Bounds, Counted
from pqscan.scan.files.examine import Examined
from pqscan.scan.files.tree import Looked, Tree
from pqscan.scan.files.walk import Entry, Skipped, walk
from pqscan.scan.files.workers import Setup
from tests.unit.scan.files.test_examine import PEM, examiner, found, not_read, zipped
from tests.unit.scan.files.test_tree import certificates

LARGE = PEM + b"\n" * (3 << 20) + PEM
CHANGED = [((), "file_changed_meanwhile", OutcomeStatus.CLOSED_EARLY)]


def truncated(path: Path) -> None:
    os.truncate(path, 100)


def replaced(path: Path) -> None:
    """In place, with fewer octets, as editors do not."""
    path.write_bytes(b"nothing")


def moved_over(path: Path) -> None:
    """Another file under the same name: what was opened stays whole."""
    other = path.with_name("other")
    other.write_bytes(b"nothing")
    other.replace(path)


def appended(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"further")


def looked_at(root: Path, meddle: Callable[[Path], None]) -> dict[str, Looked]:
    """Each file of a tree by its name; `meddle` is done to the one that is called `a`, once it was listed."""

    def steps() -> object:
        for step in walk([str(root)]):
            if step.path.endswith("/a"):
                meddle(Path(step.path))
            yield step

    return {os.path.basename(step.path): step for step in Tree("m", Setup(certificates)).looked(steps())}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("meddle", "code"),
    [
        (Path.unlink, "file_unreadable"),
        (lambda path: (path.unlink(), path.mkdir()), "file_unreadable"),
        (lambda path: (path.unlink(), os.mkfifo(path)), "file_unreadable"),
        (lambda path: (path.unlink(), path.symlink_to("b")), "file_changed_meanwhile"),
    ],
    ids=["gone", "folder", "pipe", "link"],
)
def test_what_is_no_file_any_more_when_it_is_opened_is_told_and_the_others_are_read(
    tmp_path: Path, meddle: Callable[[Path], None], code: str
) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(PEM)
    looked = looked_at(tmp_path, meddle)
    (told,) = looked["a"].outcomes
    assert (told.detail and told.detail.code, told.profile, looked["a"].is_through) == (code, None, False)
    assert looked["b"].is_through


@pytest.mark.parametrize("meddle", [truncated, replaced, moved_over], ids=lambda each: each.__name__)
def test_what_another_file_is_by_then_is_read_as_that(tmp_path: Path, meddle: Callable[[Path], None]) -> None:
    (tmp_path / "a").write_bytes(PEM)
    looked = looked_at(tmp_path, meddle)
    assert looked["a"].status in (OutcomeStatus.COMPLETED, OutcomeStatus.MALFORMED)
    assert all(outcome.profile is None for outcome in looked["a"].outcomes)


def examined_while(path: Path, meddle: Callable[[Path], None], at_call: int, *, bounds: Bounds | None = None) -> Examined:
    """`meddle` is done at one question for the time: the first is asked before the file is opened, each other after a read."""
    calls = 0

    def clock() -> float:
        nonlocal calls
        calls += 1
        if calls == at_call:
            meddle(path)
        return 0.0

    return examiner(bounds=bounds, clock=clock).examine(FileTarget("m", str(path)))


@pytest.mark.parametrize("at_call", [2, 3, 4], ids=["first read", "second read", "third read"])
@pytest.mark.parametrize("meddle", [truncated, replaced, appended], ids=lambda each: each.__name__)
def test_a_large_file_that_changes_while_it_is_read_is_told_once_and_what_was_read_is_not_all(
    tmp_path: Path, meddle: Callable[[Path], None], at_call: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(piece, "PIECE_OCTETS", 1 << 20)
    monkeypatch.setattr(piece, "OVERLAP_OCTETS", 1 << 12)
    (tmp_path / "a").write_bytes(LARGE)
    examined = examined_while(tmp_path / "a", meddle, at_call)
    assert not_read(examined) == CHANGED
    assert found(examined) == [()]
    assert [outcome.profile.complete for outcome in examined.outcomes if outcome.profile is not None] == [False]
    assert not examined.is_through


@pytest.mark.parametrize("meddle", [Path.unlink, moved_over], ids=["unlink", "moved_over"])
def test_what_was_opened_is_read_to_its_end_whatever_becomes_of_its_name(tmp_path: Path, meddle: Callable[[Path], None]) -> None:
    (tmp_path / "a").write_bytes(LARGE)
    examined = examined_while(tmp_path / "a", meddle, 2)
    assert (not_read(examined), found(examined)) == ([], [()])


def test_a_file_that_is_cut_between_being_opened_and_being_read_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a"
    path.write_bytes(LARGE)

    class Meddled(Counted):
        def read(self, size: int = -1, /) -> bytes:
            truncated(path)
            return super().read(size)

    monkeypatch.setattr(examining, "Counted", Meddled)
    assert not_read(examiner().examine(FileTarget("m", str(path)))) == CHANGED


def test_an_archive_that_is_still_being_written_is_told_as_that_alone(tmp_path: Path) -> None:
    whole = zipped({"a.pem": os.urandom(3 << 20)})
    (tmp_path / "a").write_bytes(whole[: 2 << 20])
    examined = examined_while(tmp_path / "a", lambda path: path.write_bytes(whole[: 1 << 20]), 2)
    assert [told for told in not_read(examined) if not told[0]] == CHANGED


def test_a_file_that_grows_for_ever_ends_at_the_bound_and_is_told_once(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(LARGE)

    def growing() -> float:
        with path.open("ab") as file:
            file.write(bytes(1 << 20))
        return 0.0

    examined = examiner(bounds=Bounds(octets=24 << 20), clock=growing).examine(FileTarget("m", str(path)))
    assert not_read(examined) == [((), "file_octets_spent", OutcomeStatus.TIMED_OUT)]
    assert [outcome.profile.complete for outcome in examined.outcomes if outcome.profile is not None] == [False]


def test_where_a_disk_fails_in_the_middle_what_was_read_is_not_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(LARGE)

    class Failing(Counted):
        def __init__(self, stream: BinaryIO, left: object) -> None:
            super().__init__(stream, left)  # type: ignore[arg-type]
            self.reads = 0

        def read(self, size: int = -1, /) -> bytes:
            self.reads += 1
            if self.reads > 3:
                raise OSError(5, "Input/output error")
            return super().read(size)

    monkeypatch.setattr(piece, "PIECE_OCTETS", 1 << 20)
    monkeypatch.setattr(piece, "OVERLAP_OCTETS", 1 << 12)
    monkeypatch.setattr(examining, "Counted", Failing)
    examined = examiner().examine(FileTarget("m", str(tmp_path / "a")))
    assert not_read(examined) == [((), "file_unreadable", OutcomeStatus.UNREACHABLE)]
    assert [outcome.profile.complete for outcome in examined.outcomes if outcome.profile is not None] == [False]


@pytest.mark.parametrize(
    ("meddle", "code"),
    [
        (shutil.rmtree, "file_unreadable"),
        (lambda path: (shutil.rmtree(path), path.write_bytes(PEM)), "file_unreadable"),
        (lambda path: (path.rename(path.with_name("z")), path.symlink_to("z")), "file_changed_meanwhile"),
    ],
    ids=["gone", "file", "link"],
)
def test_a_folder_that_is_none_any_more_is_told_and_the_others_are_walked(
    tmp_path: Path, meddle: Callable[[Path], None], code: str
) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "f").write_bytes(PEM)
    steps = []
    for step in walk([str(tmp_path)]):
        if step.path.endswith("a/f"):
            meddle(tmp_path / "b")
        steps.append((step.path.removeprefix(f"{tmp_path}/"), step.reason.code if isinstance(step, Skipped) else None))
        assert isinstance(step, Entry | Skipped)
    assert steps == [("a/f", None), ("b", code), ("c/f", None)]
