"""How the bench prints what it measured."""

from __future__ import annotations

from bench.result import Goal, Section, goals_table


def test_a_missing_peer_is_a_line_with_its_reason() -> None:
    section = Section("Part", ("program", "wall s", "CPU s"))
    section.miss("nmap", "is not installed")
    assert section.rows == [("nmap", "is not installed", "")]


def test_a_bar_in_a_cell_does_not_end_the_cell() -> None:
    section = Section("Part", ("command",), [("a | b",)])
    assert r"| a \| b |" in section.markdown()


def test_what_could_not_be_measured_is_neither_met_nor_missed() -> None:
    section = Section(
        "Part", ("",), goals=[Goal("fast", "Go is missing", None), Goal("small", "9", True), Goal("flat", "2 ×", False)]
    )
    assert [line.split(" | ")[-1] for line in goals_table([section]).splitlines()[2:]] == [
        "not measured |",
        "met |",
        "**not met** |",
    ]
