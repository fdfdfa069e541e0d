"""Findings of one certificate."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from pqscan.model.certificate import Certificate
from pqscan.policy.certificates import assess_certificate
from pqscan.policy.editions import policy
from pqscan.policy.finding import Finding, Verdict
from pqscan.policy.system import SystemContext
from pqscan.policy.uses import key_use
from tests.unit.policy.making import ECDSA_SHA256, MLDSA65_SIGNATURE, SHA1_RSA, SHA256_RSA, certificate

NOW = date(2026, 11, 22)


def told(made: Certificate, edition: str = "nist-ir-8547", as_of: date = NOW, *, establishes_keys: bool = False) -> list[Finding]:
    return list(assess_certificate(made, [policy(edition)], as_of, establishes_keys=establishes_keys))


def rules(found: list[Finding], name: str = "nist-ir-8547") -> set[str]:
    return {finding.rule for finding in found if finding.policy == name}


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("RSA-2048", {"nist-8547-signature-112", "nist-8547-signature"}),
        ("RSA-1024", {"nist-8547-signature"}),  # Below 112 bits: today's floor has its say.
        ("RSA-3072", {"nist-8547-signature"}),
        ("P-256", {"nist-8547-signature"}),
        ("Ed25519", {"nist-8547-signature"}),
    ],
)
def test_a_key_is_judged_by_its_strength(key: str, expected: set[str]) -> None:
    made = certificate(key, SHA256_RSA, subject="CN=a", issuer="CN=a")
    assert rules(told(made)) == expected


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("RSA-2048", {"nist-8547-key-establishment-112", "nist-8547-key-establishment"}),
        ("RSA-3072", {"nist-8547-key-establishment"}),
        ("P-256", {"nist-8547-key-establishment"}),
    ],
)
def test_a_key_that_is_there_to_encrypt_to_is_judged_as_one_that_establishes_keys_and_signs_nothing(
    key: str, expected: set[str]
) -> None:
    made = certificate(key, SHA256_RSA, subject="CN=a", issuer="CN=a")
    found = assess_certificate(made, [policy("nist-ir-8547")], NOW, establishes_keys=True, signs=False)
    assert rules([finding for finding in found if finding.subject == "certificate_key"]) == expected
    assert rules(told(made, establishes_keys=True)) >= rules(list(found))


def test_a_resistant_key_and_signature_meet_the_rules() -> None:
    found = told(certificate("ML-DSA-65", MLDSA65_SIGNATURE))
    assert {finding.verdict for finding in found} == {Verdict.MEETS}


@pytest.mark.parametrize(
    ("oid", "verdict"),
    [
        ("1.2.840.113549.1.9.16.3.17", Verdict.MEETS),  # HSS/LMS
        ("1.3.6.1.5.5.7.6.34", Verdict.MEETS),  # XMSS
        ("1.3.6.1.5.5.7.6.35", Verdict.OVERDUE),  # XMSS^MT
    ],
)
def test_cnsa_takes_hash_based_signatures_of_one_tree_for_software(oid: str, verdict: Verdict) -> None:
    signing = SystemContext(frozenset({"nss", "category:software_signing"}), True)
    found = assess_certificate(certificate(oid, oid), [policy("cnsa-2.0-chart")], date(2031, 1, 1), signing)
    assert {finding.verdict for finding in found if finding.rule == "cnsa2-software-signing"} == {verdict}


@pytest.mark.parametrize(
    ("edition", "rule", "signed", "expected"),
    [
        ("cnsa-2.0-faq", "cnsa2-hash", SHA256_RSA, {Verdict.NOT_MET}),
        ("cnsa-2.0-faq", "cnsa2-hash", SHA1_RSA, {Verdict.NOT_MET}),
        ("cnsa-2.0-faq", "cnsa2-hash", "1.2.840.113549.1.1.12", set()),  # sha384WithRSAEncryption
        ("cnsa-2.0-faq", "cnsa2-hash", MLDSA65_SIGNATURE, set()),
        ("cnsa-2.0-faq", "cnsa2-hash", "1.3.6.1.4.1.99999.1", set()),
        ("asd-ism", "asd-hash", SHA256_RSA, {Verdict.DUE}),
        ("asd-ism", "asd-hash", "1.2.840.113549.1.1.13", set()),  # sha512WithRSAEncryption
    ],
)
def test_a_hash_is_judged_in_the_signature_alone(edition: str, rule: str, signed: str, expected: set[Verdict]) -> None:
    assert {f.verdict for f in told(certificate("RSA-4096", signed), edition) if f.rule == rule} == expected


def test_key_and_signature_are_judged_apart() -> None:
    found = told(certificate("ML-DSA-65", ECDSA_SHA256))
    assert {(finding.subject, finding.verdict) for finding in found} == {
        ("certificate_key", Verdict.MEETS),
        ("certificate_signature", Verdict.DUE),
    }


def test_a_signature_of_a_root_on_itself_is_not_judged() -> None:
    found = told(certificate("RSA-4096", SHA1_RSA, subject="CN=a", issuer="CN=a"))
    assert {finding.subject for finding in found} == {"certificate_key"}


def test_a_signature_of_another_key_under_the_same_name_is_judged() -> None:
    found = told(certificate("ML-DSA-65", SHA1_RSA, subject="CN=a", issuer="CN=a"))
    assert {finding.subject for finding in found} == {"certificate_key", "certificate_signature"}


def test_a_tls_key_signs_and_with_static_rsa_also_establishes_keys() -> None:
    made = certificate("RSA-2048", SHA256_RSA)
    assert not any("key-establishment" in rule for rule in rules(told(made)))
    assert "nist-8547-key-establishment-112" in rules(told(made, establishes_keys=True))
    assert "nist-8547-signature" in rules(told(made, establishes_keys=True))


@pytest.mark.parametrize(
    ("last_day", "code"),
    [
        (datetime(2035, 12, 30, tzinfo=UTC), "disallowed_ahead"),
        (datetime(2035, 12, 31, 23, 59, tzinfo=UTC), "disallowed_ahead"),
        (datetime(2036, 1, 1, tzinfo=UTC), "certificate_outlives_date"),
    ],
)
def test_a_certificate_that_outlives_a_policy_date_says_so(last_day: datetime, code: str) -> None:
    made = certificate("RSA-4096", SHA256_RSA, not_after=last_day, subject="CN=a", issuer="CN=a")
    assert [finding.reason.code for finding in told(made) if finding.rule == "nist-8547-signature"] == [code]


@pytest.mark.parametrize(
    ("edition", "rule", "code"),
    [
        ("nist-ir-8547", "nist-8547-signature-112", "certificate_outlives_deprecation"),
        ("bsi-tr-02102-1", "bsi-signature", "certificate_outlives_recommendation"),
        ("us-eo-14412", "us-eo14412-signature", "certificate_outlives_requirement"),
    ],
)
def test_a_certificate_that_outlives_a_date_says_what_holds_from_then_on(edition: str, rule: str, code: str) -> None:
    made = certificate("RSA-2048", SHA256_RSA, not_after=datetime(2048, 1, 1, tzinfo=UTC), subject="CN=a", issuer="CN=a")
    assert [finding.reason.code for finding in told(made, edition) if finding.rule == rule] == [code]


def test_a_parameter_that_names_the_algorithm_is_named_once() -> None:
    made = certificate("ML-DSA-44", MLDSA65_SIGNATURE)
    key = replace(made.public_key, algorithm="ML-DSA-44", parameter="ML-DSA-44")
    assert key_use(replace(made, public_key=key)).name == key.name == "ML-DSA-44"
    curve = replace(made.public_key, algorithm="EC", parameter="P-256")
    assert key_use(replace(made, public_key=curve)).name == curve.name == "EC P-256"


@pytest.mark.parametrize(("as_of", "expired"), [(date(2026, 12, 31), False), (date(2027, 1, 1), False), (date(2027, 1, 2), True)])
def test_a_certificate_expires_on_the_day_after_its_last(as_of: date, expired: bool) -> None:
    found = told(certificate("P-256", ECDSA_SHA256), as_of=as_of)
    assert ("certificate_expired" in {finding.reason.code for finding in found}) is expired


@pytest.mark.parametrize(("as_of", "early"), [(date(2025, 12, 31), True), (date(2026, 1, 1), False)])
def test_a_certificate_is_not_valid_before_its_first_day(as_of: date, early: bool) -> None:
    found = told(certificate("P-256", ECDSA_SHA256), as_of=as_of)
    assert ("certificate_not_yet_valid" in {finding.reason.code for finding in found}) is early


def test_a_validity_that_cannot_be_read_is_told() -> None:
    found = told(certificate("P-256", ECDSA_SHA256, not_after=None))
    assert "certificate_no_validity" in {finding.reason.code for finding in found}


def test_a_malformed_certificate_is_told_with_what_is_wrong() -> None:
    found = told(certificate("P-256", ECDSA_SHA256, malformed=("negative_serial",)))
    assert ("certificate_malformed", "negative_serial") in {(f.reason.code, f.name) for f in found}


@pytest.mark.parametrize(
    ("key", "signed", "rule"),
    [
        ("RSA-1024", SHA256_RSA, "floor-state-signature"),
        ("P-192", SHA256_RSA, "floor-state-signature"),
        ("RSA-2048", SHA1_RSA, "floor-state-hash"),
    ],
)
def test_a_weak_certificate_is_below_the_floor(key: str, signed: str, rule: str) -> None:
    assert rule in rules(told(certificate(key, signed)), "floor")


def test_a_sound_certificate_has_nothing_below_the_floor() -> None:
    assert rules(told(certificate("RSA-2048", SHA256_RSA)), "floor") == set()


def test_an_unlisted_key_is_undetermined_and_never_meets() -> None:
    found = [f for f in told(certificate("1.3.6.1.4.1.99999.1", SHA256_RSA)) if f.subject == "certificate_key"]
    assert {finding.verdict for finding in found} == {Verdict.UNDETERMINED}


def test_vietnam_awaits_guidance_once_a_certificate() -> None:
    found = [f for f in told(certificate("RSA-2048", SHA256_RSA), "vietnam") if f.policy == "vietnam"]
    assert [finding.verdict for finding in found] == [Verdict.AWAITING]
