"""Renderers of the assessed inventory, one file per output format."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # Whoever prints escapes what it prints, and needs no report for that.
    from pqscan.report import Report

NAMES = ("csv", "cyclonedx", "docx-section", "html", "json", "sarif", "terminal", "xlsx")
REDACTED_NAMES = ("csv", "docx-section", "json", "xlsx")
"""The reports that have a redacted edition, which is built from counts alone."""


def renderer(name: str, *, is_redacted: bool = False) -> Report:
    """The report of one of `NAMES`, loaded when it is asked for: a summary on the terminal needs no HTML. Raises LookupError."""
    if is_redacted and name not in REDACTED_NAMES:
        raise LookupError(name)
    match name:
        case "json" if is_redacted:
            from pqscan_reports.handed_in.redacted import RedactedJsonReport

            return RedactedJsonReport()
        case "csv" if is_redacted:
            from pqscan_reports.handed_in.redacted import RedactedCsvReport

            return RedactedCsvReport()
        case "xlsx":
            from pqscan_reports.handed_in.workbook import WorkbookReport

            return WorkbookReport()
        case "docx-section":
            from pqscan_reports.handed_in.docx_section import DocxSectionReport

            return DocxSectionReport()
        case "csv":
            from pqscan_reports.csv_inventory import CsvReport

            return CsvReport()
        case "cyclonedx":
            from pqscan_reports.cyclonedx import CycloneDxReport

            return CycloneDxReport()
        case "sarif":
            from pqscan_reports.sarif import SarifReport

            return SarifReport()
        case "html":
            from pqscan_reports.html import HtmlReport

            return HtmlReport()
        case "json":
            from pqscan_reports.json_inventory import JsonReport

            return JsonReport()
        case "terminal":
            from pqscan_reports.terminal import TerminalReport

            return TerminalReport()
    raise LookupError(name)
