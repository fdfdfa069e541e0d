"""`pqscan harness handshake` from beginning to end: what may be asked, the audit log, the handshakes, the run in the store.

The permission is that of a scan: outside loopback an authorisation, held against name and address before any packet.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import cryptography

from pqscan import __version__
from pqscan.errors import UsageError, WorkError
from pqscan.harness.handshake import DEPTH, Carried, label_of
from pqscan.harness.tls.client import ClientSettings, http_request
from pqscan.harness.tls.handshake import TlsPlan, merged
from pqscan.harness.tls.pair import SUBJECT, LoopbackPair
from pqscan.harness.tls.shares import ShareMaker, default_groups, every_group, groups_named
from pqscan.harness.tls.verify import verifiable_schemes
from pqscan.model.canonical import canonical
from pqscan.model.inventory import HARNESS_PROBE, Batch, Run, RunKind, RunState
from pqscan.model.observation import Profile
from pqscan.model.outcome import Outcome, OutcomeStatus
from pqscan.model.target import NetworkTarget
from pqscan.model.trial import TrialReport, TrialVerdict
from pqscan.net import loop
from pqscan.net.budget import Limits
from pqscan.net.dial import DialSettings, TcpDialer
from pqscan.net.throttle import Throttle
from pqscan.registry import universe
from pqscan.registry.quantum import QuantumClass
from pqscan.registry.tls import NamedGroup
from pqscan.scan.audit import AuditHead, AuditLog
from pqscan.scan.authorisation import Permission, Refusal, Screened, limits_of, screen
from pqscan.scan.authorisation_file import read_authorisation
from pqscan.scan.names import ascii_name
from pqscan.scan.targets import Item, TargetSet, describe, expand
from pqscan.scan.work import local_today, look_up

if TYPE_CHECKING:
    from pqscan.store.repository import Store

DEFAULT_PORT = 443
_LOOKUP_SECONDS = 15.0
_MOST_TIMEOUT = 600.0
_UNREACHED = frozenset({"peer_refused", "peer_unreachable", "peer_timed_out"})


@dataclass(frozen=True, slots=True)
class HandshakeRequest:
    """`target` as on the command line, with a port or 443. `groups` by name or code point; none: the standard ones.

    `library` None means liboqs. `timeout_seconds` bounds each handshake. `sends_request` False sends no HTTP request."""

    target: str
    groups: tuple[str, ...] = ()
    all_groups: bool = False
    library: str | None = None
    server_name: str | None = None
    authorisation: str | None = None  # a file
    timeout_seconds: float = 10.0
    sends_request: bool = True
    site: str = ""


@dataclass(frozen=True, slots=True)
class PreparedHandshake:
    """A request with everything read; nothing has been sent."""

    request: HandshakeRequest
    targets: TargetSet
    item: Item  # the one place that `targets` names
    permission: Permission
    screened: Screened
    maker: ShareMaker
    groups: tuple[NamedGroup, ...]

    @property
    def connections(self) -> int:
        """At most so many are made."""
        return 1 + 2 * len(self.groups)


@dataclass(frozen=True, slots=True)
class HandshakeResult:
    """`carried` are the handshakes with their traces, in the order of the trials; `run` is None where nothing was stored.

    `needs_hybrid`: no group was named, so that one hybrid at least has to be carried through."""

    report: TrialReport
    carried: tuple[Carried, ...]
    run: Run | None = None
    needs_hybrid: bool = False

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
        """Whether a handshake of the kind that is needed was carried through."""
        if self.needs_hybrid:
            proven = (each.proven for each in self.carried if each.proven is not None)
            return any(one.quantum_class is QuantumClass.PQT_HYBRID for one in proven)
        verdicts = self.report.counts
        return bool(verdicts[TrialVerdict.PASSED] + verdicts[TrialVerdict.TOLERATED])


def prepare_handshake(request: HandshakeRequest, today: date | None = None) -> PreparedHandshake:
    """Reads and screens. Raises UsageError for what cannot be, LiboqsMissing where liboqs is to compute and is not there."""
    if request.all_groups and request.groups:
        raise UsageError("--all-groups tries every group: leave out --group")
    if not 0 < request.timeout_seconds <= _MOST_TIMEOUT:
        raise UsageError(f"--timeout takes more than 0 and at most {_MOST_TIMEOUT:.0f} seconds")
    targets = expand((_with_name(request.target, request.server_name),), (DEFAULT_PORT,))
    if targets.count != 1:
        raise UsageError("handshakes are carried through with one target: give one host or address with one port")
    authorisation = None if request.authorisation is None else read_authorisation(Path(request.authorisation))
    permission = Permission(authorisation)
    screened = screen(targets, permission, local_today() if today is None else today)
    maker = ShareMaker.on(request.library or "liboqs")
    named = groups_named(request.groups)
    groups = every_group(maker) if request.all_groups else named or default_groups()
    return PreparedHandshake(request, targets, next(targets.items()), permission, screened, maker, groups)


def _with_name(target: str, server_name: str | None) -> str:
    """`--server-name` for an address is the name in `name@address`; for a host name it is checked and sent in its place."""
    if server_name is None:
        return target
    if "@" in target:
        raise UsageError("the target names the server name already: leave out --server-name")
    ascii_name(server_name)
    host = target[1:].partition("]")[0] if target.startswith("[") else target.partition(":")[0]
    is_address = ":" in host or host.replace(".", "").isdigit() or target.count(":") > 1
    return f"{server_name}@{target}" if is_address else target


def handshake(
    request: HandshakeRequest | PreparedHandshake,
    store: Store | None = None,
    *,
    audit: AuditLog | None = None,
    begun: Callable[[PreparedHandshake], None] | None = None,
    told: Callable[[Carried], None] | None = None,
) -> HandshakeResult:
    """Carries the handshakes through and, with a store, keeps what they proved. `begun` is called before the first packet, `told`
    hears of each handshake when it is over.

    Raises UsageError where the peer must not be asked (the refusal is in the audit log), WorkError where its name has no
    address."""
    prepared = request if isinstance(request, PreparedHandshake) else prepare_handshake(request)
    audit = AuditLog() if audit is None else audit
    now = datetime.now(UTC)
    run_id = f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
    scope, digest = describe(prepared.targets), prepared.screened.permitted.digest
    _require_permission(prepared, audit, now, run_id)
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
    started = time.monotonic()
    state, counts = RunState.INTERRUPTED, {OutcomeStatus.CANCELLED: 1}
    try:
        target, carried, dialled = loop.run(_carry_out(prepared, told))
        seconds = time.monotonic() - started
        outcome = _outcome(target, carried, now, seconds, dialled)
        counts = {outcome.status: 1}
        if store is not None:
            store.commit(Batch(run.id, (outcome,), 1, counts))
        state = RunState.FINISHED
    except NothingPermitted as error:
        audit.refused(datetime.now(UTC), run_id, error.refusals)
        counts = {OutcomeStatus.EXCLUDED: 1}
        raise
    finally:
        ended = datetime.now(UTC)
        if store is not None:
            store.finish_run(run.id, state, ended)
        audit.run_ended(ended, run.id, state.value, 1 if state is RunState.FINISHED else 0, dict(counts))
    report = TrialReport(
        kind="handshake",
        scope=label_of(target),
        started_at=now,
        seconds=round(seconds, 3),
        trials=tuple(each.trial for each in carried),
        versions=versions(prepared.maker),
    )
    ended_run = None if store is None else store.run(run.id) or run
    return HandshakeResult(report, carried, ended_run, needs_hybrid=not prepared.request.groups)


class NothingPermitted(UsageError):
    """The name may be looked up, but none of its addresses may be asked."""

    def __init__(self, message: str, refusals: tuple[Refusal, ...]) -> None:
        super().__init__(message)
        self.refusals = refusals


def loopback(
    groups: tuple[str, ...] = (),
    library: str | None = None,
    *,
    timeout_seconds: float = 10.0,
    told: Callable[[Carried], None] | None = None,
) -> HandshakeResult:
    """Our own client against our own server on loopback: for every group that the library can make, or those named.

    Both ends are ours: nothing is learned about any target, so that nothing is stored. Raises as `prepare_handshake`."""
    maker = ShareMaker.on(library or "liboqs")
    chosen = groups_named(groups) or every_group(maker)
    now = datetime.now(UTC)
    schemes = verifiable_schemes(with_falcon=maker.library == "liboqs")
    pair = LoopbackPair(chosen, maker, ClientSettings(schemes, None, http_request("loopback.invalid")), now)
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
        "groups": [f"0x{group.value:04x}" for group in prepared.groups],
        "library": prepared.maker.label,
        "audit_head": [head.entries, head.hash],
        "audit_log": str(audit.path.absolute()),
    }
    return json.dumps(kept, sort_keys=True, separators=(",", ":"))


def _require_permission(prepared: PreparedHandshake, audit: AuditLog, now: datetime, run_id: str) -> None:
    if prepared.screened.permitted.count:
        return
    refusals = prepared.screened.refusals
    audit.refused(now, run_id, refusals)
    first = refusals[0]
    if first.reason.code == "no_authorisation":
        raise UsageError(
            f"{first.what} lies outside this machine: a handshake with it needs --authorisation FILE; nothing was sent"
        )
    raise UsageError(f"nothing was sent: every target is left out, {first.what} among them")


def _target(prepared: PreparedHandshake, address: str) -> NetworkTarget:
    target = prepared.item.target(address, prepared.request.site)
    name = prepared.request.server_name
    return target if name is None else replace(target, server_name=ascii_name(name))


Done = tuple[NetworkTarget, tuple[Carried, ...], int]


async def _carry_out(prepared: PreparedHandshake, told: Callable[[Carried], None] | None) -> Done:
    """With the first address that can be reached. Of those that cannot, only the last is told of."""
    addresses = await _addresses(prepared)
    done: Done | None = None
    for place, address in enumerate(addresses):
        is_last = place == len(addresses) - 1
        done = await _with_address(prepared, _target(prepared, address), told, is_last=is_last)
        if is_last or not _is_unreached(done[1]):
            break
    if done is None:
        raise WorkError(f"{prepared.item.label} has no address that may be asked")
    return done


def _is_unreached(carried: tuple[Carried, ...]) -> bool:
    return all(each.trial.reason is not None and each.trial.reason.code in _UNREACHED for each in carried)


async def _with_address(
    prepared: PreparedHandshake, target: NetworkTarget, told: Callable[[Carried], None] | None, *, is_last: bool
) -> Done:
    seconds = prepared.request.timeout_seconds
    dial = DialSettings(connect_seconds=min(5.0, seconds), connection_seconds=seconds, attempt_seconds=seconds)
    throttle = Throttle(limits_of(prepared.permission.authorisation, Limits()))
    dialers: list[TcpDialer] = []

    def dialer() -> TcpDialer:
        dialers.append(TcpDialer(throttle, dial))
        return dialers[-1]

    request = http_request(target.server_name or target.address) if prepared.request.sends_request else b""
    schemes = verifiable_schemes(with_falcon=prepared.maker.library == "liboqs")
    plan = TlsPlan(prepared.groups, prepared.maker, ClientSettings(schemes, target.server_name, request))
    carried: list[Carried] = []
    async for each in plan.carry_out(target, dialer):
        carried.append(each)
        if told is not None and (is_last or not _is_unreached((each,))):
            told(each)
    return target, tuple(carried), sum(one.connections_used for one in dialers)


async def _addresses(prepared: PreparedHandshake) -> tuple[str, ...]:
    """Every address of the target that may be asked. Raises WorkError where its name has none, UsageError where none may be."""
    item = prepared.item
    if item.address is not None:
        return (item.address,)
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
    today = local_today()
    asked = {address: prepared.permission.permits(_target(prepared, address), today) for address in found}
    permitted = tuple(address for address, reason in asked.items() if reason is None)
    if not permitted:
        refusals = tuple(Refusal(address, str(item.port), 1, reason) for address, reason in asked.items() if reason is not None)
        raise NothingPermitted(f"no address of {name} may be asked, {found[0]} among them", refusals)
    return permitted


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
    codes |= {"peer_reset": OutcomeStatus.CLOSED_EARLY, "peer_closed": OutcomeStatus.CLOSED_EARLY}
    status = codes.get("" if reason is None else reason.code, OutcomeStatus.COMPLETED)
    return Outcome(target, HARNESS_PROBE, status, started_at, seconds, dialled, detail=reason)
