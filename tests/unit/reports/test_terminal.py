"""The terminal summary: eighty columns, both languages, nothing hidden, nothing from a peer acts."""

from __future__ import annotations

import io
from dataclasses import replace
from types import ModuleType

import pytest
from pqscan_reports.escape import display_width
from pqscan_reports.terminal import TerminalReport

from pqscan.model.target import FileTarget
from pqscan.report import AssessedInventory, ReportOptions


def written(inventory: AssessedInventory, language: str) -> str:
    out = io.BytesIO()
    TerminalReport().write(inventory, ReportOptions(language=language), out)
    return out.getvalue().decode("utf-8")


@pytest.mark.parametrize("language", ["vi", "en"])
def test_no_line_is_wider_than_eighty_columns(inventory: AssessedInventory, language: str) -> None:
    assert max(display_width(line) for line in written(inventory, language).splitlines()) <= 80


@pytest.mark.parametrize("language", ["vi", "en"])
def test_no_control_character_reaches_the_terminal(inventory: AssessedInventory, language: str) -> None:
    assert not any((ord(c) < 0x20 and c != "\n") or 0x7F <= ord(c) < 0xA0 for c in written(inventory, language))


def test_every_vietnamese_letter_of_a_target_is_shown_within_its_columns(
    inventory: AssessedInventory, sample_module: ModuleType
) -> None:
    shown = ""
    for start in range(0, len(sample_module.ALL_LETTERS), 40):
        name = sample_module.ALL_LETTERS[start : start + 40]
        first = next(iter(inventory.targets()))
        sighting = replace(first.sighting, target=FileTarget(name, "/"))
        one = replace(inventory, targets=lambda sighting=sighting, first=first: iter([replace(first, sighting=sighting)]))
        text = written(one, "vi")
        assert max(display_width(line) for line in text.splitlines()) <= 80
        assert name in text
        shown += name
    assert shown == sample_module.ALL_LETTERS


def test_unknown_stands_beside_the_other_states(inventory: AssessedInventory) -> None:
    text = written(inventory, "vi")
    assert "chưa xác định" in text
    assert "chờ hướng dẫn" in text


def test_what_a_policy_finds_stands_behind_its_status(inventory: AssessedInventory) -> None:
    english, vietnamese = (" ".join(written(inventory, language).split()) for language in ("en", "vi"))
    assert "(initial public draft, November 2024): draft; overdue 1, with a date ahead 9, met 1" in english
    assert "dự thảo; quá hạn 1, có thời hạn 9, đạt 1" in vietnamese
    assert "November 2026): awaiting guidance CNSA 2.0" in english  # Its status says it already.


def test_coverage_says_over_how_many_scans_it_adds_up(inventory: AssessedInventory) -> None:
    three = replace(inventory, coverage=replace(inventory.coverage, runs=3))
    assert "Coverage: 268 attempted: connection refused 244" in written(inventory, "en").replace("\n  ", " ")
    assert "Coverage, in 3 scans together: 268 attempted: connection refused 244" in written(three, "en").replace("\n  ", " ")
    assert "trong 3 lần quét" in written(three, "vi")


def test_no_summary_claims_compliance(inventory: AssessedInventory) -> None:
    assert "không kết luận về việc tuân thủ pháp luật" in " ".join(written(inventory, "vi").split())


def test_an_empty_inventory_has_a_summary_too(inventory: AssessedInventory) -> None:
    empty = replace(inventory, targets=lambda: iter(()), findings=())
    assert "0 targets" in written(empty, "en")
