"""Takes another program's file into the store: one run of kind import, a service as a sighting of the probe that would ask it."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from pqscan.app.acting import act_of
from pqscan.app.beginning import begun_run
from pqscan.app.importing.cbom import read_cbom_file
from pqscan.app.importing.found import Contents, Service, Tally
from pqscan.app.importing.json_file import MOST_BYTES
from pqscan.app.importing.nmap import read_nmap
from pqscan.app.importing.ssh_audit import read_ssh_audit
from pqscan.app.importing.sslyze import read_sslyze
from pqscan.app.importing.testssl import read_testssl
from pqscan.app.importing.zeek import read_zeek
from pqscan.app.kept_out import kept_out
from pqscan.app.permitting import permit
from pqscan.errors import MalformedMessage, PqscanError, UsageError
from pqscan.model.canonical import canonical
from pqscan.model.inventory import Batch, Run, RunKind, RunState
from pqscan.model.observation import IMPORTED, IMPORTED_NAMES, Profile
from pqscan.model.outcome import Outcome, OutcomeStatus
from pqscan.readiness.access import Right
from pqscan.readiness.act import ActKind
from pqscan.registry.foreign_file import open_regular
from pqscan.scan.addresses import address_number
from pqscan.scan.names import shown
from pqscan.scan.targets import Exclusions

if TYPE_CHECKING:
    from pqscan.store.repository import Store

_BATCH = 500
_CHUNK = 1 << 18
_SHOWN_DIGEST = 12

Told = Service | Contents
Reading = Callable[[BinaryIO, Tally], Iterator[Told]]


def _whole(read: Callable[[bytes, Tally], Iterator[Told]]) -> Reading:
    def reading(file: BinaryIO, tally: Tally) -> Iterator[Told]:
        return read(file.read(MOST_BYTES + 1), tally)

    return reading


def _in_chunks(file: BinaryIO, tally: Tally) -> Iterator[Service]:
    return read_nmap(iter(lambda: file.read(_CHUNK), b""), tally)


FORMATS: Mapping[str, Reading] = {
    "nmap": _in_chunks,
    "sslyze": _whole(read_sslyze),
    "testssl": _whole(read_testssl),
    "ssh-audit": _whole(read_ssh_audit),
    "zeek": read_zeek,
    "cbom": _whole(read_cbom_file),
}


@dataclass(slots=True)
class Imported:
    """What came of a file. `run` is None where nothing was stored; `by_status` counts services, `left_out` what was not taken over,
    by code of reason; `undated` services got the time of the file itself, for want of one in it."""

    run: Run | None = None
    program: str = ""
    by_status: dict[OutcomeStatus, int] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)
    is_cut: bool = False
    undated: int = 0

    @property
    def services(self) -> int:
        return sum(self.by_status.values())


def import_file(
    form: str,
    path: str,
    store: Store | None,
    *,
    site: str = "",
    seen_at: datetime | None = None,
    beside: str | None = None,
    each: Callable[[Service], None] | None = None,
) -> Imported:
    """Reads a file of one of FORMATS and keeps it; without a store it only says what is in it. `each` is told every service.

    `seen_at` is when it was made, where the file does not say; `beside` is an x509.log for the ssl.log of Zeek. Raises UsageError
    for a file that is not of this format; what a long file told before that is kept."""
    if store is not None:
        permit(store, Right.SCAN)
    now = datetime.now(UTC)
    digest, made = _fingerprint(path)
    reading = _Reading(form, path, site, min(seen_at or made, now), now, None if store is None else kept_out(store), beside)
    if store is None:
        for service in reading.services():
            _tell(each, service)
        return reading.result()
    run = _run(form, path, site, digest, now)
    cursor = 0
    try:
        for services in _batches(reading.services()):
            if not cursor:
                store.begin_run(run)
            cursor += len(services)
            _commit(store, run, tuple(map(reading.outcome, services)), cursor)
            for service in services:
                _tell(each, service)
    except BaseException:
        if cursor:
            with contextlib.suppress(PqscanError):  # What went wrong first is told.
                store.finish_run(run.id, RunState.INTERRUPTED, datetime.now(UTC))
        raise
    found = reading.result()
    if cursor:
        store.finish_run(run.id, RunState.FINISHED, datetime.now(UTC))
        detail = {"file": Path(path).name, "sha256": digest, "services": cursor, "run": run.id}
        store.add_act(act_of(ActKind.IMPORT, form, now, **detail))  # type: ignore[arg-type]  # Texts and a number.
        found.run = store.run(run.id)
    return found


def _tell(each: Callable[[Service], None] | None, told: Told) -> None:
    """A file is nothing that can be asked."""
    if each is not None and isinstance(told, Service):
        each(told)


class _Reading:
    """One file in hand."""

    def __init__(
        self, form: str, path: str, site: str, made: datetime, now: datetime, kept: Exclusions | None, beside: str | None = None
    ) -> None:
        self._form = form
        self._path = path
        self._site = site
        self._made = made
        self._now = now
        self._kept = kept or Exclusions()
        self._beside = beside
        self._tally = Tally()
        self._found = Imported()

    def services(self) -> Iterator[Told]:
        """Those that may be kept. Raises UsageError."""
        try:
            with contextlib.ExitStack() as files:
                file = files.enter_context(_opened(self._path))
                if self._beside is None:
                    found: Iterator[Told] = FORMATS[self._form](file, self._tally)
                else:
                    found = read_zeek(file, self._tally, files.enter_context(_opened(self._beside)))
                for told in found:
                    if isinstance(told, Service) and self._is_kept_out(told):
                        self._tally.left_out["import_kept_out"] += 1
                        continue
                    self._found.by_status[told.status] = self._found.by_status.get(told.status, 0) + 1
                    self._found.undated += told.seen_at is None
                    yield replace(told, target=replace(told.target, site=self._site)) if isinstance(told, Service) else told
        except MalformedMessage as error:
            raise UsageError(f"{shown(self._path, 200)} cannot be imported: {error}") from None
        except OSError as error:
            raise UsageError(f"{shown(self._path, 200)} cannot be read: {error.strerror}") from None

    def _is_kept_out(self, service: Service) -> bool:
        """What the register keeps out of every scan is not taken over from another one either."""
        target = service.target
        number = address_number(target.address)
        if number is not None and number in self._kept.at(target.port):
            return True
        return target.server_name is not None and self._kept.has_name(target.server_name, target.port)

    def outcome(self, service: Told) -> Outcome:
        profile = None
        if service.observations or service.certificates:
            depth = IMPORTED_NAMES if service.names_only else IMPORTED
            asked = self._tally.program or self._form
            profile = canonical(Profile(service.probe, depth, asked, complete=False, observations=service.observations))
        at = min(service.seen_at or self._made, self._now)  # A clock that went ahead makes nothing newer than now.
        return Outcome(
            service.target,
            service.probe,
            service.status,
            at,
            0.0,
            detail=service.detail,
            profile=profile,
            chains=service.chains,
            certificates=service.certificates,
        )

    def result(self) -> Imported:
        found = self._found
        found.program, found.is_cut = self._tally.program or self._form, self._tally.is_cut
        found.left_out = {code: count for code, count in sorted(self._tally.left_out.items()) if count}
        return found


def target_line(service: Service) -> str:
    """The service as a list of targets names it, for `scan net @FILE`."""
    return replace(service.target, starttls=service.protocol or service.target.starttls).spelling


def _opened(path: str) -> BinaryIO:
    return open_regular(path)


def _fingerprint(path: str) -> tuple[str, datetime]:
    """SHA-256 of the file, and when it was written last. Raises UsageError."""
    try:
        with _opened(path) as file:
            made = datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, UTC)
            digest = hashlib.sha256()
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
            return digest.hexdigest(), made
    except (OSError, ValueError, OverflowError) as error:
        raise UsageError(f"{shown(path, 200)} cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _run(form: str, path: str, site: str, digest: str, now: datetime) -> Run:
    scope = f"{form} {shown(Path(path).name)[1:-1]} {digest[:_SHOWN_DIGEST]}"
    return begun_run(RunKind.IMPORT, now, scope=scope, site=site, profile=IMPORTED)


def _commit(store: Store, run: Run, outcomes: tuple[Outcome, ...], cursor: int) -> None:
    counts: dict[OutcomeStatus, int] = {}
    for outcome in outcomes:
        counts[outcome.status] = counts.get(outcome.status, 0) + 1
    store.commit(Batch(run.id, outcomes, cursor, counts))


def _batches(services: Iterable[Told]) -> Iterator[tuple[Told, ...]]:
    batch: list[Told] = []
    for service in services:
        batch.append(service)
        if len(batch) == _BATCH:
            yield tuple(batch)
            batch = []
    if batch:
        yield tuple(batch)
