"""Tables of SQLite read as pages: the same rows as SQLite itself gives."""

from __future__ import annotations

import contextlib
import random
import sqlite3
from pathlib import Path

import pytest

from pqscan.errors import MalformedMessage
from pqscan.wire.sqlite import SqliteFile


def database(path: Path, rows: list[tuple[object, ...]], page: int = 4096, table: str = "T") -> bytes:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA page_size={page}")
        connection.execute("CREATE TABLE other (a)")
        connection.execute(f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, a, b)")
        connection.executemany(f"INSERT INTO {table} (a, b) VALUES (?, ?)", rows)
        connection.commit()
    return path.read_bytes()


ROWS: list[tuple[object, ...]] = [
    (1, b"x"),
    (-5, "text"),
    (None, b""),
    (1 << 40, "ü"),
    (0, bytes(100_000)),
    (2.5, b"y" * 4061),
    (-(1 << 60), b"z" * 4062),
    (300, b"w" * 489),
]


@pytest.mark.parametrize("page", [512, 1024, 4096, 65536])
def test_rows_are_those_that_sqlite_gives(tmp_path: Path, page: int) -> None:
    rows = ROWS * 40
    random.Random(1).shuffle(rows)
    file = SqliteFile(database(tmp_path / "a", rows, page))
    assert set(file.tables()) == {"other", "T"}
    found = [row.values[1:] for row in file.rows("T", 1 << 20)]
    wanted = [
        tuple(None if isinstance(one, float) else one.encode() if isinstance(one, str) else one for one in row) for row in rows
    ]
    assert (found, file.is_cut) == (wanted, False)


def test_rows_are_cut_where_no_more_is_wanted_and_deleted_ones_are_gone(tmp_path: Path) -> None:
    data = database(tmp_path / "a", [(1, b"x" * 50_000), (2, b"y")])
    assert len(str(next(SqliteFile(data).rows("T", 1000)).values[2])) < 50_000
    with contextlib.closing(sqlite3.connect(tmp_path / "a")) as connection:
        connection.execute("DELETE FROM T WHERE a = 1")
        connection.commit()
    assert [row.values[1] for row in SqliteFile((tmp_path / "a").read_bytes()).rows("T")] == [2]


def test_what_lies_behind_the_data_is_told(tmp_path: Path) -> None:
    data = database(tmp_path / "a", [(number, b"x" * 1000) for number in range(500)])
    file = SqliteFile(data[: len(data) // 2])
    assert 100 < len(list(file.rows("T"))) < 400
    assert file.is_cut
    assert list(SqliteFile(data).rows("absent")) == []


@pytest.mark.parametrize("data", [b"", b"SQLite format 3\0", b"SQLite format 3\0" + bytes(200), b"x" * 4096])
def test_what_is_no_file_of_sqlite_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedMessage):
        SqliteFile(data)


def octets_in(file: SqliteFile, most_octets: int = 1 << 30) -> int:
    return sum(len(value) for row in file.rows("T", most_octets) for value in row.values if isinstance(value, bytes))


def test_cells_that_all_name_one_row_give_no_more_octets_than_there_are(tmp_path: Path) -> None:
    data = bytearray(database(tmp_path / "a", [(1, b"x" * 100_000)]))
    start = (SqliteFile(bytes(data)).tables()["T"] - 1) * 4096
    data[start + 3 : start + 5] = (1000).to_bytes(2)
    data[start + 8 : start + 2008] = data[start + 8 : start + 10] * 1000
    file = SqliteFile(bytes(data))
    assert 100_000 <= octets_in(file) <= 2 * len(data)
    assert file.is_cut


def test_a_row_that_goes_on_over_the_same_page_again_and_again_ends(tmp_path: Path) -> None:
    data = bytearray(database(tmp_path / "a", [(1, b"x" * 2_000_000)])[: 10 * 4096])
    for page in range(5, 10):
        data[page * 4096 : page * 4096 + 4] = (6).to_bytes(4)
    file = SqliteFile(bytes(data))
    assert octets_in(file) <= len(data) + 4096
    assert file.is_cut


def test_a_page_that_is_named_again_and_again_is_read_once(tmp_path: Path) -> None:
    data = bytearray(database(tmp_path / "a", [(number, b"x" * 1000) for number in range(200)]))
    start = (SqliteFile(bytes(data)).tables()["T"] - 1) * 4096
    assert data[start] == 5
    data[start + 3 : start + 5] = (1500).to_bytes(2)
    data[start + 12 : start + 3012] = data[start + 12 : start + 14] * 1500
    file = SqliteFile(bytes(data))
    assert len(list(file.rows("T"))) <= 8
    assert file.is_cut
