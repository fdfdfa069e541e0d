"""`pqscan import csv`: an asset list into the register of systems."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pqscan.cli import out, words
from pqscan.cli.group import command, option
from pqscan.cli.register import REASON_HELP, doing, reasons_json
from pqscan.cli.settings import settings
from pqscan.cli.words import msgid

if TYPE_CHECKING:
    from pqscan.app.importing.assets import AssetPlan

PROFILES = ("plain", "netbox", "glpi", "servicenow")


@command(
    "csv",
    short_help=msgid("Takes over an asset list (CSV, XLSX)."),
    help=msgid(
        "Takes an asset list over into the register of systems: each asset a system whose scope is its addresses. The columns are "
        "known by their headings, as NetBox, GLPI and ServiceNow export them, or plain: name, address, port, service, unit, owner, "
        "site. Rows that are wrong are told with their line, and the others are taken over."
    ),
)
@click.argument("file", metavar="FILE")
@option("--columns", type=click.Choice(PROFILES), help=msgid("Whose headings they are; default: those that most of them are."))
@option("--as-targets", metavar="FILE", help=msgid("Writes the assets as a list for scan net @FILE."))
@option("--dry-run", is_flag=True, help=msgid("Only says what would change."))
@option("--reason", metavar="TEXT", default="", help=REASON_HELP)
def import_csv(file: str, columns: str | None, as_targets: str | None, dry_run: bool, reason: str) -> None:
    from pqscan.app.importing.assets import import_assets, plan_assets

    chosen = settings()
    by = doing(reason)
    with chosen.open_store(create=True) as store:
        planned = plan_assets(store, file, profile=columns, day=by.at.date())
        if not dry_run:
            import_assets(store, planned, file, by)
    if as_targets is not None:
        _write_targets(as_targets, planned)
    if chosen.wants_json:
        out.document(_json(planned, dry_run))
        return
    _print(planned, dry_run)
    if as_targets is not None and not chosen.is_quiet:
        out.note(words.filled("Written: {path}", path=Path(as_targets).resolve()))


def _write_targets(path: str, planned: AssetPlan) -> None:
    from pqscan.cli.trial_files import whole_file

    lines = dict.fromkeys(line for asset in planned.assets.assets for line in asset.targets)
    with whole_file(Path(path), owner_alone=True) as file:
        file.writelines(f"{line}\n".encode() for line in lines)


def _json(planned: AssetPlan, dry_run: bool) -> out.Json:
    plan = planned.planned.plan
    return {
        "columns": planned.assets.profile,
        "rows": planned.assets.rows,
        "imported": not dry_run,
        "new": [change.code for change in plan.new],
        "altered": [change.code for change in plan.altered],
        "unchanged": plan.unchanged,
        "problems": reasons_json(planned.problems),
    }


def _print(planned: AssetPlan, dry_run: bool) -> None:
    say, plan = words.say(), planned.planned.plan
    for problem in planned.problems:
        out.note(say.render(problem))
    counts = ", ".join(
        (
            words.counted("{count} new", "{count} new", len(plan.new)),
            words.counted("{count} altered", "{count} altered", len(plan.altered)),
            words.counted("{count} unchanged", "{count} unchanged", plan.unchanged),
        )
    )
    told = words.counted("{count} row", "{count} rows", planned.assets.rows)
    out.line(words.filled("{rows}, columns of {profile}: {counts}", rows=told, profile=planned.assets.profile, counts=counts))
    if dry_run:
        out.line(words.gettext("A dry run: nothing was changed."))
