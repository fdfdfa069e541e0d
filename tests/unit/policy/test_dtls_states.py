"""DTLS is judged as the TLS that it is, and told by its own versions; there is no DTLS that would be TLS 1.0 or SSLv3."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from pqscan.model.observation import Observation, Profile, Subject, Support
from pqscan.model.passive import ASKED, PASSIVE
from pqscan.model.target import NetworkTarget, Transport
from pqscan.policy.answers import Answers, group_class
from pqscan.policy.editions import policy
from pqscan.policy.explain import by_hand, needed
from pqscan.policy.key_establishment import older_versions_open
from pqscan.policy.profiles import assess_profile
from pqscan.policy.proof import proof_lists
from pqscan.policy.state import Assessment, State
from pqscan.policy.states import authentication, key_establishment
from pqscan.registry.quantum import QuantumClass

HYBRID, X25519, SUITE = "0x11ec", "0x001d", "0xc02b"
DAY = date(2026, 11, 29)


def version(name: str, support: Support) -> Observation:
    return Observation(Subject.PROTOCOL_VERSION, name, support)


def group(value: str, support: Support, context: str = "DTLS1.3") -> Observation:
    return Observation(Subject.NAMED_GROUP, value, support, context)


def profile(*observations: Observation) -> Profile:
    return Profile("dtls", "inventory", "2026/openssl", True, observations)


def selected(name: str, value: str) -> tuple[Observation, ...]:
    return (
        Observation(Subject.SELECTED_VERSION, name, Support.SELECTED),
        Observation(Subject.SELECTED_GROUP, value, Support.SELECTED, name),
    )


ONLY_RESISTANT = profile(
    version("DTLS1.3", Support.ACCEPTED),
    version("DTLS1.2", Support.REFUSED),
    version("DTLS1.0", Support.REFUSED),
    group(HYBRID, Support.ACCEPTED),
    *(group(value, Support.REFUSED) for value in proof_lists().traditional_groups),
    *selected("DTLS1.3", HYBRID),
)


def test_versions_that_do_not_exist_leave_no_question_open() -> None:
    assert key_establishment(ONLY_RESISTANT).state is State.EXCLUSIVE
    over_tcp = replace(ONLY_RESISTANT, probe="tls")
    assert older_versions_open(Answers(over_tcp)) is not None


@pytest.mark.parametrize("name", ["DTLS1.2", "DTLS1.0"])
def test_a_version_that_was_not_refused_does_and_is_told_as_what_it_is(name: str) -> None:
    observations = tuple(one for one in ONLY_RESISTANT.observations if one.value != name)
    found = key_establishment(profile(*observations, version(name, Support.UNKNOWN)))
    assert found.state is State.DEFAULT
    assert dict(found.reasons[-1].parameters)["version"] == name


def test_dtls_that_refuses_version_1_3_is_vulnerable_and_says_so_in_its_own_words() -> None:
    old = profile(
        version("DTLS1.3", Support.REFUSED),
        version("DTLS1.2", Support.ACCEPTED),
        group(X25519, Support.ACCEPTED, "DTLS1.2"),
        *selected("DTLS1.2", X25519),
    )
    found = key_establishment(old)
    assert (found.state, found.reasons[0].code) == (State.VULNERABLE, "dtls13_refused")
    assert dict(found.reasons[1].parameters)["version"] == "DTLS1.2"


def test_dtls_1_0_is_below_todays_floor() -> None:
    old = profile(version("DTLS1.0", Support.ACCEPTED), *selected("DTLS1.0", X25519))
    found = key_establishment(old)
    assert found.state is State.BROKEN
    assert dict(found.reasons[0].parameters)["value"] == "DTLS1.0"
    floor = [finding for finding in assess_profile(old, (), DAY) if finding.rule == "floor-state-version"]
    assert [finding.value for finding in floor] == ["DTLS1.0"]


def test_a_rule_about_tls_versions_says_nothing_of_dtls() -> None:
    order = policy("us-eo-14412")
    rules = {finding.rule for finding in assess_profile(ONLY_RESISTANT, (order,), DAY)}
    assert "us-eo14306-tls13" not in rules
    over_tcp = replace(ONLY_RESISTANT, probe="tls", observations=(version("TLS1.3", Support.ACCEPTED),))
    assert "us-eo14306-tls13" in {finding.rule for finding in assess_profile(over_tcp, (order,), DAY)}


@pytest.mark.parametrize(
    ("name", "found"), [("DTLS1.3", QuantumClass.PQT_HYBRID), ("DTLS1.2", QuantumClass.UNKNOWN), (None, QuantumClass.UNKNOWN)]
)
def test_a_hybrid_means_one_in_dtls_1_3_alone(name: str | None, found: QuantumClass) -> None:
    assert group_class(HYBRID, name) is found


def test_a_server_seen_in_captures_is_judged_by_what_it_chose() -> None:
    chosen = replace(group(HYBRID, Support.ACCEPTED), quantum_class=QuantumClass.PQT_HYBRID)
    seen = Profile("dtls", PASSIVE, ASKED, False, (version("DTLS1.3", Support.ACCEPTED), chosen))
    assert key_establishment(seen).state is State.CAPABLE
    assert authentication(seen, ()) == Assessment(State.UNKNOWN, authentication(seen, ()).reasons)


def test_by_hand_openssl_is_asked_over_datagrams_and_said_to_end_with_version_1_2() -> None:
    target = NetworkTarget("192.0.2.7", 5684, "coap.example.vn", transport=Transport.UDP)
    commands = by_hand(target, ONLY_RESISTANT)
    base = "openssl s_client -connect 192.0.2.7:5684 -servername coap.example.vn -dtls"
    assert commands[:2] == ("openssl version", f"{base} -brief </dev/null")
    assert commands[2].startswith(f"{base} -showcerts ")
    assert needed(ONLY_RESISTANT).code == "by_hand_without_dtls13"
