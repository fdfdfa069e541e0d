"""Renderers of the assessed inventory, one file per output format."""

from __future__ import annotations

from pqscan.report import Report

NAMES = ("csv", "html", "json", "terminal")


def renderer(name: str) -> Report:
    """The report of one of `NAMES`, loaded when it is asked for: a summary on the terminal needs no HTML. Raises LookupError."""
    match name:
        case "csv":
            from pqscan_reports.csv_inventory import CsvReport

            return CsvReport()
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
