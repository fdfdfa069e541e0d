"""Queries by many keys: each row once, and few statements, whatever the number of the keys."""

from __future__ import annotations

from sqlalchemy import create_engine, event

from pqscan.store import bulk

MOST_KEYS = 40


def test_each_row_comes_once_and_statements_are_few() -> None:
    engine, asked = create_engine("sqlite://"), set[str]()
    event.listen(engine, "before_cursor_execute", lambda _c, _u, statement, *_: asked.add(statement))
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (key INTEGER PRIMARY KEY)")
        connection.exec_driver_sql("INSERT INTO t VALUES (?)", [(key,) for key in range(MOST_KEYS)])
        asked.clear()
        for size in range(MOST_KEYS + 1):
            found = bulk.select(connection, "SELECT key FROM t WHERE key >= ? AND key {keys}", range(size), 3)
            assert sorted(key for (key,) in found) == list(range(3, size))
    engine.dispose()
    assert len(asked) == MOST_KEYS.bit_length() + 1
