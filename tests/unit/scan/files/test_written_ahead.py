"""Databases of SQLite with a write-ahead log beside them, which SQLite itself wrote: what they show is not told as whole."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from pqscan_probes.package_database import PackageDatabaseProbe

from pqscan.model.outcome import Outcome
from pqscan.model.target import FileTarget
from pqscan.scan.files.bounds import Bounds
from pqscan.scan.files.examine import Examined, Examiner
from tests.unit.scan.files.test_examine import NOW, tarred, zipped
from tests.unit.scan.files.test_images import docker
from tests.unit.wire.packages.making import rpm_ahead

OLD, NEW = ("openssl-libs", "3.2.2", "6.el9", 1), ("openssl-libs", "3.5.1", "1.el9", 1)


@pytest.fixture
def ahead(tmp_path: Path) -> tuple[bytes, bytes]:
    folder = tmp_path / "written"
    folder.mkdir()
    return rpm_ahead(folder, [OLD], [NEW])


def examined(path: Path) -> Examined:
    return Examiner((PackageDatabaseProbe(),), Bounds(), lambda: NOW, lambda: 0.0, {str(path)}).examine(FileTarget("m", str(path)))


def told(outcomes: tuple[Outcome, ...]) -> list[tuple[str, bool | None, str | None]]:
    """Of each outcome the last part of its name, whether it is whole, and its reason."""
    return [
        (
            one.target.members[-1] if isinstance(one.target, FileTarget) and one.target.members else "",
            None if one.profile is None else one.profile.complete,
            None if one.detail is None else one.detail.code,
        )
        for one in outcomes
    ]


def laid(folder: Path, database: bytes, log: bytes | None) -> Path:
    path = folder / "rpmdb.sqlite"
    path.write_bytes(database)
    if log is not None:
        path.with_name("rpmdb.sqlite-wal").write_bytes(log)
    return path


def test_what_sqlite_reads_is_in_the_log_alone(tmp_path: Path, ahead: tuple[bytes, bytes]) -> None:
    path = laid(tmp_path, *ahead)
    assert b"3.5.1" not in ahead[0]
    with closing(sqlite3.connect(path)) as connection:
        blobs = [row[0] for row in connection.execute("SELECT blob FROM Packages")]
    assert [b"3.2.2" in blobs[0], b"3.5.1" in blobs[1]] == [True, True]


def test_a_database_with_a_log_beside_it_is_not_told_as_whole(tmp_path: Path, ahead: tuple[bytes, bytes]) -> None:
    found = examined(laid(tmp_path, *ahead))
    assert told(found.outcomes) == [("", False, "database_written_ahead")]
    assert not found.is_through


def test_a_link_to_a_database_has_the_log_of_the_database(tmp_path: Path, ahead: tuple[bytes, bytes]) -> None:
    link = tmp_path / "link"
    link.symlink_to(laid(tmp_path, *ahead))
    assert told(examined(link).outcomes) == [("", False, "database_written_ahead")]


@pytest.mark.parametrize("log", [None, b"", bytes(56)], ids=["none", "empty", "without a page"])
def test_a_database_whose_log_holds_nothing_is_whole_until_it_is_written_ahead_of(
    tmp_path: Path, ahead: tuple[bytes, bytes], log: bytes | None
) -> None:
    found = examined(laid(tmp_path, ahead[0], log))
    assert told(found.outcomes) == [("", True, None)]
    assert (found.is_through, found.is_lasting) == (True, False)


def test_a_database_in_the_other_mode_has_no_log(tmp_path: Path, ahead: tuple[bytes, bytes]) -> None:
    database, log = ahead
    found = examined(laid(tmp_path, database[:18] + b"\1\1" + database[20:], log))
    assert told(found.outcomes) == [("", True, None)]
    assert (found.is_through, found.is_lasting) == (True, True)


@pytest.mark.parametrize("packed", [tarred, zipped])
@pytest.mark.parametrize("is_first", [True, False])
def test_in_archives_a_log_is_seen_in_front_of_its_database_or_behind(
    tmp_path: Path, ahead: tuple[bytes, bytes], packed: object, is_first: bool
) -> None:
    assert callable(packed)
    members = {"lib/rpmdb.sqlite": ahead[0], "lib/rpmdb.sqlite-wal": ahead[1], "other/rpmdb.sqlite": ahead[0]}
    names = sorted(members, reverse=not is_first)
    (tmp_path / "archive").write_bytes(packed({name: members[name] for name in names}))
    found = examined(tmp_path / "archive")
    assert sorted(told(found.outcomes)) == [
        ("lib/rpmdb.sqlite", False, "database_written_ahead"),
        ("lib/rpmdb.sqlite-wal", None, "package_database_log_not_read"),
        ("other/rpmdb.sqlite", True, None),
    ]
    assert (found.is_through, found.is_lasting) == (False, True)


def test_in_a_layer_of_an_image_too(tmp_path: Path, ahead: tuple[bytes, bytes]) -> None:
    (tmp_path / "image.tar").write_bytes(
        docker({"rpmdb.sqlite": ahead[0], "rpmdb.sqlite-wal": ahead[1]}, {"rpmdb.sqlite": ahead[0]})
    )
    found = {
        one.target.members: (one.profile is None or one.profile.complete)
        for one in examined(tmp_path / "image.tar").outcomes
        if isinstance(one.target, FileTarget)
    }
    assert found[("layer1", "rpmdb.sqlite")] is False
    assert found[("layer2", "rpmdb.sqlite")] is True


def test_a_log_of_another_program_is_no_finding(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE places (url)")
        connection.commit()
        log = path.with_name("history.sqlite-wal").read_bytes()
    (tmp_path / "log").write_bytes(log)
    found = examined(tmp_path / "log")
    assert (found.outcomes, found.is_through) == ((), True)
