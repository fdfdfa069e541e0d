"""The gate's criteria: what is met, what is not, what blocks whom, and that it never says more than that."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqscan.locale import render
from pqscan.locale.templates import reason_templates
from pqscan.model.reason import Reason
from pqscan.policy.editions import floor
from pqscan.policy.finding import Verdict
from pqscan.policy.state import State
from pqscan.readiness.chain_check import ChainCheck
from pqscan.readiness.criteria import Force, Kind, Severity, criteria
from pqscan.readiness.gate import Conclusion, GateFacts, GateResult, GateSettings, GateTarget, Outcome, Source, Standing
from pqscan.readiness.gate_judging import judge_gate
from pqscan.readiness.system import DataClass, Disposition, Regime, Secrecy, Stage
from pqscan.readiness.waiver import Waiver
from tests.unit.policy.making import SHA1_RSA, SHA256_RSA, certificate
from tests.unit.readiness.gating import BSI, GOOD, NIST, NOW, OLD, PLAIN, RC4, STATIC_RSA, VIETNAM, Product, result, scanned, system

AGILE = {"is_agile": True}
CIVIL = (Product("TLS", Regime.CIVIL),)
VERSION_WAIVER = Waiver("floor-state-version", "Trần Thị B", "máy cũ", "mạng riêng", NOW)


def judged(facts: GateFacts, *, settings: GateSettings | None = None, day: date = NOW, **more: object) -> GateResult:
    return judge_gate(facts, (VIETNAM, NIST), day, system(**(AGILE | more)), CIVIL, settings)


# R10, R11: what is forbidden blocks, at every stage, and only a waiver lets it stand.


@pytest.mark.parametrize(
    ("profile", "criterion", "rule"),
    [(OLD, "old_protocol", "floor-state-version"), (RC4, "forbidden_algorithm", "floor-cipher")],
)
def test_r10_what_is_forbidden_blocks_and_names_the_rule(profile: object, criterion: str, rule: str) -> None:
    gate = judge_gate(scanned(profile), (), NOW)  # type: ignore[arg-type]
    assert gate.is_blocked
    found = result(gate, criterion)
    assert (found.outcome, found.force) == (Outcome.NOT_MET, Force.BLOCKS)
    assert rule in {row.rule for row in found.evidence}


def test_r10_a_short_key_blocks_and_a_good_one_does_not() -> None:
    weak = scanned(GOOD, certificates=(certificate("RSA-1024", SHA256_RSA),))
    good = scanned(GOOD, certificates=(certificate("RSA-3072", SHA256_RSA),))
    assert result(judge_gate(weak, (), NOW), "short_key").blocks
    assert result(judge_gate(good, (), NOW), "short_key").outcome is Outcome.MET
    signed = scanned(GOOD, certificates=(certificate("RSA-3072", SHA1_RSA),))
    assert result(judge_gate(signed, (), NOW), "forbidden_algorithm").blocks


@pytest.mark.parametrize("stage", [Stage.PLANNED, Stage.DESIGN, Stage.BUILD, Stage.TRIAL, Stage.OPERATION, Stage.UPGRADE])
def test_r10_old_protocols_block_at_every_stage(stage: Stage) -> None:
    assert result(judged(scanned(OLD), stage=stage), "old_protocol").blocks


def test_r11_without_a_waiver_one_blocking_rule_speaks_for_not_sufficient() -> None:
    found = result(judged(scanned(OLD)), "old_protocol")
    assert found.speaks_for is Conclusion.INSUFFICIENT


def test_r11_a_waiver_holds_on_its_last_day_and_counts_no_more_on_the_next() -> None:
    settings = GateSettings(waivers=(VERSION_WAIVER,))
    on_the_day = result(judged(scanned(OLD), settings=settings), "old_protocol")
    assert (on_the_day.outcome, on_the_day.blocks, on_the_day.speaks_for) == (Outcome.NOT_MET, False, Conclusion.CONDITIONAL)
    assert {row.standing for row in on_the_day.evidence} == {Standing.WAIVED}
    next_day = result(judged(scanned(OLD), settings=settings, day=NOW + timedelta(days=1)), "old_protocol")
    assert (next_day.blocks, next_day.speaks_for) == (True, Conclusion.INSUFFICIENT)
    assert next_day.expired == (VERSION_WAIVER,)


def test_r11_a_waiver_for_one_target_leaves_the_others_as_they_are() -> None:
    settings = GateSettings(waivers=(replace(VERSION_WAIVER, target="t0"),))
    found = result(judged(scanned(OLD, OLD), settings=settings), "old_protocol")
    assert found.blocks
    assert {(row.standing, row.targets) for row in found.evidence} == {(Standing.WAIVED, ("t0",)), (Standing.COUNTS, ("t1",))}


def test_r11_a_waiver_of_a_criterion_covers_its_rules_and_no_other_criterion() -> None:
    settings = GateSettings(waivers=(replace(VERSION_WAIVER, covers="old_protocol"),))
    gate = judged(scanned(OLD, RC4), settings=settings)
    assert not result(gate, "old_protocol").blocks
    assert result(gate, "forbidden_algorithm").blocks


def test_r11_a_decision_on_one_finding_waives_that_finding_alone() -> None:
    facts = scanned(OLD, OLD)
    each = next(p for p in facts.placed if p.finding.rule == "floor-state-version")
    found = result(judged(facts, settings=GateSettings(decided={each.key("t0"): VERSION_WAIVER})), "old_protocol")
    assert {(row.standing, row.targets) for row in found.evidence} == {(Standing.WAIVED, ("t0",)), (Standing.COUNTS, ("t1",))}


# R25: a key system is held to more than another one.


def test_r25_the_same_finding_warns_on_a_normal_system_and_blocks_on_a_key_system() -> None:
    normal, critical = judged(scanned(STATIC_RSA)), judged(scanned(STATIC_RSA), is_critical=True)
    for gate, force in ((normal, Force.WARNS), (critical, Force.BLOCKS)):
        found = result(gate, "forbidden_algorithm")
        assert (found.outcome, found.force) == (Outcome.NOT_MET, force)
        assert {row.rule for row in found.evidence} == {"floor-static-rsa"}
    assert result(normal, "forbidden_algorithm").speaks_for is Conclusion.CONDITIONAL
    assert not normal.is_blocked
    assert critical.is_blocked


@pytest.mark.parametrize(("level", "force"), [(None, Force.WARNS), (3, Force.WARNS), (4, Force.BLOCKS), (5, Force.BLOCKS)])
def test_r25_from_level_four_on_a_system_counts_as_a_key_system(level: int | None, force: Force) -> None:
    assert result(judged(scanned(STATIC_RSA), level=level), "forbidden_algorithm").force is force


@pytest.mark.parametrize("criterion", criteria(), ids=lambda criterion: criterion.id)
@pytest.mark.parametrize("severity", list(Severity))
def test_r25_no_criterion_is_milder_on_a_key_system(criterion: object, severity: Severity) -> None:
    of = next(each for each in criteria() if each is criterion)
    order = tuple(Force)
    assert order.index(of.force(severity, system(is_critical=True))) <= order.index(of.force(severity, system()))


def test_r25_what_gave_no_answer_warns_on_a_normal_system_and_blocks_on_a_key_system() -> None:
    facts = scanned(GOOD, silent=("t9",))
    normal, critical = (result(judged(facts, is_critical=is_critical), "short_key") for is_critical in (False, True))
    assert normal.outcome is critical.outcome is Outcome.UNKNOWN
    assert (normal.force, critical.force) == (Force.WARNS, Force.BLOCKS)
    assert normal.speaks_for is critical.speaks_for is None
    assert {row.targets for row in normal.evidence} == {("t9",)}


def test_what_was_not_proven_to_be_refused_is_not_known_for_the_criterion_that_it_concerns() -> None:
    facts = scanned(GOOD)
    target = replace(facts.targets[0], not_told=frozenset({"protocol_version"}))
    gate = judged(replace(facts, targets=(target,)))
    assert result(gate, "old_protocol").outcome is Outcome.UNKNOWN
    assert result(gate, "forbidden_algorithm").outcome is Outcome.MET


# R24: every finding names rule and clause.


def test_r24_each_finding_names_rule_and_clause() -> None:
    facts = scanned(OLD, RC4, PLAIN, editions=(NIST,), certificates=(certificate("RSA-1024", SHA1_RSA),))
    gate = judge_gate(facts, (NIST,), NOW, system(secrecy=None), (Product("X", Regime.CIVIL, date(2020, 1, 1)),))
    rows = [row for each in gate.results for row in each.evidence if row.verdict is not None]
    assert len(rows) > 5
    assert all(row.rule and row.clause for row in rows)


def test_r24_every_rule_of_the_floor_is_in_one_criterion_or_says_nothing_for_a_gate() -> None:
    named = [rule for criterion in criteria() for rule in criterion.rules]
    assert len(set(named)) == len(named)
    assert {rule.id for rule in floor().rules} - set(named) == {"floor-client-certificate"}


# R05: products under the right regime.


def test_r05_a_civil_product_on_a_system_that_carries_state_secrets_is_a_finding() -> None:
    carrying = system(secrecy=Secrecy.CONFIDENTIAL, regime=Regime.CIPHER)
    gate = judge_gate(scanned(GOOD), (VIETNAM,), NOW, carrying, (Product("Thẻ ký", Regime.CIVIL), Product("MM", Regime.CIPHER)))
    found = result(gate, "regime")
    assert (found.outcome, found.blocks) == (Outcome.NOT_MET, True)
    assert [row.reason for row in found.evidence] == [Reason.of("regime_civil_product", product="Thẻ ký")]
    assert found.evidence[0].rule
    assert found.evidence[0].clause


def test_r05_the_class_of_the_data_alone_makes_it_one_and_a_civil_regime_too() -> None:
    carrying = system(data_classes=frozenset({DataClass.STATE_SECRET}))
    found = result(judge_gate(scanned(GOOD), (VIETNAM,), NOW, carrying, ()), "regime")
    assert Reason.of("regime_civil_system") in {row.reason for row in found.evidence}
    assert found.blocks


def test_r05_a_civil_product_on_a_civil_system_is_none_while_its_licence_holds() -> None:
    assert result(judged(scanned(GOOD)), "regime").outcome is Outcome.MET
    for until, outcome in ((NOW, Outcome.MET), (NOW - timedelta(days=1), Outcome.NOT_MET)):
        gate = judge_gate(scanned(GOOD), (), NOW, system(), (Product("TLS", Regime.CIVIL, until),))
        assert result(gate, "regime").outcome is outcome


def test_r05_a_product_of_which_nobody_said_the_regime_is_not_known() -> None:
    gate = judge_gate(scanned(GOOD), (), NOW, system(), (Product("?", None),))
    assert result(gate, "regime").outcome is Outcome.UNKNOWN


def test_what_carries_state_secrets_is_outside_of_the_assessment_whatever_its_tls_shows() -> None:
    carrying = system(secrecy=Secrecy.TOP_SECRET, regime=Regime.CIPHER)
    gate = judge_gate(scanned(OLD, GOOD), (VIETNAM, NIST), NOW, carrying, (Product("MM", Regime.CIPHER),))
    others = [each for each in gate.results if each.criterion.kind is not Kind.REGIME]
    assert {each.outcome for each in others} == {Outcome.NOT_APPLICABLE}
    assert {each.reason.code for each in others} == {"gate_outside_assessment"}
    assert not gate.is_blocked
    assert all(each.speaks_for is None for each in others)


def test_what_stands_under_military_rules_is_only_counted() -> None:
    gate = judge_gate(scanned(OLD), (), NOW, system(regime=Regime.MILITARY), ())
    assert result(gate, "old_protocol").reason.code == "gate_outside_regime"


# The quantum criterion, by policy.


def test_a_policy_that_awaits_guidance_says_nothing_about_a_hybrid_or_its_absence() -> None:
    for profile in (GOOD, PLAIN):
        gate = judged(scanned(profile, editions=(VIETNAM, NIST)), settings=GateSettings(blocking=frozenset({"vietnam"})))
        found = result(gate, "quantum", "vietnam")
        assert (found.outcome, found.speaks_for, found.blocks) == (Outcome.AWAITING, None, False)


def test_a_foreign_policy_informs_and_blocks_only_where_the_unit_decided_so() -> None:
    later = date(2032, 6, 1)  # BSI: traditional key agreement alone until the end of 2031
    facts = scanned(PLAIN, editions=(BSI,), day=later)
    informing = judge_gate(facts, (BSI,), later, system(is_agile=True), CIVIL)
    found = result(informing, "quantum", BSI.id)
    assert (found.outcome, found.force, found.speaks_for) == (Outcome.NOT_MET, Force.INFORMS, None)
    assert not informing.is_blocked
    blocking = judge_gate(facts, (NIST, BSI), date(2036, 6, 1), system(is_agile=True), CIVIL, GateSettings(frozenset({NIST.id})))
    assert result(blocking, "quantum", BSI.id).force is Force.INFORMS


def test_a_policy_by_which_the_unit_blocks_blocks_what_is_overdue_and_warns_of_what_has_a_date() -> None:
    settings = GateSettings(frozenset({NIST.id}))
    for day, force in ((NOW, Force.WARNS), (date(2036, 6, 1), Force.BLOCKS)):
        facts = scanned(PLAIN, editions=(NIST,), day=day)
        found = result(judge_gate(facts, (NIST,), day, system(is_agile=True), CIVIL, settings), "quantum", NIST.id)
        assert (found.outcome, found.force) == (Outcome.NOT_MET, force)


def test_a_hybrid_that_clients_get_meets_the_criterion_while_traditional_groups_behind_it_are_allowed() -> None:
    facts = scanned(GOOD, editions=(NIST,))
    assert result(judge_gate(facts, (NIST,), NOW), "quantum", NIST.id).outcome is Outcome.MET
    later = date(2036, 6, 1)
    overdue = scanned(GOOD, editions=(NIST,), day=later)
    assert result(judge_gate(overdue, (NIST,), later), "quantum", NIST.id).outcome is Outcome.NOT_MET


def test_where_nothing_agrees_on_keys_the_criterion_does_not_apply() -> None:
    facts = GateFacts(Source.SCAN, (GateTarget("file", State.NONE),))
    assert result(judge_gate(facts, (NIST,), NOW), "quantum", NIST.id).outcome is Outcome.NOT_APPLICABLE


# Chain, agility, stages.


def test_a_chain_that_does_not_fit_warns_and_one_that_cannot_be_followed_is_not_known() -> None:
    wrong = scanned(GOOD, chain=ChainCheck((Reason.of("chain_other_name", name="x"),)))
    open_end = scanned(GOOD, chain=ChainCheck((), (Reason.of("chain_issuer_not_sent"),)))
    assert (result(judged(wrong), "certificate").outcome, result(judged(wrong), "certificate").force) == (
        Outcome.NOT_MET,
        Force.WARNS,
    )
    assert result(judged(open_end), "certificate").outcome is Outcome.UNKNOWN
    assert result(judged(scanned(GOOD)), "certificate").outcome is Outcome.MET


def test_an_expired_certificate_blocks() -> None:
    expired = scanned(GOOD, certificates=(certificate("RSA-3072", SHA256_RSA),), day=date(2028, 1, 1))
    assert result(judged(expired, day=date(2028, 1, 1)), "certificate").blocks


@pytest.mark.parametrize(
    ("more", "outcome", "blocks"),
    [
        ({"is_agile": True}, Outcome.MET, False),
        ({"is_agile": False}, Outcome.NOT_MET, False),
        ({"is_agile": False, "is_critical": True}, Outcome.NOT_MET, True),
        ({"is_agile": None}, Outcome.UNKNOWN, False),
        ({"is_agile": False, "disposition": Disposition.DECOMMISSION}, Outcome.NOT_APPLICABLE, False),
    ],
)
def test_a_way_to_replace_the_algorithms_is_what_the_owner_states(more: dict[str, object], outcome: Outcome, blocks: bool) -> None:
    found = result(judged(scanned(GOOD), **more), "agility")
    assert (found.outcome, found.blocks) == (outcome, blocks)


@pytest.mark.parametrize("stage", [Stage.PLANNED, Stage.DESIGN, Stage.BUILD])
def test_before_trial_there_is_no_certificate_to_judge(stage: Stage) -> None:
    assert result(judged(scanned(GOOD), stage=stage), "certificate").outcome is Outcome.NOT_APPLICABLE


def test_nothing_of_a_retired_system_is_judged() -> None:
    gate = judged(scanned(OLD), stage=Stage.RETIRED)
    assert {each.outcome for each in gate.results} == {Outcome.NOT_APPLICABLE}


def test_where_nothing_was_scanned_nothing_is_met() -> None:
    gate = judged(GateFacts(Source.SCAN))
    assert not any(
        each.outcome is Outcome.MET for each in gate.results if each.criterion.kind in (Kind.RULES, Kind.CHAIN, Kind.QUANTUM)
    )


# For pipelines.


def test_without_a_system_nothing_is_said_of_what_only_an_owner_knows_and_nothing_blocks_for_it() -> None:
    gate = judge_gate(scanned(GOOD), (VIETNAM,), NOW)
    assert not gate.is_blocked
    for criterion in ("regime", "agility"):
        found = result(gate, criterion)
        assert (found.outcome, found.force) == (Outcome.UNKNOWN, Force.INFORMS)


@pytest.mark.parametrize(
    ("fail_on", "blocks"), [(None, False), (Verdict.OVERDUE, False), (Verdict.NOT_MET, False), (Verdict.NOT_RECOMMENDED, True)]
)
def test_the_mildest_verdict_that_blocks_may_be_chosen(fail_on: Verdict | None, blocks: bool) -> None:
    gate = judge_gate(scanned(STATIC_RSA), (), NOW, settings=GateSettings(fail_on=fail_on))
    assert gate.is_blocked is blocks


def test_with_fail_on_undetermined_what_gave_no_answer_blocks() -> None:
    facts = scanned(GOOD, silent=("t9",))
    assert not judge_gate(facts, (), NOW).is_blocked
    assert judge_gate(facts, (), NOW, settings=GateSettings(fail_on=Verdict.UNDETERMINED)).is_blocked


def test_what_the_run_before_showed_does_not_block_where_only_new_things_count() -> None:
    before, now = scanned(OLD), scanned(OLD, OLD)
    first = judge_gate(before, (), NOW, settings=GateSettings(known=before.keys()))
    found = result(first, "old_protocol")
    assert (found.outcome, first.is_blocked, found.speaks_for) == (Outcome.NOT_MET, False, None)
    second = judge_gate(now, (), NOW, settings=GateSettings(known=before.keys()))
    assert second.is_blocked
    assert {row.targets: row.standing for row in result(second, "old_protocol").evidence} == {
        ("t0",): Standing.KNOWN,
        ("t1",): Standing.COUNTS,
    }
    assert judge_gate(before, (), NOW, settings=GateSettings(known=frozenset())).is_blocked  # No run before: all is new.


def test_rows_that_say_the_same_are_one() -> None:
    rows = result(judge_gate(scanned(OLD, OLD), (), NOW), "old_protocol").evidence
    assert [row.targets for row in rows] == [("t0", "t1")]


# What it never says.


def test_every_reason_has_its_sentence_and_none_is_a_verdict_of_law() -> None:
    codes = {
        code: text
        for code, text in reason_templates().items()
        if code.startswith(("gate_", "criterion_", "regime_", "chain_", "sheet_"))
    }
    assert len(codes) > 60
    for code, text in codes.items():
        assert "complian" not in text.lower(), code
        assert "legal" not in text.lower(), code
    for criterion in criteria():
        assert f"criterion_{criterion.id}" in codes


@given(
    st.lists(st.sampled_from([GOOD, PLAIN, OLD, RC4, STATIC_RSA]), max_size=3),
    st.booleans(),
    st.sampled_from([None, 1, 3, 5]),
    st.sampled_from([None, *Verdict]),
    st.booleans(),
)
def test_whatever_the_facts_what_blocks_is_not_met_or_not_known_and_a_waived_criterion_never_speaks_for_not_sufficient(
    profiles: list[object], is_critical: bool, level: int | None, fail_on: Verdict | None, waive: bool
) -> None:
    waivers = tuple(Waiver(criterion.id, "a", "b", "c", NOW) for criterion in criteria()) if waive else ()
    settings = GateSettings(frozenset({NIST.id}), fail_on, None, waivers)
    facts = scanned(*profiles, editions=(NIST,))  # type: ignore[arg-type]
    gate = judge_gate(facts, (NIST,), NOW, system(is_critical=is_critical, level=level), CIVIL, settings)
    for each in gate.results:
        assert not each.blocks or each.outcome in (Outcome.NOT_MET, Outcome.UNKNOWN)
        assert not (each.outcome is Outcome.MET and any(row.severity is not Severity.UNKNOWN for row in each.evidence))
        if waive and each.outcome is Outcome.NOT_MET:
            assert each.speaks_for is not Conclusion.INSUFFICIENT
        for reason in (each.reason, *(row.reason for row in each.evidence)):
            assert "?" not in render(reason, "en")


def test_a_dossier_with_a_name_that_no_list_knows_leaves_open_whether_keys_are_agreed() -> None:
    only_signs = (GateTarget("t0", State.NONE),)
    for unread, expected in (((), Outcome.NOT_APPLICABLE), (("SuperKEM",), Outcome.UNKNOWN)):
        gate = judged(GateFacts(Source.DOSSIER, only_signs, unread=unread))
        assert result(gate, "quantum", NIST.id).outcome is expected
