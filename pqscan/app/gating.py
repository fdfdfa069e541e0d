"""The gate over what the store holds: the facts of a system, a run or some targets, judged criterion by criterion."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from pqscan_reports.naming import target_text

from pqscan import __version__
from pqscan.app.gate_baseline import Fingerprints, fingerprints
from pqscan.app.gate_facts import gather
from pqscan.app.membership import membership_of
from pqscan.app.selecting import meanings_of
from pqscan.errors import UsageError, WorkError
from pqscan.model.inventory import Run, RunKind, Sighting
from pqscan.model.outcome import OutcomeStatus
from pqscan.model.target import FileTarget, Target
from pqscan.policy import editions
from pqscan.policy.finding import Verdict
from pqscan.policy.rule import PolicyEdition, Purpose
from pqscan.policy.shelf import Shelf
from pqscan.policy.state import State
from pqscan.readiness.baseline import Baseline
from pqscan.readiness.context import context_of
from pqscan.readiness.design import uses_of_design
from pqscan.readiness.gate import GateFacts, GateResult, GateSettings, GateTarget, Source
from pqscan.readiness.gate_judging import judge_gate
from pqscan.readiness.go_live import GoLiveSheet, NamedEdition, People, ScanSummary, SheetProduct, go_live_sheet
from pqscan.readiness.register import Register
from pqscan.readiness.system import Stage, System
from pqscan.readiness.waiver import Waiver

if TYPE_CHECKING:
    from pqscan.store.answers import Where
    from pqscan.store.repository import Store


@dataclass(frozen=True, slots=True)
class GateRequest:
    """What is asked. `targets` as a user writes them; none: what belongs to the system, or everything. `system_code` names a
    system of the register, `system` describes one that may not be in it. `blocking` are policies whose findings block because the
    unit decided so, found on the `shelf`. `new_only` counts only what the run before did not show, or what is not in the
    `baseline`; `root` is the folder from which that tells paths, asked for where one is to be written. `read` are paths that were
    read for this alone."""

    targets: tuple[str, ...] = ()
    run: str | None = None
    system: System | None = None
    system_code: str | None = None
    products: tuple[SheetProduct, ...] = ()
    people: People = People()  # noqa: RUF009  # Frozen.
    waivers: tuple[Waiver, ...] = ()
    blocking: tuple[str, ...] = ()
    policies: tuple[PolicyEdition, ...] | None = None
    fail_on: Verdict | None = None
    new_only: bool = False
    as_of: date | None = None
    shelf: Shelf | None = None
    baseline: Baseline | None = None
    root: str | None = None
    read: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gated:
    """`sheet` only where a system is described; `before` is the run that new findings are counted against, None where there
    is none."""

    result: GateResult
    policies: tuple[PolicyEdition, ...]
    sheet: GoLiveSheet | None
    run: Run | None = None
    before: Run | None = None
    fingerprints: Fingerprints | None = None


def gate(store: Store, request: GateRequest) -> Gated:
    """Judges. Raises UsageError for a target, run or policy that is not there, WorkError where there is nothing to judge: no target
    gave a complete answer, and the system is none that is only planned, retired or outside of the assessment."""
    day = request.as_of or datetime.now().astimezone().date()
    register = Register.of(store.register())
    request = _described(request, register, day)
    system, chosen = request.system, _policies(request)
    run, before = _runs(store, request)
    belongs = _belongs(request, register)
    seen = tuple(_sightings(store, request, None if run is None else run.id, belongs))
    membership = None if system is not None else membership_of(register)
    gathered = gather(store, seen, chosen, day, system, membership)
    facts = gathered.facts
    if request.read:
        facts = replace(facts, targets=(*_walked(request.read, seen, facts), *facts.targets))
    if _is_looked_at(system) and facts.source is Source.SCAN and not facts.outside and not any(t.is_known for t in facts.targets):
        if request.read:
            raise WorkError("nothing that is named could be read to its end: `pqscan scan files` says why")
        raise WorkError("no target that is meant gave a complete answer: scan it first (`pqscan scan net`), then ask again")
    told = None if request.root is None else fingerprints(store, seen, facts, request.root, day)
    known = None
    if request.baseline is not None and told is not None:
        known = told.known(request.baseline)
    elif request.new_only:
        earlier = () if before is None else tuple(_sightings(store, request, before.id, belongs))
        known = gather(store, earlier, chosen, day, system, membership).facts.keys() if earlier else frozenset()
    settings = GateSettings(frozenset(request.blocking), request.fail_on, known, request.waivers, gathered.decided)
    result = judge_gate(facts, chosen, day, system, request.products, settings)
    sheet = None
    if system is not None:
        sheet = go_live_sheet(system, result, request.people, request.products, _summary(seen, facts, chosen, system))
    return Gated(result, chosen, sheet, run, before, told)


def _walked(paths: tuple[str, ...], seen: Sequence[Sighting], facts: GateFacts) -> Iterator[GateTarget]:
    """What was walked, each as a target of its own: where nothing was found in it, that is an answer, too. What could not be read
    itself is none, nor anything where nothing could be read to its end."""
    failed = {one.target.path for one in seen if isinstance(one.target, FileTarget) and one.status is not OutcomeStatus.COMPLETED}
    if facts.targets and not any(target.is_known for target in facts.targets):
        return iter(())
    return (GateTarget(path, State.NONE) for path in paths if os.path.abspath(path) not in failed)


def _is_looked_at(system: System | None) -> bool:
    """Of what is retired or outside of the assessment the gate needs no answers."""
    return system is None or (system.stage is not Stage.RETIRED and not context_of(system).is_outside_assessment)


def _described(request: GateRequest, register: Register, day: date) -> GateRequest:
    """With what the register knows of the system: itself, its products, the head of its owner. Raises UsageError."""
    code = request.system_code
    if code is None:
        return request
    system = register.systems.get(code)
    if system is None:
        raise UsageError(f"the register has no system {code}: see pqscan system list")
    products = tuple(product for product in register.products.values() if code in product.systems)
    head = None if system.owner is None else register.head_on(system.owner, day)
    people = request.people
    if head is not None and not people.head:
        people = replace(people, head=head.name, head_title=head.title)
    return replace(request, system=system, products=(*products, *request.products), people=people)


def _belongs(request: GateRequest, register: Register) -> Callable[[Target], bool] | None:
    """Which targets are the system's: by the register, or by the scope that its file gives. Targets that are named are taken."""
    system = request.system
    if system is None or request.targets or request.read:
        return None
    rows = register.systems if request.system_code is not None else {system.code: system}
    membership = None
    if request.system_code is not None or system.scope:
        membership = membership_of(Register(systems=rows, tagged=register.tagged))
    if membership is None:
        return None
    found = membership

    def belongs(target: Target) -> bool:
        member = found(target)
        return member is not None and member.system == system.code

    return belongs


