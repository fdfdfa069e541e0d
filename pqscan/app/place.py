"""Where the inventory lies and how it is opened."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

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


def owner_only(path: str, flags: int) -> int:
    """For `open(..., opener=)`: a new file that nobody else can read. An inventory tells where a network is weak, as a store
    or as a report; whom it is given to is the owner's decision."""
    return os.open(path, flags, 0o600)
