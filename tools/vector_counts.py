"""Says at the end of a test run how many test vectors ran, by source and library, and how much of the corpus of files was found
(a pytest hook, used by tests/conftest.py).

A test records lines under the name VECTORS or FIGURES with `record_property`; that reaches the process that prints, too, where
tests run in many."""

from __future__ import annotations

import pytest

VECTORS, FIGURES = "vectors", "figures"
_TITLES = {VECTORS: "test vectors by source and library", FIGURES: "files of the corpus"}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [report for outcome in ("passed", "failed") for report in terminalreporter.stats.get(outcome, [])]
    for wanted, title in _TITLES.items():
        lines = sorted({str(line) for report in reports for name, line in getattr(report, "user_properties", ()) if name == wanted})
        if lines:
            terminalreporter.section(title)
            for line in lines:
                terminalreporter.write_line(line)
