"""The gate over what the store holds: the facts of a system, a run or some targets, judged criterion by criterion."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from pqscan_reports.naming import target_text

from pqscan import __version__
from pqscan.app.assessment import Judge, agrees_with_certificate
from pqscan.app.selecting import where_is
from pqscan.errors import UsageError, WorkError
from pqscan.model.inventory import Run, RunKind, Sighting
from pqscan.model.target import NetworkTarget, Target
from pqscan.policy import editions
from pqscan.policy.certificates import assess_certificate
from pqscan.policy.evaluate import assess_profile, findings_of, with_floor
from pqscan.policy.finding import Finding, Verdict
from pqscan.policy.rule import PolicyEdition, Purpose
from pqscan.policy.state import State
from pqscan.policy.system import CATEGORY, STATE_SECRETS, SystemContext
from pqscan.readiness.chain_check import ChainCheck, check_chains
from pqscan.readiness.design import state_of_design, uses_of_design
from pqscan.readiness.gate import GateFacts, GateResult, GateSettings, GateTarget, Placed, Source
from pqscan.readiness.gate_judging import judge_gate
from pqscan.readiness.go_live import GoLiveSheet, People, ScanSummary, SheetProduct, go_live_sheet
from pqscan.readiness.system import Stage, System
from pqscan.readiness.waiver import Waiver

if TYPE_CHECKING:
    from pqscan.store.answers import Where
    from pqscan.store.repository import Store

_NOT_RUNNING = frozenset({Stage.PLANNED, Stage.DESIGN})


@dataclass(frozen=True, slots=True)
class GateRequest:
    """What is asked. `targets` as a user writes them; none: everything, or what `belongs` says. `blocking` are policies whose
    findings block because the unit decided so. `new_only` counts only what the run before did not show."""

    targets: tuple[str, ...] = ()
    run: str | None = None
    system: System | None = None
    products: tuple[SheetProduct, ...] = ()
    people: People = People()  # noqa: RUF009  # Frozen.
    waivers: tuple[Waiver, ...] = ()
    blocking: tuple[str, ...] = ()
    policies: tuple[PolicyEdition, ...] | None = None
    fail_on: Verdict | None = None
    new_only: bool = False
    as_of: date | None = None
    belongs: Callable[[Target], bool] | None = None


@dataclass(frozen=True, slots=True)
class Gated:
    """`sheet` only where a system is described; `before` is the run that new findings are counted against, None where there
    is none."""

    result: GateResult
    policies: tuple[PolicyEdition, ...]
    sheet: GoLiveSheet | None
    run: Run | None = None
    before: Run | None = None


def gate(store: Store, request: GateRequest) -> Gated:
    """Judges. Raises UsageError for a target, run or policy that is not there, WorkError where there is nothing to judge: no target
    gave a complete answer, and the system is none that is only planned."""
    day = request.as_of or datetime.now().astimezone().date()
    chosen = _policies(request)
    context = context_of(request.system)
    run, before = _runs(store, request)
    seen = tuple(_sightings(store, request, None if run is None else run.id))
    facts = facts_of(store, seen, chosen, context, day, request.system)
    if facts.source is Source.SCAN and not any(target.is_known for target in facts.targets) and not context.is_outside_assessment:
        raise WorkError("no target that is meant gave a complete answer: scan it first (`pqscan scan net`), then ask again")
    known = None
    if request.new_only:
        earlier = () if before is None else tuple(_sightings(store, request, before.id))
        known = facts_of(store, earlier, chosen, context, day, None).keys() if earlier else frozenset()
    settings = GateSettings(frozenset(request.blocking), request.fail_on, known, request.waivers)
    result = judge_gate(facts, chosen, day, request.system, request.products, settings)
    sheet = None
    if request.system is not None:
        summary = _summary(seen, facts, chosen, request.system)
        sheet = go_live_sheet(request.system, result, request.people, request.products, summary)
    return Gated(result, chosen, sheet, run, before)


def _policies(request: GateRequest) -> tuple[PolicyEdition, ...]:
    """Those asked for; policies that block are judged too."""
    chosen = {edition.id: edition for edition in request.policies or editions.default_policies()}
    for identifier in request.blocking:
        if identifier not in chosen:
            chosen[identifier] = editions.policy(identifier)
    return tuple(chosen.values())


def context_of(system: System | None) -> SystemContext:
    """What policies may ask of the system."""
    if system is None:
        return SystemContext()
    attributes = {f"{CATEGORY}{category}" for category in system.categories}
    attributes |= {"critical"} if system.is_critical else set()
    attributes |= {"nss"} if system.is_nss else set()
    attributes |= {"hva_or_high_impact"} if system.hva_id or system.fips_199 == "high" else set()
    attributes |= {STATE_SECRETS} if system.carries_state_secrets else set()
    return SystemContext(frozenset(attributes), known=True)


def _runs(store: Store, request: GateRequest) -> tuple[Run | None, Run | None]:
    """The run whose answers are judged (None: what every target answers now), and the one before it."""
    if request.run is None and not request.new_only:
        return None, None
    runs = [run for run in store.runs() if run.kind is not RunKind.HARNESS]
    run = store.run(request.run) if request.run is not None else (runs[-1] if runs else None)
    if run is None:
        what = "no run" if request.run is None else f"no run {request.run}"
        raise UsageError(f"the store has {what}: `pqscan show runs` lists them")
    alike = [r for r in runs if (r.kind, r.scope, r.site) == (run.kind, run.scope, run.site) and r.started_at < run.started_at]
    return run, alike[-1] if alike and request.new_only else None


def _sightings(store: Store, request: GateRequest, run: str | None) -> Iterator[Sighting]:
    """Each sighting once, whatever names it."""
    told: set[tuple[Target, str]] = set()
    wheres: list[Where | None] = [where_is(word) for word in request.targets]
    for where in wheres or [None]:
        for sighting in store.sightings(run, where=where):
            key = (sighting.target, sighting.probe)
            if key not in told and (request.belongs is None or request.belongs(sighting.target)):
                told.add(key)
                yield sighting


def facts_of(
    store: Store,
    sightings: Sequence[Sighting],
    policies: tuple[PolicyEdition, ...],
    context: SystemContext,
    day: date,
    system: System | None,
) -> GateFacts:
    """Equal answers are judged once, and stand on every target that gave them. A system that is only planned is judged by its
    dossier where nothing of it was seen."""
    if not sightings and system is not None and system.stage in _NOT_RUNNING:
        return _design(system, policies, context, day)
    served = {digest for sighting in sightings for chain in sighting.chains for digest in chain.certificates}
    profiles = {sighting.profile for sighting in sightings if sighting.profile is not None}
    judge = Judge(store.profiles(profiles), store.certificates(served))
    of_profile: dict[bytes, list[str]] = {}
    of_certificate: dict[bytes, dict[str, None]] = {}
    agreeing: set[bytes] = set()
    targets = []
    for sighting in sightings:
        name = target_text(sighting.target)
        state = judge.target(sighting).key_establishment.state
        profile = judge.profiles.get(sighting.profile or b"")
        targets.append(GateTarget(name, state, state is not State.UNKNOWN, _chains(judge, sighting)))
        if profile is not None:
            of_profile.setdefault(profile.digest, []).append(name)
        for chain in sighting.chains:
            for digest in chain.certificates:
                of_certificate.setdefault(digest, {})[name] = None
            if chain.certificates and profile is not None and agrees_with_certificate(profile):
                agreeing.add(chain.certificates[0])
    placed = [
        *(
            p
            for d, names in of_profile.items()
            for p in _placed(assess_profile(judge.profiles[d], policies, day, context), policies, names)
        ),
        *(
            p
            for digest, names in of_certificate.items()
            if digest in judge.certificates
            for p in _placed(
                assess_certificate(judge.certificates[digest], policies, day, context, establishes_keys=digest in agreeing),
                policies,
                names,
            )
        ),
    ]
    return GateFacts(Source.SCAN, tuple(targets), tuple(placed))


def _placed(findings: Iterable[Finding], policies: tuple[PolicyEdition, ...], names: Iterable[str]) -> Iterator[Placed]:
    rules = {(edition.id, rule.id): rule for edition in with_floor(policies) for rule in edition.rules}
    where = tuple(names)
    return (Placed(finding, rules.get((finding.policy, finding.rule)), where) for finding in findings)


def _chains(judge: Judge, sighting: Sighting) -> ChainCheck:
    if not isinstance(sighting.target, NetworkTarget):
        return ChainCheck()
    named = tuple(
        (chain.context, tuple(judge.certificates[d] for d in chain.certificates if d in judge.certificates))
        for chain in sighting.chains
        if chain.server_name in (None, sighting.target.server_name)
    )
    return check_chains(sighting.target.server_name, named)


def _design(system: System, policies: tuple[PolicyEdition, ...], context: SystemContext, day: date) -> GateFacts:
    uses, unread = uses_of_design(system.target_algorithms)
    if not system.target_algorithms or context.is_outside_assessment:
        return GateFacts(Source.DOSSIER)
    found = (finding for edition in with_floor(policies) for finding in findings_of(uses, edition, day, context))
    placed = tuple(_placed(found, policies, (system.code,)))
    return GateFacts(Source.DOSSIER, (GateTarget(system.code, state_of_design(uses)),), placed, unread)


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
        policies=tuple(f"{edition.id} ({edition.edition})" for edition in policies),
        targets=len(sightings),
        not_in_design=tuple(sorted(seen - designed)),
        not_seen=tuple(sorted(designed - seen)) if seen else (),
    )
