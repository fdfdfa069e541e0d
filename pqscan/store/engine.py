"""Where a store is and how it is opened: an SQLite file (WAL) or PostgreSQL through psycopg 3.

Every transaction that writes begins by taking the one writer's place, so that what it has read holds until it commits.
"""

from __future__ import annotations

import importlib.util
import os
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError

from pqscan.errors import StoreError, UsageError
from pqscan.store import cipher
from pqscan.store.cipher import Passphrase
from pqscan.store.failure import explained

if TYPE_CHECKING:
    import sqlite3

BUSY_TIMEOUT_MILLISECONDS = 30_000  # how long a writer waits for another one
_CACHE_KIBIBYTES, _MOST_CACHE_KIBIBYTES = 4_096, 65_536
_INDEXED_BYTES = 64  # of a sighting, in the two indexes that each batch touches all over
_WRITER_LOCK = 0x70717363616E  # PostgreSQL's advisory lock of the one writer: "pqscan"
_CONNECT_TIMEOUT_SECONDS = 10
_NO_FILE_NAME = re.compile(  # A URL with one slash, or libpq's own words. One letter before the colon is a drive of Windows.
    r"^\w[\w+]+:/|^postgres(?:ql)?(?:\+\w+)?:|(?:^|\s)(?:host|hostaddr|port|user|dbname|password|passfile|service)\s*=|password=",
    re.IGNORECASE,
)
_MODE, _READ_ONLY = "mode", "ro"  # of SQLite's own URLs


class Backend(StrEnum):
    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


@dataclass(frozen=True, slots=True)
class Location:
    """A store's place. `path` is the file of an SQLite store; `redacted` may be shown: no password stands in it. `passphrase`
    opens an encrypted file."""

    backend: Backend
    url: URL = field(repr=False)
    path: Path | None
    redacted: str
    passphrase: Passphrase | None = field(default=None, repr=False)


def locate(url: str) -> Location:
    """Reads `sqlite:///file`, `postgresql://...`, `postgresql+psycopg://...` or a plain file name. Raises UsageError.

    A text that cannot be read, or only in part, is never repeated: it may hold a password."""
    if "://" not in url:
        if not url:
            raise UsageError("the store's URL is empty: give a file name, sqlite:///FILE or postgresql://...")
        if _NO_FILE_NAME.search(url):
            raise UsageError(
                "that is no file name but half a URL: give a file name, sqlite:///FILE or postgresql://user@host/database"
            )
        return _sqlite(Path(url))
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise UsageError("the store's URL cannot be read: give sqlite:///FILE or postgresql://user@host/database") from None
    if parsed.drivername == "sqlite":
        if not parsed.database or parsed.database == ":memory:" or parsed.query or parsed.host:
            raise UsageError("an SQLite store needs a plain file name: give sqlite:///FILE")
        return _sqlite(Path(parsed.database))
    if parsed.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        if url.count("@") > 1 or "@" in f"{parsed.host}{parsed.database}":  # Part of the password would be taken for a host.
            raise UsageError("the store's URL has an @ or a / in its user name or password: write %40 and %2F for them")
        shown = parsed.set(drivername="postgresql", query=_places(parsed))
        parsed = parsed.set(drivername="postgresql+psycopg")
        return Location(Backend.POSTGRESQL, parsed, None, shown.render_as_string(hide_password=True))
    raise UsageError(f"no store speaks {parsed.drivername}: give sqlite:///FILE or postgresql://user@host/database")


def _places(url: URL) -> dict[str, str | tuple[str, ...]]:
    """Of a URL's query only what says where: any other setting may hold a secret."""
    return {name: value for name, value in url.query.items() if name in ("host", "port")}


def _sqlite(path: Path) -> Location:
    return Location(Backend.SQLITE, URL.create("sqlite", database=str(path)), path, str(path), cipher.known(path))


def connect(location: Location) -> Engine:
    """An engine for the location; opens nothing yet. Raises StoreError where the driver is missing.

    Its connections raise StoreError where an encrypted file has another passphrase."""
    if location.backend is Backend.POSTGRESQL:
        if importlib.util.find_spec("psycopg") is None:
            raise StoreError("PostgreSQL needs the driver psycopg 3, which is missing: install this program's `postgres` extra")
        arguments = {"connect_timeout": _CONNECT_TIMEOUT_SECONDS, "application_name": "pqscan"}
        arguments = {name: value for name, value in arguments.items() if name not in location.url.query}
        engine = create_engine(location.url, connect_args=arguments, max_overflow=-1)
        event.listen(engine, "connect", _prepare_postgresql)
        return engine
    seconds = BUSY_TIMEOUT_MILLISECONDS / 1000
    path, passphrase = location.path, location.passphrase
    url = location.url if path is None else _readable(location.url, path)
    if passphrase is None or path is None:
        engine = create_engine(url, connect_args={"timeout": seconds}, max_overflow=-1)
    else:  # A passphrase in the URL would be shown by whatever shows an engine.
        read_only = url.query.get(_MODE) == _READ_ONLY
        opened = partial(cipher.open_file, path, passphrase, wait_seconds=seconds, read_only=read_only, any_thread=True)
        engine = create_engine(url, module=cipher.module(), creator=opened, max_overflow=-1)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _readable(url: URL, path: Path) -> URL:
    """The URL by which a file that may not be written can be read all the same.

    The write-ahead log wants a file beside it even from those who only read; where the folder takes none and no log is open, the
    file is read as one that nobody changes meanwhile (https://www.sqlite.org/wal.html, section 5)."""
    if not path.is_file() or os.access(path, os.W_OK):
        return url
    query = {"uri": "true", _MODE: _READ_ONLY}
    log = path.with_name(f"{path.name}-wal")
    if not os.access(path.parent, os.W_OK) and not log.exists():
        query["immutable"] = "1"
    return URL.create("sqlite", database=path.resolve().as_uri(), query=query)


