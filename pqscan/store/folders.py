"""Which files of which folders were read whole: one row a folder, replaced as a whole."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from pqscan.model.inventory import ReadFolder
from pqscan.model.target import FileTarget
from pqscan.store import bulk
from pqscan.store.keys import target_key

_READ = "SELECT key, files FROM file_folder WHERE looked_at >= ? AND key {keys}"
_KEEP = """
INSERT INTO file_folder (key, looked_at, files) VALUES (?, ?, ?)
ON CONFLICT (key) DO UPDATE SET looked_at = excluded.looked_at, files = excluded.files"""


def read(connection: Connection, machine: str, paths: Collection[str], since: datetime) -> Mapping[str, bytes]:
    """By path, of looks no earlier than `since`."""
    keys = {target_key(FileTarget(machine, path)): path for path in paths}
    rows = bulk.select(connection, _READ, keys, bulk.time_encoder(connection)(since))
    return {keys[bytes(key)]: bytes(files) for key, files in rows}


def keep(connection: Connection, folders: Sequence[ReadFolder]) -> None:
    """In place of what was known of them."""
    if not folders:
        return
    time = bulk.time_encoder(connection)
    rows = {target_key(FileTarget(each.machine, each.path)): (time(each.looked_at), each.files) for each in folders}
    statement = _KEEP if connection.dialect.name == "sqlite" else _KEEP.replace("?", "%s")
    connection.exec_driver_sql(statement, [(key, *row) for key, row in rows.items()])
