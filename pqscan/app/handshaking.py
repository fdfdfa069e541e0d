"""`pqscan harness handshake` from beginning to end: permission, the audit log, the handshakes, the run in the store."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import TYPE_CHECKING

import cryptography

from pqscan import __version__
from pqscan.app.beginning import run_id as new_run_id
from pqscan.app.handshake_target import (
    HandshakeRequest,
    NothingPermitted,
    PreparedHandshake,
    addresses_of,
    check_timeout,
    prepare_handshake,
    require_permission,
    target_at,
)
from pqscan.app.harness_place import IKE, SSH
from pqscan.app.kept_out import kept_out
from pqscan.app.permitting import permit
from pqscan.errors import PqscanError
from pqscan.harness.handshake import DEPTH, Carried, DialerMaker, Told, label_of
from pqscan.harness.ike.handshake import IkePlan
from pqscan.harness.ssh.handshake import SshPlan
from pqscan.harness.tls.client import ClientSettings, http_request, request_to
from pqscan.harness.tls.handshake import TlsPlan, merged
from pqscan.harness.tls.pair import SUBJECT, LoopbackPair
from pqscan.harness.tls.shares import ShareMaker, every_group, groups_named
from pqscan.harness.tls.verify import verifiable_schemes
from pqscan.model.canonical import canonical
from pqscan.model.inventory import HARNESS_PROBE, Batch, Run, RunKind, RunState
from pqscan.model.observation import Profile
from pqscan.model.outcome import Outcome, OutcomeStatus
from pqscan.model.target import NetworkTarget
from pqscan.model.trial import TrialReport, TrialVerdict
from pqscan.net import loop
from pqscan.net.budget import Limits, is_loopback
from pqscan.net.dial import DialSettings, TcpDialer
from pqscan.net.throttle import Throttle
from pqscan.readiness.access import Right
from pqscan.registry import universe
from pqscan.registry.quantum import QuantumClass
from pqscan.scan.audit import AuditHead, AuditLog
from pqscan.scan.authorisation import limits_of
from pqscan.scan.targets import describe
from pqscan.store.answers import Where
from pqscan.wire.starttls.prelude import REFUSALS

if TYPE_CHECKING:
    from pqscan.store.repository import Store

_UNREACHED = frozenset({"peer_refused", "peer_unreachable", "peer_timed_out"})


@dataclass(frozen=True, slots=True)
class HandshakeResult:
    """`carried` are the handshakes with their traces, in the order of the trials; `run` is None where nothing was stored.

    `needs_hybrid`: no group was named, so that one hybrid at least has to be carried through. `is_scanned`: the store has a
    sighting of this very target, beside which reports show what was proven."""

    report: TrialReport
    carried: tuple[Carried, ...]
    run: Run | None = None
    needs_hybrid: bool = False
    target: NetworkTarget | None = None
    is_scanned: bool = False

    @property
    def could_not_work(self) -> bool:
        """No handshake failed, and for one at least nothing could be told."""
        verdicts = self.report.counts
        told_nothing = verdicts[TrialVerdict.UNKNOWN] or verdicts[TrialVerdict.SKIPPED] == verdicts.total()
        return not self.report.failed and bool(told_nothing)

    @property
    def is_good(self) -> bool:
        """One at least of the kind that is needed was carried through, none failed, and nothing is unknown."""
        return self.has_proof and not self.report.failed and not self.could_not_work

    @property
    def has_proof(self) -> bool:
        """Whether a handshake of the kind that is needed was carried through. `tolerated` is none: there it was not seen whether
        the server took our Finished."""
        if self.needs_hybrid:
            proven = (each.proven for each in self.carried if each.proven is not None)
            return any(one.quantum_class is QuantumClass.PQT_HYBRID for one in proven)
        return bool(self.report.counts[TrialVerdict.PASSED])


def handshake(
    request: HandshakeRequest | PreparedHandshake,
    store: Store | None = None,
    *,
    audit: AuditLog | None = None,
    begun: Callable[[PreparedHandshake], None] | None = None,
    told: Told | None = None,
) -> HandshakeResult:
    """Carries the handshakes through and, with a store, keeps what they proved. `begun` is called before the first packet, `told`
    hears of each handshake when it is over.

    Raises UsageError where the peer must not be asked (the refusal is in the audit log), WorkError where its name has no
    address."""
    if store is not None:
        permit(store, Right.SCAN)
    prepared = request if isinstance(request, PreparedHandshake) else prepare_handshake(request, register=kept_out(store))
    audit = AuditLog() if audit is None else audit
    now = datetime.now(UTC)
    run_id = new_run_id(now)
    scope, digest = describe(prepared.targets), prepared.screened.permitted.digest
    require_permission(prepared, audit, now, run_id)
    authorisation = prepared.permission.authorisation
    head = audit.run_started(now, run_id, scope, prepared.targets.count, digest, authorisation)
    run = Run(
        id=run_id,
        kind=RunKind.HARNESS,
        started_at=now,
        finished_at=None,
        state=RunState.RUNNING,
        scope=scope,
        site=prepared.request.site,
        profile=DEPTH,
        client="",
        tool_version=__version__,
        registry_edition=universe.registry_edition(),
        arguments=_arguments(prepared, head, audit),
        authorisation_number=None if authorisation is None else authorisation.number,
    )
    if store is not None:
        store.begin_run(run)
    if begun is not None:
        begun(prepared)
    done = _Done(target_at(prepared, prepared.item.address or ""))
    started = time.monotonic()
    try:
        loop.run(_carry_out(prepared, done, told))
    except NothingPermitted as error:
        audit.refused(datetime.now(UTC), run_id, error.refusals)
        _end(run, RunState.INTERRUPTED, {OutcomeStatus.EXCLUDED: 1}, store, audit)
        raise
    except BaseException:  # An interrupt too: what is done is kept.
        with contextlib.suppress(PqscanError):  # What went wrong first is told.
            _keep(run, done, time.monotonic() - started, RunState.INTERRUPTED, store, audit)
        raise
    seconds = time.monotonic() - started
    _keep(run, done, seconds, RunState.FINISHED, store, audit)
    target, carried = done.target, tuple(done.carried)
    report = TrialReport(
        kind="handshake",
        scope=label_of(target),
        started_at=now,
        seconds=round(seconds, 3),
        trials=tuple(each.trial for each in carried),
        versions=versions(prepared.maker),
    )
    ended_run = None if store is None else store.run(run.id) or run
    needs_hybrid, is_scanned = not prepared.request.groups, store is not None and _is_scanned(store, target)
    return HandshakeResult(report, carried, ended_run, needs_hybrid, target, is_scanned)


def _is_scanned(store: Store, target: NetworkTarget) -> bool:
    """Whether a scan has seen this target: the same name too, for a server may answer each name with another site."""
    where = Where(network=ip_network(target.address), port=target.port)
    seen = (sighting.target for sighting in store.sightings(where=where))
    return any(isinstance(each, NetworkTarget) and replace(each, host=None) == replace(target, host=None) for each in seen)


def loopback(
    groups: tuple[str, ...] = (),
    library: str | None = None,
    *,
    timeout_seconds: float = 10.0,
    told: Told | None = None,
) -> HandshakeResult:
    """Our own client against our own server on loopback: for every group that the library can make, or those named.

    Both ends are ours: nothing is learned about any target, so that nothing is stored. Raises as `prepare_handshake`."""
    check_timeout(timeout_seconds)
    maker = ShareMaker.on(library or "liboqs")
    chosen = groups_named(groups) or every_group(maker)
    now = datetime.now(UTC)
    schemes = verifiable_schemes(with_falcon=maker.library == "liboqs")
    request = http_request(NetworkTarget("127.0.0.1", 443, "loopback.invalid"))
    pair = LoopbackPair(chosen, maker, ClientSettings(schemes, None, request), now)
    dial = DialSettings(connection_seconds=timeout_seconds, attempt_seconds=timeout_seconds)
    throttle = Throttle(Limits())

    async def carry_out() -> tuple[Carried, ...]:
        carried: list[Carried] = []
        async for each in pair.carry_out(lambda: TcpDialer(throttle, dial)):
            carried.append(each)
            if told is not None:
                told(each)
        return tuple(carried)

    started = time.monotonic()
    carried = loop.run(carry_out())
    seconds = round(time.monotonic() - started, 3)
    trials = tuple(each.trial for each in carried)
    return HandshakeResult(TrialReport("handshake", SUBJECT, now, seconds, trials, versions(maker)), carried)


def versions(maker: ShareMaker) -> tuple[tuple[str, str], ...]:
    """What took part, with versions; `cryptography` has the classical parts, certificates and records in any case."""
    found = {"pqscan": __version__, "cryptography": cryptography.__version__, maker.library: maker.version}
    return tuple(sorted(found.items()))


def _arguments(prepared: PreparedHandshake, head: AuditHead, audit: AuditLog) -> str:
    """What the run's row keeps: the groups, the library, and the end of the audit log when the run began."""
    kept = {
        "groups": [
            *(f"0x{group.value:04x}" for group in prepared.groups),
            *(method.name for method in prepared.methods),
            *(method.name for method in prepared.additional),
        ],
        "library": prepared.maker.label,
        "audit_head": [head.entries, head.hash],
        "audit_log": str(audit.path.absolute()),
    }
    return json.dumps(kept, sort_keys=True, separators=(",", ":"))


