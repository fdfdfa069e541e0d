"""Turns what a database driver raises into one sentence: what happened, to which store, what to do."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError

from pqscan.errors import PqscanError, ReadOnlyStore, StoreError
from pqscan.store import cipher

_SENTENCES = (  # What the driver says, in lower case; what is said to the user.
    ("file is not a database", "{where} is not a pqscan store or is damaged: restore a backup or name another file"),
    ("malformed", "the store {where} is damaged: restore a backup ({said})"),
    (  # SQLite has one word for a broken disk and for a file that may not grow.
        "disk i/o error",
        "the store {where} could not be read or written: check the disk and the limit on file sizes (ulimit -f), "
        "then restore a backup if needed",
    ),
    ("database is locked", "the store {where} is in use by another program: wait until that has finished"),
    ("readonly database", "the store {where} may not be written here: change its permissions or copy it elsewhere"),
    ("read-only transaction", "the store {where} may not be written here: name the server that takes changes"),
    ("disk is full", "no space is left for the store {where}: free some and resume the run"),
    ("no space left", "no space is left for the store {where}: free some and resume the run"),
    ("unable to open database file", "the store {where} cannot be opened: check that the folder exists and may be written"),
    (
        "password authentication failed",
        "the store {where} refused user name or password: correct the URL or the password file",
    ),
    ("does not exist", "the store {where} lacks what this program needs ({said}): check the URL, then run `pqscan db upgrade`"),
    ("no such table", "the store {where} lacks what this program needs ({said}): check the URL, then run `pqscan db upgrade`"),
    ("permission denied", "the store {where} denied it ({said}): grant this user the right"),
    ("connection refused", "no PostgreSQL answers for {where}: start it or correct the URL"),
    ("connection timeout", "no PostgreSQL answers for {where}: start it or correct the URL"),
)


def sentence(error: BaseException, where: str) -> str:
    """One sentence for a driver's error; its first line is quoted where nothing better is known."""
    original = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    lines = str(original).strip().splitlines()
    said = lines[0][:200] if lines else type(original).__name__
    everything = str(original).lower()
    for mark, text in _SENTENCES:
        if mark in everything:
            return text.format(where=where, said=said)
    return f"the store {where} failed: {said}"


@contextmanager
def explained(where: str) -> Iterator[None]:
    """Everything that the database raises inside becomes a StoreError about `where`."""
    try:
        yield
    except SQLAlchemyError as error:
        raise _kind(error)(sentence(error, where)) from error
    except driver_errors() as error:
        raise _kind(error)(sentence(error, where)) from error
    except UnicodeDecodeError as error:  # SQLite quotes a damaged schema in its own message, which the driver cannot decode then.
        said = error.object.decode("utf-8", "backslashreplace")[:200]
        raise StoreError(f"the store {where} is damaged: restore a backup ({said})") from error


def _kind(error: BaseException) -> type[StoreError]:
    """A store on a medium that may not be written, and PostgreSQL's hot standby (SQLSTATE 25006), can still be read."""
    said = str(error).lower()
    return ReadOnlyStore if "readonly database" in said or "read-only transaction" in said else StoreError


def is_about_values(error: Exception) -> bool:
    """Whether an error, raised inside `explained` or come out of it, is about what was to be stored, not about the database."""
    if isinstance(error, StoreError) and isinstance(error.__cause__, Exception):
        error = error.__cause__
    if isinstance(error, DBAPIError):
        return isinstance(error, DataError | IntegrityError)
    if isinstance(error, driver_errors()):
        return any(kind.__name__ in ("DataError", "IntegrityError") for kind in type(error).__mro__)  # So PEP 249 names them.
    return not isinstance(error, PqscanError | SQLAlchemyError | MemoryError)


def driver_errors(*others: type[Exception]) -> tuple[type[Exception], ...]:
    """What drivers raise, past SQLAlchemy, and `others` to catch with it. Optional drivers count where they have been loaded."""
    found: list[type[Exception]] = [sqlite3.Error]
    if "psycopg" in sys.modules:
        import psycopg

        found.append(psycopg.Error)
    if cipher.DRIVER in sys.modules:
        found.append(cipher.module().Error)
    return (*found, *others)
