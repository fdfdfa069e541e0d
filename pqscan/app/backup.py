"""The store in one file and back, on this machine or another: the same store gives the same reports."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pqscan.app.acting import person
from pqscan.app.age import decrypt_file, encrypt_file, is_encrypted_file
from pqscan.app.permitting import permit, permit_at
from pqscan.app.place import default_store, open_store, unlock_store
from pqscan.errors import StoreError, UsageError
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


def back_up_store(file: Path, store_url: str | None = None, *, log: Path | None = None, to: Sequence[object] = ()) -> BackedUp:
    """Copies the store into a new file, and checks the copy. The act of doing so is in both, so that both give the same reports.
    With recipients (`age.recipients`) the file is encrypted for them, and plain text lies nowhere but beside the store meanwhile.

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
    if not to:
        backup.copy_out(location.path, file, location.passphrase)
        return _read_back(file, location.passphrase)
    with _apart(location.path) as copy:
        backup.copy_out(location.path, copy, location.passphrase)
        made = _read_back(copy, location.passphrase)  # Before it is closed to us as well.
        encrypt_file(copy, file, to)
    return replace(made, file=file, size_bytes=file.stat().st_size)


@contextmanager
def _apart(store: Path) -> Iterator[Path]:
    """A name beside the store, where the same eyes may see; whatever lies under it is gone at the end."""
    path = store.with_name(f".pqscan-{secrets.token_hex(8)}")
    try:
        yield path
    finally:
        for companion in ("", "-wal", "-shm", "-journal"):
            Path(f"{path}{companion}").unlink(missing_ok=True)


@contextmanager
def _plain(file: Path, store: Path) -> Iterator[Path]:
    """The backup itself, or its plain text where it is encrypted; what is wrong with that is said of the backup."""
    if not is_encrypted_file(file):
        yield file
        return
    try:
        store.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"no store can be made at {store} ({error.strerror}): choose another place with --db") from None
    with _apart(store) as copy:
        decrypt_file(file, copy, f"the backup {file}")
        try:
            yield copy
        except (StoreError, UsageError) as error:
            raise type(error)(str(error).replace(str(copy), str(file))) from None


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
    """Puts a backup in the store's place, after it was found whole; what was there is kept beside it, under a new name. One that
    is encrypted is opened by the keys of `age.use_identities`.

    The audit log notes it, and from then on holds this chain of acts for the store's."""
    from pqscan.store import backup
    from pqscan.store.engine import locate

    location = locate(default_store() if store_url is None else store_url)
    if location.path is None:
        raise UsageError(f"PostgreSQL is filled by its own tools: {backup.load_command(location, file)}")
    if location.path.exists():
        permit_at(store_url, Right.ADMINISTER)
    with _plain(file, location.path) as source:
        aside = backup.copy_in(source, location.path, passphrase=location.passphrase, replace=replace)
    with open_store(store_url, any_revision=True, noted=False) as store:
        status = store.status()
        chain = store.verify_acts() if status.is_current else None
        head = EMPTY if chain is None else chain.head  # Before there were acts there was no chain.
        reason = f"restored from {file.absolute()}"
        AuditLog(log).chain_replaced(datetime.now(UTC), store.place, head.entries, head.hash, reason)
    return Restored(location.path, aside, status.revision, chain)
