"""A dossier's algorithms, judged before anything runs."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqscan.policy.editions import floor
from pqscan.policy.evaluate import UNKNOWN_SYSTEM, findings_of
from pqscan.policy.state import State
from pqscan.readiness.design import state_of_design, uses_of_design

NOW = date(2026, 11, 29)


def rules(*names: str) -> set[str]:
    uses, unread = uses_of_design(names)
    assert unread == ()
    return {finding.rule for finding in findings_of(uses, floor(), NOW, UNKNOWN_SYSTEM)}


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("TLS1.0", "floor-state-version"),
        ("TLS 1.1", "floor-state-version"),
        ("RSA-1024", "floor-state-signature"),
        ("rsa 1024", "floor-state-signature"),
        ("DH-1024", "floor-state-key-establishment"),
        ("TLS_RSA_WITH_RC4_128_SHA", "floor-cipher"),
        ("rsa_pkcs1_sha1", "floor-state-hash"),
    ],
)
def test_r10_what_is_forbidden_is_found_in_a_design_too(name: str, rule: str) -> None:
    assert rule in rules(name)


@pytest.mark.parametrize(
    "name", ["TLS1.3", "X25519MLKEM768", "RSA-3072", "ML-DSA-65", "ecdsa_secp256r1_sha256", "ECDHE-RSA-AES128-GCM-SHA256"]
)
def test_what_is_good_enough_gives_no_finding_of_the_floor(name: str) -> None:
    assert rules(name) == set()


@pytest.mark.parametrize(
    ("names", "state"),
    [
        (["X25519MLKEM768", "x25519"], State.DEFAULT),
        (["X25519MLKEM768"], State.EXCLUSIVE),
        (["ML-KEM-768"], State.EXCLUSIVE),
        (["x25519"], State.VULNERABLE),
        (["RSA-3072"], State.UNKNOWN),
        ([], State.UNKNOWN),
    ],
)
def test_a_design_says_how_keys_are_agreed_or_it_is_not_known(names: list[str], state: State) -> None:
    assert state_of_design(uses_of_design(names)[0]) is state


@given(st.lists(st.text(max_size=40), max_size=5))
def test_any_names_are_read_or_told(names: list[str]) -> None:
    uses, unread = uses_of_design(names)
    assert len(uses) >= len(names) - len(unread)
    assert set(unread) <= {name[:100] for name in names}


def test_a_name_that_no_list_knows_is_told() -> None:
    assert uses_of_design(["VN-PQSign"]) == ((), ("VN-PQSign",))