@dataclass(slots=True)
class _Done:
    """What is done of one run: with which address, which handshakes, over how many connections."""

    target: NetworkTarget
    carried: list[Carried] = field(default_factory=list)
    dialers: list[TcpDialer] = field(default_factory=list)


async def _carry_out(prepared: PreparedHandshake, done: _Done, told: Told | None) -> None:
    """With the first address that can be reached. Of those that cannot, only the last is told of."""
    addresses = await addresses_of(prepared)
    for address in addresses:
        done.target = target_at(prepared, address)
        done.carried.clear()
        await _with_address(prepared, done, told, is_last=address == addresses[-1])
        if not all(map(_is_unreached, done.carried)):
            return


def _is_unreached(carried: Carried) -> bool:
    return carried.trial.reason is not None and carried.trial.reason.code in _UNREACHED


async def _with_address(prepared: PreparedHandshake, done: _Done, told: Told | None, *, is_last: bool) -> None:
    seconds = prepared.request.timeout_seconds
    life = 3 * seconds if prepared.protocol == IKE else seconds  # Lost datagrams are waited for, in up to three requests.
    dial = DialSettings(connect_seconds=min(5.0, seconds), connection_seconds=seconds, attempt_seconds=life)
    throttle = Throttle(limits_of(prepared.permission.authorisation, Limits()))

    def dialer() -> TcpDialer:
        done.dialers.append(TcpDialer(throttle, dial))
        return done.dialers[-1]

    waiting: list[Carried] = []  # Not told while another address may answer in their place.
    async for each in _tried(prepared, done.target, dialer):
        done.carried.append(each)
        waiting.append(each)
        if is_last or not all(map(_is_unreached, done.carried)):
            if told is not None:
                for one in waiting:
                    told(one)
            waiting.clear()


