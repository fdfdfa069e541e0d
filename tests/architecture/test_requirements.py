"""docs/requirements.md names every test that holds a requirement, and no other."""

from __future__ import annotations

import re

import pytest

from tests.architecture.house import ROOT, project_files

TABLE = (ROOT / "docs" / "requirements.md").read_text("utf-8")
ROWS = {int(number): line for line in TABLE.splitlines() if (number := line[3:5]).isdigit() and line.startswith("| R")}
TESTS = {
    name
    for path in project_files()
    if path.parts[0] == "tests" and path.suffix == ".py"
    for name in re.findall(r"^(?:async )?def (test_r\d\d_\w+)", (ROOT / path).read_text("utf-8"), re.MULTILINE)
}


def test_there_is_a_row_of_every_requirement() -> None:
    assert sorted(ROWS) == list(range(1, 42))


@pytest.mark.parametrize("number", sorted(ROWS))
def test_a_row_names_the_tests_of_its_requirement(number: int) -> None:
    named = re.findall(r"`(test_r\w+)`", ROWS[number])
    assert sorted(named) == sorted(name for name in TESTS if name.startswith(f"test_r{number:02d}_"))


def test_what_has_no_test_by_number_is_said_below() -> None:
    told = set(re.findall(r"R(\d\d)", TABLE.partition("## Not yet")[2]))
    assert told == {f"{number:02d}" for number, row in ROWS.items() if "`test_r" not in row}
