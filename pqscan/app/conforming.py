"""`pqscan harness conformance` from beginning to end: permission for active tests, the audit log, the cases, the report.

Outside loopback nothing is sent, no name looked up, without an authorisation that covers the target and permits active tests.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from math import isfinite
from pathlib import Path

import cryptography

from pqscan import __version__
from pqscan.app.beginning import run_id as new_run_id
from pqscan.app.handshake_target import NothingPermitted
from pqscan.app.harness_place import IKE, SSH, HarnessPlace, harness_place
from pqscan.errors import UsageError, WorkError
from pqscan.harness.conformance.case import Case
from pqscan.harness.conformance.catalogue import cases_named
from pqscan.harness.conformance.ike import catalogue as ike_catalogue
from pqscan.harness.conformance.ike import run as ike_run
from pqscan.harness.conformance.ike.case import Case as IkeCase
from pqscan.harness.conformance.ike.exchange import Ground as IkeGround
from pqscan.harness.conformance.run import Run, plan
from pqscan.harness.conformance.script import Ground
from pqscan.harness.conformance.ssh import catalogue as ssh_catalogue
from pqscan.harness.conformance.ssh import run as ssh_run
from pqscan.harness.conformance.ssh.case import Case as SshCase
from pqscan.harness.conformance.ssh.exchange import Ground as SshGround
from pqscan.harness.ike.handshake import NAT_PORT
from pqscan.harness.ssh.methods import host_keys
from pqscan.model.authorisation import Authorisation
from pqscan.model.outcome import OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.model.target import NetworkTarget
from pqscan.model.trial import Trial, TrialReport, TrialVerdict
from pqscan.net import loop
from pqscan.net.budget import Limits, is_loopback
from pqscan.net.dial import DialSettings, TcpDialer
from pqscan.net.throttle import Throttle
from pqscan.scan.audit import AuditLog
from pqscan.scan.authorisation import Permission, Refusal, Screened, is_localhost, limits_of, screen
from pqscan.scan.authorisation_file import read_authorisation
from pqscan.scan.lookups import look_up
from pqscan.scan.names import ascii_name
from pqscan.scan.ports import tcp_ports
from pqscan.scan.targets import Exclusions, Item, TargetSet, describe, expand
from pqscan.scan.work import local_today
from pqscan.wire.starttls.flavours import first_words

DEFAULT_RATE = 5.0  # connections a second: most of them end in an alert, which some servers count as an attack
SSH_RATE = 0.8  # OpenSSH 10 remembers each connection that ends so for a second (PerSourcePenalties)
IKE_RATE = 2.0  # datagrams: an exchange has three to six of ours
_COOKIE_BYTES = 16
_LOOKUP_SECONDS = 15.0
_MOST_TIMEOUT = 60.0
_MOST_REQUESTS = 4  # of an IKE exchange that may each wait as long as a connection
Cases = tuple[Case, ...] | tuple[SshCase, ...] | tuple[IkeCase, ...]


@dataclass(frozen=True, slots=True)
class ConformanceRequest:
    """`target` as on the command line, with a port or the protocol's own, or `host:587/smtp`, `host:22/ssh`, `host:500/udp`.
    `cases` are ids, none for all. `rate` is connections a second, over IKE datagrams; `timeout_seconds` bounds each connection.
    `authorisation` is a file. `protocol` None: what the target says, or its port."""

    target: str
    cases: tuple[str, ...] = ()
    authorisation: str | None = None
    server_name: str | None = None
    rate: float | None = None
    timeout_seconds: float = 5.0
    site: str = ""
    protocol: str | None = None


@dataclass(frozen=True, slots=True)
class PreparedConformance:
    """A request with everything read; nothing has been sent. At most `connections` will be made, `rate` a second."""

    request: ConformanceRequest
    targets: TargetSet
    item: Item
    permission: Permission
    screened: Screened
    cases: Cases
    connections: int
    limits: Limits
    starttls: str | None = None  # the protocol that the target speaks before TLS
    protocol: str = "tls"

    @property
    def label(self) -> str:
        return f"{self.item.host or self.item.name or self.item.address}:{self.item.port}"

    @property
    def rate(self) -> float:
        usual = _usual_rate(self.protocol)
        return min(self.limits.per_address_rate or usual, self.limits.global_rate or usual)

    @property
    def is_loopback(self) -> bool:
        if self.item.address is not None:
            return is_loopback(self.item.address)
        return is_localhost(self.item.name or "")


def prepare_conformance(
    request: ConformanceRequest, today: date | None = None, register: Exclusions | None = None
) -> PreparedConformance:
    """Reads and screens; `register` is what a store's keeps out. Raises UsageError for whatever cannot be."""
    if not (isfinite(request.timeout_seconds) and 0 < request.timeout_seconds <= _MOST_TIMEOUT):
        raise UsageError(f"--timeout takes more than 0 and at most {_MOST_TIMEOUT:.0f} seconds")
    if request.rate is not None and not (isfinite(request.rate) and request.rate > 0):
        raise UsageError("--rate takes a number of connections a second above 0")
    if request.server_name is not None:
        ascii_name(request.server_name)
    place = harness_place(request.target, request.protocol)
    if place.protocol in (SSH, IKE) and request.server_name is not None:
        raise UsageError(f"{place.protocol.upper()} sends no server name: leave out --server-name")
    cases, connections = _chosen(request.cases, place.protocol)
    targets = _expanded(place)
    if targets.count != 1:
        raise UsageError("cases are sent to one target: give one host or address with one port")
    authorisation = None if request.authorisation is None else read_authorisation(Path(request.authorisation))
    permission = Permission(authorisation, kept_out=register or Exclusions())
    screened = screen(targets, permission, local_today() if today is None else today)
    limits = limits_of(authorisation, _limits(request, place.protocol))
    item = next(targets.items())
    return PreparedConformance(
        request, targets, item, permission, screened, cases, connections, limits, place.starttls, place.protocol
    )


