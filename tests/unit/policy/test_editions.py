"""Policy files: those that come with pqscan, and those that a user gives."""

from __future__ import annotations

import pytest

from pqscan.errors import DataError, UsageError
from pqscan.policy.disagreements import observed_contradictions
from pqscan.policy.editions import (
    EDITION_FILES,
    contradictions,
    default_policies,
    floor,
    policies,
    policy,
)
from pqscan.policy.finding import Verdict
from pqscan.policy.profiles import assess_profile
from pqscan.policy.reading import read_edition, read_policy
from pqscan.policy.rows import LARGEST_FILE_BYTES, Document
from pqscan.policy.rule import PolicyStatus
from tests.peers.truth import load_truth
from tests.unit.policy.making import from_truth
from tests.unit.policy.test_evaluate import NOW

GOOD = """
id = "ours"
jurisdiction = "VN"
edition = "1"
title = "Ours"
status = "recommended"
verified_on = 2026-11-22
reference = "Decision 1"
[[rule]]
id = "ours-1"
purpose = "any"
state = "disallowed"
date = 2030-12-31
construction = "classical"
summary = "No traditional algorithm after 2030."
reference = "Decision 1"
section = "1"
"""


def test_every_rule_has_a_source_a_section_and_a_day_of_reading() -> None:
    for edition in (*policies(), floor()):
        for rule in edition.rules:
            assert all((rule.source.title, rule.source.section, rule.summary)), rule.id
            assert rule.source.verified_on.year >= 2026


def test_rule_ids_are_unique_across_editions() -> None:
    ids = [rule.id for edition in (*policies(), floor()) for rule in edition.rules]
    assert len(ids) == len(set(ids))


def test_vietnam_is_the_default_with_the_draft_of_nist_as_a_reading() -> None:
    assert [(edition.id, edition.status) for edition in default_policies()] == [
        ("vietnam", PolicyStatus.AWAITING_GUIDANCE),
        ("nist-ir-8547", PolicyStatus.DRAFT),
    ]
    assert default_policies()[0].reading == "nist-ir-8547"


def test_vietnam_names_no_date_and_no_algorithm() -> None:
    for rule in policy("vietnam").rules:
        assert (rule.date, rule.families, rule.parameter_sets) == (None, (), ())


def test_an_unknown_policy_is_named_with_those_that_exist() -> None:
    with pytest.raises(UsageError, match=r"no policy 'cnsa'.*cnsa-2\.0-faq"):
        policy("cnsa")
    with pytest.raises(UsageError):
        policy("../floor")


def test_known_contradictions_name_shipped_policies() -> None:
    assert {name for each in contradictions() for name in each.policies} <= set(EDITION_FILES)
    assert {"hybrid", "slh-dsa", "aes-128", "cnsa-two-sources", "p-256"} <= {each.id for each in contradictions()}


def test_contradictions_are_seen_in_the_findings_of_one_server() -> None:
    found = observed_contradictions(assess_profile(from_truth(load_truth("hybrid-default")), policies(), NOW))
    hybrid = next(each for each in found if each.name == "X25519MLKEM768")
    verdicts = dict(hybrid.verdicts)
    assert (verdicts["eu-roadmap"], verdicts["cnsa-2.0-faq"]) == (Verdict.MEETS, Verdict.NOT_MET)
    assert not any(each.name == "x25519" for each in found)


def test_policies_that_agree_do_not_contradict() -> None:
    chosen = [policy("eu-roadmap"), policy("nist-ir-8547")]
    assert observed_contradictions(assess_profile(from_truth(load_truth("hybrid-default")), chosen, NOW)) == ()


def test_a_policy_of_ones_own_is_read() -> None:
    assert read_policy(GOOD.encode(), "ours.toml").rules[0].id == "ours-1"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('state = "disallowed"', 'state = "forbidden"'), r"ours.toml, rule 1 \(ours-1\): state is 'forbidden'"),
        (("date = 2030-12-31", 'date = "2030"'), "date must be a date"),
        (("date = 2030-12-31", "date = 2030-12-31\nyear = 2030"), "a date and a year"),
        (("date = 2030-12-31", "dates = 2030-12-31"), "means nothing here: dates"),
        (('reference = "Decision 1"\nsection', "section"), r"rule 1 \(ours-1\): it has no reference"),
        (('section = "1"', ""), "it has no section"),
        (('status = "recommended"', 'status = "law"'), "ours.toml, its head: status is 'law'"),
        (('status = "recommended"', 'status = "awaiting_guidance"'), "awaits guidance"),
        (("[[rule]]", "[rule]"), r"no \[\[rule\]\] rows"),
        (("id = ", "id == "), "line 2"),
        (('construction = "classical"', 'construction = "quantum"'), "construction is 'quantum'"),
        (('section = "1"', 'section = "1"\nmin_strength = 200\nmax_strength = 100'), "min_strength is above"),
    ],
)
def test_a_wrong_policy_file_names_the_place(change: tuple[str, str], message: str) -> None:
    text = GOOD.replace(*change)
    assert text != GOOD
    with pytest.raises(UsageError, match=message):
        read_policy(text.encode(), "ours.toml")
    with pytest.raises(DataError, match=message):
        read_edition(Document.parse(text.encode(), "ours.toml"))


@pytest.mark.parametrize(
    "data", [b"\xff\xfe", b"a = " + b"[" * 100_000, b"#" * (LARGEST_FILE_BYTES + 1), b"", b"rule = 1", b"\x00"]
)
def test_any_bytes_as_a_policy_give_one_clear_error(data: bytes) -> None:
    with pytest.raises(UsageError, match=r"ours\.toml"):
        read_policy(data, "ours.toml")


def test_an_id_that_stands_twice_is_refused() -> None:
    with pytest.raises(UsageError, match="ours-1 stands there twice"):
        read_policy((GOOD + GOOD[GOOD.index("[[rule]]") :]).encode(), "ours.toml")
