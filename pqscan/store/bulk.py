"""Many rows at once, the fast way of each database: executemany on SQLite, COPY and arrays on PostgreSQL.

Rows are tuples in the order of the columns, already in the driver's own types: JSON as text, times as `time_encoder` makes them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, Table, func
from sqlalchemy import select as sql_select

from pqscan.store.columns import time_text

Value = str | int | float | bool | bytes | datetime | None
Row = Sequence[Value]
RawRow = tuple[Any, ...]  # Any: a row has as many types as columns, and the one who wrote the query knows them.
_KEYS_AT_ONCE = 5_000  # SQLite takes 32,766 parameters in one statement


def time_encoder(connection: Connection) -> Callable[[datetime], Value]:
    """How a time goes to this database in a raw row."""
    return time_text if connection.dialect.name == "sqlite" else _same


def _same(moment: datetime) -> Value:
    return moment


def insert(connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Inserts rows whose keys are known to be new."""
    if not rows:
        return
    names = ", ".join(connection.dialect.identifier_preparer.quote(name) for name in columns)
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(columns))
        connection.exec_driver_sql(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", cast("list[tuple[Value, ...]]", rows))  # noqa: S608  # Our own names.
        return
    import psycopg

    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)  # noqa: S101  # The engine has no other driver.
    with driver.cursor() as cursor:
        held_back = cursor.execute("SELECT row_security_active(%s)", (table.name,)).fetchone()
        if held_back is not None and held_back[0]:  # Then the server takes no COPY.
            marks = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", rows)  # noqa: S608  # Our own names.
            return
        with cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)


def update(connection: Connection, table: Table, key: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Sets columns in existing rows; each row ends with its key."""
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        settings = ", ".join(f"{name} = ?" for name in columns)
        statement = f"UPDATE {table.name} SET {settings} WHERE {key} = ?"  # noqa: S608  # Our own names.
        connection.exec_driver_sql(statement, cast("list[tuple[Value, ...]]", rows))
        return
    kinds = [table.c[name].type.compile(connection.dialect) for name in (*columns, key)]
    arrays = ", ".join(f"%s::{kind}[]" for kind in kinds)
    settings = ", ".join(f"{name} = given.{name}" for name in columns)
    statement = (
        f"UPDATE {table.name} SET {settings} FROM unnest({arrays}) AS given ({', '.join((*columns, key))}) "  # noqa: S608  # Our own names.
        f"WHERE {table.name}.{key} = given.{key}"
    )
    connection.exec_driver_sql(statement, tuple(list(column) for column in zip(*rows, strict=True)))


def select(connection: Connection, statement: str, keys: Iterable[Value], *before: Value) -> Iterator[RawRow]:
    """Runs a query whose `{keys}` is a list of keys, in portions; `before` are the values of marks that stand before it."""
    everything = list(keys)
    is_sqlite = connection.dialect.name == "sqlite"
    for start in range(0, len(everything), _KEYS_AT_ONCE):
        portion = everything[start : start + _KEYS_AT_ONCE]
        if is_sqlite:
            # The last key again, up to a power of two: the driver keeps the statements that it was given, and those of a thousand
            # lengths would take megabytes.
            portion += portion[-1:] * ((1 << (len(portion) - 1).bit_length()) - len(portion))
            ready = statement.replace("{keys}", f"IN ({','.join('?' * len(portion))})")
            yield from connection.exec_driver_sql(ready, (*before, *portion))
        else:
            ready = statement.replace("?", "%s").replace("{keys}", "= ANY(%s)")
            yield from connection.exec_driver_sql(ready, (*before, portion))


def next_number(connection: Connection, table: Table, column: str = "id") -> int:
    """The first number after those given. Holds until the end of a writing transaction, for there is one writer."""
    last: int | None = connection.execute(sql_select(func.max(table.c[column]))).scalar_one()
    return (last or 0) + 1