def _tried(prepared: PreparedHandshake, target: NetworkTarget, dialer: DialerMaker) -> AsyncIterator[Carried]:
    """The handshakes of the target's protocol, one after the other."""
    if prepared.protocol == SSH:
        return SshPlan(prepared.methods, prepared.maker).carry_out(target, dialer)
    if prepared.protocol == IKE:  # Its last message is a login that fails, and is logged as such.
        authenticates = is_loopback(target.address) or prepared.permits_active
        return IkePlan(prepared.additional, prepared.maker, authenticates).carry_out(target, dialer)
    request = request_to(target) if prepared.request.sends_request else b""
    schemes = verifiable_schemes(with_falcon=prepared.maker.library == "liboqs")
    plan = TlsPlan(prepared.groups, prepared.maker, ClientSettings(schemes, target.server_name, request))
    return plan.carry_out(target, dialer)


def _keep(run: Run, done: _Done, seconds: float, state: RunState, store: Store | None, audit: AuditLog) -> None:
    """Ends the run with what was proven in it. One that was interrupted before anything was proven keeps nothing."""
    counts: dict[OutcomeStatus, int] = {OutcomeStatus.CANCELLED: 1}
    if state is RunState.FINISHED or any(each.proven for each in done.carried):
        dialled = sum(dialer.connections_used for dialer in done.dialers)
        outcome = _outcome(done.target, tuple(done.carried), run.started_at, seconds, dialled)
        counts = {outcome.status: 1}
        try:
            if store is not None:
                store.commit(Batch(run.id, (outcome,), 1, counts))
        except PqscanError:
            with contextlib.suppress(PqscanError):  # What went wrong first is told.
                _end(run, RunState.INTERRUPTED, counts, store, audit)
            raise
    _end(run, state, counts, store, audit)


def _end(run: Run, state: RunState, counts: dict[OutcomeStatus, int], store: Store | None, audit: AuditLog) -> None:
    ended = datetime.now(UTC)
    if store is not None:
        store.finish_run(run.id, state, ended)
    audit.run_ended(ended, run.id, state.value, 1 if state is RunState.FINISHED else 0, counts)


def _outcome(target: NetworkTarget, carried: tuple[Carried, ...], started_at: datetime, seconds: float, dialled: int) -> Outcome:
    """What the store keeps: the groups that were proven. A peer that was never reached has no profile."""
    proven = merged([each.proven for each in carried if each.proven is not None])
    if proven:
        profile = canonical(Profile(HARNESS_PROBE, DEPTH, "", True, proven))
        return Outcome(target, HARNESS_PROBE, OutcomeStatus.COMPLETED, started_at, seconds, dialled, profile=profile)
    reason = next((each.trial.reason for each in carried if each.trial.reason is not None), None)
    codes = {"peer_refused": OutcomeStatus.REFUSED, "peer_unreachable": OutcomeStatus.UNREACHABLE}
    codes |= {"peer_timed_out": OutcomeStatus.TIMED_OUT, "wrong_protocol": OutcomeStatus.WRONG_PROTOCOL}
    codes |= {"wrong_protocol_like": OutcomeStatus.WRONG_PROTOCOL, "malformed_message": OutcomeStatus.MALFORMED}
    codes |= {"starttls_put_off": OutcomeStatus.THROTTLED, "handshake_ssh_throttled": OutcomeStatus.THROTTLED}
    codes |= {"handshake_ssh_other_protocol": OutcomeStatus.WRONG_PROTOCOL, "handshake_ssh_no_lists": OutcomeStatus.REJECTED}
    codes |= dict.fromkeys(REFUSALS, OutcomeStatus.REJECTED)
    codes |= {"peer_reset": OutcomeStatus.CLOSED_EARLY, "peer_closed": OutcomeStatus.CLOSED_EARLY}
    status = codes.get("" if reason is None else reason.code, OutcomeStatus.COMPLETED)
    return Outcome(target, HARNESS_PROBE, status, started_at, seconds, dialled, detail=reason)
