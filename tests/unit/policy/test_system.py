"""Which rules speak of which systems."""

from __future__ import annotations

from datetime import date

import pytest

from pqscan.policy.editions import policies
from pqscan.policy.rule import Purpose, Rule, RuleState, Source
from pqscan.policy.system import OUTSIDE_REGIME, STATE_SECRETS, SystemContext, acquisition_day, is_predicate

GATE = "acquired_after:2027-01-01"


def rule(*scope: str) -> Rule:
    return Rule("r", Purpose.ANY, RuleState.DISALLOWED, Source("A document", "1", date(2026, 11, 22)), scope=scope)


@pytest.mark.parametrize(
    ("acquired_on", "holds"), [(date(2026, 12, 31), False), (date(2027, 1, 1), True), (date(2030, 6, 1), True), (None, True)]
)
@pytest.mark.parametrize("known", [False, True])
def test_a_gate_holds_for_what_was_acquired_on_its_day_or_later_and_for_what_has_no_day(
    acquired_on: date | None, holds: bool, known: bool
) -> None:
    system = SystemContext(frozenset(), known, acquired_on)
    assert system.is_in_scope(rule(GATE)) is holds


def test_what_was_acquired_before_is_told_apart_from_what_nobody_dated() -> None:
    assert SystemContext(frozenset(), True, date(2020, 1, 1)).is_in_scope(rule("!" + GATE))
    assert not SystemContext(frozenset(), True, date(2028, 1, 1)).is_in_scope(rule("!" + GATE))


def test_a_stated_gate_holds_without_a_day() -> None:
    assert SystemContext(frozenset({GATE}), True).is_in_scope(rule(GATE))


@pytest.mark.parametrize("attribute", ["critical", "secrecy:top_secret", "hva", "nss", "fips_199:high", "category:network"])
def test_a_described_system_is_in_scope_by_what_it_states_alone(attribute: str) -> None:
    assert SystemContext(frozenset({attribute}), known=True).is_in_scope(rule(attribute))
    assert not SystemContext(known=True).is_in_scope(rule(attribute))
    assert SystemContext(known=True).is_in_scope(rule("!" + attribute))
    assert not SystemContext(frozenset({attribute}), known=True).is_in_scope(rule("!" + attribute))


@pytest.mark.parametrize("text", ["acquired_after:2027", "acquired_after:2027-13-01", "acquired_after:", "acquired_after:20270101"])
def test_a_gate_without_a_day_is_no_predicate(text: str) -> None:
    assert acquisition_day(text) is None
    assert not is_predicate(text)


def test_a_misspelt_predicate_is_none() -> None:
    assert not any(map(is_predicate, ["ns", "Critical", "secrecy:mat", "category:", "tag: ", ""]))
    assert all(map(is_predicate, ["!nss", "tag:payments", "category:web", GATE]))


def test_every_shipped_scope_asks_for_what_a_system_can_state() -> None:
    assert [p for edition in policies() for each in edition.rules for p in each.scope if not is_predicate(p)] == []


def test_what_a_description_leaves_open_is_judged_as_the_reader_chose() -> None:
    open_ = SystemContext(frozenset(), known=True, unstated=frozenset({"nss"}))
    assert open_.is_in_scope(rule("nss"))
    assert open_.is_in_scope(rule("!nss"))
    assert not SystemContext(frozenset(), known=True).is_in_scope(rule("nss"))
    assert not SystemContext(frozenset({"nss"}), known=True).is_in_scope(rule("!nss"))


@pytest.mark.parametrize("attribute", [STATE_SECRETS, OUTSIDE_REGIME])
def test_what_another_authority_answers_for_is_outside_of_any_assessment(attribute: str) -> None:
    assert SystemContext(frozenset({attribute}), known=True).is_outside_assessment
    assert not SystemContext(frozenset({"nss"}), known=True).is_outside_assessment