def _expanded(place: HarnessPlace) -> TargetSet:
    if place.protocol == IKE:
        return expand((place.host,), (place.port,))
    return expand((place.target,), tcp_ports(place.default_port))


def _chosen(names: tuple[str, ...], protocol: str) -> tuple[Cases, int]:
    """The cases of these ids, and how many connections they cost at most. Raises UsageError for an unknown one."""
    if protocol == IKE:
        of_ike = ike_catalogue.cases_named(names)
        return of_ike, ike_run.most_exchanges(of_ike)
    if protocol == SSH:
        of_ssh = ssh_catalogue.cases_named(names)
        return of_ssh, ssh_run.most_connections(of_ssh)
    of_tls = cases_named(names)
    return of_tls, plan(of_tls).connections


def _usual_rate(protocol: str) -> float:
    return {SSH: SSH_RATE, IKE: IKE_RATE}.get(protocol, DEFAULT_RATE)


def _limits(request: ConformanceRequest, protocol: str) -> Limits:
    rate = _usual_rate(protocol) if request.rate is None else request.rate
    return Limits(per_address_concurrent=1, per_address_rate=rate, global_concurrent=1, global_rate=rate)


def conformance(
    request: ConformanceRequest | PreparedConformance,
    *,
    audit: AuditLog | None = None,
    begun: Callable[[PreparedConformance], None] | None = None,
    told: Callable[[Trial], None] | None = None,
) -> TrialReport:
    """Runs the cases; `begun` is told before the first packet, `told` hears of each case when it is through.

    Raises UsageError where the target must not be asked (the refusal is in the audit log), WorkError where its name has no
    address."""
    prepared = request if isinstance(request, PreparedConformance) else prepare_conformance(request)
    audit = AuditLog() if audit is None else audit
    now = datetime.now(UTC)
    run_id = new_run_id(now)
    _require_permission(prepared, audit, now, run_id)
    scope, authorisation = f"conformance {describe(prepared.targets)}", prepared.permission.authorisation
    audit.run_started(now, run_id, scope, 1, prepared.screened.permitted.digest, authorisation)
    if begun is not None:
        begun(prepared)
    started = time.monotonic()
    how, counts = "interrupted", {OutcomeStatus.CANCELLED: 1}
    try:
        target, trials = loop.run(_carry_out(prepared, told))
        how, counts = "finished", {OutcomeStatus.COMPLETED: 1}
    except NothingPermitted as error:
        audit.refused(datetime.now(UTC), run_id, error.refusals)
        counts = {OutcomeStatus.EXCLUDED: 1}
        raise
    finally:
        audit.run_ended(datetime.now(UTC), run_id, how, 1 if how == "finished" else 0, counts)
    versions = (("cryptography", cryptography.__version__), ("pqscan", __version__))
    return TrialReport("conformance", target.spelling, now, round(time.monotonic() - started, 3), trials, versions)


def could_not_work(report: TrialReport) -> bool:
    """Nothing could be told of any case."""
    verdicts = report.counts
    told = verdicts[TrialVerdict.PASSED] + verdicts[TrialVerdict.TOLERATED] + verdicts[TrialVerdict.FAILED]
    return not told


