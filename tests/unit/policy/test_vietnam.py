"""Vietnam awaits guidance: no date, no algorithm, no claim of compliance; and nothing fails a whole country's certificates."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

import pqscan
from pqscan.policy.certificates import assess_certificate
from pqscan.policy.editions import floor, policies, policy
from pqscan.policy.finding import Verdict
from pqscan.policy.rule import PolicyStatus, RuleState
from tests.unit.policy.making import certificate

ROOT = Path(pqscan.__file__).parent
SHA256_RSA = "1.2.840.113549.1.1.11"  # RSASSA-PKCS1-v1_5 with SHA-256: every certificate of the national chains seen


def test_r03_the_pack_awaits_guidance_and_names_nothing_that_could_be_met() -> None:
    edition = policy("vietnam")
    assert edition.status is PolicyStatus.AWAITING_GUIDANCE
    assert edition.next_date(date.min) is None
    for rule in edition.rules:
        assert rule.state is RuleState.AWAITING_GUIDANCE
        assert (rule.date, rule.families, rule.parameter_sets, rule.max_strength) == (None, (), (), None)
        assert rule.source.title
        assert rule.source.section


@pytest.mark.parametrize("key", ["RSA-2048", "RSA-4096", "P-256", "ML-DSA-65"])
@pytest.mark.parametrize("day", [date(2026, 11, 29), date(2050, 1, 1)])
def test_r03_no_certificate_meets_or_fails_what_is_awaited(key: str, day: date) -> None:
    found = assess_certificate(certificate(key, SHA256_RSA), [policy("vietnam")], day)
    assert {finding.verdict for finding in found if finding.policy == "vietnam"} == {Verdict.AWAITING}


def test_r03_no_sentence_that_ships_claims_compliance_with_vietnamese_policy() -> None:
    claims = re.compile(r"\b(complies|compliant|tuân thủ đầy đủ|đạt chuẩn quốc gia)\b", re.IGNORECASE)
    texts = [*(ROOT / "policy" / "data").glob("*.toml"), *(ROOT / "locale" / "reasons").glob("*.toml"), ROOT / "locale/labels.toml"]
    assert [path.name for path in texts if claims.search(path.read_text("utf-8"))] == []


def test_no_rule_fails_a_certificate_for_its_padding() -> None:
    """A circular of 2025 wants PSS for messages; the national CAs sign certificates with PKCS#1 v1.5. A rule on padding without
    saying what is signed would fail every certificate of the country."""
    named = {family for edition in (*policies(), floor()) for rule in edition.rules for family in rule.families}
    assert not [family for family in named if re.search("pkcs|v1.?5|padding", family, re.IGNORECASE)]
    found = assess_certificate(certificate("RSA-4096", SHA256_RSA), policies(), date(2026, 11, 29))
    assert "floor" not in {finding.policy for finding in found}
