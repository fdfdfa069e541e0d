"""Scans of the network from beginning to end: what may be asked, the audit log, the run's row, the scan, its end."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pqscan_probes.tls import TlsSettings

from pqscan import __version__
from pqscan.app.beginning import run_id as new_run_id
from pqscan.app.exclusive import alone
from pqscan.app.kept_out import kept_out
from pqscan.app.net_scan import KeptArguments, NetScan
from pqscan.app.permitting import permit
from pqscan.app.probes import check_http, router_for
from pqscan.app.scan_costs import cost_of
from pqscan.app.scan_limits import asked_limits, several_processes_from
from pqscan.app.zone_scan import check_ports
from pqscan.errors import PqscanError, UsageError
from pqscan.model.inventory import Run, RunKind, RunState
from pqscan.model.target import NetworkTarget, Transport
from pqscan.net import loop
from pqscan.readiness.access import Right
from pqscan.registry import clients, universe
from pqscan.scan import plan as planning
from pqscan.scan.audit import AuditLog
from pqscan.scan.authorisation import Permission, Refusal, Screened, limits_of, screen
from pqscan.scan.authorisation_file import read_authorisation
from pqscan.scan.nmap_discovery import Means, PythonNmap
from pqscan.scan.order import order_key
from pqscan.scan.ports import format_ports, is_known, parse_ports
from pqscan.scan.progress import Progress
from pqscan.scan.router import Router
from pqscan.scan.scanner import Scanner
from pqscan.scan.settings import Discovery, ScanSettings, Summary
from pqscan.scan.standing import SILENT_PORTS
from pqscan.scan.target_syntax import parse_target
from pqscan.scan.targets import Exclusions, TargetSet, describe, expand, read_exclusions
from pqscan.scan.work import AGAIN, Asked, AskSettings, local_today
from pqscan.scan.workers import load_ahead, process_count
from pqscan.scan.writer import Ledger

if TYPE_CHECKING:
    from pqscan.app.streaming import OutcomeStream
    from pqscan.store.repository import Store

FEW_TARGETS = 256
"""Up to so many targets given with their ports are asked at once, each with a row even where nothing answers."""

_WORKER_MODULES = ("pqscan.app.worker_tables",)


@dataclass(frozen=True, slots=True)
class ScanResult:
    """`run` as the store has it at the end; `refusals` are what was left out, before and during the scan."""

    run: Run
    summary: Summary
    refusals: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request with everything read and expanded; nothing has been sent."""

    request: NetScan
    targets: TargetSet
    permission: Permission
    screened: Screened
    settings: ScanSettings
    probe: TlsSettings

    @property
    def needs_authorisation(self) -> bool:
        return any(refusal.reason.code == "no_authorisation" for refusal in self.screened.refusals)

    def load_ahead(self) -> None:
        """Lets worker processes, where the scan will use them, load beside whatever is done until it begins."""
        at_once = self.settings.discovery is Discovery.NONE  # Else nobody knows yet whether anything answers.
        if at_once and not self.needs_authorisation and process_count(self.settings, self.screened.permitted) > 1:
            load_ahead(self.settings.worker_modules)


