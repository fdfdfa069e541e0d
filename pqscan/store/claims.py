"""Who is at work on what, so that no two are at it at once: a locked file beside an SQLite store, an advisory lock on PostgreSQL.

The lock is the system's or the server's own: it is let go of when the process or its connection ends, however that happens. What
the file says of its holder is for people only; a file that a killed process left behind locks nobody out. On PostgreSQL the lock
belongs to a session: a pooler between that hands out sessions by the transaction cannot keep it."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, text

from pqscan.errors import StoreError
from pqscan.store.engine import Location
from pqscan.store.failure import explained

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_MOST_BYTES = 400  # of what a file says of its holder
_LOCKED_BYTE = 1 << 30  # on Windows: behind everything that is in the file, so that others can read it
_MOST_TRIES = 100  # to open a file that others take away at the same time
_NAME = "pqscan"
_MOST_NAME_BYTES = 63  # of PostgreSQL's application_name
_TIME = "%Y-%m-%dT%H:%M:%SZ"
_HOLDER = """
SELECT a.application_name, a.usename FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.classid = :high AND l.objid = :low
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who is at it: the run, the user, since when (aware)."""

    run: str
    by: str
    since: datetime


class AlreadyClaimed(StoreError):
    """Somebody else is at it. `holder` is None where nothing tells who."""

    def __init__(self, what: str, holder: Holder | None) -> None:
        super().__init__(f"somebody else is at work on {what}: wait until that has finished")
        self.what = what
        self.holder = holder


@contextmanager
def claimed(engine: Engine, location: Location, what: str, holder: Holder) -> Iterator[None]:
    """Keeps everybody else from claiming the same of the same store until the end. Raises AlreadyClaimed, StoreError."""
    claim = _on_postgresql(engine, location, what, holder) if location.path is None else _beside(location.path, what, holder)
    with claim:
        yield


def _number(what: str) -> int:
    return int.from_bytes(hashlib.sha256(f"pqscan claim\n{what}".encode("utf-8", "surrogatepass")).digest()[:8], "big")


@contextmanager
def _beside(store: Path, what: str, holder: Holder) -> Iterator[None]:
    whole = store.resolve()
    path = whole.with_name(f"{whole.name}.{_number(what):016x}.lock")
    try:
        file = _locked(path, what)
    except OSError as error:
        raise StoreError(f"no lock can be made beside the store {store} ({error.strerror}): change its permissions") from error
    try:
        _say(file, holder)
        yield
    finally:
        with contextlib.suppress(
            OSError
        ):  # While it is locked: whoever opened it meanwhile sees that it is gone, and makes another.
            path.unlink()
        with contextlib.suppress(OSError):
            os.close(file)


def _locked(path: Path, what: str) -> int:
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    for _ in range(_MOST_TRIES):
        file = os.open(path, flags, 0o600)
        try:
            if not _lock(file):
                raise AlreadyClaimed(what, _read(file))
            if _is_there(path, file):
                return file
        except BaseException:
            os.close(file)
            raise
        os.close(file)
    raise AlreadyClaimed(what, None)


def _lock(file: int) -> bool:
    try:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            _lock_on_windows(file)
    except (BlockingIOError, PermissionError):
        return False
    return True


def _lock_on_windows(file: int) -> None:
    import msvcrt

    os.lseek(file, _LOCKED_BYTE, os.SEEK_SET)
    msvcrt.locking(file, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined, unused-ignore]


def _is_there(path: Path, file: int) -> bool:
    """Whether the path still names the file that was opened: its last holder may have taken it away before it was locked."""
    try:
        return os.path.samestat(os.fstat(file), os.stat(path))
    except FileNotFoundError:
        return False


def _say(file: int, holder: Holder) -> None:
    """A full disk must not keep anybody from scanning: the lock holds without a word."""
    line = f"{holder.run}\n{holder.by}\n{holder.since.astimezone(UTC):{_TIME}}\n".encode("utf-8", "replace")
    with contextlib.suppress(OSError):
        os.ftruncate(file, 0)
        os.lseek(file, 0, os.SEEK_SET)
        os.write(file, line[:_MOST_BYTES])


def _read(file: int) -> Holder | None:
    try:
        os.lseek(file, 0, os.SEEK_SET)
        lines = os.read(file, _MOST_BYTES).decode("utf-8", "replace").split("\n")
    except OSError:
        return None
    return _holder(lines[0], lines[1], lines[2]) if len(lines) > 2 else None


def _holder(run: str, by: str, since: str) -> Holder | None:
    try:
        return Holder(run, by, datetime.strptime(since, _TIME).replace(tzinfo=UTC))
    except ValueError:
        return None


@contextmanager
def _on_postgresql(engine: Engine, location: Location, what: str, holder: Holder) -> Iterator[None]:
    number = _number(what)
    with explained(location.redacted):
        connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        try:
            connection.detach()  # Closed at the end and never handed out again: the lock and the name go with it.
            signed = number - (1 << 64) if number >> 63 else number
            if not connection.execute(text("SELECT pg_try_advisory_lock(:number)"), {"number": signed}).scalar_one():
                raise AlreadyClaimed(what, _holder_of(connection, number))
            name = f"{_NAME} {holder.run} {holder.since.astimezone(UTC):{_TIME}}"
            if len(name.encode()) <= _MOST_NAME_BYTES:
                connection.execute(text("SELECT set_config('application_name', :name, false)"), {"name": name})
        except BaseException:
            connection.close()
            raise
    try:
        yield
    finally:
        with contextlib.suppress(Exception):  # The server may be gone, and the lock with it.
            connection.close()


def _holder_of(connection: Connection, number: int) -> Holder | None:
    row = connection.execute(text(_HOLDER), {"high": number >> 32, "low": number & 0xFFFFFFFF}).first()
    words = [] if row is None else str(row[0]).split(" ")
    if row is None or len(words) != 3 or words[0] != _NAME:
        return None
    return _holder(words[1], str(row[1] or ""), words[2])
