"""How configurations are judged, and which lines are given for them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pqscan_probes.configuration_file.probe import MOST_OBSERVATIONS
from pqscan_probes.configuration_file.trees import MOST_PARTS as MOST_PARTS_OF_TREES

from pqscan.app.remedying import remedies_for
from pqscan.model.observation import Subject
from pqscan.model.target import FileTarget
from pqscan.policy.configuration_states import CONFIGURATION
from pqscan.policy.state import State
from pqscan.policy.states import authentication, key_establishment
from pqscan.policy.uses import uses_of
from pqscan.readiness.aims import Aim
from pqscan.readiness.remedies import reported
from pqscan.registry.quantum import QuantumClass
from pqscan.wire.config.in_force import MOST_PARTS
from tests.unit.probes.configuration.making import facts, profile, states

NGINX = "server {{ listen 443 ssl; server_name {}; {} }}\n"
HYBRID = NGINX.format("good", "ssl_ecdh_curve X25519MLKEM768:X25519;")
TRADITIONAL = NGINX.format("bad", "ssl_ecdh_curve X25519;")
OPEN = NGINX.format("open", "")
SSHD = "PermitRootLogin no\nKexAlgorithms {}\n"


def test_a_hybrid_in_a_configuration_is_one_whatever_part_names_it() -> None:
    (use,) = (
        use
        for one in facts(HYBRID).observations
        if one.subject is Subject.NAMED_GROUP and one.name == "X25519MLKEM768"
        for use in uses_of(one)
    )
    assert use.quantum_class is QuantumClass.PQT_HYBRID
    assert "group_outside_version" not in use.families


@pytest.mark.parametrize(
    ("text", "state", "part"),
    [
        (HYBRID + TRADITIONAL, "vulnerable", "server bad 443"),
        (HYBRID + OPEN, "unknown", "server open 443"),
        (OPEN + TRADITIONAL, "vulnerable", "server bad 443"),
        (HYBRID * 2, "default", "server good 443"),
    ],
)
def test_the_weakest_part_decides(text: str, state: str, part: str) -> None:
    found = states(text)[0]
    assert (found.state.value, dict(found.reasons[0].parameters)["part"]) == (state, part)


def test_others_that_are_better_are_counted() -> None:
    told = dict(states(HYBRID + TRADITIONAL)[0].reasons[1].parameters)
    assert told == {"alike": 1, "others": 1}


def test_ranks_are_the_places_in_the_list() -> None:
    found = [
        one.rank
        for one in facts(SSHD.format("curve25519-sha256,ecdh-sha2-nistp256")).observations
        if one.subject is Subject.KEX_METHOD
    ]
    assert found == [1, 2]


@pytest.mark.parametrize(
    ("text", "products", "line"),
    [
        (TRADITIONAL, {"nginx"}, "ssl_ecdh_curve"),
        (OPEN, {"nginx"}, "ssl_ecdh_curve"),  # The version decides, unless a line does.
        (SSHD.format("curve25519-sha256"), {"OpenSSH"}, "KexAlgorithms"),
    ],
)
def test_the_lines_that_are_given_are_the_product_s_own(text: str, products: set[str], line: str) -> None:
    rows = reported(states(text)[0].state, profile(text))
    assert {row.product for row in rows} == products
    assert any(each.startswith(line) for row in rows for each in row.lines)


def test_a_remedy_of_a_file_is_of_the_product_that_it_configures() -> None:
    changes = remedies_for((), FileTarget("m", "/x"), probe=CONFIGURATION, state=State.VULNERABLE, profile=profile(TRADITIONAL))
    assert [(change.aim, {row.remedy.product for row in change.rows}) for change in changes] == [(Aim.HYBRID, {"nginx"})]


def test_nothing_is_to_be_done_where_the_hybrid_stands_first() -> None:
    assert reported(states(HYBRID)[0].state, profile(HYBRID)) == ()


def test_a_file_with_more_parts_than_are_told_is_not_complete() -> None:
    found = facts("".join(NGINX.format(f"s{number}", "ssl_ecdh_curve X25519MLKEM768;") for number in range(MOST_PARTS + 5)))
    assert (found.complete, found.detail is not None and found.detail.code) == (False, "configuration_too_large")
    assert len({one.context for one in found.observations if one.subject is Subject.NAMED_GROUP}) == MOST_PARTS


def test_a_tree_with_more_parts_than_are_told_is_not_complete() -> None:
    def tunnels(count: int) -> str:
        entries = (f"edit t{number}\nset ike-version 2\nset dhgrp 20\nset addke1 36\nnext\n" for number in range(count))
        return f"config vpn ipsec phase1-interface\n{''.join(entries)}end\n"

    whole, cut = facts(tunnels(MOST_PARTS_OF_TREES)), facts(tunnels(MOST_PARTS_OF_TREES + 1))
    assert (whole.complete, cut.complete, cut.detail is not None and cut.detail.code) == (True, False, "configuration_too_large")
    assert [len(found.observations) for found in (whole, cut)] == [3 * MOST_PARTS_OF_TREES + 1] * 2
    assert states(tunnels(MOST_PARTS_OF_TREES + 1))[0].state is State.UNKNOWN


def test_what_was_not_told_may_set_what_nothing_told_does() -> None:
    told = profile("[libdefaults]\n default_realm = A\n permitted_enctypes = aes256-cts\n")
    for judge in (key_establishment, lambda one: authentication(one, ())):
        assert judge(told).state is State.NONE
        assert judge(replace(told, complete=False)).state is State.UNKNOWN


@pytest.mark.parametrize("versions", ["ssl_protocols $x;", "ssl_protocols TLSv9;", "ssl_protocols TLSv1.3;"])
def test_a_hybrid_group_is_no_proof_where_the_versions_are_not_known(versions: str) -> None:
    text = NGINX.format("a", f"ssl_ecdh_curve X25519MLKEM768; {versions}")
    assert states(text)[0].state is (State.EXCLUSIVE if "1.3" in versions else State.UNKNOWN)


def test_long_lists_are_cut() -> None:
    text = "".join(
        NGINX.format(f"s{number}", f"ssl_ecdh_curve {':'.join(['X25519', 'P-256', 'P-384'] * 60)};") for number in range(200)
    )
    found = facts(text)
    assert (found.complete, len(found.observations)) == (False, MOST_OBSERVATIONS + 1)
