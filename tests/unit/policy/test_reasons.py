"""Every reason that a judgement can give has its sentence, and fills it."""

from __future__ import annotations

import ast
import re
from itertools import product
from pathlib import Path

import pqscan.policy
from pqscan.locale import render
from pqscan.locale.templates import reason_templates
from pqscan.model.reason import Reason
from pqscan.policy.certificates import assess_certificate
from pqscan.policy.editions import policies
from pqscan.policy.profiles import assess_profile
from pqscan.policy.rule import RuleState
from pqscan.policy.states import authentication, key_establishment
from tests.peers.truth import load_truth, truth_names
from tests.unit.policy.making import SHA1_RSA, certificate, chains_of, from_truth
from tests.unit.policy.test_evaluate import NOW

FOLDER = Path(str(pqscan.policy.__file__)).parent


def codes_in_source() -> set[str]:
    """String constants that stand where a reason's code stands: `Reason.of("...")`, and names that end in a code."""
    found = set()
    for path in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "of" and node.args:
                found |= {constant.value for constant in ast.walk(node.args[0]) if isinstance(constant, ast.Constant)}
    return {code for code in found if isinstance(code, str) and re.fullmatch(r"[a-z][a-z0-9_]{5,}", code)}


def test_every_code_in_the_source_has_a_sentence() -> None:
    codes = codes_in_source()
    assert len(codes) > 30
    assert codes - set(reason_templates()) == set()


def test_every_state_of_a_rule_has_its_three_sentences() -> None:
    states = [state for state in RuleState if state is not RuleState.AWAITING_GUIDANCE]
    codes = {f"{state.value}_{when}" for state, when in product(states, ("ahead", "past", "now"))}
    assert codes - set(reason_templates()) == set()


def test_the_reasons_of_the_lab_fill_their_sentences() -> None:
    reasons: set[Reason] = set()
    for name in truth_names():
        truth = load_truth(name)
        made, chains = from_truth(truth), chains_of(truth)
        for assessment in (key_establishment(made, chains), authentication(made, chains)):
            assert assessment.reasons
            reasons.update(assessment.reasons)
        reasons.update(finding.reason for finding in assess_profile(made, policies(), NOW))
        for _, certificates in chains:
            for each in certificates:
                reasons.update(finding.reason for finding in assess_certificate(each, policies(), NOW))
    reasons.update(f.reason for f in assess_certificate(certificate("RSA-1024", SHA1_RSA, malformed=("x",)), policies(), NOW))
    for reason in reasons:
        text = render(reason, "en")
        assert "?" not in text, reason
        assert "{" not in text, reason
        assert not text.startswith(reason.code), reason
