"""Reads files, folders and archives into the store: whatever is in one ends as an outcome, and one that cannot be read, too."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from os.path import abspath
from pathlib import Path
from time import time_ns
from typing import TYPE_CHECKING

from pqscan.app.beginning import begun_run, listed
from pqscan.app.exclusive import alone
from pqscan.app.file_edition import edition
from pqscan.app.file_known import KnownFiles, locked_files
from pqscan.app.file_permitting import PermittedFiles, permitted_files
from pqscan.app.file_probes import every_file_probe
from pqscan.app.file_scan import FileScan
from pqscan.app.file_writer import FilesProgress, FileWriter
from pqscan.app.permitting import permit
from pqscan.errors import UsageError
from pqscan.model.inventory import Run, RunKind, RunState
from pqscan.readiness.access import Right
from pqscan.registry.foreign_file import open_regular
from pqscan.scan.files.tree import Tree
from pqscan.scan.files.unchanged import Unchanged
from pqscan.scan.files.walk import walk
from pqscan.scan.files.workers import Setup
from pqscan.scan.names import shown

if TYPE_CHECKING:
    from pqscan.scan.audit import AuditLog
    from pqscan.store.repository import Store

__all__ = ["FileScan", "FilesProgress", "machine_certificates", "read_passwords", "resume_file_scan", "run_file_scan", "scan_files"]

_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Ubuntu, Alpine, Arch
    "/etc/pki/tls/certs/ca-bundle.crt",  # Fedora, RHEL
    "/etc/ssl/ca-bundle.pem",  # SUSE
    "/etc/ssl/cert.pem",  # macOS, BSD
)
_FOLDERS = ("/etc/ssl/certs", "/etc/pki/tls/certs")
_SUFFIXES = frozenset({".pem", ".crt", ".cer", ".der"})
_MOST_FILES = 1000
_MOST_PASSWORDS = 100
_MOST_PASSWORD_OCTETS = 1 << 16
_EVER = datetime(1970, 1, 1, tzinfo=UTC)


def machine_certificates() -> tuple[Path, ...]:
    """Where this machine keeps the certificates that it trusts: its bundle, else the files of its folder."""
    bundle = next((Path(name) for name in _BUNDLES if Path(name).is_file()), None)
    if bundle is not None:
        return (bundle,)
    for folder in map(Path, _FOLDERS):
        if folder.is_dir():
            files = (path for path in sorted(folder.iterdir()) if path.suffix in _SUFFIXES and path.is_file())
            return tuple({path.resolve(): path for path in files}.values())[:_MOST_FILES]
    return ()


def read_passwords(path: str) -> tuple[str, ...]:
    """One a line, as they stand there, the ends of lines left out. Raises UsageError, which never shows a line."""
    try:
        with open_regular(path, or_stream=True) as file:
            data = file.read(_MOST_PASSWORD_OCTETS + 1)
    except OSError as error:
        raise UsageError(f"the file of passwords {shown(path, 200)} cannot be read: {error.strerror}") from None
    try:
        lines = data.decode("utf-8").splitlines()
    except UnicodeDecodeError:
        raise UsageError(f"the file of passwords {shown(path, 200)} is no UTF-8: write it as that, one password a line") from None
    if len(data) > _MOST_PASSWORD_OCTETS or len(lines) > _MOST_PASSWORDS:
        raise UsageError(f"the file of passwords {shown(path, 200)} holds more than {_MOST_PASSWORDS} passwords: name fewer")
    return tuple(dict.fromkeys(line for line in lines if line))


def scan_files(paths: Iterable[Path], store: Store, *, machine: str | None = None, site: str = "") -> Run:
    """Reads the files named and all files in the folders named; gives the run as the store has it."""
    return run_file_scan(FileScan(tuple(paths), machine, site), store)


def run_file_scan(
    scan: FileScan,
    store: Store,
    progress: Callable[[FilesProgress], None] | None = None,
    *,
    begun: Callable[[Run], None] | None = None,
    audit: AuditLog | None = None,
) -> Run:
    """Reads what the scan names. What cannot be read has its outcome, and the others go on. What did not change since it was read
    whole is not read again, and counts as seen. Where it is interrupted, what was read until then is in the store.

    `begun` is told the run before the first file is read. No two scans of the same are at work in a store at once: WorkError says
    who is. With an authorisation, UsageError where a path lies outside of it: then nothing is read."""
    permit(store, Right.SCAN)
    paths = tuple(map(Path, dict.fromkeys(abspath(path) for path in scan.paths)))
    authorisation = None if scan.authorisation is None else abspath(scan.authorisation)
    scan = replace(scan, paths=paths, machine=scan.machine or socket.gethostname(), authorisation=authorisation)
    now = datetime.now(UTC)
    run = begun_run(RunKind.FILES, now, scope=listed(list(map(str, paths))), site=scan.site, profile="inventory")
    permitted = permitted_files(scan, run, now, audit)
    run = replace(run, arguments=scan.encode(), authorisation_number=None if permitted is None else permitted.number)
    with alone(store, run.id, now, run.scope, run.site):
        store.begin_run(run)
        return _carry_out(scan, run, store, progress, begun, permitted)


def resume_file_scan(
    run_id: str,
    store: Store,
    progress: Callable[[FilesProgress], None] | None = None,
    *,
    passwords: tuple[str, ...] = (),
    authorisation: str | None = None,
    begun: Callable[[Run], None] | None = None,
    audit: AuditLog | None = None,
) -> Run:
    """Goes on with a run, with its own arguments: everything is walked and counted anew, but what it read whole is not read again.
    Passwords are kept nowhere, so they are given again; with some, what stayed locked is read again.

    Raises UsageError where there is no such run, WorkError where another program is at it; else as `run_file_scan`."""
    permit(store, Right.SCAN)
    run = store.run(run_id)
    if run is None:
        raise UsageError(f"the store has no run {run_id}: `pqscan show runs` lists them")
    if run.kind is not RunKind.FILES:
        raise UsageError(f"the run {run.id} is no scan of files: go on with it by the command that began it")
    scan = replace(FileScan.decode(run.arguments, run.id), passwords=passwords)
    if authorisation is not None and abspath(authorisation) != scan.authorisation:
        raise UsageError(f"the run {run.id} was begun under another authorisation, or none: begin a new one to read within this")
    now = datetime.now(UTC)
    permitted = permitted_files(scan, run, now, audit)
    with alone(store, run.id, now, run.scope, run.site):
        store.begin_run(run, from_start=True)
        return _carry_out(scan, run, store, progress, begun, permitted)


def _carry_out(
    scan: FileScan,
    run: Run,
    store: Store,
    progress: Callable[[FilesProgress], None] | None,
    begun: Callable[[Run], None] | None,
    permitted: PermittedFiles | None,
) -> Run:
    machine, paths = scan.machine or "", tuple(map(str, scan.paths))
    # What this run itself read is believed when it is resumed; what was read without these passwords may have stayed locked, by the
    # first part of this run, too.
    since = run.started_at if scan.full or scan.passwords else _EVER
    locked = locked_files(store, machine) if scan.passwords else frozenset[str]()
    load = partial(store.read_folders, machine, since=since)
    unchanged = Unchanged(edition(scan.bounds, paths), load, time_ns, paths, locked)
    writer = FileWriter(store, run.id, machine, unchanged, progress)
    state = RunState.INTERRUPTED
    try:
        if begun is not None:
            begun(run)
        known = KnownFiles(store, machine, paths)
        probes = partial(every_file_probe, scan.passwords, paths)
        tree = Tree(machine, Setup(probes, scan.bounds, scan.processes, (every_file_probe.__module__,), frozenset(paths)))
        steps = walk(paths, one_file_system=scan.one_file_system, left_out=None if permitted is None else permitted.left_out)
        changed = unchanged.changed(steps, lambda entry: writer.add_unchanged(known.still_there(entry.path)))
        for looked in tree.looked(changed):
            writer.add(looked, known.ended(looked))
        writer.add_ended(known.gone())
        state = RunState.FINISHED
    finally:
        writer.flush()
        store.finish_run(run.id, state, max(datetime.now(UTC), run.started_at))
        ended = store.run(run.id) or run
        if permitted is not None:
            permitted.note_end(ended)
    return ended
