"""Files of SQLite as they are opened: plain, or encrypted at rest by SQLCipher 4 (https://www.zetetic.net/sqlcipher/design/).

Encryption keeps a copied or lost file from being read by chance. It is hygiene, and no protection of state secrets. Passphrases
are kept in this process alone, by the place of the file that they open; no message, log or URL holds one.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from types import ModuleType

from pqscan.errors import StoreError, UsageError
from pqscan.registry.foreign_file import open_regular

DRIVER = "sqlcipher3.dbapi2"
SQLITE_MAGIC = b"SQLite format 3\x00"
_PAGE_BYTES = 4096  # of SQLCipher 4, whose first 16 bytes are a random salt


@dataclass(frozen=True, slots=True)
class Passphrase:
    """What opens an encrypted file. Raises UsageError for one that SQLCipher could not be given."""

    text: str = field(repr=False)

    def __post_init__(self) -> None:
        if not self.text or "\x00" in self.text:
            raise UsageError("a passphrase of a store has at least one character, and none of them is NUL")


_known: dict[str, Passphrase] = {}


def remember(path: Path, passphrase: Passphrase) -> None:
    """From now on the file at that place is opened with it. The file need not be there yet."""
    _known[str(path.resolve())] = passphrase


def known(path: Path) -> Passphrase | None:
    """What opens the file at that place, as far as anybody said; None: it is a plain one."""
    return _known.get(str(path.resolve()))


def seems_encrypted(path: Path) -> bool:
    """Whether a file looks like one of SQLCipher: whole pages that begin with no words of SQLite's. False where there is none."""
    try:
        with open_regular(path) as file:
            head = file.read(len(SQLITE_MAGIC))
            size = path.stat().st_size
    except OSError:
        return False
    return len(head) == len(SQLITE_MAGIC) and head != SQLITE_MAGIC and size % _PAGE_BYTES == 0


def require_sqlite_file(path: Path, passphrase: Passphrase | None = None) -> None:
    """Raises StoreError where something else than an SQLite database (or an empty file) lies there, or, given a passphrase,
    where that is a plain one."""
    try:
        with open_regular(path) as file:
            head = file.read(len(SQLITE_MAGIC))
    except OSError as error:
        raise StoreError(f"the store {path} cannot be read: {error.strerror}") from error
    if passphrase is not None and head == SQLITE_MAGIC:
        raise StoreError(f"the store {path} is not encrypted: leave out --db-key-file, or encrypt a copy (pqscan db encrypt)")
    if passphrase is None and seems_encrypted(path):
        raise StoreError(
            f"the store {path} is encrypted, damaged or no store: name the file of its passphrase with --db-key-file, "
            "or restore a backup"
        )
    if passphrase is None and head and head != SQLITE_MAGIC:
        raise StoreError(f"{path} is not a pqscan store or is damaged: restore a backup or name another file")


def open_file(
    path: Path, passphrase: Passphrase | None = None, *, wait_seconds: float, read_only: bool = False, any_thread: bool = False
) -> sqlite3.Connection:
    """A connection that begins transactions only when it is told to. Raises StoreError where SQLCipher is missing or the
    passphrase is another one, and what the driver raises."""
    name = f"{path.resolve().as_uri()}?mode=ro" if read_only else str(path)
    if passphrase is None:
        return sqlite3.connect(name, wait_seconds, isolation_level=None, uri=read_only, check_same_thread=not any_thread)
    connection: sqlite3.Connection = module().connect(  # It has all that this one has.
        name, wait_seconds, isolation_level=None, uri=read_only, check_same_thread=not any_thread
    )
    try:
        connection.execute("PRAGMA cipher_log_level = NONE")  # It would write to standard error what we say in a sentence.
        _give_key(connection, passphrase, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _give_key(connection: sqlite3.Connection, passphrase: Passphrase, path: Path) -> None:
    try:
        connection.execute(f"PRAGMA key = {_quoted(passphrase)}")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except module().DatabaseError as error:
        if "not a database" in str(error):
            raise StoreError(f"the passphrase does not open the store {path}, or that is damaged: give the right one") from None
        raise


def module() -> ModuleType:
    """SQLCipher's driver, which has what `sqlite3` has. Raises StoreError where it is missing."""
    try:
        return import_module(DRIVER)
    except ImportError:
        raise StoreError("an encrypted store needs SQLCipher, which is missing: install this program's `encrypted` extra") from None


def export(source: Path, goal: Path, *, of: Passphrase | None, to: Passphrase | None, wait_seconds: float) -> None:
    """Copies all of one file into a new one, under another passphrase or none. Raises StoreError, and what the driver raises."""
    driver = module()
    if of is None:  # SQLCipher reads plain files as well.
        connection = driver.connect(f"{source.resolve().as_uri()}?mode=rw", uri=True, timeout=wait_seconds, isolation_level=None)
    else:
        connection = open_file(source, of, wait_seconds=wait_seconds)
    with closing(connection):
        connection.execute("PRAGMA cipher_log_level = NONE")
        connection.execute("ATTACH DATABASE ? AS goal KEY ?", (str(goal), "" if to is None else to.text))
        connection.execute("SELECT sqlcipher_export('goal')")
        connection.execute("DETACH DATABASE goal")


def _quoted(passphrase: Passphrase) -> str:
    return "'" + passphrase.text.replace("'", "''") + "'"
