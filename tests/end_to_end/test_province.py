"""The sample province: its sheets are sound, and its year has a finding in every state there is."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from pqscan.readiness.kinds import SHEETS
from pqscan.readiness.life import LifeState
from tests.architecture.house import ROOT
from tests.end_to_end.conftest import Program

PROVINCE = ROOT / "examples" / "province"
FILES = {
    "unit": "units", "head": "heads", "system": "systems", "product": "products", "budget": "budgets", "training": "training",
    "legal_basis": "legal_bases", "task": "tasks", "connection": "connections", "classification": "classifications",
    "tagged": "tagged",
}  # fmt: skip
AS_OF = "2026-11-20"
NIST = ("--policy", "nist-ir-8547", "--as-of", AS_OF)

pytestmark = pytest.mark.lab


def imported(program: Program) -> Program:
    for kind, name in FILES.items():
        program.within("register", "import", kind, str(PROVINCE / f"{name}.csv"))
    return program


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Program:
    folder: Path = tmp_path_factory.mktemp("province")
    program = Program(folder, str(folder / "province.sqlite"))
    for script in ("fill.py", "decide.py"):
        subprocess.run([sys.executable, PROVINCE / script, program.store], env=program.environment, check=True, capture_output=True)
    return imported(program)


def test_there_is_a_sheet_of_every_kind() -> None:
    assert list(FILES) == list(SHEETS)


def test_every_sheet_is_imported_without_an_error_and_a_second_time_changes_nothing(program: Program) -> None:
    for kind, name in FILES.items():
        file = PROVINCE / f"{name}.csv"
        with file.open(encoding="utf-8", newline="") as rows:
            count = sum(1 for _ in csv.DictReader(rows))
        tried = program.within("register", "import", kind, str(file), "--dry-run", "--json").json
        assert (len(tried["new"]), tried["problems"]) == (count, []), kind
        assert tried["imported"] is False
        program.within("register", "import", kind, str(file))
        again = program.within("register", "import", kind, str(file), "--dry-run", "--json").json
        assert (again["new"], again["altered"], again["unchanged"]) == ([], {}, count), kind


@pytest.fixture(scope="module")
def listed(province: Program) -> list[Any]:  # Any: rows of a JSON document.
    """Every finding, whatever its state."""
    return list(province.works("finding", "list", "--state", "all", *NIST, "--json").json)


def test_a_finding_is_in_every_state_there_is(listed: list[Any]) -> None:
    states = Counter(row["state"] for row in listed)
    missing = {state.value for state in LifeState} - set(states)
    assert missing == set()
    lapsed = [row for row in listed if row["state"] == "open" and any(turn["state"] == "waived" for turn in row["history"])]
    assert len(lapsed) == 1


def test_a_server_that_moved_keeps_its_history(listed: list[Any]) -> None:
    here = [row for row in listed if row["target"]["address"] == "10.60.0.51" and row["value"] == "0x001d"]
    assert [(row["state"], row["first_seen"][:4]) for row in here] == [("open", "2025")]
    assert not [row for row in listed if row["target"]["address"] == "10.60.0.50"]


def test_a_renewed_certificate_leaves_its_finding_the_same(province: Program) -> None:
    told = province.works("diff", "--from", "2025-12-01", "--to", "2026-11-01").out
    (changed,) = (part for part in told.split("\n\n") if part.startswith("10.60.0.10:443"))
    assert "+ certificate" in changed
    assert "- certificate" in changed
    rows = province.works("finding", "list", "--where", "network=10.60.0.10/32", *NIST, "--json").json
    assert rows
    assert {row["first_seen"][:4] for row in rows} == {"2025"}


def test_the_register_says_what_is_to_be_looked_at(province: Program) -> None:
    told = province.works("register", "check").out.replace("\n    ", " ")
    for words in (
        "NQ-EX/12 ended",
        "(SP02) expired",
        "STC/2026: no figures yet",
        "NV03 is past its deadline",
        "(DUQS) has no plan",
    ):
        assert words in told, words


def test_a_planned_system_is_judged_by_the_algorithms_of_its_dossier(province: Program) -> None:
    def outcomes(code: str, ends: int) -> dict[str, str]:
        done = province("gate", "--system", code, "--as-of", AS_OF, "--json")
        assert (done.code, done.json["source"]) == (ends, "dossier")
        return {row["id"]: row["outcome"] for row in done.json["criteria"] if row["policy"] is None}

    assert outcomes("HT49", 0)["short_key"] == "met"
    assert outcomes("HT59", 1)["short_key"] == "not_met"
    assert "Source: dossier\n" in province("gate", "--system", "HT59", "--as-of", AS_OF).out
