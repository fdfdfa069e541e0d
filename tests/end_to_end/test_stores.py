"""Stores of every kind behind the program: PostgreSQL like SQLite, damaged, newer, missing, in places that cannot be."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Done, Program

pytestmark = pytest.mark.lab


def refused(done: Done, *words: str) -> None:
    """Exit code 3, nothing on standard output, and one line that says what happened and what to do."""
    assert done.code == 3
    assert done.out == ""
    assert len(done.err.splitlines()) == 1
    assert all(word in done.err for word in words), done.err


def test_a_scan_into_postgresql_gives_the_inventory_that_sqlite_gives(
    program: Program, place: str, new_database: Callable[[], str]
) -> None:
    url = new_database()
    refused(program("scan", "net", place, "--db", url), "pqscan db upgrade")
    assert program.works("db", "status", "--db", url, "--json").json["current"] is False
    program.works("db", "upgrade", "--db", url)
    program.works("scan", "net", place, "--db", url)
    program.works("scan", "net", place)
    one, other = (program.works("report", "json", *words).json for words in (("--db", url), ()))
    assert one["profiles"] == other["profiles"]
    assert one["certificates"] == other["certificates"]
    assert one["findings"] == other["findings"]
    assert [row["key_establishment"] for row in one["targets"]] == [row["key_establishment"] for row in other["targets"]]
    assert "pqscan:" not in program.works("db", "status", "--db", url).out.replace("pqscan:***", "")


def test_a_damaged_store_is_said_to_be_damaged(program: Program) -> None:
    Path(program.store).write_bytes(b"this is no database at all" * 100)
    for command in (("show", "targets"), ("db", "status"), ("db", "upgrade"), ("scan", "net", "127.0.0.1:1"), ("report", "json")):
        refused(program(*command), "damaged")


def test_a_store_damaged_in_the_middle_ends_in_one_sentence(scanned: Program, program: Program) -> None:
    data = bytearray(Path(scanned.store).read_bytes())
    data[4096 : len(data) // 2] = b"\xff" * (len(data) // 2 - 4096)
    Path(program.store).write_bytes(bytes(data))
    done = program("report", "json", "-o", "out.json")
    refused(done)
    assert not (program.folder / "out.json").exists()


def test_a_newer_store_is_left_alone(scanned: Program, program: Program) -> None:
    Path(program.store).write_bytes(Path(scanned.store).read_bytes())
    with sqlite3.connect(program.store) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    before = Path(program.store).read_bytes()
    for command in (("show", "targets"), ("db", "upgrade"), ("scan", "net", "127.0.0.1:1")):
        refused(program(*command), "newer")
    assert Path(program.store).read_bytes() == before


def test_a_database_of_another_program_is_left_alone(program: Program) -> None:
    with sqlite3.connect(program.store) as connection:
        connection.execute("CREATE TABLE birds (name TEXT)")
    connection.close()
    refused(program("show", "targets"), "another program")


def test_a_store_that_is_not_there_is_not_made_by_reading(program: Program) -> None:
    refused(program("show", "targets"), "there is no store")
    assert not Path(program.store).exists()


def test_a_store_that_cannot_be_made_is_said_so(program: Program) -> None:
    (program.folder / "file").write_text("")
    refused(program("scan", "net", "127.0.0.1:1", "--db", str(program.folder / "file" / "store.sqlite")), "--db")


@pytest.mark.parametrize("url", ["mysql://host/name", "sqlite://", "postgresql://%zz", "://", "sqlite:///a?b=c"])
def test_a_url_that_names_no_store_is_wrong_usage(program: Program, url: str) -> None:
    done = program("show", "targets", "--db", url)
    assert done.code in (2, 3)
    assert len(done.err.splitlines()) == 1


def test_a_password_in_a_url_is_never_shown(program: Program) -> None:
    done = program("show", "targets", "--db", "postgresql://me:hunter2@127.0.0.1:1/none")
    assert done.code == 3
    assert "hunter2" not in done.out + done.err
