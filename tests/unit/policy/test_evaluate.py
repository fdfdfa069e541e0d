"""What rules make of facts: dates to the day, strengths, purposes, constructions."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from pqscan.model.observation import Observation, Subject
from pqscan.policy.editions import default_policies, floor, policies, policy
from pqscan.policy.evaluate import judge, verdict_on
from pqscan.policy.finding import Finding, Verdict
from pqscan.policy.profiles import assess_profile
from pqscan.policy.rule import PolicyEdition, Rule, RuleState
from pqscan.policy.system import STATE_SECRETS, SystemContext
from tests.peers.truth import load_truth
from tests.unit.policy.making import GROUP, SCHEME, SUITE, VERSION, A, O, R, U, fact, from_truth, profile, server, with_facts

NOW = date(2026, 11, 22)
ANY = SystemContext()
X25519 = fact(GROUP, "0x001d", A, "TLS1.3")
HYBRID = fact(GROUP, "0x11ec", A, "TLS1.3")
MLKEM768, MLKEM1024 = fact(GROUP, "0x0201", A, "TLS1.3"), fact(GROUP, "0x0202", A, "TLS1.3")
FFDHE2048 = fact(GROUP, "0x0100", A, "TLS1.3")
UNLISTED = fact(GROUP, "0xfeff", A, "TLS1.3")


def rule(edition: str, identifier: str) -> Rule:
    return next(each for each in policy(edition).rules if each.id == identifier)


def verdict(part: Observation, edition: str, identifier: str, as_of: date = NOW, system: SystemContext = ANY) -> Verdict | None:
    found = judge(part, rule(edition, identifier), system, as_of)
    return None if found is None else found.verdict


DATED = [(edition, each) for edition in policies() for each in edition.rules if each.date is not None]


@pytest.mark.parametrize(("edition", "each"), DATED, ids=[each.id for _, each in DATED])
def test_a_dated_rule_turns_on_its_day(edition: PolicyEdition, each: Rule) -> None:
    assert each.date is not None
    days = [verdict_on(each, each.date + timedelta(days=offset)) for offset in (-1, 0, 1)]
    if each.state is RuleState.ACQUISITION_GATE:
        assert days == [Verdict.DUE, Verdict.NOT_RECOMMENDED, Verdict.NOT_RECOMMENDED]
    elif each.state in (RuleState.DISALLOWED, RuleState.REQUIRED):
        assert days == [Verdict.DUE, Verdict.DUE, Verdict.OVERDUE]
    else:
        assert days == [Verdict.DUE, Verdict.DUE, Verdict.NOT_RECOMMENDED]


def test_a_year_alone_is_judged_on_its_last_day() -> None:
    years = [each for _, each in DATED if each.date_precision == "year"]
    assert years
    assert {(each.date.month, each.date.day) for each in years if each.date} == {(12, 31)}


def test_a_year_alone_is_told_as_a_year() -> None:
    found = judge(X25519, rule("asd-ism", "asd-traditional"), ANY, NOW)
    assert found is not None
    assert dict(found.reason.parameters)["date"] == "2030"


def test_deprecated_and_disallowed_are_two_states() -> None:
    later = date(2036, 1, 1)
    assert verdict(FFDHE2048, "nist-ir-8547", "nist-8547-key-establishment-112", later) is Verdict.NOT_RECOMMENDED
    assert verdict(FFDHE2048, "nist-ir-8547", "nist-8547-key-establishment", later) is Verdict.OVERDUE


@pytest.mark.parametrize(
    ("group", "concerned"),
    [("0x0100", True), ("0x0101", False), ("0x0015", True), ("0x0017", False), ("dh:2048", True), ("dh:1024", False)],
)
def test_only_112_bits_of_strength_are_deprecated_in_2030(group: str, concerned: bool) -> None:
    found = verdict(fact(GROUP, group, A, "TLS1.2"), "nist-ir-8547", "nist-8547-key-establishment-112")
    assert found is (Verdict.DUE if concerned else None)


def test_a_hybrid_meets_a_rule_against_traditional_algorithms() -> None:
    assert verdict(HYBRID, "nist-ir-8547", "nist-8547-key-establishment") is Verdict.MEETS
    assert verdict(HYBRID, "eu-roadmap", "eu-high-risk") is Verdict.MEETS


def test_policies_contradict_each_other_on_the_same_group() -> None:
    assert verdict(HYBRID, "cnsa-2.0-faq", "cnsa2-hybrid") is Verdict.NOT_MET
    assert verdict(HYBRID, "asd-ism", "asd-hybrid") is Verdict.NOT_RECOMMENDED
    assert verdict(MLKEM1024, "bsi-tr-02102-1", "bsi-hybrid") is Verdict.NOT_RECOMMENDED
    assert verdict(HYBRID, "bsi-tr-02102-1", "bsi-hybrid") is None


def test_a_requirement_without_a_date_is_not_met_and_never_overdue() -> None:
    undated = [each for edition in (*policies(), floor()) for each in edition.rules if each.date is None]
    assert undated
    assert all(verdict_on(each, date(2100, 1, 1)) is not Verdict.OVERDUE for each in undated)


def test_cnsa_approves_the_largest_parameter_sets_alone() -> None:
    assert verdict(MLKEM1024, "cnsa-2.0-faq", "cnsa2-parameter-sets") is Verdict.MEETS
    assert verdict(MLKEM768, "cnsa-2.0-faq", "cnsa2-parameter-sets") is Verdict.NOT_MET
    assert verdict(fact(SCHEME, "0x0913", A, "TLS1.3"), "cnsa-2.0-faq", "cnsa2-parameter-sets") is Verdict.NOT_MET
    assert verdict(fact(SCHEME, "0x0906", A, "TLS1.3"), "cnsa-2.0-faq", "cnsa2-parameter-sets") is Verdict.MEETS
    assert verdict(X25519, "cnsa-2.0-faq", "cnsa2-mandated") is Verdict.DUE


@pytest.mark.parametrize(("suite", "expected"), [("0x1301", Verdict.NOT_MET), ("0x1302", None), ("0x1303", Verdict.NOT_MET)])
def test_cnsa_encrypts_with_aes_256_alone(suite: str, expected: Verdict | None) -> None:
    assert verdict(fact(SUITE, suite, A, "TLS1.3"), "cnsa-2.0-faq", "cnsa2-symmetric") is expected


def test_hash_based_signatures_may_stand_alone_in_germany() -> None:
    assert verdict(fact(SCHEME, "0x0913", A, "TLS1.3"), "bsi-tr-02102-1", "bsi-hybrid") is None
    assert verdict(fact(SCHEME, "0x0905", A, "TLS1.3"), "bsi-tr-02102-1", "bsi-hybrid") is Verdict.NOT_RECOMMENDED


def test_key_establishment_and_signatures_have_their_own_dates() -> None:
    scheme = fact(SCHEME, "0x0403", A, "TLS1.3")
    assert verdict(scheme, "us-eo-14412", "us-eo14412-key-establishment") is None
    assert verdict(X25519, "us-eo-14412", "us-eo14412-signature") is None
    day = date(2031, 6, 1)
    assert verdict(X25519, "us-eo-14412", "us-eo14412-key-establishment", day) is Verdict.OVERDUE
    assert verdict(scheme, "us-eo-14412", "us-eo14412-signature", day) is Verdict.DUE


def test_static_rsa_establishes_keys() -> None:
    suite = fact(SUITE, "0x009d", A, "TLS1.2")
    assert verdict(suite, "nist-ir-8547", "nist-8547-key-establishment") is Verdict.DUE
    assert verdict(suite, "nist-ir-8547", "nist-8547-signature") is None
    assert verdict(fact(SUITE, "0xc02f", A, "TLS1.2"), "nist-ir-8547", "nist-8547-key-establishment") is None


@pytest.mark.parametrize("support", [R, U])
def test_what_the_peer_did_not_show_is_not_judged(support: object) -> None:
    part = fact(GROUP, "0x001d", support, "TLS1.3")  # type: ignore[arg-type]
    assert verdict(part, "nist-ir-8547", "nist-8547-key-establishment") is None


def test_an_unlisted_group_is_undetermined() -> None:
    found = judge(UNLISTED, rule("nist-ir-8547", "nist-8547-key-establishment"), ANY, NOW)
    assert found is not None
    assert (found.verdict, found.reason.code) == (Verdict.UNDETERMINED, "undetermined_algorithm")


def test_a_rule_outside_its_scope_says_nothing_of_a_known_system() -> None:
    civil = SystemContext(frozenset({"hva_or_high_impact"}), known=True)
    nss = SystemContext(frozenset({"hva_or_high_impact", "nss"}), known=True)
    assert verdict(X25519, "us-eo-14412", "us-eo14412-key-establishment", system=civil) is Verdict.DUE
    assert verdict(X25519, "us-eo-14412", "us-eo14412-key-establishment", system=nss) is None
    assert verdict(HYBRID, "cnsa-2.0-faq", "cnsa2-hybrid", system=civil) is None


def test_of_several_categories_an_undescribed_system_is_a_server() -> None:
    found = {f.rule for f in assess_profile(profile(X25519), [policy("cnsa-2.0-chart")], NOW) if f.policy != "floor"}
    assert found == {"cnsa2-web-preferred", "cnsa2-web"}


@pytest.mark.parametrize(
    ("category", "rule_id", "last_year"),
    [
        ("software_signing", "cnsa2-software-signing-preferred", 2025),
        ("network", "cnsa2-network-preferred", 2026),
        ("operating_system", "cnsa2-operating-systems-preferred", 2027),
        ("constrained", "cnsa2-niche-preferred", 2030),
    ],
)
def test_cnsa_is_preferred_by_the_end_of_a_year_in_each_category(category: str, rule_id: str, last_year: int) -> None:
    system = SystemContext(frozenset({"nss", f"category:{category}"}), known=True)
    of = fact(SCHEME, "0x0804", A, "TLS1.3")
    for day, expected in ((date(last_year, 12, 31), Verdict.DUE), (date(last_year + 1, 1, 1), Verdict.NOT_RECOMMENDED)):
        found = {f.rule: f.verdict for f in assess_profile(profile(of), [policy("cnsa-2.0-chart")], day, system)}
        assert found[rule_id] is expected


def test_nothing_is_judged_of_a_system_that_carries_state_secrets() -> None:
    secret = SystemContext(frozenset({STATE_SECRETS}), known=True)
    assert verdict(X25519, "nist-ir-8547", "nist-8547-key-establishment", system=secret) is None
    assert assess_profile(from_truth(load_truth("old")), policies(), NOW, secret) == ()


# whole profiles


def findings(name: str, *editions: str) -> tuple[Finding, ...]:
    chosen = tuple(map(policy, editions)) or default_policies()
    return assess_profile(from_truth(load_truth(name)), chosen, NOW)


@pytest.mark.parametrize("name", ["old", "hybrid-default", "mldsa87"])
def test_vietnam_says_that_guidance_is_awaited_and_nothing_else(name: str) -> None:
    found = [finding for finding in findings(name) if finding.policy == "vietnam"]
    assert {finding.verdict for finding in found} == {Verdict.AWAITING}
    assert {finding.due for finding in found} == {None}
    assert len(found) == 2  # one for key establishment, one for signatures


def test_the_floor_tells_weak_extras_beside_every_policy() -> None:
    told = {(f.rule, f.value) for f in findings("old", "eu-roadmap") if f.policy == "floor"}
    assert {
        ("floor-state-version", "TLS1.0"),
        ("floor-state-version", "TLS1.1"),
        ("floor-state-key-establishment", "dh:1024"),
        ("floor-state-hash", "0x0201"),
        ("floor-static-rsa", "0x002f"),
    } <= told
    assert ("floor-state-version", "TLS1.2") not in told


@pytest.mark.parametrize(
    ("suite", "rule_id"),
    [
        ("0x0005", "floor-cipher"),  # RC4
        ("0x000a", "floor-cipher"),  # Triple DES
        ("0x0003", "floor-state-export"),
        ("0x0002", "floor-state-null"),
        ("0xc018", "floor-state-anonymous"),
    ],
)
def test_an_old_suite_accepted_beside_others_is_told(suite: str, rule_id: str) -> None:
    made = profile(fact(SUITE, suite, A, "TLS1.2"))
    assert rule_id in {finding.rule for finding in assess_profile(made, (), NOW)}


@pytest.mark.parametrize("suite", ["0xc100", "0xc01d", "0xc0b0", "0x003d", "0xc004", "0x0031"])
def test_a_suite_that_establishes_keys_without_a_group_is_judged_for_it(suite: str) -> None:
    made = profile(fact(SUITE, suite, A, "TLS1.2"))
    told = {f.rule: f.verdict for f in assess_profile(made, [policy("bsi-tr-02102-1")], date(2032, 1, 1))}
    assert told["bsi-key-agreement"] is Verdict.NOT_RECOMMENDED


@pytest.mark.parametrize("suite", ["0x1301", "0x008c", "0xc02f", "0x009e", "0x0034", "0xc018"])
def test_a_suite_whose_keys_come_from_a_group_or_from_none_is_not(suite: str) -> None:
    made = profile(fact(SUITE, suite, A, "TLS1.3" if suite == "0x1301" else "TLS1.2"))
    told = {f.rule for f in assess_profile(made, [policy("bsi-tr-02102-1")], date(2032, 1, 1))}
    assert "bsi-key-agreement" not in told


def test_a_modern_server_has_nothing_below_the_floor() -> None:
    assert [f for f in findings("mldsa87") if f.policy == "floor"] == []


@pytest.mark.parametrize(
    ("observation", "code"),
    [
        (fact(Subject.BEHAVIOUR, "large_hello_intolerant", O), "behaviour_large_hello_intolerant"),
        (fact(Subject.CLIENT_CERTIFICATE, "requested", O, "TLS1.3"), "client_certificates_not_seen"),
        (fact(GROUP, "0x6399", A, "TLS1.3"), "not_recommended_now"),
        (fact(GROUP, "0x11ec", A, "TLS1.2"), "not_recommended_now"),
    ],
)
def test_anomalies_are_findings_of_the_floor(observation: Observation, code: str) -> None:
    assert code in {f.reason.code for f in assess_profile(profile(observation), (), NOW) if f.policy == "floor"}


def test_no_client_certificate_is_no_finding() -> None:
    assert assess_profile(profile(fact(Subject.CLIENT_CERTIFICATE, "not_requested", O, "TLS1.3")), (), NOW) == ()


@pytest.mark.parametrize(
    ("change", "as_of", "expected"),
    [
        ((), NOW, Verdict.MEETS),
        ((fact(VERSION, "TLS1.3", R),), date(2030, 1, 2), Verdict.DUE),
        ((fact(VERSION, "TLS1.3", R),), date(2030, 1, 3), Verdict.OVERDUE),
        ((fact(VERSION, "TLS1.3", U),), date(2030, 1, 3), Verdict.UNDETERMINED),
    ],
)
def test_tls13_is_required_by_its_day(change: tuple[Observation, ...], as_of: date, expected: Verdict) -> None:
    made = profile(fact(VERSION, "TLS1.2"), fact(VERSION, "TLS1.3"))
    found = assess_profile(with_facts(made, *change), [policy("us-eo-14412")], as_of)
    assert [f.verdict for f in found if f.rule == "us-eo14306-tls13"] == [expected]


def test_a_group_is_told_once_though_the_client_got_it_too() -> None:
    made = server(groups={"TLS1.3": ["0x001d"]}, selected=("TLS1.3", "0x001d"))
    told = [f for f in assess_profile(made, [policy("nist-ir-8547")], NOW) if f.value == "0x001d"]
    assert [f.subject for f in told] == ["named_group"]


def test_the_same_profile_gives_the_same_findings_in_the_same_order() -> None:
    made = from_truth(load_truth("three-certificates"))
    shuffled = profile(*reversed(made.observations))
    assert [(f.rule, f.value, f.context) for f in assess_profile(made, policies(), NOW)] == [
        (f.rule, f.value, f.context) for f in assess_profile(shuffled, policies(), NOW)
    ]


def test_findings_carry_the_digest_of_their_profile() -> None:
    made = from_truth(load_truth("old"))
    assert {f.profile for f in assess_profile(made, default_policies(), NOW)} == {made.digest}


@pytest.mark.parametrize(("group", "concerned"), [("0x0100", False), ("0x0101", True), ("0x0017", True), ("0x0018", False)])
def test_both_ends_of_a_rules_strengths_belong_to_it(group: str, concerned: bool) -> None:
    between = replace(rule("nist-ir-8547", "nist-8547-key-establishment"), min_strength=128, max_strength=128)
    assert (judge(fact(GROUP, group, A, "TLS1.3"), between, ANY, NOW) is not None) is concerned


def test_a_rule_that_is_met_names_no_date() -> None:
    found = judge(HYBRID, rule("nist-ir-8547", "nist-8547-key-establishment"), ANY, NOW)
    assert found is not None
    assert found.reason.parameters == (("algorithm", "X25519MLKEM768"),)
