"""One file that holds an SQLite store whole, checked before it is trusted; and such a file put in a store's place.

Copies are made by SQLite's online backup, while others may read and write. PostgreSQL has its own tools, which are named.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.engine import URL

from pqscan.errors import StoreError, UsageError
from pqscan.store import migrate
from pqscan.store.cipher import Passphrase, export, open_file, require_sqlite_file
from pqscan.store.engine import Location, connect, locate
from pqscan.store.failure import driver_errors, sentence

_BUSY_SECONDS = 5.0
_COMPANIONS = ("-wal", "-shm", "-journal")


def dump_command(location: Location, file: Path) -> str:
    """What copies a PostgreSQL store into a file. No password stands in it: pg_dump asks, or reads its own file."""
    return f"pg_dump --format=custom --no-owner --file={_quoted(str(file))} {_quoted(_plain(location.url))}"


def load_command(location: Location, file: Path) -> str:
    """What puts that file in the place of what the database holds, in one transaction."""
    how = "pg_restore --clean --if-exists --no-owner --single-transaction"
    return f"{how} --dbname={_quoted(_plain(location.url))} {_quoted(str(file))}"


def copy_out(path: Path, file: Path, passphrase: Passphrase | None = None) -> None:
    """Copies the store at `path` into a new file of mode 0600, which appears under its name only when it was found whole.

    Of an encrypted store the copy is encrypted alike, under the same passphrase.

    Raises UsageError where the file is there already, StoreError where the copy cannot be made or is not whole."""
    if file.exists() or file.is_symlink():
        raise UsageError(f"the file {file} is there already: name another one")
    with _beside(file, ".part") as part:
        _copy(path, part, passphrase)
        require_whole(part, passphrase)
        _in_place(part, file)


def recode(path: Path, file: Path, *, of: Passphrase | None, to: Passphrase | None) -> None:
    """As `copy_out`, into a file under another passphrase, or none. What is copied stays as it is."""
    require_sqlite_file(path, of)
    if file.exists() or file.is_symlink():
        raise UsageError(f"the file {file} is there already: name another one")
    with _beside(file, ".part") as part:
        try:
            export(path, part, of=of, to=to, wait_seconds=_BUSY_SECONDS)
        except driver_errors() as error:
            raise StoreError(sentence(error, str(path))) from None
        require_whole(part, to)
        _in_place(part, file)


def copy_in(file: Path, path: Path, *, passphrase: Passphrase | None = None, replace: bool = False) -> Path | None:
    """Puts the backup in the store's place; what was there is kept beside it, and its new name returned. Raises as `copy_out`.

    A backup of an older schema is migrated when it is opened; one of a newer program is refused. With a passphrase the backup is
    one that it opens."""
    require_sqlite_file(file, passphrase)
    if path.exists() and not replace:
        raise UsageError(f"there is a store at {path}: with --replace it is kept beside the backup that takes its place")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"no store can be made at {path} ({error.strerror}): choose another place with --db") from None
    with _beside(path, ".restoring") as part:
        _copy(file, part, passphrase)
        require_whole(part, passphrase)
        aside = _set_aside(path, passphrase) if path.exists() else None
        _in_place(part, path)
    return aside


def require_whole(path: Path, passphrase: Passphrase | None = None) -> None:
    """Raises StoreError where the file is damaged, no store, or one of a newer program; leaves it without companions."""
    try:
        with closing(open_file(path, passphrase, wait_seconds=_BUSY_SECONDS)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
            wrong = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
            dangling = connection.execute("PRAGMA foreign_key_check").fetchone()
    except driver_errors(UnicodeDecodeError) as error:
        raise StoreError(sentence(error, str(path))) from None
    if wrong != "ok" or dangling is not None:
        raise StoreError(f"the copy {path} is not whole ({str(wrong)[:100]}): check the disk, and the store it was made from")
    engine = connect(replace(locate(str(path)), passphrase=passphrase))
    try:
        revision = migrate.revision_of(engine, str(path))
    finally:
        engine.dispose()
    if revision is None:
        raise StoreError(f"there is no store in {path}: name another file")
    migrate.require_known(revision, str(path))


def _copy(source: Path, goal: Path, passphrase: Passphrase | None) -> None:
    try:
        with (
            closing(open_file(source, passphrase, wait_seconds=_BUSY_SECONDS, read_only=True)) as one,
            closing(open_file(goal, passphrase, wait_seconds=_BUSY_SECONDS)) as other,
        ):
            one.backup(other)
    except driver_errors() as error:
        raise StoreError(f"the store {source} could not be copied to {goal.parent}: {error}") from None


@contextlib.contextmanager
def _beside(path: Path, suffix: str) -> Iterator[Path]:
    """A new file of mode 0600 in the same folder, gone at the end unless it was put in place."""
    part = path.with_name(f"{path.name}{suffix}")
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), 0o600))
    except FileExistsError:
        raise StoreError(f"the file {part} is in the way: another copy is being made, or one was broken off; delete it") from None
    except OSError as error:
        raise StoreError(f"the file {part} cannot be written: {error.strerror}") from None
    try:
        yield part
    finally:
        for companion in ("", *_COMPANIONS):
            with contextlib.suppress(OSError):
                Path(f"{part}{companion}").unlink(missing_ok=True)


def _in_place(part: Path, goal: Path) -> None:
    try:
        with part.open("r+b") as file:
            os.fsync(file.fileno())
        part.replace(goal)
    except OSError as error:
        raise StoreError(f"the file {goal} cannot be written: {error.strerror}") from None
    with contextlib.suppress(OSError):  # Not every system lets a folder be opened.
        folder = os.open(goal.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _set_aside(path: Path, passphrase: Passphrase | None) -> Path:
    """Renames the store that is there, once nobody uses it. A damaged one is renamed as it is."""
    try:
        with closing(open_file(path, passphrase, wait_seconds=_BUSY_SECONDS)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")  # Takes the write-ahead log into the file; refused while it is used.
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("ROLLBACK")
    except driver_errors() as error:
        if "locked" in str(error):
            raise StoreError(sentence(error, str(path))) from None
    except StoreError:  # Another passphrase, or damage.
        pass
    aside = path.with_name(f"{path.name}.replaced.{datetime.now(UTC).strftime('%Y%m%dT%H%M%S.%fZ')}.backup")
    try:
        path.rename(aside)
        for companion in _COMPANIONS:
            left = Path(f"{path}{companion}")
            if left.exists():
                left.rename(f"{aside}{companion}")
    except OSError as error:
        raise StoreError(f"the store {path} could not be set aside: {error.strerror}") from None
    return aside


def _plain(url: URL) -> str:
    query = {name: value for name, value in url.query.items() if name in ("host", "port", "sslmode")}  # Others may hold a secret.
    return URL.create("postgresql", url.username, None, url.host, url.port, url.database, query).render_as_string()


def _quoted(word: str) -> str:
    return "'" + word.replace("'", "'\\''") + "'"
