"""Fails a run that skipped more tests than PQSCAN_MOST_SKIPS allows (a pytest plugin; without that variable, silent).

A missing peer skips its tests with a reason; this keeps a machine that should have all of them from skipping unseen.
"""

from __future__ import annotations

import os

import pytest


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    limit = os.environ.get("PQSCAN_MOST_SKIPS")
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if limit is None or reporter is None or hasattr(session.config, "workerinput"):
        return
    skipped = len(reporter.stats.get("skipped", []))
    if skipped > int(limit) and session.exitstatus == pytest.ExitCode.OK:
        reporter.write_line(
            f"{skipped} tests skipped, and PQSCAN_MOST_SKIPS allows {limit}: run pytest -rs for the reasons", red=True
        )
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