def _require_permission(prepared: PreparedConformance, audit: AuditLog, now: datetime, run_id: str) -> None:
    if not prepared.screened.permitted.count:
        audit.refused(now, run_id, prepared.screened.refusals)
        first = prepared.screened.refusals[0]
        if first.reason.code == "no_authorisation":
            raise UsageError(f"{first.what} lies outside this machine: cases need --authorisation FILE; nothing was sent")
        raise UsageError(f"nothing was sent: every target is left out, {first.what} among them")
    given = prepared.permission.authorisation
    if not prepared.is_loopback and not _permits_active(given):
        reason = Reason.of("active_tests_not_authorised")
        audit.refused(now, run_id, [Refusal(prepared.item.host or prepared.label, str(prepared.item.port), 1, reason)])
        raise UsageError("the authorisation does not permit active tests (active_tests = true); nothing was sent")
    if prepared.item.address is not None:
        _require_name(prepared, prepared.item.address, audit, now, run_id)


def _require_name(prepared: PreparedConformance, address: str, audit: AuditLog, now: datetime, run_id: str) -> None:
    """The name that is sent (SNI) may be forbidden where the address is not."""
    reason = prepared.permission.permits(_target(prepared, address), local_today())
    if reason is not None:
        audit.refused(now, run_id, [Refusal(prepared.label, str(prepared.item.port), 1, reason)])
        raise UsageError(f"{prepared.label} must not be asked for that server name ({reason.code}); nothing was sent")


def _permits_active(given: Authorisation | None) -> bool:
    return given is not None and given.active_tests


async def _carry_out(
    prepared: PreparedConformance, told: Callable[[Trial], None] | None
) -> tuple[NetworkTarget, tuple[Trial, ...]]:
    """With the first address of the target that may be asked, and no other: a name stands for one server here."""
    target = _target(prepared, await _address(prepared))
    seconds = prepared.request.timeout_seconds
    life = _MOST_REQUESTS * seconds if prepared.protocol == IKE else seconds
    dial = DialSettings(connect_seconds=seconds, connection_seconds=life, attempt_seconds=2 * life)
    throttle = Throttle(prepared.limits)

    def dialer() -> TcpDialer:
        return TcpDialer(throttle, dial)

    hears: Callable[[Trial], None] = (lambda _trial: None) if told is None else told
    if prepared.protocol == SSH:
        ground = SshGround(host_keys(), os.urandom(_COOKIE_BYTES))
        of_ssh = ssh_catalogue.cases_named(case.id for case in prepared.cases)
        return target, await ssh_run.Run(target, ground, dialer, prepared.connections, hears).cases(of_ssh)
    if prepared.protocol == IKE:
        known = IkeGround(os.urandom, marked=target.port == NAT_PORT)
        of_ike = ike_catalogue.cases_named(case.id for case in prepared.cases)
        return target, await ike_run.Run(target, known, dialer, prepared.connections, hears).cases(of_ike)
    of_tls = cases_named(case.id for case in prepared.cases)
    return target, await Run(target, _ground(target), dialer, prepared.connections, hears).cases(of_tls)


def _ground(target: NetworkTarget) -> Ground:
    usual = Ground(os.urandom, target.server_name)
    return usual if target.starttls is None else replace(usual, request=first_words(target.starttls, target.server_name))


async def _address(prepared: PreparedConformance) -> str:
    item = prepared.item
    if item.address is not None:
        return item.address
    name = item.name or ""
    try:
        async with asyncio.timeout(_LOOKUP_SECONDS):
            found = await look_up(name)
    except TimeoutError:
        raise WorkError(f"the look-up of {name} was not answered in time") from None
    except OSError as error:
        raise WorkError(f"the look-up of {name} failed: {error.strerror or type(error).__name__}") from None
    if not found:
        raise WorkError(f"the name {name} has no address")
    today, active = local_today(), _permits_active(prepared.permission.authorisation)
    refusals: list[Refusal] = []
    for address in found:
        reason = prepared.permission.permits(_target(prepared, address), today)
        if reason is None and not active and not is_loopback(address):
            reason = Reason.of("active_tests_not_authorised")
        if reason is None:
            return address
        refusals.append(Refusal(address, str(item.port), 1, reason))
    raise NothingPermitted(f"no address of {name} may be asked, {found[0]} among them", tuple(refusals))


def _target(prepared: PreparedConformance, address: str) -> NetworkTarget:
    target = prepared.item.target(address, prepared.request.site, prepared.starttls)
    name = prepared.request.server_name
    return target if name is None else replace(target, server_name=ascii_name(name))