def prepare(request: NetScan, today: date | None = None) -> Prepared:
    """Reads files, expands targets and screens them. Raises UsageError for whatever cannot be."""
    request = request.frozen()
    if not request.targets:
        raise UsageError("no target is named: give an address, a network such as 10.20.0.0/24, a host name or @file")
    if request.ptr and request.authorisation is None:
        raise UsageError("names are asked of the DNS (--ptr) only with an authorisation; give one with --authorisation")
    check_http(request)
    probe = TlsSettings(request.profile, request.client, request.sslv2, request.keep_evidence)
    universe.groups_asked(request.profile, "TLS1.3")  # Raises for a profile or client that does not exist.
    chosen = clients.client(request.client) if request.client else clients.current_client()
    authorisation = None if request.authorisation is None else read_authorisation(Path(request.authorisation))
    ports = None if request.ports is None else parse_ports(request.ports)
    targets = expand(request.targets, ports)
    silent = format_ports(section.port for section in targets.sections if not is_known(section.port))
    if silent and not request.zones:
        raise UsageError(
            f"nothing that is asked over UDP is usual on {silent[:60]}: leave it out, or name what it is, as in 4000/ike"
        )
    permission = Permission(authorisation, read_exclusions(request.exclude))
    day = local_today() if today is None else today
    if request.zones:
        check_ports(targets, permission, day)
    screened = screen(targets, permission, day)
    discovery = _discovery(request, screened.permitted)
    few = screened.permitted.count <= FEW_TARGETS
    settings = ScanSettings(
        ask=AskSettings(
            site=request.site,
            rows_for_dead=few and discovery is Discovery.NONE,
            extra_names=request.names,
            reverse_lookups=request.ptr,
            silent_ports=SILENT_PORTS if request.silent_ports is None else request.silent_ports,
        ),
        limits=limits_of(authorisation, asked_limits(request)),
        discovery=discovery,
        nmap=Means(PythonNmap()) if discovery is Discovery.NMAP else None,
        processes=request.workers,
        several_processes_from=several_processes_from(request.profile, screened.permitted),
        worker_modules=_WORKER_MODULES,
    )
    return Prepared(replace(request, client=chosen.name), targets, permission, screened, settings, probe)


def heeding(prepared: Prepared, register: Exclusions, today: date | None = None) -> Prepared:
    """The same without what the store's register keeps out (`kept_out`)."""
    if register == prepared.permission.kept_out:
        return prepared
    permission = replace(prepared.permission, kept_out=register)
    screened = screen(prepared.targets, permission, local_today() if today is None else today)
    return replace(prepared, permission=permission, screened=screened)


def _discovery(request: NetScan, permitted: TargetSet) -> Discovery:
    if request.discover is not None:
        try:
            return Discovery(request.discover)
        except ValueError:
            raise UsageError(f"there is no discovery {request.discover!r}; choose connect, nmap or none") from None
    named = request.ports is not None or all(parse_target(word).ports is not None for word in request.targets)
    return Discovery.NONE if named and permitted.count <= FEW_TARGETS else Discovery.CONNECT


def plan_net(request: NetScan, register: Exclusions | None = None) -> tuple[Prepared, planning.Plan]:
    """What a scan would ask and cost, without sending anything; `register` is what the store's keeps out."""
    prepared = heeding(prepare(request), register or Exclusions())
    return prepared, planning.plan(prepared.screened, partial(cost_of, prepared.request), prepared.settings)


def scan_net(
    request: NetScan | Prepared,
    store: Store,
    *,
    audit: AuditLog | None = None,
    progress: Callable[[Progress], None] | None = None,
    outcomes: OutcomeStream | None = None,
    begun: Callable[[Run, Prepared], None] | None = None,
    stop_on: Iterable[signal.Signals] = (),
    plan: str = "",
) -> ScanResult:
    """Scans and keeps what it learns in the store; `outcomes` receives it as JSON lines while it is learned.

    `begun` is told the run before the first packet. `stop_on` are signals that end the run early with what is done kept.
    `plan` is the plan that it is a run of. No two scans of one plan, nor of the same targets, are at work in a store at once:
    WorkError says who is. Outside loopback an authorisation is needed; what it does not cover is counted and logged. Raises
    UsageError where nothing may be asked at all, StoreError and WorkError where the work cannot go on."""
    prepared = heeding(request if isinstance(request, Prepared) else prepare(request), kept_out(store))
    audit = AuditLog() if audit is None else audit
    now = datetime.now(UTC)
    permit(store, Right.SCAN)
    run_id = new_run_id(now)
    if prepared.needs_authorisation:
        audit.refused(now, run_id, prepared.screened.refusals)
        first = next(refusal for refusal in prepared.screened.refusals if refusal.reason.code == "no_authorisation")
        raise UsageError(f"{first.what} lies outside this machine: a scan of it needs --authorisation FILE; nothing was sent")
    scope = describe(prepared.targets)
    with alone(store, run_id, now, scope, prepared.request.site, plan):
        run = _begin(prepared, store, audit, run_id, now, scope, plan)
        if begun is not None:
            begun(run, prepared)
        return _carry_out(prepared, run, store, audit, progress, outcomes, tuple(stop_on), _Rest())


