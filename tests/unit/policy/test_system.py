"""Which rules concern a system, by what its description says, leaves open, and what nobody described."""

from __future__ import annotations

from datetime import date

import pytest

from pqscan.policy.editions import policies
from pqscan.policy.rule import Rule
from pqscan.policy.system import OUTSIDE_REGIME, STATE_SECRETS, SystemContext

RULES = {rule.id: rule for edition in policies() for rule in edition.rules}


def rule(*scope: str) -> Rule:
    known = next(iter(RULES.values()))
    return Rule("r", known.purpose, known.state, known.source, scope=scope)


@pytest.mark.parametrize(
    ("acquired_on", "concerned"), [(date(2027, 1, 1), False), (date(2027, 1, 2), True), (date(2026, 12, 31), False), (None, True)]
)
def test_a_rule_for_later_acquisitions_concerns_what_was_acquired_later_or_on_an_unknown_day(
    acquired_on: date | None, concerned: bool
) -> None:
    context = SystemContext(frozenset(), known=True, acquired_on=acquired_on)
    assert context.is_in_scope(rule("acquired_after:2027-01-01")) is concerned


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
