"""`pqscan policy` as it is typed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pqscan.cli import main
from pqscan.policy.editions import EDITION_FILES, policies
from tests.unit.app.test_packs import keys, pack
from tests.unit.policy.test_reading import GOOD

__all__ = ["keys"]  # A fixture.


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("PQSCAN_POLICIES", raising=False)


def said(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    assert main(["--lang", "en", *arguments]) == code
    return capsys.readouterr().out


def document(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> Any:  # Any: whatever the command printed.
    return json.loads(said(capsys, *arguments, "--json", code=code))


def test_the_list_is_grouped_by_who_made_the_policies_and_tells_the_next_date(capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, "policy", "list", "--as-of", "2026-11-29")
    headings = [line for line in text.splitlines() if not line.startswith(" ")]
    assert headings[:3] == ["Viet Nam", "United States", "European Union"]
    assert len(headings) == len(set(headings))
    assert "binding; 1 rule; 8 milestones; next date 4 May 2027" in " ".join(text.split())
    assert max(map(len, text.splitlines())) <= 80


def test_the_list_as_json_has_every_policy_with_its_digest(capsys: pytest.CaptureFixture[str]) -> None:
    rows = document(capsys, "policy", "list", "--as-of", "2026-11-29")
    assert [row["id"] for row in rows] == list(EDITION_FILES)
    assert {row["id"]: row["digest"] for row in rows} == {each.id: each.digest for each in policies()}
    assert next(row for row in rows if row["id"] == "vietnam")["next_date"] is None


def test_show_tells_every_rule_with_its_date_scope_and_source(capsys: pytest.CaptureFixture[str]) -> None:
    text = " ".join(said(capsys, "policy", "show", "cnsa-2.0-faq", "--as-of", "2026-11-29").split())
    assert (
        "no longer acquired from 1 January 2027 on; scope: national security systems, acquired on 1 January 2027 or later" in text
    )
    assert "CNSA 2.0 FAQ, version 2.1, hybrid; read on 6 September 2026 in a transcription" in text
    assert "What lies ahead from 29 November 2026 on 1 January 2027 cnsa2-acquisition" in text


def test_every_scope_of_a_shipped_rule_is_told_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    for edition in policies():
        text = " ".join(said(capsys, "policy", "show", edition.id, "--as-of", "2026-11-29").split())
        for predicate in {word.removeprefix("!") for rule in edition.rules for word in rule.scope}:
            assert not {f"scope: {predicate}", f", {predicate};"} & {text}
            assert "_" not in "".join(part.split(";")[0] for part in text.split("scope: ")[1:]), edition.id
    text = " ".join(said(capsys, "policy", "show", "us-eo-14412", "--as-of", "2026-11-29").split())
    assert "scope: high-value assets or high impact, except national security systems" in text


def test_the_list_puts_no_pair_of_brackets_after_another(capsys: pytest.CaptureFixture[str]) -> None:
    text = " ".join(said(capsys, "policy", "list", "--as-of", "2026-11-29").split())
    assert ") (" not in text
    assert "initial public draft" in text


def test_what_lies_ahead_shrinks_with_time(capsys: pytest.CaptureFixture[str]) -> None:
    early = document(capsys, "policy", "show", "us-omb", "--as-of", "2026-01-01")["ahead"]
    late = document(capsys, "policy", "show", "us-omb", "--as-of", "2035-12-31")["ahead"]
    assert [row["id"] for row in early][:2] == ["us-m2302-annual", "us-m2615-plan"]
    assert [row["id"] for row in late] == ["us-m2615-phase-5", "us-m2615-rest"]


def test_r03_vietnam_is_shown_to_await_guidance_without_a_date(capsys: pytest.CaptureFixture[str]) -> None:
    shown = document(capsys, "policy", "show", "vietnam")
    assert (shown["status"], shown["ahead"], shown["next_date"], shown["milestones"]) == ("awaiting_guidance", [], None, [])
    assert [(rule["state"], rule["date"], rule["families"]) for rule in shown["rules"]] == [("awaiting_guidance", None, [])]
    assert "awaiting guidance" in said(capsys, "policy", "show", "vietnam")


def test_contradictions_tell_what_each_policy_says_on_the_day(capsys: pytest.CaptureFixture[str]) -> None:
    rows = {row["id"]: row for row in document(capsys, "policy", "contradictions", "--as-of", "2026-11-29")}
    hybrid = {each["policy"]: each["verdict"] for each in rows["hybrid"]["positions"]}
    assert (hybrid["bsi-tr-02102-1"], hybrid["cnsa-2.0-faq"], hybrid["asd-ism"]) == ("meets", "not_met", "not_recommended")
    later = {row["id"]: row for row in document(capsys, "policy", "contradictions", "--as-of", "2031-06-01")}
    assert [each["verdict"] for each in later["p-256"]["positions"]] == ["due", "overdue"]
    assert [each["date"] for each in later["p-256"]["positions"]] == ["2035-12-31", "2030-12-31"]
    text = said(capsys, "policy", "contradictions", "--as-of", "2026-11-29")
    assert "X25519MLKEM768, cnsa-2.0-faq: not met (cnsa2-hybrid)" in text


def test_r39_packs_of_a_folder_are_listed_and_what_they_replace_is_said(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack(tmp_path / "packs", "ours")
    pack(tmp_path / "packs", "uk-ncsc")
    text = said(capsys, "policy", "list", "--policy-folder", str(tmp_path / "packs"))
    assert "your own" in text
    assert "in place of the one that comes with pqscan" in " ".join(text.split())
    monkeypatch.setenv("PQSCAN_POLICIES", str(tmp_path / "packs"))
    rows = {row["id"]: row for row in document(capsys, "policy", "list")}
    assert {name for name, row in rows.items() if row["own"]} == {"ours", "uk-ncsc"}
    assert {name for name, row in rows.items() if row["replaces_shipped"]} == {"uk-ncsc"}


def test_check_tells_every_fault_and_ends_with_2(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    wrong = pack(tmp_path / "packs", "ours", GOOD.replace('state = "disallowed"', 'state = "x"').replace('section = "2"', ""))
    text = said(capsys, "policy", "check", str(wrong), code=2)
    assert "2 faults; no signature" in text
    assert "line 13 of" in text
    good = pack(tmp_path / "good", "ours")
    assert "SHA-256 " in said(capsys, "policy", "check", str(good))
    assert document(capsys, "policy", "check", str(good))[0]["problems"] == []


def test_with_a_key_only_a_valid_signature_passes(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, keys: tuple[Path, Path]
) -> None:
    private, public = map(str, keys)
    path = str(pack(tmp_path / "packs", "ours"))
    assert "no signature" in said(capsys, "policy", "check", path, "--key", public, code=2)
    said(capsys, "policy", "sign", path, "--key", private)
    assert "signature valid" in said(capsys, "policy", "check", path, "--key", public)
    Path(path).write_text(GOOD.replace("2030-12-31", "2040-12-31"))
    assert "SIGNATURE WRONG" in said(capsys, "policy", "check", path, "--key", public, code=2)
