"""Says at the end of a test run how many test vectors ran, by source and library (a pytest hook, used by tests/conftest.py).

A test that runs vectors records lines under the name VECTORS with `record_property`; that reaches the process that prints, too,
where tests run in many."""

from __future__ import annotations

import pytest

VECTORS = "vectors"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [report for outcome in ("passed", "failed") for report in terminalreporter.stats.get(outcome, [])]
    lines = sorted({str(line) for report in reports for name, line in getattr(report, "user_properties", ()) if name == VECTORS})
    if lines:
        terminalreporter.section("test vectors by source and library")
        for line in lines:
            terminalreporter.write_line(line)
