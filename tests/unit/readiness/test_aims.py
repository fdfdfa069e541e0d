"""From findings to what would end them."""

from __future__ import annotations

from datetime import date

import pytest

from pqscan.policy.certificates import assess_certificate
from pqscan.policy.editions import FLOOR, floor, policies, policy
from pqscan.policy.finding import Finding, Verdict
from pqscan.policy.profiles import assess_profile
from pqscan.policy.rule import Rule
from pqscan.policy.state import State
from pqscan.readiness.aims import Aim, aims_of, aims_of_state
from tests.unit.policy.making import SHA1_RSA, SHA256_RSA, certificate, server

NOW = date(2026, 11, 29)
RULES = {(edition.id, rule.id): rule for edition in (*policies(), floor()) for rule in edition.rules}


def rule_of(finding: Finding) -> Rule | None:
    return RULES.get((finding.policy, finding.rule))


def aims(found: tuple[Finding, ...], state: State | None = None, policy_id: str | None = None) -> set[Aim]:
    return {aim for f in found if policy_id in (None, f.policy) for aim in aims_of(f, rule_of(f), state)}


OLD = server(groups={"TLS1.0": ["0x0017"], "TLS1.2": ["0x0017", "dh:1024"]}, suites={"TLS1.2": ["0xc02f", "0x0005"]})


def test_old_versions_weak_suites_and_short_parameters_have_aims_of_their_own() -> None:
    found = assess_profile(OLD, (), NOW)
    assert {Aim.OLD_VERSIONS, Aim.WEAK_SUITES, Aim.SHORT_EXCHANGE} <= aims(found, policy_id=FLOOR)


def test_a_traditional_group_asks_for_a_hybrid_whatever_the_policy_that_objects() -> None:
    made = server(groups={"TLS1.3": ["0x001d"]})
    for identifier in ("nist-ir-8547", "bsi-tr-02102-1", "vietnam"):
        found = assess_profile(made, (policy(identifier),), NOW)
        assert Aim.HYBRID in aims(found, State.VULNERABLE, identifier), identifier


@pytest.mark.parametrize("state", [State.DEFAULT, State.EXCLUSIVE])
def test_where_clients_get_a_hybrid_already_the_groups_behind_it_ask_for_nothing(state: State) -> None:
    found = assess_profile(server(groups={"TLS1.3": ["0x11ec", "0x001d"]}), (policy("nist-ir-8547"),), NOW)
    assert Aim.HYBRID in aims(found, State.CAPABLE)
    assert Aim.HYBRID not in aims(found, state)


def test_a_policy_that_objects_to_hybrids_gets_no_line_against_them() -> None:
    found = assess_profile(server(groups={"TLS1.3": ["0x11ec"]}), (policy("cnsa-2.0-faq"),), NOW)
    objecting = tuple(f for f in found if f.value == "0x11ec" and f.verdict is not Verdict.MEETS)
    assert objecting
    assert aims(objecting) == set()


def test_a_policy_that_asks_for_longer_symmetric_keys_gets_no_list_of_suites() -> None:
    made = server(groups={"TLS1.3": ["0x001d"]}, suites={"TLS1.3": ["0x1301"]})
    found = tuple(f for f in assess_profile(made, (policy("asd-ism"), policy("cnsa-2.0-faq")), NOW) if f.subject == "cipher_suite")
    assert any(f.verdict is not Verdict.MEETS for f in found)
    assert aims(found) == set()


def test_a_draft_group_is_replaced_by_the_standard_one() -> None:
    found = assess_profile(server(groups={"TLS1.3": ["0x6399", "0x001d"]}), (), NOW)  # X25519Kyber768Draft00
    assert Aim.HYBRID in aims(found, State.CAPABLE, FLOOR)


def test_tls13_is_asked_for_where_a_policy_requires_it() -> None:
    found = assess_profile(server(groups={"TLS1.2": ["0x001d"]}), (policy("us-eo-14412"),), NOW)
    assert Aim.TLS13 in aims(tuple(f for f in found if f.subject == "protocol_version"))


def test_a_weak_certificate_is_replaced_and_a_good_one_prepared_for() -> None:
    weak = assess_certificate(certificate("RSA-1024", SHA1_RSA), (policy("nist-ir-8547"),), NOW)
    good = assess_certificate(certificate("RSA-2048", SHA256_RSA), (policy("nist-ir-8547"),), NOW)
    assert Aim.CERTIFICATE in aims(weak, policy_id=FLOOR)
    assert aims(good) == {Aim.RESISTANT_CERTIFICATE}
    expired = assess_certificate(certificate("RSA-2048", SHA256_RSA), (), date(2028, 1, 1))
    assert aims(expired) == {Aim.CERTIFICATE}


def test_what_is_met_or_cannot_be_told_asks_for_nothing() -> None:
    found = assess_profile(server(groups={"TLS1.3": ["0x11ec"], "TLS1.2": ["0x001d"]}), policies(), NOW)
    quiet = tuple(f for f in found if f.verdict in (Verdict.MEETS, Verdict.UNDETERMINED))
    assert quiet
    assert aims(quiet) == set()


def test_a_state_asks_for_tls13_before_the_hybrid_where_it_is_refused() -> None:
    assert aims_of_state(State.VULNERABLE, server(groups={"TLS1.2": ["0x001d"]})) == (Aim.TLS13, Aim.HYBRID)
    assert aims_of_state(State.CAPABLE) == (Aim.HYBRID,)
    assert aims_of_state(State.UNKNOWN) == ()
