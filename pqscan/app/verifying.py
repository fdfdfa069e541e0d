"""Asks again only the targets of chosen findings, and says what of them a new answer proves."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from pqscan.app.deciding import KeptDecisions
from pqscan.app.history import Question, lives_of, today
from pqscan.app.kept_out import kept_out
from pqscan.app.net_scan import KeptArguments, NetScan
from pqscan.app.scanning import Prepared, ScanResult, heeding, prepare, scan_net
from pqscan.errors import StoreError, UsageError
from pqscan.model.inventory import Run, RunKind
from pqscan.model.target import NetworkTarget
from pqscan.readiness.life import Life, LifeState
from pqscan.registry import services
from pqscan.scan.audit import AuditLog
from pqscan.scan.progress import Progress

if TYPE_CHECKING:
    from pqscan.store.repository import Store

_TLS, _ZONE = "tls", "dns"
_DEPTHS = {1: "quick", 2: "inventory", 3: "exhaustive"}


@dataclass(frozen=True, slots=True)
class Verified:
    """One finding before and after. `asked` is False where its target could not be asked (a file, or a way that no probe knows)."""

    before: Life
    after: Life
    asked: bool

    @property
    def is_proven_fixed(self) -> bool:
        """Proven by this very scan: what was fixed before is not counted."""
        return self.after.state is LifeState.FIXED and self.before.state is not LifeState.FIXED


@dataclass(frozen=True, slots=True)
class Verification:
    runs: tuple[ScanResult, ...]
    findings: tuple[Verified, ...]

    @property
    def was_interrupted(self) -> bool:
        return any(run.summary.interrupted for run in self.runs)


def requests(
    lives: Iterable[Life], authorisation: str | None = None, begun_with: Callable[[str], NetScan | None] = lambda _run: None
) -> tuple[NetScan, ...]:
    """The scans that ask these targets, each once: one for every site, depth and way of asking, as deep as the finding was seen.

    `begun_with` tells how a run was asked, None where it was no scan of the network: what it asked beside (HTTPS, names in zones)
    is asked again, lest what is not asked be taken for gone. Raises UsageError where none of the targets can be asked."""
    words: dict[NetScan, dict[str, None]] = {}
    for life in lives:
        before = begun_with(life.shown.runs[-1])
        if not _can_be_asked(life, before):
            continue
        target = life.target
        assert isinstance(target, NetworkTarget)  # noqa: S101  # As just asked.
        depth = 2 if life.shown.answer is None else life.shown.answer.depth
        asked = NetScan((), profile=_DEPTHS[depth], authorisation=authorisation, discover="none", site=target.site)
        if before is not None and life.probe in (_TLS, _ZONE):
            asked = replace(
                asked,
                http=before.http,
                http_paths=before.http_paths,
                zones=before.zones,
                zone_names=before.zone_names,
                selectors=before.selectors,
            )
        words.setdefault(asked, {})[_word(target, life.probe)] = None
    if not words:
        raise UsageError("none of these findings is on a target that a scan of the network can ask: read files again by hand")
    made = (replace(asked, targets=tuple(sorted(named))) for asked, named in words.items())
    return tuple(sorted(made, key=lambda one: (one.site, one.profile, one.zones, one.targets)))


def _can_be_asked(life: Life, before: NetScan | None) -> bool:
    """A zone only where it is known what of it was asked. What nothing is sent to has nothing to answer."""
    target = life.target
    if not isinstance(target, NetworkTarget) or target.is_client:
        return False
    if life.probe == _ZONE:
        return before is not None and before.zones
    return life.probe in _askable()


@cache
def _askable() -> frozenset[str]:
    return frozenset(each.probe for each in services.all_services().protocols) - {"wireguard"}


def _word(target: NetworkTarget, probe: str) -> str:
    """As a scan takes it: with the service behind the port, so that nothing else is asked there first."""
    if probe in (_TLS, _ZONE):
        return target.spelling
    rows = services.all_services().protocols
    service = next((each.name for each in rows if (each.probe, each.transport) == (probe, target.transport.value)), None)
    return replace(target, starttls=service).spelling


def verify(
    store: Store,
    lives: Sequence[Life],
    asked: Question,
    *,
    authorisation: str | None = None,
    audit: AuditLog | None = None,
    progress: Callable[[Progress], None] | None = None,
    begun: Callable[[Run, Prepared], None] | None = None,
    stop_on: Iterable[signal.Signals] = (),
) -> Verification:
    """Scans the targets of these findings, where the authorisation allows, and tells each finding before and after.

    Nothing is sent before every one of the scans is known to be permitted. Raises UsageError where one is not."""
    wanted = {life.key for life in lives}
    register = kept_out(store)
    ways = _Ways(store)
    prepared = [heeding(prepare(request), register) for request in requests(lives, authorisation, ways)]
    prepared.sort(
        key=lambda one: not one.needs_authorisation and one.screened.permitted.count > 0
    )  # What is not permitted is refused before anything is sent.
    results: list[ScanResult] = []
    for one in prepared:
        results.append(scan_net(one, store, audit=audit, progress=progress, begun=begun, stop_on=stop_on))
        if results[-1].summary.interrupted:
            break
    now = replace(asked, as_of=today())
    after = {life.key: life for life in lives_of(store, now, KeptDecisions(store), wanted.__contains__)}
    told = (Verified(life, after.get(life.key, life), _can_be_asked(life, ways(life.shown.runs[-1]))) for life in lives)
    return Verification(tuple(results), tuple(told))


class _Ways:
    """How runs of a store were asked, each read once; None of those that were no scans of the network."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, NetScan | None] = {}

    def __call__(self, run: str) -> NetScan | None:
        if run not in self._known:
            self._known[run] = None
            row = self._store.run(run)
            if row is not None and row.kind is RunKind.NET:
                with contextlib.suppress(StoreError):
                    self._known[run] = KeptArguments.decode(row.arguments, run).request
        return self._known[run]
