"""Where the inventory lies and how it is opened."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from pqscan.errors import UsageError

if TYPE_CHECKING:
    from pqscan.readiness.chain import ChainHead
    from pqscan.store.repository import Store


def default_store() -> str:
    """The SQLite file in the user's data folder."""
    return str(Path(platformdirs.user_data_dir("pqscan", appauthor=False)) / "inventory.sqlite")


def open_store(
    url: str | None = None,
    *,
    create: bool = False,
    any_revision: bool = False,
    audit_log: Path | None = None,
    noted: bool = True,
) -> Store:
    """The store at a URL or file name, by default the user's own. `create` makes a missing SQLite file. After each act the head
    of the chain of acts is noted in the audit log, unless `noted` says no.

    Raises StoreError where it is missing, damaged, newer than this program or in use; UsageError for a URL that names none."""
    from pqscan.store.repository import Store

    def note(head: ChainHead) -> None:
        from pqscan.app.chain import note_head

        note_head(store.place, head, audit_log)

    place = default_store() if url is None else url
    store = Store.open(place, create=create, any_revision=any_revision, on_act=note if noted else None)
    return store


def unlock_store(url: str | None, passphrase: str) -> None:
    """From now on the SQLite file at that place is opened, or made, encrypted under the passphrase, which only this process keeps.

    Raises UsageError for PostgreSQL, which looks after its own disks, and for an empty passphrase."""
    from pqscan.store.cipher import Passphrase, remember
    from pqscan.store.engine import locate

    path = locate(default_store() if url is None else url).path
    if path is None:
        raise UsageError("a passphrase opens an SQLite file: of PostgreSQL encrypt the disk, and leave out --db-key-file")
    remember(path, Passphrase(passphrase))


def needs_passphrase(url: str | None) -> bool:
    """Whether the store at that place looks encrypted, and nobody said yet what opens it."""
    from pqscan.store.cipher import known, seems_encrypted
    from pqscan.store.engine import locate

    path = locate(default_store() if url is None else url).path
    return path is not None and known(path) is None and seems_encrypted(path)


def owner_only(path: str, flags: int) -> int:
    """For `open(..., opener=)`: a new file that nobody else can read. An inventory tells where a network is weak, as a store
    or as a report; whom it is given to is the owner's decision."""
    return os.open(path, flags, 0o600)
