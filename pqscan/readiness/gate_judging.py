"""How each criterion of the gate is judged: from findings, chains, products and what the owner states, to an outcome."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date

from pqscan.model.reason import Reason
from pqscan.policy.editions import FLOOR
from pqscan.policy.finding import Verdict
from pqscan.policy.rule import PolicyEdition, PolicyStatus, Purpose
from pqscan.policy.state import State
from pqscan.readiness.criteria import Criterion, Force, Kind, Severity, criteria
from pqscan.readiness.gate import (
    CriterionResult,
    Evidence,
    GateFacts,
    GateResult,
    GateSettings,
    Outcome,
    Placed,
    RegimeProduct,
    Source,
    Standing,
)
from pqscan.readiness.regime_check import regime_evidence
from pqscan.readiness.system import Disposition, Regime, Stage, System
from pqscan.readiness.waiver import Waiver

_HARD = frozenset({Verdict.OVERDUE, Verdict.NOT_MET})
_SOFT = frozenset({Verdict.DUE, Verdict.NOT_RECOMMENDED})
AGAINST = _HARD | _SOFT
"""Verdicts that speak against a criterion."""
_FORCES = tuple(Force)
_SEVERITIES = tuple(Severity)
_RESISTANT = frozenset({State.DEFAULT, State.EXCLUSIVE})
_NOT_KEY_ESTABLISHMENT = frozenset({"certificate", "certificate_signature", "signature_scheme", "selected_signature_scheme"})


def judge_gate(
    facts: GateFacts,
    policies: Sequence[PolicyEdition],
    day: date,
    system: System | None = None,
    products: Sequence[RegimeProduct] = (),
    settings: GateSettings | None = None,
) -> GateResult:
    """Every criterion on one day; the quantum criterion once for each policy."""
    chosen = settings or GateSettings()
    bench = _Bench(facts, day, system, products, chosen)
    results: list[CriterionResult] = []
    for criterion in criteria():
        if criterion.kind is Kind.QUANTUM:
            results += [bench.judge(criterion, policy) for policy in policies if policy.id != FLOOR]
        else:
            results.append(bench.judge(criterion, None))
    return GateResult(day, system, facts.source, facts, tuple(results), chosen)


class _Bench:
    """What all criteria of one system share."""

    def __init__(
        self, facts: GateFacts, day: date, system: System | None, products: Sequence[RegimeProduct], settings: GateSettings
    ) -> None:
        self.facts, self.day, self.system, self.products, self.settings = facts, day, system, products, settings

    def judge(self, criterion: Criterion, policy: PolicyEdition | None) -> CriterionResult:
        system = self.system
        if system is not None and not criterion.is_judged_at(system.stage):
            code = "gate_retired" if system.stage is Stage.RETIRED else "gate_not_at_stage"
            return _nothing(criterion, policy, Outcome.NOT_APPLICABLE, Reason.of(code, stage=system.stage.value))
        if system is not None and criterion.kind is not Kind.REGIME:
            if system.carries_state_secrets:
                return _nothing(criterion, policy, Outcome.NOT_APPLICABLE, Reason.of("gate_outside_assessment"))
            if system.regime is Regime.MILITARY:
                return _nothing(criterion, policy, Outcome.NOT_APPLICABLE, Reason.of("gate_outside_regime"))
        if criterion.kind in (Kind.RULES, Kind.CHAIN, Kind.QUANTUM) and self.facts.outside and not self.facts.targets:
            return _nothing(criterion, policy, Outcome.NOT_APPLICABLE, Reason.of("gate_outside_assessment"))
        if policy is not None:
            return self._quantum(criterion, policy)
        of_kind: dict[Kind, Callable[[Criterion], Iterator[Evidence]]] = {
            Kind.RULES: self._by_rules,
            Kind.CHAIN: self._by_chain,
            Kind.REGIME: self._by_regime,
            Kind.AGILITY: self._by_agility,
        }
        if criterion.kind is Kind.AGILITY and system is not None and system.disposition is Disposition.DECOMMISSION:
            return _nothing(criterion, None, Outcome.NOT_APPLICABLE, Reason.of("gate_decommissioned"))
        return self._result(criterion, tuple(of_kind[criterion.kind](criterion)))

    # Evidence, by kind.

    def _by_rules(self, criterion: Criterion) -> Iterator[Evidence]:
        yield from self._of_findings(criterion, (p for p in self.facts.placed if p.finding.policy == FLOOR))
        open_ones = tuple(t.name for t in self.facts.targets if t.is_known and t.not_told & criterion.subjects)
        if open_ones:
            yield Evidence(Reason.of("gate_not_proven"), targets=open_ones, severity=Severity.UNKNOWN)
        yield from self._gaps()

    def _by_chain(self, criterion: Criterion) -> Iterator[Evidence]:
        yield from self._by_rules(criterion)
        wrong: dict[Reason, list[str]] = {}
        not_told: dict[Reason, list[str]] = {}
        for target in self.facts.targets:
            for reason in target.chain.wrong:
                wrong.setdefault(reason, []).append(target.name)
            for reason in target.chain.open:
                not_told.setdefault(reason, []).append(target.name)
        for reason, names in wrong.items():
            yield from self._split(criterion, Evidence(reason, severity=Severity.SOFT), names)
        for reason, names in not_told.items():
            yield Evidence(reason, targets=tuple(names), severity=Severity.UNKNOWN)

    def _by_regime(self, criterion: Criterion) -> Iterator[Evidence]:
        found = regime_evidence(self.system, self.products, self.day)
        yield from (row for one in found for row in self._split(criterion, one, one.targets))

    def _by_agility(self, criterion: Criterion) -> Iterator[Evidence]:
        yield from self._of_findings(criterion, (p for p in self.facts.placed if p.finding.policy == FLOOR))
        system = self.system
        if system is None:
            yield Evidence(Reason.of("gate_no_system"), severity=Severity.UNKNOWN)
        elif system.is_agile is None:
            yield Evidence(Reason.of("gate_agility_not_stated"), severity=Severity.UNKNOWN)
        elif not system.is_agile:
            due = system.vendor_date
            reason = Reason.of("gate_not_agile") if due is None else Reason.of("gate_not_agile_until", date=due.isoformat())
            yield from self._split(criterion, Evidence(reason, due=due), ())

    def _gaps(self) -> Iterator[Evidence]:
        """What keeps a criterion from being met though nothing was found against it."""
        if self.facts.unknown:
            yield Evidence(Reason.of("gate_no_answer"), targets=self.facts.unknown, severity=Severity.UNKNOWN)
        for name in self.facts.unread:
            yield Evidence(Reason.of("gate_unread", name=name), severity=Severity.UNKNOWN)
        if not self.facts.targets and not self.facts.outside:
            code = "gate_no_design" if self.facts.source is Source.DOSSIER else "gate_not_scanned"
            yield Evidence(Reason.of(code), severity=Severity.UNKNOWN)

    def _of_findings(self, criterion: Criterion, placed: Iterable[Placed]) -> Iterator[Evidence]:
        for each in placed:
            if each.finding.rule in criterion.rules and each.finding.verdict in AGAINST:
                yield from self._split(criterion, _evidence(each), each.targets, each)

    def _split(
        self, criterion: Criterion, row: Evidence, targets: Iterable[str], placed: Placed | None = None
    ) -> Iterator[Evidence]:
        """One row for each standing: what counts, what is waived, what was known before."""
        parts: dict[tuple[Standing, Waiver | None], list[str]] = {}
        names = tuple(targets)
        for target in names or ("",):
            waiver = self._waiver(criterion, row, target, placed)
            standing = Standing.COUNTS if waiver is None else Standing.WAIVED
            if waiver is None and placed is not None and self.settings.known and placed.key(target) in self.settings.known:
                standing = Standing.KNOWN
            parts.setdefault((standing, waiver), []).append(target)
        for (standing, waiver), of in parts.items():
            yield replace(row, standing=standing, waiver=waiver, targets=tuple(of) if names else ())

    def _waiver(self, criterion: Criterion, row: Evidence, target: str, placed: Placed | None) -> Waiver | None:
        """Of several that are in force the one that holds longest."""
        fitting = [waiver for waiver in self.settings.waivers if waiver.covers in (criterion.id, row.rule)]
        decided = None if placed is None else self.settings.decided.get(placed.key(target))
        fitting += [] if decided is None else [decided]
        in_force = (waiver for waiver in fitting if waiver.target in (None, target) and waiver.is_in_force(self.day))
        return max(in_force, key=lambda waiver: waiver.expires_on, default=None)

    # From evidence to an outcome.

    def _result(
        self, criterion: Criterion, evidence: tuple[Evidence, ...], policy: PolicyEdition | None = None, *, informs: bool = False
    ) -> CriterionResult:
        evidence = _merged(evidence)
        against = [row for row in evidence if row.severity is not Severity.UNKNOWN]
        counting = [row for row in against if row.standing is Standing.COUNTS]
        gaps = [row for row in evidence if row.severity is Severity.UNKNOWN]
        named = {criterion.id, *(row.rule for row in against if row.rule)}
        known = dict.fromkeys((*self.settings.waivers, *self.settings.decided.values()))
        expired = tuple(waiver for waiver in known if not waiver.is_in_force(self.day) and waiver.covers in named)
        forces = [self._force(criterion, row) for row in counting]
        if against:
            outcome, code = Outcome.NOT_MET, "gate_not_met" if counting else "gate_not_met_but_waived"
            if not counting and not any(row.standing is Standing.WAIVED for row in against):
                code = "gate_not_met_as_before"
        elif gaps:
            outcome, code = Outcome.UNKNOWN, "gate_unknown"
        else:
            outcome, code = Outcome.MET, "gate_met"
        if outcome is Outcome.UNKNOWN or (gaps and not counting):
            forces += [self._force(criterion, row) for row in gaps]
        force = min(forces, key=_FORCES.index, default=Force.INFORMS)
        if informs:
            force = Force.INFORMS
        return CriterionResult(criterion, outcome, force, Reason.of(code), evidence, policy, expired)

    def _force(self, criterion: Criterion, row: Evidence) -> Force:
        """A gap in a system that nobody described informs: nobody said yet what is asked of it."""
        if row.severity is Severity.UNKNOWN and self.system is None and row.reason.code == "gate_no_system":
            return Force.INFORMS
        wanted = self.settings.fail_on
        if wanted is not None:
            verdict = row.verdict or {Severity.HARD: Verdict.NOT_MET, Severity.SOFT: Verdict.NOT_RECOMMENDED}.get(
                row.severity, Verdict.UNDETERMINED
            )
            return Force.BLOCKS if _ORDER[verdict] <= _ORDER[wanted] else Force.WARNS
        return criterion.force(row.severity, self.system)

    def _quantum(self, criterion: Criterion, policy: PolicyEdition) -> CriterionResult:
        """Hybrid or quantum-resistant key establishment, under one policy: a current client gets it, and the policy holds nothing
        against it today. A policy that awaits guidance says nothing; one on which the unit did not decide informs."""
        if policy.status is PolicyStatus.AWAITING_GUIDANCE:
            return _nothing(criterion, policy, Outcome.AWAITING, Reason.of("gate_awaits_guidance", policy=policy.id))
        targets = self.facts.targets
        if targets and not self.facts.unread and all(target.state is State.NONE for target in targets):
            return _nothing(criterion, policy, Outcome.NOT_APPLICABLE, Reason.of("gate_no_keys"))
        failing = {t.name for t in targets if t.is_known and t.state not in (*_RESISTANT, State.NONE, State.UNKNOWN)}
        evidence: list[Evidence] = []
        told: set[str] = set()
        for each in self.facts.placed:
            if each.finding.policy != policy.id or not _is_about_keys(each) or each.finding.verdict not in AGAINST:
                continue
            on = each.targets if each.finding.verdict in _HARD else tuple(name for name in each.targets if name in failing)
            if on:
                evidence += self._split(criterion, _evidence(each), on, each)
                told.update(on)
        left = tuple(target.name for target in targets if target.name in failing - told)
        if left:  # The state says so; the policy has no rule that bites on it.
            evidence += self._split(criterion, Evidence(Reason.of("gate_not_resistant"), severity=Severity.SOFT), left)
        open_ones = tuple(target.name for target in targets if target.is_known and target.state is State.UNKNOWN)
        if open_ones:
            evidence.append(Evidence(Reason.of("gate_no_keys_stated"), targets=open_ones, severity=Severity.UNKNOWN))
        evidence += self._gaps()
        return self._result(criterion, tuple(evidence), policy, informs=policy.id not in self.settings.blocking)


_ORDER = {verdict: place for place, verdict in enumerate(Verdict)}


def _nothing(criterion: Criterion, policy: PolicyEdition | None, outcome: Outcome, reason: Reason) -> CriterionResult:
    return CriterionResult(criterion, outcome, Force.INFORMS, reason, (), policy)


def _is_about_keys(placed: Placed) -> bool:
    rule = placed.rule
    about = rule is None or rule.purpose in (Purpose.KEY_ESTABLISHMENT, Purpose.ANY)
    return about and placed.finding.subject not in _NOT_KEY_ESTABLISHMENT and not _signs(placed)


def _signs(placed: Placed) -> bool:
    """A certificate's key signs, unless a rule on key establishment speaks of it."""
    rule = placed.rule
    return placed.finding.subject == "certificate_key" and (rule is None or rule.purpose is not Purpose.KEY_ESTABLISHMENT)


def _evidence(placed: Placed) -> Evidence:
    finding, rule = placed.finding, placed.rule
    return Evidence(
        reason=finding.reason,
        rule=finding.rule,
        policy=finding.policy,
        clause="" if rule is None else f"{rule.source.title}, {rule.source.section}",
        verdict=finding.verdict,
        due=finding.due,
        severity=Severity.HARD if finding.verdict in _HARD else Severity.SOFT,
    )


def _merged(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """Rows that say the same in the same standing are one, on all their targets; hard ones first, then in their order."""
    targets: dict[Evidence, dict[str, None]] = {}
    for row in evidence:
        targets.setdefault(replace(row, targets=()), {}).update(dict.fromkeys(row.targets))
    found = (replace(row, targets=tuple(names)) for row, names in targets.items())
    return tuple(sorted(found, key=lambda row: (_SEVERITIES.index(row.severity), row.due or date.max)))
