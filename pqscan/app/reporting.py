"""Writes an assessed inventory in one of the formats."""

from __future__ import annotations

from typing import BinaryIO

from pqscan.errors import UsageError
from pqscan.report import AssessedInventory, Report, ReportOptions

REPORT_NAMES = ("html", "json", "csv", "text")
_TERMINAL = "terminal"


def report(inventory: AssessedInventory, name: str, out: BinaryIO, *, language: str = "vi", excel: bool = False) -> None:
    """Renders to `out`. `excel` is for CSV: with a byte order mark and semicolons. Raises UsageError for another name."""
    renderer(name).write(inventory, ReportOptions(language, excel), out)


def renderer(name: str) -> Report:
    """The report of that name; `text` is the summary for a terminal."""
    import pqscan_reports

    if name not in REPORT_NAMES:
        raise UsageError(f"there is no report {name!r}; choose one of {', '.join(REPORT_NAMES)}")
    return pqscan_reports.renderer(_TERMINAL if name == "text" else name)
