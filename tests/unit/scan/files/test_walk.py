"""The walk: regular files once each, in one order, and a reason for everything else."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from pqscan.model.outcome import OutcomeStatus
from pqscan.scan.files.walk import Entry, Skipped, walk


def paths(*roots: Path) -> list[str]:
    return [step.path for step in walk(map(str, roots)) if isinstance(step, Entry)]


def skipped(*roots: Path, one_file_system: bool = False) -> dict[str, tuple[OutcomeStatus, str]]:
    steps = walk(map(str, roots), one_file_system=one_file_system)
    return {step.path: (step.status, step.reason.code) for step in steps if isinstance(step, Skipped)}


def test_files_come_once_each_and_folders_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("b/z", "b/a", "a/x", "a/b/deep"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "top").write_text("")
    expected = [str(tmp_path / name) for name in ("top", "a/x", "a/b/deep", "b/a", "b/z")]
    assert paths(tmp_path) == expected
    assert paths(tmp_path, tmp_path / "a", tmp_path / "top") == expected


def test_no_link_is_followed_but_one_that_is_named(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "file").write_text("")
    (tmp_path / "tree" / "link").symlink_to(tmp_path / "outside")
    (tmp_path / "tree" / "circle").symlink_to(tmp_path / "tree")
    assert paths(tmp_path / "tree") == []
    assert paths(tmp_path / "tree" / "link") == [str(tmp_path / "tree" / "link" / "file")]
    assert paths(tmp_path / "tree", tmp_path / "tree" / "link") == [str(tmp_path / "tree" / "link" / "file")]


def test_what_is_no_regular_file_is_told_and_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(tmp_path / "socket"))
        assert skipped(tmp_path) == {
            str(tmp_path / "pipe"): (OutcomeStatus.EXCLUDED, "no_regular_file"),
            str(tmp_path / "socket"): (OutcomeStatus.EXCLUDED, "no_regular_file"),
        }
    assert skipped(Path("/dev/null")) == {"/dev/null": (OutcomeStatus.EXCLUDED, "no_regular_file")}


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    (step,) = walk([str(tmp_path / "nothing")])
    assert isinstance(step, Skipped)
    assert (step.status, step.reason.code, step.reason.parameters) == (
        OutcomeStatus.UNREACHABLE, "file_unreadable", (("error", "ENOENT"),),
    )  # fmt: skip
    (step,) = walk(["a\0b"])
    assert isinstance(step, Skipped)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every folder")
def test_a_folder_that_may_not_be_read_is_told_and_the_others_are_walked(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0)
    (tmp_path / "file").write_text("")
    assert paths(tmp_path) == [str(tmp_path / "file")]
    assert skipped(tmp_path) == {str(tmp_path / "closed"): (OutcomeStatus.UNREACHABLE, "file_unreadable")}


@pytest.mark.skipif(not Path("/proc/self/mountinfo").exists(), reason="only Linux shows such a file system")
def test_the_file_systems_of_the_kernel_are_not_entered() -> None:
    assert skipped(Path("/proc")) == {"/proc": (OutcomeStatus.EXCLUDED, "folder_of_the_kernel")}


def test_names_that_are_no_text_are_walked(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/\xff\xfe.pem"
    Path(os.fsdecode(name)).write_text("")
    assert [os.fsencode(path) for path in paths(tmp_path)] == [name]


def test_an_entry_tells_what_a_later_scan_compares(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("12345")
    os.link(tmp_path / "a", tmp_path / "b")
    first, second = (step for step in walk([str(tmp_path)]) if isinstance(step, Entry))
    found = os.stat(tmp_path / "a")
    assert (first.size, first.modified_ns, first.identity, first.links) == (5, found.st_mtime_ns, (found.st_dev, found.st_ino), 2)
    assert second.identity == first.identity
