"""Writes an assessed inventory in one of the formats."""

from __future__ import annotations

from typing import BinaryIO

from pqscan.errors import UsageError
from pqscan.report import AssessedInventory, Report, ReportOptions

REPORT_NAMES = ("html", "json", "csv", "text", "xlsx", "docx-section", "cyclonedx", "sarif")
_TERMINAL = "terminal"


def report(
    inventory: AssessedInventory,
    name: str,
    out: BinaryIO,
    *,
    language: str = "vi",
    excel: bool = False,
    is_redacted: bool = False,
    spec_version: str = "1.6",
    with_crypto_assets: bool = True,
    root: str = "",
) -> None:
    """Renders to `out`. `excel` is for CSV: with a byte order mark and semicolons. `is_redacted`: the edition without anything that
    names a host, a person or a place. `spec_version` and `with_crypto_assets` are for CycloneDX, `root` for SARIF: the folder from
    which paths are told. Raises UsageError for another name, or one that has no such edition."""
    options = ReportOptions(language, excel, is_redacted, spec_version, with_crypto_assets, root)
    renderer(name, is_redacted=is_redacted).write(inventory, options, out)


def renderer(name: str, *, is_redacted: bool = False) -> Report:
    """The report of that name; `text` is the summary for a terminal."""
    import pqscan_reports

    if name not in REPORT_NAMES:
        raise UsageError(f"there is no report {name!r}; choose one of {', '.join(REPORT_NAMES)}")
    if is_redacted and name not in pqscan_reports.REDACTED_NAMES:
        raise UsageError(f"there is no redacted edition of {name}; choose one of {', '.join(pqscan_reports.REDACTED_NAMES)}")
    return pqscan_reports.renderer(_TERMINAL if name == "text" else name, is_redacted=is_redacted)
