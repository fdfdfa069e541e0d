"""Reads files with certificates and keys of identity services into the store: bounded; whatever is in one ends as one outcome."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pqscan_probes.certificate_file import CertificateFileProbe
from pqscan_probes.identity_metadata import IdentityMetadataProbe

from pqscan import __version__
from pqscan.app.permitting import permit
from pqscan.errors import PqscanError, UsageError, WorkError, WrongProtocol
from pqscan.model.canonical import canonical
from pqscan.model.inventory import Batch, Run, RunKind, RunState
from pqscan.model.observation import Profile
from pqscan.model.outcome import Outcome, OutcomeStatus
from pqscan.model.target import FileTarget
from pqscan.probe import FileProbe
from pqscan.readiness.access import Right
from pqscan.registry import universe
from pqscan.registry.foreign_file import open_regular
from pqscan.scan.attempt import status_of
from pqscan.scan.names import shown as shown_text

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
_BATCH = 100


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


def scan_files(paths: Iterable[Path], store: Store, *, machine: str | None = None, site: str = "") -> Run:
    """Reads certificates from the files named, and the keys of SAML metadata and of JSON Web Key sets; gives the run as the store
    has it. A file that cannot be read has its outcome; UsageError for a folder, which is not walked yet."""
    permit(store, Right.SCAN)
    files = tuple(dict.fromkeys(Path(os.path.abspath(path)) for path in paths))
    folder = next((path for path in files if path.is_dir()), None)
    if folder is not None:
        raise UsageError(f"{shown_text(str(folder), 200)} is a folder, and folders are not walked yet: name the files in it")
    now = datetime.now(UTC)
    shown = [str(path) for path in files[:8]] + ([f"… (+{len(files) - 8})"] if len(files) > 8 else [])
    run = Run(
        id=f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}",
        kind=RunKind.FILES,
        started_at=now,
        finished_at=None,
        state=RunState.RUNNING,
        scope=", ".join(shown),
        site=site,
        profile="inventory",
        client="",
        tool_version=__version__,
        registry_edition=universe.registry_edition(),
    )
    store.begin_run(run)
    name = machine or socket.gethostname()
    cursor = 0
    for outcomes in _batches(_read(FileTarget(name, str(path))) for path in files):
        cursor += len(outcomes)
        counts: dict[OutcomeStatus, int] = {}
        for outcome in outcomes:
            counts[outcome.status] = counts.get(outcome.status, 0) + 1
        store.commit(Batch(run.id, outcomes, cursor, counts))
    store.finish_run(run.id, RunState.FINISHED, datetime.now(UTC))
    return store.run(run.id) or run


def _batches(outcomes: Iterable[Outcome]) -> Iterator[tuple[Outcome, ...]]:
    batch: list[Outcome] = []
    for outcome in outcomes:
        batch.append(outcome)
        if len(batch) == _BATCH:
            yield tuple(batch)
            batch = []
    if batch:
        yield tuple(batch)


class _File:
    """Fulfils `FileSource` for one path: only a regular file is read."""

    def __init__(self, path: str) -> None:
        self._path = path

    def read(self, most: int) -> bytes:
        """Raises WorkError."""
        try:
            with open_regular(self._path) as file:
                return file.read(most)
        except OSError as error:
            raise WorkError(f"{self._path} cannot be read: {error.strerror}") from error


def _read(target: FileTarget) -> Outcome:
    started = datetime.now(UTC)
    probe: FileProbe = CertificateFileProbe()

    def elapsed() -> float:
        return max(0.0, (datetime.now(UTC) - started).total_seconds())

    try:
        try:
            facts = asyncio.run(probe.run(target, _File(target.path)))
        except WrongProtocol as error:
            try:
                other = IdentityMetadataProbe()
                facts = asyncio.run(other.run(target, _File(target.path)))
                probe = other
            except WrongProtocol:
                raise error from None  # Most files that are neither were meant to hold certificates.
    except PqscanError as error:
        status, reason = status_of(error)
        if isinstance(error, WorkError):
            status = OutcomeStatus.UNREACHABLE  # Nothing throttles here: the file cannot be had.
        return Outcome(target, probe.name, status, started, elapsed(), detail=reason)
    profile = canonical(Profile(probe.name, facts.depth, facts.asked, facts.complete, facts.observations, facts.preference))
    return Outcome(target, probe.name, facts.status, started, elapsed(), 0, facts.detail, profile, facts.chains, facts.certificates)
