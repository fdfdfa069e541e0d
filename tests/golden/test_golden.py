"""The sample inventory as every text report writes it, byte for byte. To renew after a meant change: see README.md here."""

from __future__ import annotations

import importlib.util
import io
from pathlib import Path

import pytest
from pqscan_reports.csv_inventory import CsvReport
from pqscan_reports.json_inventory import JsonReport
from pqscan_reports.terminal import TerminalReport

from pqscan.report import Report, ReportOptions

HERE = Path(__file__).resolve().parent
_spec = importlib.util.spec_from_file_location("golden_sample", HERE / "sample.py")
assert _spec is not None
assert _spec.loader is not None
_module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)

CASES: list[tuple[str, Report, ReportOptions]] = [
    (f"inventory.{language}{suffix}", report, ReportOptions(language=language, excel=excel))
    for language in ("vi", "en")
    for suffix, report, excel in (
        (".json", JsonReport(), False),
        (".csv", CsvReport(), False),
        (".excel.csv", CsvReport(), True),
        (".txt", TerminalReport(), False),
    )
]


def written(report: Report, options: ReportOptions) -> bytes:
    out = io.BytesIO()
    report.write(_module.sample(), options, out)
    return out.getvalue()


@pytest.mark.parametrize(("name", "report_", "options"), CASES, ids=[case[0] for case in CASES])
def test_the_sample_inventory_is_written_as_the_golden_file(name: str, report_: Report, options: ReportOptions) -> None:
    assert written(report_, options) == (HERE / name).read_bytes()


if __name__ == "__main__":
    for file_name, renderer, chosen in CASES:
        (HERE / file_name).write_bytes(written(renderer, chosen))
