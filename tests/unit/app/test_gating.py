"""The gate over a store: whose targets, under which policies, against which run before, with what people decided."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest
from pqscan_reports.gate_junit import write_gate_junit

from pqscan.app.assessment import choose_policies
from pqscan.app.deciding import Wish, decide, living
from pqscan.app.gate_facts import subjects_not_told
from pqscan.app.gating import Gated, GateRequest, gate
from pqscan.app.history import question
from pqscan.errors import UsageError, WorkError
from pqscan.model.canonical import canonical
from pqscan.model.observation import Observation, Subject, Support
from pqscan.policy.rule import Purpose
from pqscan.readiness.changes import Change
from pqscan.readiness.decision import DecisionState
from pqscan.readiness.gate import Outcome, Source, Standing
from pqscan.readiness.kinds import SHEETS
from pqscan.readiness.product import Product
from pqscan.readiness.system import DataClass, Regime, Stage, System
from pqscan.readiness.unit import Head, Unit
from pqscan.readiness.waiver import Waiver
from pqscan.store.repository import Store
from tests.unit.app.pasts import MAIL, WEB, a_certificate, a_store, an_answer, an_outcome, scan
from tests.unit.readiness.gating import result
from tests.unit.store.people import an_act

NOW = date(2026, 11, 29)
SYSTEMS = (
    System(
        "WEB",
        "Cổng",
        owner="UB",
        scope=("192.0.2.1",),
        regime=Regime.CIVIL,
        is_agile=True,
        data_classes=frozenset({DataClass.PUBLIC}),
    ),
    System("MAIL", "Thư", owner="UB", scope=("192.0.2.2",), regime=Regime.CIVIL, is_agile=True, is_critical=True),
    System("KIN", "Kín", owner="UB", scope=("192.0.2.3",), regime=Regime.CIPHER, data_classes=frozenset({DataClass.STATE_SECRET})),
    System(
        "MOI",
        "Mới",
        owner="UB",
        stage=Stage.PLANNED,
        regime=Regime.CIVIL,
        target_algorithms=("TLS1.0", "X25519MLKEM768", "RSA-3072"),
    ),
)
RECORDS = {
    "unit": [Unit("UB", "Uỷ ban")],
    "head": [Head("UB", "Nguyễn Văn A", "Chủ tịch", date(2026, 1, 1))],
    "system": SYSTEMS,
    "product": [
        Product("P1", "TLS của cổng", Regime.CIVIL, systems=("WEB",)),
        Product("P2", "Thẻ dân sự", Regime.CIVIL, systems=("KIN",)),
    ],
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    def outcomes(number: int) -> list[object]:
        return [an_outcome(WEB, an_answer(), number), an_outcome(MAIL, an_answer(old=number > 0), number)]

    with a_store(tmp_path, (0, 10), outcomes) as opened:  # type: ignore[arg-type]
        yield opened


@pytest.fixture
def registered(store: Store) -> Store:
    changes = [
        Change(kind, sheet.code(record), None, sheet.document(record))
        for kind, records in RECORDS.items()
        for sheet in (SHEETS[kind],)
        for record in records
    ]
    store.change_register(changes, an_act())
    return store


def asked(store: Store, **more: object) -> Gated:
    return gate(store, GateRequest(**({"as_of": NOW} | more)))  # type: ignore[arg-type]


def test_r10_an_accepted_old_version_blocks_and_names_its_rule(store: Store) -> None:
    found = result(asked(store).result, "old_protocol")
    assert found.blocks
    assert {(row.rule, row.targets) for row in found.evidence} == {("floor-state-version", ("192.0.2.2:993",))}


def test_only_the_targets_that_are_named_are_judged(store: Store) -> None:
    gated = asked(store, targets=("192.0.2.1:443",))
    assert [target.name for target in gated.result.facts.targets] == ["www.example:443 (192.0.2.1)"]
    assert not gated.result.is_blocked


def test_a_target_that_two_words_name_is_judged_once_and_their_order_says_nothing(store: Store) -> None:
    def digest(*words: str) -> tuple[object, object]:
        gated = asked(store, system=System("S", "S"), targets=words)
        assert gated.sheet is not None
        values = {line.label.code: line.value for line in gated.sheet.parts[3].lines}
        return values["sheet_targets"], values["sheet_facts"]

    assert digest("192.0.2.1", "192.0.2.2", "192.0.2.1:443") == digest("192.0.2.2", "192.0.2.1")
    assert digest("192.0.2.1", "192.0.2.2")[0] == 2


def test_a_system_of_the_register_is_judged_with_its_own_targets_products_and_head(registered: Store) -> None:
    web, mail = asked(registered, system_code="WEB"), asked(registered, system_code="MAIL")
    assert (web.result.is_blocked, mail.result.is_blocked) == (False, True)
    assert result(web.result, "regime").outcome is Outcome.MET
    assert web.sheet is not None
    assert {str(line.value) for line in web.sheet.parts[9].lines} >= {"Nguyễn Văn A, Chủ tịch"}
    with pytest.raises(UsageError, match="no system X"):
        asked(registered, system_code="X")


def test_r25_the_same_answer_is_held_to_more_in_a_key_system(registered: Store) -> None:
    scan(registered, 20, [an_outcome(WEB, None, 20), an_outcome(MAIL, an_answer(), 20)], scope="192.0.2.2/32")
    assert asked(registered, system_code="MAIL").result.is_blocked  # No product is recorded: not known, and that blocks there.
    assert not asked(registered, system=replace(SYSTEMS[1], is_critical=False)).result.is_blocked


def test_r05_a_civil_product_of_the_register_on_a_system_that_carries_state_secrets_is_a_finding(registered: Store) -> None:
    gated = asked(registered, system_code="KIN")
    found = result(gated.result, "regime")
    assert found.blocks
    assert {row.reason.code for row in found.evidence} == {"regime_civil_product"}
    assert result(gated.result, "old_protocol").outcome is Outcome.NOT_APPLICABLE


def test_what_belongs_to_a_system_with_state_secrets_is_only_counted(registered: Store) -> None:
    old = an_outcome(type(WEB)("192.0.2.3", 443), an_answer(old=True), 10)
    scan(registered, 11, [old], name="more")
    gated = asked(registered)
    assert len(gated.result.facts.outside) == 1
    assert [target.name for target in gated.result.facts.targets] == ["www.example:443 (192.0.2.1)", "192.0.2.2:993"]
    planned = replace(SYSTEMS[2], stage=Stage.PLANNED, target_algorithms=("X25519",))
    assert not asked(registered, system=planned, targets=("192.0.2.200",)).result.facts.targets
    assert result(gated.result, "old_protocol").evidence[0].targets == ("192.0.2.2:993",)


def test_r19_a_planned_system_is_judged_by_its_dossier(registered: Store) -> None:
    gated = asked(registered, system_code="MOI")
    assert gated.result.source is Source.DOSSIER
    assert result(gated.result, "old_protocol").blocks
    assert result(gated.result, "certificate").outcome is Outcome.NOT_APPLICABLE
    assert gated.sheet is not None
    assert {line.value for line in gated.sheet.parts[3].lines} >= {"dossier"}


def test_r19_names_that_no_list_knows_leave_the_criteria_open(store: Store) -> None:
    planned = System("M", "M", stage=Stage.PLANNED, target_algorithms=("X25519MLKEM768", "VN-PQSign"))
    found = result(asked(store, system=planned, targets=("192.0.2.9",)).result, "old_protocol")
    assert (found.outcome, {row.reason.code for row in found.evidence}) == (Outcome.UNKNOWN, {"gate_unread"})


def test_r11_a_waiver_of_a_finding_holds_until_its_day_and_then_counts_no_more(store: Store) -> None:
    lives = [life for life in living(store, question(choose_policies([]))) if life.mark.rule == "floor-state-version"]
    assert lives
    wish = Wish(
        state=DecisionState.WAIVED,
        by="Trần Thị B",
        actor="cntt",
        reason="vì",
        compensation="mạng riêng",
        expires_on=date(2100, 1, 1),
    )
    decide(store, lives, wish)
    found = result(asked(store).result, "old_protocol")
    assert {row.standing for row in found.evidence} == {Standing.WAIVED}
    assert found.evidence[0].waiver is not None
    assert found.evidence[0].waiver.approver == "Trần Thị B"
    later = result(asked(store, as_of=date(2100, 1, 2)).result, "old_protocol")
    assert later.blocks
    assert [waiver.approver for waiver in later.expired] == ["Trần Thị B"]


def test_new_things_alone_count_against_the_run_before_of_the_same_scope(store: Store) -> None:
    gated = asked(store, new_only=True)
    assert (gated.run is not None and gated.run.id, gated.before is not None and gated.before.id) == ("run-10", "run-0")
    assert gated.result.is_blocked  # TLS 1.0 was not there in the first run.
    first = asked(store, new_only=True, run="run-0")
    assert first.before is None
    scan(store, 15, [an_outcome(MAIL, an_answer(), 15)], scope="192.0.2.2/32")
    scan(store, 20, [an_outcome(WEB, an_answer(), 20), an_outcome(MAIL, an_answer(old=True), 20)])
    assert not asked(store, new_only=True).result.is_blocked
    assert asked(store).result.is_blocked


def test_a_policy_that_blocks_is_judged_even_where_nobody_asked_for_it(store: Store) -> None:
    gated = asked(store, blocking=("bsi-tr-02102-1",), as_of=date(2032, 1, 2))
    assert "bsi-tr-02102-1" in [policy.id for policy in gated.policies]
    with pytest.raises(UsageError, match="no policy"):
        asked(store, blocking=("none",))


def test_the_chain_for_the_name_that_was_asked_is_judged_and_no_other(tmp_path: Path) -> None:
    der = a_certificate(1)

    def outcomes(number: int) -> list[object]:
        own, other = an_outcome(WEB, an_answer(), number, der), an_outcome(MAIL, an_answer(), number, der)
        return [own, replace(other, chains=(replace(other.chains[0], server_name="other.example"),))]

    with a_store(tmp_path, (0,), outcomes) as opened:  # type: ignore[arg-type]
        found = result(asked(opened).result, "certificate")
    told = {row.reason.code: row.targets for row in found.evidence}
    assert told["chain_self_signed"] == ("www.example:443 (192.0.2.1)",)


def test_a_certificate_with_which_keys_are_agreed_is_judged_for_that_too(tmp_path: Path) -> None:
    made = an_answer()
    static = Observation(Subject.CIPHER_SUITE, "0x009c", Support.ACCEPTED, "TLS1.2", "TLS_RSA_WITH_AES_128_GCM_SHA256")
    answers = {WEB: made, MAIL: canonical(replace(made, observations=(*made.observations, static)))}

    def outcomes(number: int) -> list[object]:
        return [an_outcome(target, answer, number, a_certificate(1)) for target, answer in answers.items()]

    with a_store(tmp_path, (0,), outcomes) as opened:  # type: ignore[arg-type]
        facts = asked(opened, as_of=date(2036, 1, 1)).result.facts
    keys = [p for p in facts.placed if p.finding.subject == "certificate_key" and p.rule is not None]
    agreed = {name for p in keys if p.rule is not None and p.rule.purpose is Purpose.KEY_ESTABLISHMENT for name in p.targets}
    assert agreed == {"192.0.2.2:993"}


def test_the_quick_profile_proves_nothing_of_what_it_did_not_ask_for(tmp_path: Path) -> None:
    made = an_answer(depth="quick")
    kept = tuple(o for o in made.observations if o.value not in ("TLS1.0", "TLS1.3"))
    quick = canonical(replace(made, observations=kept))
    assert subjects_not_told(quick) >= {"protocol_version", "signature_scheme"}
    assert subjects_not_told(an_answer()) == frozenset()
    assert subjects_not_told(an_answer(x25519=Support.UNKNOWN)) == {"named_group"}
    with a_store(tmp_path, (0,), lambda number: [an_outcome(WEB, quick, number)]) as opened:
        assert result(asked(opened).result, "old_protocol").outcome is Outcome.UNKNOWN


def test_a_service_without_tls_meets_no_criterion_of_tls(tmp_path: Path) -> None:
    told = Observation(Subject.BEHAVIOUR, "starttls_not_offered", Support.OFFERED)
    plain = canonical(replace(an_answer(), observations=(told,)))
    assert "protocol_version" not in subjects_not_told(plain), "it has told that it has none"
    with a_store(tmp_path, (0,), lambda number: [an_outcome(WEB, plain, number)]) as opened:
        gated = asked(opened).result
    assert result(gated, "old_protocol").outcome is Outcome.NOT_MET
    for criterion in ("short_key", "forbidden_algorithm", "certificate"):
        assert result(gated, criterion).outcome is Outcome.UNKNOWN


def test_where_no_target_gave_a_complete_answer_there_is_nothing_to_judge(store: Store) -> None:
    scan(store, 20, [an_outcome(MAIL, None, 20)], name="silent")
    with pytest.raises(WorkError, match="no target that is meant"):
        asked(store, run="silent")
    with pytest.raises(WorkError):
        asked(store, targets=("192.0.2.200",))
    scan(store, 21, [an_outcome(MAIL, an_answer(complete=False), 21)], name="partial")
    with pytest.raises(WorkError):
        asked(store, run="partial")
    retired = System("R", "R", stage=Stage.RETIRED, scope=("192.0.2.200",))
    assert {each.outcome for each in asked(store, system=retired).result.results} == {Outcome.NOT_APPLICABLE}


def test_the_same_store_and_day_give_the_same_digest_of_facts(registered: Store) -> None:
    one, other = asked(registered, system_code="WEB").sheet, asked(registered, system_code="WEB").sheet
    assert one is not None
    assert one == other
    assert any(isinstance(line.value, str) and len(line.value) == 64 for line in one.parts[3].lines)


def test_a_waiver_in_a_file_names_its_target_as_reports_do(store: Store) -> None:
    waiver = Waiver("old_protocol", "B", "vì", "bù", NOW, "192.0.2.2:993")
    assert not asked(store, waivers=(waiver,)).result.is_blocked


def test_r10_junit_has_a_case_for_each_criterion_and_a_failure_with_the_rule_for_what_blocks(store: Store) -> None:
    gated = asked(store)
    buffer = io.BytesIO()
    write_gate_junit(gated.result, "en", buffer)
    root = ElementTree.fromstring(buffer.getvalue())
    cases = root.findall(".//testcase")
    assert len(cases) == len(gated.result.results) == int(root.get("tests", ""))
    failures = [failure.get("type") for failure in root.findall(".//failure")]
    assert failures == ["floor-state-version"]
    assert int(root.get("failures", "")) == 1
    skipped = {case.get("name") for case in cases if case.find("skipped") is not None}
    assert "quantum vietnam" in skipped
    assert int(root.get("skipped", "")) == len(skipped)
