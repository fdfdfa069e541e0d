"""Where sealed snapshots are kept and found again: anything with these two methods. `FolderShelf` keeps them as files."""

from __future__ import annotations

import os
import secrets
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, cast

from pqscan.app.place import default_store, open_store, owner_only
from pqscan.app.store_shelf import Keeper, StoreShelf
from pqscan.errors import MalformedMessage, WorkError
from pqscan.readiness.act import Act
from pqscan.readiness.filed_snapshot import FiledSnapshot
from pqscan.readiness.foreign_json import canonical, moment_text, read_canonical
from pqscan.readiness.unit_file import MOST_HEADER_BYTES, UnitFile
from pqscan.registry.foreign_file import open_regular

_SUFFIX, _NOTE = ".snapshot", b"pqscan-kept-snapshot/1"


class SnapshotShelf(Protocol):
    """Keeps snapshots with the act that brought them in, and never alters one."""

    def snapshots(self, unit: str | None = None) -> tuple[FiledSnapshot, ...]: ...

    def keep_snapshot(self, row: FiledSnapshot, act: Act) -> object: ...


class FolderShelf:
    """One file a snapshot, named by its digest, written once. Each is checked when it is read; WorkError names a damaged one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def snapshots(self, unit: str | None = None) -> tuple[FiledSnapshot, ...]:
        try:
            paths = sorted(self._folder.glob(f"*{_SUFFIX}")) if self._folder.is_dir() else []
            rows = [_read(path) for path in paths]
        except OSError as error:
            raise WorkError(f"the snapshots in {self._folder} cannot be read: {error.strerror}") from None
        found = [row for row in rows if unit in (None, row.unit)]
        return tuple(sorted(found, key=lambda row: (row.unit, row.period.start, row.period.end, row.kept_at, row.digest)))

    def keep_snapshot(self, row: FiledSnapshot, act: Act) -> bool:
        """True where it is new here. The same again changes nothing."""
        path = self._folder / f"{row.digest}{_SUFFIX}"
        note = canonical({"kept_at": moment_text(row.kept_at), "is_imported": row.is_imported, "actor": act.actor})
        content = b"\n".join((_NOTE, note, UnitFile(row.snapshot, row.seal, {}).encode()))
        partial = path.with_name(f".pqscan-{secrets.token_hex(8)}")
        try:
            if path.exists():
                return False
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                with open(partial, "xb", opener=owner_only) as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                os.link(partial, path)  # Fails where another program was quicker: what is kept is never replaced.
            finally:
                partial.unlink(missing_ok=True)
        except FileExistsError:
            return False
        except OSError as error:
            raise WorkError(f"the snapshot cannot be kept in {self._folder}: {error.strerror}") from None
        return True


def _read(path: Path) -> FiledSnapshot:
    with open_regular(path) as file:
        data = file.read(MOST_HEADER_BYTES + (1 << 16))
    name, _, rest = data.partition(b"\n")
    note, _, unit_file = rest.partition(b"\n")
    try:
        if name != _NOTE:
            raise MalformedMessage("it is of another format")
        fields = read_canonical(note, "its note")
        kept_at: datetime = fields.moment("kept_at").astimezone(UTC)
        is_imported = fields.flag("is_imported")
        found = UnitFile.decode(unit_file)
    except MalformedMessage as error:
        raise WorkError(f"the kept snapshot {path} is damaged: {error}; restore it from a backup") from None
    if path.name != f"{found.seal.digest}{_SUFFIX}":
        raise WorkError(f"the kept snapshot {path} is damaged: its name is not its digest; restore it from a backup")
    return FiledSnapshot.of(found.snapshot, found.seal, kept_at, is_imported=is_imported)


def shelf_beside(url: str | None) -> SnapshotShelf:
    """The store itself where its schema has room for snapshots, else a folder beside its file."""
    from pqscan.store.repository import Store

    if hasattr(Store, "keep_snapshot"):
        return StoreShelf(lambda: cast("AbstractContextManager[Keeper]", open_store(url, create=True)))
    name = default_store() if url is None else url.removeprefix("sqlite:///")
    path = Path(default_store() if "://" in name else name)
    return FolderShelf(path.with_name(f"{path.name}.snapshots"))
