"""Asks again only the targets of chosen findings, and says what of them a new answer proves."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pqscan.app.deciding import KeptDecisions
from pqscan.app.history import Question, lives_of, today
from pqscan.app.kept_out import kept_out
from pqscan.app.net_scan import NetScan
from pqscan.app.scanning import Prepared, ScanResult, heeding, prepare, scan_net
from pqscan.errors import UsageError
from pqscan.model.inventory import Run
from pqscan.model.target import NetworkTarget
from pqscan.readiness.life import Life, LifeState
from pqscan.scan.audit import AuditLog
from pqscan.scan.progress import Progress

if TYPE_CHECKING:
    from pqscan.store.repository import Store

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


def requests(lives: Iterable[Life], authorisation: str | None = None) -> tuple[NetScan, ...]:
    """The scans that ask these targets, each once: one for every site and depth, as deep as the finding was seen.

    Raises UsageError where none of the targets can be asked."""
    words: dict[tuple[str, int], dict[str, None]] = {}
    for life in lives:
        if not _can_be_asked(life):
            continue
        target = life.target
        assert isinstance(target, NetworkTarget)  # noqa: S101  # As just asked.
        depth = 2 if life.shown.answer is None else life.shown.answer.depth
        words.setdefault((target.site, depth), {})[target.spelling] = None
    if not words:
        raise UsageError("none of these findings is on a target that a scan of the network can ask: read files again by hand")
    return tuple(
        NetScan(targets=tuple(sorted(named)), profile=_DEPTHS[depth], authorisation=authorisation, discover="none", site=site)
        for (site, depth), named in sorted(words.items())
    )


def _can_be_asked(life: Life) -> bool:
    target = life.target
    return isinstance(target, NetworkTarget) and life.probe == "tls"


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
    prepared = [heeding(prepare(request), register) for request in requests(lives, authorisation)]
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
    return Verification(tuple(results), tuple(Verified(life, after.get(life.key, life), _can_be_asked(life)) for life in lives))
