"""Who may do what, and see whose."""

from __future__ import annotations

import pytest

from pqscan.errors import UsageError
from pqscan.readiness.access import Actor, Right, roles
from pqscan.readiness.system import Regime


def test_r07_the_party_office_sees_the_cipher_and_the_civil_register_and_no_military_row() -> None:
    officer = Actor.of("Nguyễn Thị Thử", "cipher_officer")
    assert officer.sees(Regime.CIPHER)
    assert officer.sees(Regime.CIVIL)
    assert not officer.sees(Regime.MILITARY)
    assert not officer.sees(Regime.SECURITY)


@pytest.mark.parametrize("role", sorted(roles()))
def test_r08_no_role_sees_rows_of_the_military_regime(role: str) -> None:
    assert not Actor.of("x", role).sees(Regime.MILITARY)


def test_r09_the_police_see_the_register_of_security_cryptography() -> None:
    assert Actor.of("x", "security_officer").sees(Regime.SECURITY)
    assert not Actor.of("x", "security_officer").sees(Regime.CIPHER)


def test_who_runs_the_machine_reads_no_inventory() -> None:
    administrator = Actor.of("x", "administrator")
    assert not any(administrator.sees(regime) for regime in Regime)
    assert Right.READ not in administrator.role.rights


def test_only_a_head_accepts_a_risk_and_seals() -> None:
    for right in (Right.ACCEPT, Right.SEAL):
        assert {role.id for role in roles().values() if right in role.rights} == {"head", "operator"}


def test_an_actor_sees_the_units_that_it_answers_for() -> None:
    reviewer = Actor.of("x", "reviewer", frozenset({"STC"}))
    assert reviewer.sees(Regime.CIVIL, "STC")
    assert not reviewer.sees(Regime.CIVIL, "UBND")


@pytest.mark.parametrize("name", ["", "  "])
def test_an_act_without_a_name_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="nobody is named"):
        Actor.of(name)


def test_a_role_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(UsageError, match="there is no role 'king'; choose one of collector, "):
        Actor.of("x", "king")
