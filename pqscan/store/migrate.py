"""Brings a store's schema to the one this program works with, through Alembic; nothing else changes a table.

An empty database gets the tables as they are now, which a test holds against those of all migrations in a row. An SQLite
file is migrated when it is opened, after a copy of it was laid beside it. PostgreSQL is migrated on demand only. In the
wheel the migrations lie beside this file, in a checkout in db/migrations.
"""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Column, Connection, Engine, MetaData, PrimaryKeyConstraint, String, Table, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from pqscan.errors import StoreError
from pqscan.store import tables
from pqscan.store.cipher import Passphrase, open_file
from pqscan.store.engine import Backend, Location, reading, use_write_ahead_log, writing
from pqscan.store.failure import driver_errors

HEAD = "0004"
"""The revision this program works with: that of the last file in db/migrations/versions. Alembic, which takes as long to load as
all the rest, is needed only for a store that has another."""

_VERSION_TABLE = "alembic_version"
_BUSY_SECONDS = 5.0


def migrations_folder() -> Path:
    """Where the migrations lie. Raises StoreError where the installation lacks them."""
    here = Path(__file__).resolve()
    for folder in (here.parent / "migrations", here.parents[2] / "db" / "migrations"):
        if (folder / "env.py").is_file():
            return folder
    raise StoreError(f"the database migrations are missing beside {here.parent}: install the program again")


def revision_of(engine: Engine, where: str) -> str | None:
    """The store's revision; None for an empty database. Raises StoreError for a database of another program."""
    with reading(engine, where) as connection:
        return _revision(connection, where)


def _revision(connection: Connection, where: str) -> str | None:
    names = set(inspect(connection).get_table_names())
    if _VERSION_TABLE not in names:
        if names:
            raise StoreError(f"{where} holds the tables of another program: name an empty database or another file")
        return None
    found = connection.execute(text(f"SELECT version_num FROM {_VERSION_TABLE}")).scalars().all()  # noqa: S608  # Our own name.
    if len(found) > 1 or (not found and len(names) > 1):
        raise StoreError(f"the store {where} does not say which schema it has: restore a backup")
    return str(found[0]) if found else None


def require_known(revision: str | None, where: str) -> None:
    """Raises StoreError where a newer program wrote the store: its tables are not ours to guess at."""
    if revision is None or revision == HEAD:
        return
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    try:
        known = ScriptDirectory(str(migrations_folder())).get_revision(revision)
    except CommandError:
        known = None
    if known is None:
        raise StoreError(
            f"the store {where} was written by a newer pqscan (schema {revision}, this program knows {HEAD}): use that program"
        )


def upgrade(engine: Engine, location: Location, target: str = "head") -> Path | None:
    """Migrates in one transaction: afterwards the schema is the new one, or on any failure still the old.

    Returns the copy that was made of an older SQLite file. Raises StoreError."""
    where = location.redacted
    revision = revision_of(engine, where)
    require_known(revision, where)
    use_write_ahead_log(engine, where)
    if revision == HEAD:
        return None
    copy = None
    if location.backend is Backend.SQLITE and location.path is not None and revision is not None:
        copy = back_up(location.path, revision, location.passphrase)
    with writing(engine, where, keys_off=True) as connection:
        found = _revision(connection, where)  # Again, now that no other program can be at it.
        require_known(found, where)
        if found is None and target == "head":
            _create(connection)
        elif found != HEAD:
            _migrate(connection, where, target)
    return copy


def _create(connection: Connection) -> None:
    tables.metadata.create_all(connection, checkfirst=False)
    version = Table(_VERSION_TABLE, MetaData(), Column("version_num", String(32), nullable=False))  # As Alembic makes it.
    version.append_constraint(PrimaryKeyConstraint("version_num", name=f"{_VERSION_TABLE}_pkc"))
    version.create(connection, checkfirst=False)
    connection.execute(version.insert().values(version_num=HEAD))


def _migrate(connection: Connection, where: str, target: str) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, target)
        if connection.dialect.name == "sqlite":
            broken = connection.execute(text("PRAGMA foreign_key_check")).first()
            if broken is not None:
                raise StoreError(f"the store {where} could not be migrated: rows of {broken[0]} refer to nothing; it is unchanged")
    except CommandError as error:
        raise StoreError(f"the store {where} could not be migrated and is unchanged: {error}") from error
    except SQLAlchemyError as error:
        said = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise StoreError(f"the store {where} could not be migrated and is unchanged: {said}") from error


def back_up(path: Path, revision: str, passphrase: Passphrase | None = None) -> Path:
    """Copies an SQLite file beside itself while others may use it, under the same passphrase; the name tells schema and time (UTC).

    Raises StoreError."""
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    copy = path.with_name(f"{path.name}.{revision}.{moment}.backup")
    try:
        with (
            closing(open_file(path, passphrase, wait_seconds=_BUSY_SECONDS, read_only=True)) as source,
            closing(open_file(copy, passphrase, wait_seconds=_BUSY_SECONDS)) as goal,
        ):
            source.backup(goal)
        copy.chmod(path.stat().st_mode & 0o777)
    except driver_errors(OSError) as error:
        copy.unlink(missing_ok=True)
        raise StoreError(f"the store {path} could not be backed up to {copy.name} and was not migrated: {error}") from error
    return copy