def _begin(prepared: Prepared, store: Store, audit: AuditLog, run_id: str, now: datetime, scope: str, plan: str) -> Run:
    digest = prepared.screened.permitted.digest
    head = audit.run_started(now, run_id, scope, prepared.targets.count, digest, prepared.permission.authorisation)
    if prepared.screened.refusals:
        head = audit.refused(now, run_id, prepared.screened.refusals)
    authorisation = prepared.permission.authorisation
    run = Run(
        id=run_id,
        kind=RunKind.NET,
        started_at=now,
        finished_at=None,
        state=RunState.RUNNING,
        scope=scope,
        site=prepared.request.site,
        profile=prepared.request.profile,
        client=prepared.request.client,
        tool_version=__version__,
        registry_edition=universe.registry_edition(),
        arguments=KeptArguments(prepared.request, digest.hex(), head, str(audit.path.absolute()), plan).encode(),
        authorisation_number=None if authorisation is None else authorisation.number,
    )
    store.begin_run(run)
    return run


def resume_net(
    run_id: str,
    store: Store,
    *,
    authorisation: str | None = None,
    audit: AuditLog | None = None,
    progress: Callable[[Progress], None] | None = None,
    outcomes: OutcomeStream | None = None,
    begun: Callable[[Run, Prepared], None] | None = None,
    stop_on: Iterable[signal.Signals] = (),
) -> ScanResult:
    """Goes on where a run stopped, with its own arguments, and asks again what timed out or was throttled.

    Raises UsageError where there is no such run, or where other targets may be asked now than when it began."""
    permit(store, Right.SCAN)
    run = store.run(run_id)
    if run is None:
        raise UsageError(f"the store has no run {run_id}: `pqscan show runs` lists them")
    if run.kind is not RunKind.NET:
        raise UsageError(f"the run {run.id} is no scan of the network, so it cannot be resumed: begin it anew")
    kept = KeptArguments.decode(run.arguments, run.id)
    prepared = heeding(prepare(replace(kept.request, authorisation=authorisation or kept.request.authorisation)), kept_out(store))
    if prepared.screened.permitted.digest.hex() != kept.targets_sha256:
        raise UsageError(
            f"other targets may be asked now than when the run {run.id} began (authorisation, dates or register): begin a new run"
        )
    audit = AuditLog() if audit is None else audit
    now = datetime.now(UTC)
    with alone(store, run.id, now, run.scope, run.site, kept.plan):
        run = store.run(run.id) or run  # Another program may have gone on with it until now.
        digest = prepared.screened.permitted.digest
        audit.run_started(now, run.id, run.scope, prepared.targets.count, digest, prepared.permission.authorisation)
        rest = _rest(prepared, run, store)
        store.begin_run(run)
        if begun is not None:
            begun(run, prepared)
        return _carry_out(prepared, run, store, audit, progress, outcomes, tuple(stop_on), rest)


@dataclass(frozen=True, slots=True)
class _Rest:
    """What a resumed run has behind it: targets beyond the cursor with their status, and those worth a second try."""

    done: Callable[[NetworkTarget], Asked | None] | None = None
    again: tuple[Asked, ...] = ()