def use_write_ahead_log(engine: Engine, where: str) -> None:
    """Lets readers of an SQLite store go on beside the writer. It changes the file for good: only for a store known to be ours."""
    if engine.dialect.name == "sqlite" and engine.url.query.get(_MODE) != _READ_ONLY:
        with explained(where), closing(engine.raw_connection()) as connection, closing(connection.cursor()) as cursor:
            cursor.execute("PRAGMA journal_mode = WAL")


def give_back(engine: Engine, where: str) -> None:
    """Writes an SQLite file anew without its empty pages; needs as much space again meanwhile."""
    if engine.dialect.name == "sqlite":
        with explained(where), closing(engine.raw_connection()) as connection, closing(connection.cursor()) as cursor:
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@contextmanager
def writing(engine: Engine, where: str, *, keys_off: bool = False) -> Iterator[Connection]:
    """One transaction of the one writer: committed whole, or not at all.

    `keys_off` is for migrations: SQLite rebuilds a table by dropping it, which its foreign keys would forbid."""
    with explained(where), engine.connect().execution_options(pqscan_writes=True) as connection:
        sqlite = connection.connection.driver_connection if connection.dialect.name == "sqlite" else None
        if sqlite is not None and keys_off:
            sqlite.execute("PRAGMA foreign_keys = OFF")
        try:
            with connection.begin():
                if sqlite is None:
                    connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _WRITER_LOCK})
                yield connection
        finally:
            if sqlite is not None and keys_off:
                sqlite.execute("PRAGMA foreign_keys = ON")


def hold_indexes(connection: Connection, sightings: int) -> None:
    """Lets SQLite's cache hold the indexes of so many sightings, within bounds: a batch's rows fall everywhere in them."""
    if connection.dialect.name == "sqlite":
        wanted = min(sightings * _INDEXED_BYTES // 1024, _MOST_CACHE_KIBIBYTES)
        connection.exec_driver_sql(f"PRAGMA cache_size = -{max(wanted, _CACHE_KIBIBYTES)}")


@contextmanager
def reading(engine: Engine, where: str) -> Iterator[Connection]:
    """One transaction that reads: it sees the store as it is at its first query, whatever is committed meanwhile."""
    with explained(where), engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with connection.begin(), legible(where):
            yield connection


@contextmanager
def legible(where: str) -> Iterator[None]:
    """A row that no writer of ours makes, read inside, becomes a StoreError."""
    try:
        yield
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise StoreError(
            f"the store {where} holds something that pqscan does not write ({type(error).__name__}: {str(error)[:100]}): "
            "restore a backup"
        ) from error


def _prepare_postgresql(connection: DBAPIConnection, _record: object) -> None:
    """Times come back in the session's zone; east of UTC the last hours of the year 9999 are more than Python can hold."""
    cursor = connection.cursor()
    try:
        cursor.execute("SET TIME ZONE 'UTC'")
    finally:
        cursor.close()
    connection.commit()  # Rolled back with the first transaction that fails, otherwise.


def _prepare_sqlite(connection: DBAPIConnection, _record: object) -> None:
    sqlite = cast("sqlite3.Connection", connection)  # Or one of SQLCipher's, which has all that it has.
    sqlite.isolation_level = None  # Transactions are begun below, not guessed by the driver.
    for pragma in (
        f"busy_timeout = {BUSY_TIMEOUT_MILLISECONDS}",
        "synchronous = NORMAL",  # A killed process loses nothing committed; a power cut loses the last moments, no more.
        "foreign_keys = ON",
        f"cache_size = -{_CACHE_KIBIBYTES}",
        "wal_autocheckpoint = 32000",  # pages: a log of up to 128 MB beside the store while it is written, none afterwards
        "trusted_schema = OFF",
    ):
        sqlite.execute(f"PRAGMA {pragma}")
    sqlite.create_function("get_bit", 2, _get_bit, deterministic=True)  # PostgreSQL has it built in.


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("pqscan_writes") else "BEGIN")


def _get_bit(bits: bytes, number: int) -> int:
    return bits[number >> 3] >> (number & 7) & 1
