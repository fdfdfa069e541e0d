"""The summary of an inventory: as text for a terminal, as counts in JSON."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

from pqscan.cli import out, words

if TYPE_CHECKING:
    from pqscan.report import AssessedInventory


def print_summary(inventory: AssessedInventory) -> None:
    from pqscan.app.reporting import report

    buffer = io.BytesIO()
    report(inventory, "text", buffer, language=words.language())
    sys.stdout.write(buffer.getvalue().decode("utf-8"))


def summary_json(inventory: AssessedInventory) -> dict[str, out.Json]:
    """Counts by state, by policy and verdict, and the coverage."""
    from pqscan_reports.tally import FindingIndex, tally

    counted = tally(inventory, FindingIndex(inventory.findings), 0)
    return {
        "as_of": inventory.as_of.isoformat(),
        "targets": counted.targets,
        "key_establishment": {state.value: count for state, count in sorted(counted.key_establishment.items()) if count},
        "authentication": {state.value: count for state, count in sorted(counted.authentication.items()) if count},
        "policies": {
            policy: {verdict.value: count for verdict, count in sorted(verdicts.items())}
            for policy, verdicts in sorted(counted.policy_verdicts.items())
        },
        "coverage": {
            "attempted": inventory.coverage.attempted,
            "runs": inventory.coverage.runs,
            "by_status": {status.value: count for status, count in sorted(inventory.coverage.by_status.items())},
        },
    }
