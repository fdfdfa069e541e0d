"""Reads files, folders and archives into the store: whatever is in one ends as an outcome, and one that cannot be read, too."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from os.path import abspath
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from pqscan.app.beginning import begun_run, listed
from pqscan.app.file_known import KnownFiles
from pqscan.app.file_probes import every_file_probe
from pqscan.app.permitting import permit
from pqscan.errors import UsageError
from pqscan.model.inventory import Batch, Run, RunKind, RunState
from pqscan.model.outcome import Outcome, OutcomeStatus
from pqscan.readiness.access import Right
from pqscan.registry.foreign_file import open_regular
from pqscan.scan.files.bounds import Bounds
from pqscan.scan.files.tree import Looked, Tree
from pqscan.scan.files.walk import walk
from pqscan.scan.files.workers import Setup
from pqscan.scan.names import shown

if TYPE_CHECKING:
    from pqscan.store.repository import Store

_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Ubuntu, Alpine, Arch
    "/etc/pki/tls/certs/ca-bundle.crt",  # Fedora, RHEL
    "/etc/ssl/ca-bundle.pem",  # SUSE
    "/etc/ssl/cert.pem",  # macOS, BSD
)
_FOLDERS = ("/etc/ssl/certs", "/etc/pki/tls/certs")
_SUFFIXES = frozenset({".pem", ".crt", ".cer", ".der"})
_MOST_FILES = 1000
_BATCH_OUTCOMES = 500
_MOST_PASSWORDS = 100
_MOST_PASSWORD_OCTETS = 1 << 16
_BATCH_SECONDS = 1.0


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


@dataclass(frozen=True, slots=True)
class FilesProgress:
    """How far a scan of files has come."""

    files: int
    octets: int
    outcomes: int


@dataclass(frozen=True, slots=True)
class FileScan:
    """What to read: `machine` is the name of the machine on which the files lie (None: this one); `passwords` are tried on key
    stores and kept nowhere."""

    paths: tuple[Path, ...]
    machine: str | None = None
    site: str = ""
    one_file_system: bool = False
    bounds: Bounds = field(default_factory=Bounds)
    processes: int | None = None
    passwords: tuple[str, ...] = field(default=(), repr=False)


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


def run_file_scan(scan: FileScan, store: Store, progress: Callable[[FilesProgress], None] | None = None) -> Run:
    """Reads what the scan names. What cannot be read has its outcome, and the others go on. Where it is interrupted, what was
    read until then is in the store."""
    permit(store, Right.SCAN)
    paths = tuple(dict.fromkeys(abspath(path) for path in scan.paths))
    run = _begun(scan, paths, store)
    writer = _Writer(store, run.id, progress)
    state = RunState.INTERRUPTED
    try:
        machine = scan.machine or socket.gethostname()
        known = KnownFiles(store, machine, paths)
        tree = Tree(machine, Setup(partial(every_file_probe, scan.passwords), scan.bounds, scan.processes))
        for looked in tree.looked(walk(paths, one_file_system=scan.one_file_system)):
            writer.add(looked, known.ended(looked))
        writer.add_ended(known.gone())
        state = RunState.FINISHED
    finally:
        writer.flush()
        store.finish_run(run.id, state, datetime.now(UTC))
    return store.run(run.id) or run


def _begun(scan: FileScan, paths: tuple[str, ...], store: Store) -> Run:
    run = begun_run(RunKind.FILES, datetime.now(UTC), scope=listed(list(paths)), site=scan.site, profile="inventory")
    store.begin_run(run)
    return run


class _Writer:
    """Commits what was looked at, a batch now and then."""

    def __init__(self, store: Store, run: str, progress: Callable[[FilesProgress], None] | None) -> None:
        self._store = store
        self._run = run
        self._progress = progress
        self._outcomes: list[Outcome] = []
        self._counts: dict[OutcomeStatus, int] = {}
        self._cursor = self._octets = self._found = 0
        self._since = monotonic()

    def add(self, looked: Looked, ended: Iterable[Outcome]) -> None:
        self._cursor += 1
        self._octets += looked.octets
        self._found += len(looked.outcomes)
        self._counts[looked.status] = self._counts.get(looked.status, 0) + 1
        self._outcomes.extend(looked.outcomes)
        self._outcomes.extend(ended)
        if len(self._outcomes) >= _BATCH_OUTCOMES or monotonic() - self._since >= _BATCH_SECONDS:
            self.flush()

    def add_ended(self, ended: Iterable[Outcome]) -> None:
        self._outcomes.extend(ended)

    def flush(self) -> None:
        if self._counts or self._outcomes:
            self._store.commit(Batch(self._run, tuple(self._outcomes), self._cursor, self._counts))
        self._outcomes, self._counts = [], {}
        self._since = monotonic()
        if self._progress is not None:
            self._progress(FilesProgress(self._cursor, self._octets, self._found))
