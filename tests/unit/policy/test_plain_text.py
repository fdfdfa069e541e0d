"""Services without TLS: below the floor where they said so, unknown where nothing is proven; TLS is judged where it was seen."""

from __future__ import annotations

from datetime import date

import pytest

from pqscan.app.assessment import client_views
from pqscan.model.observation import Profile, Subject
from pqscan.model.target import NetworkTarget
from pqscan.policy.answers import Answers
from pqscan.policy.authentication import authentication
from pqscan.policy.explain import by_hand
from pqscan.policy.finding import Verdict
from pqscan.policy.key_establishment import key_establishment
from pqscan.policy.plain_text import without_tls
from pqscan.policy.profiles import assess_profile
from pqscan.policy.state import State
from pqscan.readiness.aims import Aim, aims_of_state
from pqscan.readiness.remedies import reported
from tests.unit.policy.making import O, fact, profile, server, with_facts

DAY = date(2026, 11, 29)
TOLD = {
    "starttls_not_offered": ("no_tls_offered", "floor-state-plain-text"),
    "http_without_tls": ("http_without_tls", "floor-state-plain-text"),
    "rdp_standard_security": ("only_rdp_standard_security", "floor-state-rdp-standard-security"),
}


def behaves(*values: str, complete: bool = True, software: str = "") -> Profile:
    facts = [fact(Subject.BEHAVIOUR, value, O) for value in values]
    if software:
        facts.append(fact(Subject.SOFTWARE, software, O))
    return profile(*facts, complete=complete)


@pytest.mark.parametrize("value", TOLD)
def test_who_said_that_it_has_no_tls_is_below_the_floor_in_both(value: str) -> None:
    code, rule = TOLD[value]
    made = behaves(value)
    keys, proofs = key_establishment(made), authentication(made, ())
    assert (keys.state, proofs.state) == (State.BROKEN, State.BROKEN)
    assert (keys.reasons[0].code, dict(keys.reasons[0].parameters)) == (code, {"rule": rule})
    assert [reason.code for reason in proofs.reasons] == ["nothing_authenticates_the_service", code]


def test_standard_security_of_rdp_is_told_before_the_missing_tls() -> None:
    made = behaves("starttls_not_offered", "rdp_standard_security")
    assert key_establishment(made).reasons[0].code == "only_rdp_standard_security"


@pytest.mark.parametrize(
    "made",
    [
        behaves("starttls_not_offered", complete=False),
        behaves("login_before_tls"),
        behaves("plaintext_after_starttls"),
        behaves("rdp_nla", "mssql_encryption_required"),
    ],
)
def test_nothing_else_says_that_there_is_no_tls(made: Profile) -> None:
    assert without_tls(Answers(made)) is None
    assert key_establishment(made).state is not State.BROKEN
    assert authentication(made, ()).state is not State.BROKEN


def test_where_tls_was_seen_it_is_judged_and_the_rest_is_a_finding() -> None:
    tls = server(groups={"TLS1.3": ["0x001d"]}, selected=("TLS1.3", "0x001d"))
    made = with_facts(tls, fact(Subject.BEHAVIOUR, "starttls_not_offered", O))
    assert key_establishment(made).state is key_establishment(tls).state
    assert "floor-state-plain-text" in {finding.rule for finding in assess_profile(made, (), DAY)}


@pytest.mark.parametrize(
    ("value", "rule", "verdict"),
    [
        ("starttls_not_offered", "floor-state-plain-text", Verdict.NOT_MET),
        ("http_without_tls", "floor-state-plain-text", Verdict.NOT_MET),
        ("rdp_standard_security", "floor-state-rdp-standard-security", Verdict.NOT_MET),
        ("plaintext_after_starttls", "floor-plaintext-after-starttls", Verdict.NOT_MET),
        ("login_before_tls", "floor-login-before-tls", Verdict.NOT_RECOMMENDED),
    ],
)
def test_each_behaviour_has_its_rule_and_its_own_sentence(value: str, rule: str, verdict: Verdict) -> None:
    (finding,) = assess_profile(behaves(value), (), DAY)
    assert (finding.rule, finding.verdict, finding.reason.code) == (rule, verdict, f"behaviour_{value}")


def test_what_would_change_it_is_tls_in_the_words_of_what_answers_there() -> None:
    assert aims_of_state(State.BROKEN, behaves("starttls_not_offered")) == (Aim.TLS,)
    assert aims_of_state(State.BROKEN, behaves("login_before_tls")) == (Aim.HYBRID,)
    named = reported(State.BROKEN, behaves("starttls_not_offered", software="ESMTP Postfix"))
    assert [row.id for row in named] == ["postfix_tls"]
    assert {service for row in reported(State.BROKEN, behaves("http_without_tls")) for service in row.services} == {"web"}
    assert {row.id for row in reported(State.BROKEN, behaves("rdp_standard_security"))} == {"xrdp_tls", "windows_rdp_tls"}
    assert [row.id for row in reported(State.BROKEN, behaves("starttls_not_offered"), "ldap")] == ["openldap_tls"]


def test_no_client_is_counted_and_the_check_by_hand_is_one_connection() -> None:
    made = behaves("starttls_not_offered")
    assert client_views(made) == ()
    assert client_views(server(groups={"TLS1.3": ["0x001d"]})) != ()
    target = NetworkTarget("192.0.2.1", 25, starttls="smtp")
    assert by_hand(target, made)[1:] == ("openssl s_client -connect 192.0.2.1:25 -noservername -starttls smtp -brief </dev/null",)