def _policies(request: GateRequest) -> tuple[PolicyEdition, ...]:
    """Those asked for; policies that block are judged too."""
    at_hand = request.shelf or Shelf.of()
    chosen = {edition.id: edition for edition in request.policies or at_hand.default_policies()}
    for identifier in request.blocking:
        if identifier not in chosen and identifier != editions.FLOOR:
            chosen[identifier] = at_hand.policy(identifier)
    return tuple(chosen.values())


def _runs(store: Store, request: GateRequest) -> tuple[Run | None, Run | None]:
    """The run whose answers are judged (None: what every target answers now), and the one before it."""
    if request.run is None and (not request.new_only or request.baseline is not None):
        return None, None
    runs = [run for run in store.runs() if run.kind not in (RunKind.HARNESS, RunKind.IMPORT)]  # Who asked nobody is no last run.
    run = store.run(request.run) if request.run is not None else (runs[-1] if runs else None)
    if run is None:
        what = "no run" if request.run is None else f"no run {request.run}"
        raise UsageError(f"the store has {what}: `pqscan show runs` lists them")
    alike = [r for r in runs if (r.kind, r.scope, r.site) == (run.kind, run.scope, run.site) and r.started_at < run.started_at]
    return run, alike[-1] if alike and request.new_only and request.baseline is None else None


def _sightings(store: Store, request: GateRequest, run: str | None, belongs: Callable[[Target], bool] | None) -> Iterator[Sighting]:
    """Each sighting once, whatever names it."""
    told: set[tuple[Target, str]] = set()
    wheres: list[Where | None] = [where for word in request.targets for where in meanings_of(word)]
    for where in wheres or [None]:
        for sighting in store.sightings(run, where=where):
            key = (sighting.target, sighting.probe)
            if key not in told and (belongs is None or belongs(sighting.target)):
                told.add(key)
                yield sighting


def _summary(sightings: Sequence[Sighting], facts: GateFacts, policies: tuple[PolicyEdition, ...], system: System) -> ScanSummary:
    """Part 4 of the sheet. The digest is over what each target answered, whatever order the store gives."""
    lines = sorted(
        "\t".join((
            target_text(s.target), s.probe, s.status.value, "" if s.profile is None else s.profile.hex(),
            *sorted(digest.hex() for chain in s.chains for digest in chain.certificates),
        ))
        for s in sightings
    )  # fmt: skip
    designed = {u.name or u.value for u in uses_of_design(system.target_algorithms)[0] if u.purpose is Purpose.KEY_ESTABLISHMENT}
    seen = set()
    if facts.source is Source.SCAN and designed:
        seen = {p.finding.name or p.finding.value for p in facts.placed if p.finding.subject == "named_group"}
    return ScanSummary(
        facts_sha256=hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest() if lines else "",
        tool_version=__version__,
        policies=tuple(NamedEdition(edition.id, edition.edition) for edition in policies),
        targets=len(sightings),
        not_in_design=tuple(sorted(seen - designed)),
        not_seen=tuple(sorted(designed - seen)) if seen else (),
    )