def _rest(prepared: Prepared, run: Run, store: Store) -> _Rest:
    """Places end in any order, but none lies further beyond the cursor than the sweep goes ahead: memory stays bounded."""
    ahead: set[_Place] = set()
    most = prepared.settings.sweep.most_ahead + 1
    for count, item in enumerate(prepared.screened.permitted.items(run.cursor, order_key(run.id))):
        if count > most:
            break
        ahead.add((item.address, item.port, item.name, item.transport))
    done: dict[_Place, Asked] = {}
    again: list[Asked] = []
    for sighting in store.sightings(run.id):
        target = sighting.target
        if not isinstance(target, NetworkTarget):
            continue
        asked = Asked.of(target, sighting.status, sighting.probe, sighting.detail)
        if _place(target) in ahead:
            done[_place(target)] = asked
        elif sighting.status in AGAIN and len(again) < prepared.settings.most_again:
            again.append(asked)
    return _Rest(lambda target: done.get(_place(target)), tuple(again))


_Place = tuple[str | None, int, str | None, Transport]
"""What is asked, whatever was found to speak there."""


def _place(target: NetworkTarget) -> _Place:
    return target.address, target.port, target.server_name, target.transport


def _carry_out(
    prepared: Prepared,
    run: Run,
    store: Store,
    audit: AuditLog,
    progress: Callable[[Progress], None] | None,
    outcomes: OutcomeStream | None,
    stop_on: tuple[signal.Signals, ...],
    rest: _Rest,
) -> ScanResult:
    ledger: Ledger = store
    if outcomes is not None:
        from pqscan.app.streaming import StreamingLedger  # With the reports' words, which few scans need.

        ledger = StreamingLedger(store, outcomes)
    factory = router_for(prepared.request, prepared.probe)
    try:
        summary = loop.run(_scan(prepared, run, ledger, factory, progress, stop_on, rest))
    except BaseException:
        with contextlib.suppress(PqscanError):  # What went wrong first is told.
            _end(run, store, audit, RunState.INTERRUPTED, ())
        raise
    state = RunState.INTERRUPTED if summary.interrupted else RunState.FINISHED
    ended = _end(run, store, audit, state, summary.refusals)
    left_out = prepared.screened.refusals
    if prepared.screened.permitted.count == 0 and left_out:
        raise NothingPermitted(f"nothing was sent: every target is left out, {left_out[0].what} among them", ended, left_out)
    return ScanResult(ended, summary, (*left_out, *summary.refusals))


def _end(run: Run, store: Store, audit: AuditLog, state: RunState, refusals: tuple[Refusal, ...]) -> Run:
    now = max(datetime.now(UTC), run.started_at)  # A clock that was set back meanwhile ends no run before it began.
    store.finish_run(run.id, state, now)
    ended = store.run(run.id) or run
    if refusals:
        audit.refused(now, run.id, refusals)
    audit.run_ended(now, run.id, state.value, ended.cursor, dict(ended.counts))
    return ended


class NothingPermitted(UsageError):
    """Every target was left out before any packet; the run is kept with its count."""

    def __init__(self, message: str, run: Run, refusals: tuple[Refusal, ...]) -> None:
        super().__init__(message)
        self.run = run
        self.refusals = refusals


async def _scan(
    prepared: Prepared,
    run: Run,
    ledger: Ledger,
    factory: Callable[[], Router],
    progress: Callable[[Progress], None] | None,
    stop_on: tuple[signal.Signals, ...],
    rest: _Rest,
) -> Summary:
    scanner = Scanner(factory, ledger, prepared.permission, prepared.settings, progress=progress)
    running = asyncio.get_running_loop()

    def stop() -> None:
        for one in stop_on:  # A second signal ends the program as it always does.
            running.remove_signal_handler(one)
        scanner.stop()

    for one in stop_on:
        with contextlib.suppress(NotImplementedError, ValueError, RuntimeError):  # Not in every loop, and only in the main thread.
            running.add_signal_handler(one, stop)
    try:
        return await scanner.run(
            prepared.screened.permitted,
            run.id,
            start_cursor=run.cursor,
            done=rest.done,
            again=rest.again,
            excluded=prepared.screened.refused_count,
        )
    finally:
        for one in stop_on:
            with contextlib.suppress(NotImplementedError, ValueError, RuntimeError):
                running.remove_signal_handler(one)
