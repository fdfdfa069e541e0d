"""Every row of the comparison of timelines (state of November 2026) has its rule or its milestone, and no false source stands
anywhere."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

import pqscan
from pqscan.policy.editions import EDITION_FILES, contradictions, policies
from pqscan.policy.milestone import Milestone, Precision, Recurrence, date_words
from pqscan.policy.rule import Rule

ROOT = Path(pqscan.__file__).parent

RULE_OF_ROW = {
    "us-eo14412-ke": ("us-eo-14412", "us-eo14412-key-establishment", "2030-12-31"),
    "us-eo14412-sig": ("us-eo-14412", "us-eo14412-signature", "2031-12-31"),
    "us-eo14412-far": ("us-eo-14412", "us-eo14412-contractors", "2030-12-31"),
    "us-m2615-phases": ("us-omb", "us-m2615-rest", "2035"),
    "us-eo14306-tls13": ("us-eo-14412", "us-eo14306-tls13", "2030-01-02"),
    "nist-8547-sig112": ("nist-ir-8547", "nist-8547-signature-112", "2030-12-31"),
    "nist-8547-sig": ("nist-ir-8547", "nist-8547-signature", "2035-12-31"),
    "nist-8547-ke112": ("nist-ir-8547", "nist-8547-key-establishment-112", "2030-12-31"),
    "nist-8547-ke": ("nist-ir-8547", "nist-8547-key-establishment", "2035-12-31"),
    "nist-131a": ("nist-sp-800-131a", "nist-131a-signature", ""),
    "nist-131a (RSA key transport)": ("nist-sp-800-131a", "nist-131a-key-establishment", ""),
    "nist-131a (SHA-1)": ("nist-sp-800-131a", "nist-131a-sha-1", ""),
    "nist-131a (3TDEA)": ("nist-sp-800-131a", "nist-131a-3tdea", "2023-12-31"),
    "cnsa2-suite": ("cnsa-2.0-faq", "cnsa2-parameter-sets", ""),
    "cnsa2-suite (AES-256)": ("cnsa-2.0-faq", "cnsa2-symmetric", ""),
    "cnsa2-suite (SHA-384)": ("cnsa-2.0-faq", "cnsa2-hash", ""),
    "cnsa2-suite (LMS, XMSS)": ("cnsa-2.0-faq", "cnsa2-hash-based", ""),
    "cnsa2-suite (no HSS, no XMSS^MT)": ("cnsa-2.0-faq", "cnsa2-multi-tree", ""),
    "cnsa2-no-slh": ("cnsa-2.0-faq", "cnsa2-parameter-sets", ""),
    "cnsa2-hybrid": ("cnsa-2.0-faq", "cnsa2-hybrid", ""),
    "cnsa2-acq": ("cnsa-2.0-faq", "cnsa2-acquisition", "2027-01-01"),
    "cnsa2-phaseout": ("cnsa-2.0-faq", "cnsa2-phase-out", "2030-12-31"),
    "cnsa2-mandated": ("cnsa-2.0-faq", "cnsa2-mandated", "2031-12-31"),
    "cnsa2-cat-swfw": ("cnsa-2.0-chart", "cnsa2-software-signing", "2030"),
    "cnsa2-cat-swfw (prefer)": ("cnsa-2.0-chart", "cnsa2-software-signing-preferred", "2025"),
    "cnsa2-cat-net": ("cnsa-2.0-chart", "cnsa2-network", "2030"),
    "cnsa2-cat-net (prefer)": ("cnsa-2.0-chart", "cnsa2-network-preferred", "2026"),
    "cnsa2-cat-web": ("cnsa-2.0-chart", "cnsa2-web", "2033"),
    "cnsa2-cat-web (prefer)": ("cnsa-2.0-chart", "cnsa2-web-preferred", "2025"),
    "cnsa2-cat-os": ("cnsa-2.0-chart", "cnsa2-operating-systems", "2033"),
    "cnsa2-cat-os (prefer)": ("cnsa-2.0-chart", "cnsa2-operating-systems-preferred", "2027"),
    "cnsa2-cat-niche": ("cnsa-2.0-chart", "cnsa2-niche", "2033"),
    "cnsa2-cat-niche (prefer)": ("cnsa-2.0-chart", "cnsa2-niche-preferred", "2030"),
    "cnsa2-cat-custom": ("cnsa-2.0-chart", "cnsa2-custom", "2033"),
    "nsm10": ("nsm-10", "nsm10-goal", "2035"),
    "cisa-cat": ("cisa-categories", "cisa-servers", "2026-01-23"),
    "cisa-cat (chat)": ("cisa-categories", "cisa-collaboration", "2026-01-23"),
    "cisa-cat (endpoint)": ("cisa-categories", "cisa-endpoint", "2026-01-23"),
    "uk-ncsc (highest priority)": ("uk-ncsc", "uk-ncsc-priority", "2031"),
    "uk-ncsc (all)": ("uk-ncsc", "uk-ncsc-all", "2035"),
    "eu-high": ("eu-roadmap", "eu-high-risk", "2030-12-31"),
    "eu-medium": ("eu-roadmap", "eu-medium-risk", "2035-12-31"),
    "bsi-ke": ("bsi-tr-02102-1", "bsi-key-agreement", "2031-12-31"),
    "bsi-very-high": ("bsi-tr-02102-1", "bsi-key-agreement-very-high", "2030-12-31"),
    "bsi-sig": ("bsi-tr-02102-1", "bsi-signature", "2035-12-31"),
    "bsi-hybrid": ("bsi-tr-02102-1", "bsi-hybrid", ""),
    "anssi-visa": ("anssi", "anssi-visa-hybrid", "2026-12-31"),
    "anssi-visa (pure)": ("anssi", "anssi-visa-pure", ""),
    "fr-state (classified)": ("anssi", "fr-state-classified", "2030-12-31"),
    "asd-classical": ("asd-ism", "asd-traditional", "2030"),
    "asd-small-pq": ("asd-ism", "asd-parameter-sets", "2030"),
    "asd-small-pq (AES)": ("asd-ism", "asd-symmetric", "2030"),
    "asd-small-pq (SHA)": ("asd-ism", "asd-hash", "2030"),
    "asd-hybrid": ("asd-ism", "asd-hybrid", ""),
    "ca (high priority)": ("canada", "ca-high-priority", "2031-12-31"),
    "ca (all)": ("canada", "ca-all", "2035-12-31"),
    "sg (procurement)": ("singapore", "sg-procurement", "2028-01-01"),
    "sg (complete)": ("singapore", "sg-complete", "2031-12-31"),
    "jp": ("japan", "jp-government", "2035"),
    "jp (CRYPTREC)": ("japan", "jp-cryptrec", ""),
    "kr": ("korea", "kr-national", "2035"),
}

MILESTONE_OF_ROW = {
    "us-eo14412-far": ("us-eo-14412", "us-eo14412-far", "2026-12-19"),
    "us-eo14412-cbom": ("us-eo-14412", "us-eo14412-cbom", "2027-03-19"),
    "us-m2615-plan": ("us-omb", "us-m2615-plan", "2026-10-22"),
    "us-m2615-phases (1)": ("us-omb", "us-m2615-phase-1", "2027"),
    "us-m2615-phases (2)": ("us-omb", "us-m2615-phase-2", "2028"),
    "us-m2615-phases (3)": ("us-omb", "us-m2615-phase-3", "2030"),
    "us-m2615-phases (4)": ("us-omb", "us-m2615-phase-4", "2031"),
    "us-m2615-phases (5)": ("us-omb", "us-m2615-phase-5", "2035"),
    "us-m2615-cbom": ("us-omb", "us-m2615-cbom", ""),
    "us-m2302-annual": ("us-omb", "us-m2302-annual", "2023-05-04"),
    "dow-psk": ("dow-psk", "dow-psk", "2030-12-31"),
    "dow-psk (CSfC)": ("dow-psk", "dow-psk-csfc", "2031-12-31"),
    "cisa-cat (transitioning)": ("cisa-categories", "cisa-transitioning", "2026-01-23"),
    "uk-ncsc (discovery)": ("uk-ncsc", "uk-ncsc-discovery", "2028"),
    "eu-start": ("eu-roadmap", "eu-start", "2026-12-31"),
    "eu (firmware)": ("eu-roadmap", "eu-firmware", "2030"),
    "eu (hybrids)": ("eu-roadmap", "eu-hybrids", ""),
    "fr-state (inventory)": ("anssi", "fr-state-inventory", "2026-12-31"),
    "fr-state (components)": ("anssi", "fr-state-components", "2027-12-31"),
    "fr-state (products)": ("anssi", "fr-state-products", "2030-12-31"),
    "asd-small-pq (HMAC)": ("asd-ism", "asd-hmac", "2030"),
    "ca (plan)": ("canada", "ca-plan", "2026-04"),
    "sg (plan)": ("singapore", "sg-plan", "2027-03-31"),
    "anssi-visa (acquisition)": ("anssi", "anssi-acquisition", "2030"),
    "sg (MAS)": ("singapore", "sg-mas-inventory", "2024-02-20"),
    "jp (roadmap)": ("japan", "jp-roadmap", "2027-03-31"),
    "kr (pilots)": ("korea", "kr-pilots", "2028"),
    "kr (algorithms)": ("korea", "kr-algorithms", "2025-01-30"),
    "pci": ("pci-dss", "pci-12-3-3", "2025-03-31"),
}

ROWS = re.findall(
    r"\S+",
    """us-eo14412-ke us-eo14412-sig us-eo14412-far us-eo14412-cbom us-m2615-plan us-m2615-phases us-m2615-cbom us-m2302-annual
