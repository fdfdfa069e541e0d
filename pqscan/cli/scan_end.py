"""What `pqscan scan net` says at its end: the summary, and what was left: throttled, not asked, interrupted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pqscan.cli import out, words
from pqscan.model.outcome import OutcomeStatus

if TYPE_CHECKING:
    from pqscan.app.scanning import ScanResult
    from pqscan.cli.settings import Settings
    from pqscan.scan.settings import Summary
    from pqscan.store.repository import Store


def tell_end(result: ScanResult, store: Store, chosen: Settings, *, data_is_stream: bool) -> None:
    from pqscan_reports.json_inventory import run_json

    from pqscan.app.assessment import assess
    from pqscan.cli.summary import print_summary, summary_json

    run, summary = result.run, result.summary
    inventory = assess(store, run=run.id)
    if chosen.wants_json and not data_is_stream:
        out.document({"run": run_json(run), "interrupted": summary.interrupted, "again": summary.again, **summary_json(inventory)})
    elif not data_is_stream:
        print_summary(inventory)
    left = summary.total - summary.cursor or summary.again
    if not chosen.is_quiet:
        for line in left_behind(summary):
            out.note(line)
    if summary.interrupted:
        out.note(
            words.filled(
                "Interrupted with {left} of {total} targets left; what is done is kept. Go on with: pqscan scan net --resume {run}",
                left=words.say().number(left),
                total=words.say().number(summary.total),
                run=run.id,
            )
        )
    elif summary.again and not chosen.is_quiet:
        again = words.counted("{count} target gave no answer in time", "{count} targets gave no answer in time", summary.again)
        out.note(words.filled("{again}; ask again with: pqscan scan net --resume {run}", again=again, run=run.id))
    if not chosen.is_quiet:
        out.note(words.filled("Run {run} is in the store; see: pqscan show targets", run=run.id))


def left_behind(summary: Summary) -> list[str]:
    """A line each, shorter than 80 columns, of what this run had to wait for and what it spared."""
    lines: list[str] = []
    throttled = summary.by_status.get(OutcomeStatus.THROTTLED, 0)
    if throttled:
        lines.append(
            words.counted(
                "{count} target answered before and then wanted a pause.",
                "{count} targets answered before and then wanted a pause.",
                throttled,
            )
        )
    spared = summary.by_status.get(OutcomeStatus.NOT_ASKED, 0)
    if spared:
        lines.append(
            words.counted(
                "{count} target was not asked, as its address said nothing on other ports.",
                "{count} targets were not asked, as their addresses said nothing on other ports.",
                spared,
            )
        )
        lines.append(words.gettext("To ask every port of every address: --silent-ports 0"))
    if summary.paused_seconds >= 1:
        seconds = words.say().number(round(summary.paused_seconds))
        lines.append(words.filled("The scan paused for {seconds} s, while nobody could be reached.", seconds=seconds))
    return lines
