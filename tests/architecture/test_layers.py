"""The import rules name every part of the program, so that no new part escapes them. `make lint` checks the rules."""

from __future__ import annotations

import re
import tomllib

from tests.architecture.house import ROOT

CONTRACTS = {
    contract["name"]: contract
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
}
PARTS = {f"pqscan.{path.stem}" for path in (ROOT / "pqscan").iterdir() if not path.name.startswith("_")} | {
    "pqscan_probes",
    "pqscan_reports",
}


def test_every_part_stands_in_one_layer() -> None:
    layers = [name for layer in CONTRACTS["Imports run downward"]["layers"] for name in re.split(r" [|:] ", layer)]
    assert sorted(layers) == sorted(PARTS)


def test_all_parts_but_the_store_leave_sql_alone() -> None:
    contract = CONTRACTS["Only the store speaks SQL"]
    assert set(contract["source_modules"]) == PARTS - {"pqscan.store", "pqscan.errors"}


def test_all_parts_but_the_command_line_leave_click_alone() -> None:
    contract = CONTRACTS["Only the command line knows click"]
    assert set(contract["source_modules"]) == PARTS - {"pqscan.cli", "pqscan.errors"}
