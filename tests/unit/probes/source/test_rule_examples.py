"""Every rule finds in its own examples what it says, and leaves what it says that it leaves."""

from __future__ import annotations

import pytest

from pqscan.registry.source_rules import SourceRule, source_languages
from tests.unit.probes.source.finding import found, observed, opened

RULES = [rule for language in source_languages() for rule in language.rules]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_rule_finds_its_examples(rule: SourceRule) -> None:
    for code, expected in rule.finds:
        assert found(opened(code, rule.language), rule.language) == expected, code
        names = {dict(one.parameters)["rule"] for one in observed(opened(code, rule.language), rule.language)}
        assert rule.id in names, code


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_rule_leaves_what_looks_alike(rule: SourceRule) -> None:
    for code in rule.leaves:
        assert observed(opened(code, rule.language), rule.language) == (), code
