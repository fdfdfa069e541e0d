"""Renderers of the assessed inventory, one file per output format."""

from __future__ import annotations

from pqscan.report import Report
from pqscan_reports.csv_inventory import CsvReport
from pqscan_reports.html import HtmlReport
from pqscan_reports.json_inventory import JsonReport
from pqscan_reports.terminal import TerminalReport

ALL_REPORTS: tuple[Report, ...] = (CsvReport(), HtmlReport(), JsonReport(), TerminalReport())
