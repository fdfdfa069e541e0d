"""The store in one file and back, on this machine or another: the same store gives the same reports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pqscan.app.acting import person
from pqscan.app.permitting import permit, permit_at
from pqscan.app.place import default_store, open_store, unlock_store
from pqscan.errors import UsageError
from pqscan.readiness.access import Right
from pqscan.readiness.act import Act, ActKind
from pqscan.readiness.chain import EMPTY, ChainReport
from pqscan.scan.audit import AuditLog

if TYPE_CHECKING:
    from pqscan.store.cipher import Passphrase


@dataclass(frozen=True, slots=True)
class BackedUp:
    """A backup that was read back: its size, its schema, and what a walk of its acts found."""

    file: Path
    size_bytes: int
    revision: str | None
    chain: ChainReport


@dataclass(frozen=True, slots=True)
class Restored:
    """`aside` is where the store that was there is kept now. `chain` is None where the backup has an older schema."""

    path: Path
    aside: Path | None
    revision: str | None
    chain: ChainReport | None


def back_up_store(file: Path, store_url: str | None = None, *, log: Path | None = None) -> BackedUp:
    """Copies the store into a new file, and checks the copy. The act of doing so is in both, so that both give the same reports.

    Raises UsageError where the file is there already, or for PostgreSQL, naming the command that does it."""
    from pqscan.store import backup
    from pqscan.store.engine import locate

    location = locate(default_store() if store_url is None else store_url)
    if location.path is None:
        raise UsageError(f"PostgreSQL is copied by its own tools: {backup.dump_command(location, file)}")
    if file.exists() or file.is_symlink():
        raise UsageError(f"the file {file} is there already: name another one")
    with open_store(store_url, audit_log=log) as store:
        role = permit(store, Right.ADMINISTER)
        store.add_act(Act(datetime.now(UTC), person(), role, ActKind.EXPORT, "backup", {"file": str(file.absolute())}))
    backup.copy_out(location.path, file, location.passphrase)
    return _read_back(file, location.passphrase)


def recode_store(source: Path, target: Path, *, of: str | None, to: str | None, log: Path | None = None) -> BackedUp:
    """Copies an SQLite store into a new file that another passphrase opens, or none, and checks the copy; the source stays.

    The act of doing so is in both. Raises as `back_up_store`."""
    from pqscan.store import backup
    from pqscan.store.cipher import Passphrase, require_sqlite_file

    old, new = (None if text is None else Passphrase(text) for text in (of, to))
    if target.exists() or target.is_symlink():
        raise UsageError(f"the file {target} is there already: name another one")
    require_sqlite_file(source, old)
    if of is not None:
        unlock_store(str(source), of)
    with open_store(str(source), audit_log=log) as store:
        what = "decrypt" if to is None else "encrypt"
        role = permit(store, Right.EXPORT if to is None else Right.ADMINISTER)
        store.add_act(Act(datetime.now(UTC), person(), role, ActKind.EXPORT, what, {"file": str(target.absolute())}))
    backup.recode(source, target, of=old, to=new)
    return _read_back(target, new)


def _read_back(file: Path, passphrase: Passphrase | None) -> BackedUp:
    from pqscan.store import backup

    if passphrase is not None:
        unlock_store(str(file), passphrase.text)
    with open_store(str(file), noted=False) as copy:
        status, chain = copy.status(), copy.verify_acts()
    backup.require_whole(file, passphrase)
    return BackedUp(file, file.stat().st_size, status.revision, chain)


def restore_store(file: Path, store_url: str | None = None, *, replace: bool = False, log: Path | None = None) -> Restored:
    """Puts a backup in the store's place, after it was found whole; what was there is kept beside it, under a new name.

    The audit log notes it, and from then on holds this chain of acts for the store's."""
    from pqscan.store import backup
    from pqscan.store.engine import locate

    location = locate(default_store() if store_url is None else store_url)
    if location.path is None:
        raise UsageError(f"PostgreSQL is filled by its own tools: {backup.load_command(location, file)}")
    if location.path.exists():
        permit_at(store_url, Right.ADMINISTER)
    aside = backup.copy_in(file, location.path, passphrase=location.passphrase, replace=replace)
    with open_store(store_url, any_revision=True, noted=False) as store:
        status = store.status()
        chain = store.verify_acts() if status.is_current else None
        head = EMPTY if chain is None else chain.head  # Before there were acts there was no chain.
        reason = f"restored from {file.absolute()}"
        AuditLog(log).chain_replaced(datetime.now(UTC), store.place, head.entries, head.hash, reason)
    return Restored(location.path, aside, status.revision, chain)