us-eo14306-tls13 nist-8547-sig112 nist-8547-sig nist-8547-ke112 nist-8547-ke nist-131a cnsa2-suite cnsa2-no-slh cnsa2-hybrid
cnsa2-acq cnsa2-phaseout cnsa2-mandated cnsa2-cat-swfw cnsa2-cat-net cnsa2-cat-web cnsa2-cat-os cnsa2-cat-niche cnsa2-cat-custom
nsm10 dow-psk cisa-cat uk-ncsc eu-start eu-high eu-medium bsi-ke bsi-very-high bsi-sig bsi-hybrid anssi-visa fr-state
asd-classical asd-small-pq asd-hybrid ca sg jp kr pci""",
)

FALSE_SOURCES = [
    r"14409",  # the executive order is 14412
    r"2023-01-18|2023-07-18|2024-01-18|2024-04-18",  # M-23-02 is of 2022-11-18
    r"IR 8547[ (,]*final",
    r"supersedes (NIST )?SP 800-131A",
    r"FIPS 206[^.;\n]{0,40}October 2024",
    r"CNSA[^.\n]{0,20} accepts ML-(KEM-768|DSA-65)",
    r"P-256[^.\n]{0,20} deprecated (after |in |by )?2030",
    r"France mandates",
]


def rules() -> dict[str, tuple[str, Rule]]:
    return {rule.id: (edition.id, rule) for edition in policies() for rule in edition.rules}


def milestones() -> dict[str, tuple[str, Milestone]]:
    return {each.id: (edition.id, each) for edition in policies() for each in edition.milestones}


@pytest.mark.parametrize(("policy", "identifier", "when"), RULE_OF_ROW.values(), ids=RULE_OF_ROW)
def test_a_row_that_judges_algorithms_is_a_rule_with_its_date(policy: str, identifier: str, when: str) -> None:
    edition, rule = rules()[identifier]
    told = "" if rule.date is None else str(rule.date.year) if rule.date_precision == "year" else rule.date.isoformat()
    assert (edition, told) == (policy, when)


@pytest.mark.parametrize(("policy", "identifier", "when"), MILESTONE_OF_ROW.values(), ids=MILESTONE_OF_ROW)
def test_a_row_that_judges_no_algorithm_is_a_milestone_with_its_date(policy: str, identifier: str, when: str) -> None:
    edition, milestone = milestones()[identifier]
    assert (edition, date_words(milestone, milestone.due)) == (policy, when)


@pytest.mark.parametrize("row", ROWS)
def test_every_row_of_the_comparison_has_its_place(row: str) -> None:
    placed = {name.partition(" ")[0] for name in (*RULE_OF_ROW, *MILESTONE_OF_ROW)}
    assert row in placed


def test_what_was_read_at_second_hand_says_so() -> None:
    sources = [each.source for _, each in (*rules().values(), *milestones().values())]
    assert all(source.via for source in sources)
    assert {source.via for source in sources} <= {"transcription", "quotation", "press", "copy"}


def test_every_milestone_has_a_source_a_doer_and_a_day_of_reading() -> None:
    for _, each in milestones().values():
        assert all((each.source.title, each.source.section, each.who, each.summary)), each.id
        assert each.source.verified_on >= date(2026, 9, 1)


def test_ids_of_rules_and_milestones_are_unique_across_editions() -> None:
    ids = [each.id for edition in policies() for each in (*edition.rules, *edition.milestones)]
    assert len(ids) == len(set(ids))


def test_the_yearly_inventory_is_due_each_fourth_of_may_until_2035() -> None:
    _, annual = milestones()["us-m2302-annual"]
    assert (annual.recurrence, annual.until) == (Recurrence.YEARLY, 2035)
    assert annual.next_on(date(2026, 11, 29)) == date(2027, 5, 4)


def test_dates_that_were_reckoned_are_told_apart_from_those_that_were_read() -> None:
    about = {identifier for identifier, (_, each) in milestones().items() if each.precision is Precision.ABOUT}
    assert about == {"us-eo14412-far", "us-eo14412-cbom", "jp-roadmap"}


@pytest.mark.parametrize("false", FALSE_SOURCES)
def test_no_false_source_stands_in_anything_that_ships(false: str) -> None:
    texts = [path for path in ROOT.rglob("*") if path.suffix in (".toml", ".py", ".md", ".po")]
    assert len(texts) > 100
    found = [path.name for path in texts if re.search(false, path.read_text("utf-8"))]
    assert found == []


def test_each_known_contradiction_is_a_row_and_every_shipped_policy_is_read() -> None:
    known = {"hybrid", "pure", "category-3", "slh-dsa", "aes-128", "sha-256", "signatures-later", "cnsa-two-sources", "p-256"}
    assert {each.id for each in contradictions()} == known
    assert len(policies()) == len(EDITION_FILES)
