"""`pqscan report`: the assessed inventory as a file."""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pqscan.cli import out, words
from pqscan.cli.assess import AS_OF_HELP, POLICY_HELP, SYSTEM_HELP, UNIT_HELP, chosen_policies, chosen_systems, read_day
from pqscan.cli.group import command, option
from pqscan.cli.settings import settings
from pqscan.cli.words import msgid
from pqscan.errors import UsageError, WorkError

if TYPE_CHECKING:
    from pqscan.report import AssessedInventory

FORMATS = ("html", "json", "csv", "text", "xlsx", "docx-section")
EDITIONS = ("full", "redacted")


@command(
    "report",
    short_help=msgid("HTML, JSON, CSV, text, XLSX or DOCX."),
    help=msgid(
        "Writes what is in the store, judged, as one self-contained HTML page, as JSON (pqscan-inventory/1), as CSV, or as a "
        "summary in text; as a workbook (xlsx), or as a section to paste into a report (docx-section). The same store and the same "
        "day give the same bytes. The redacted edition holds counts alone."
    ),
)
@click.argument("format_", metavar="FORMAT", type=click.Choice(FORMATS))
@option("--output", "-o", metavar="FILE", help=msgid("Where it goes; default: standard output."))
@option("--policy", metavar="NAME", multiple=True, help=POLICY_HELP)
@option("--as-of", metavar="DATE", help=AS_OF_HELP)
@option("--run", metavar="ID", help=msgid("What one run saw; default: what every target answers now."))
@option("--unit", metavar="CODE", help=UNIT_HELP)
@option("--system", metavar="CODE", help=SYSTEM_HELP)
@option("--excel", is_flag=True, help=msgid("CSV that Excel opens as it is: byte order mark, semicolons."))
@option("--edition", type=click.Choice(EDITIONS), default="full", help=msgid("full, or redacted: without hosts, names and places."))
@option("--figures", metavar="FILE", help=msgid("Figures that no scan can tell (budget, training), as TOML."))
@option("--snapshot", metavar="FILE", help=msgid("The sealed unit file whose digest is printed."))
def report(
    format_: str,
    output: str | None,
    policy: tuple[str, ...],
    as_of: str | None,
    run: str | None,
    unit: str | None,
    system: str | None,
    excel: bool,
    edition: str,
    figures: str | None,
    snapshot: str | None,
) -> None:
    from pqscan.app.assessment import assess
    from pqscan.app.handing_in import Beside, with_readiness

    is_redacted = edition == "redacted"
    if excel and format_ != "csv":
        raise UsageError("--excel is for CSV: pqscan report csv --excel")
    day, policies = read_day(as_of), chosen_policies(policy)
    chosen = settings()
    with chosen.open_store() as store:
        inventory = assess(store, policies=policies, as_of=day, run=run, within=chosen_systems(store, unit, system))
        if is_redacted or format_ in ("xlsx", "docx-section"):
            beside = Beside(unit, None if figures is None else Path(figures), None if snapshot is None else Path(snapshot))
            inventory = with_readiness(inventory, store, beside)
        if output is None or output == "-":
            from pqscan.app.reporting import report as render

            sys.stdout.flush()
            render(inventory, format_, sys.stdout.buffer, language=words.language(), excel=excel, is_redacted=is_redacted)
            sys.stdout.buffer.flush()
            return
        _write(Path(output), inventory, format_, excel, is_redacted=is_redacted)
        if not chosen.is_quiet:
            out.note(words.filled("Written: {path}", path=Path(output).resolve()))


def _write(path: Path, inventory: AssessedInventory, name: str, excel: bool, *, is_redacted: bool = False) -> None:
    """Whole or not at all: an older report stays until the new one is complete."""
    from pqscan.app.place import owner_only
    from pqscan.app.reporting import report as render
    from pqscan.cli.trial_files import leads_to_a_stream

    if not path.name or leads_to_a_stream(path):  # An empty name, `.` or `/`.
        raise WorkError(f"the report cannot be written to {path}: it is no file")
    partial = path.with_name(f".pqscan-{secrets.token_hex(8)}")  # As long a name as the system takes would be too long with more.
    try:
        try:
            with open(partial, "xb", opener=owner_only) as file:
                render(inventory, name, file, language=words.language(), excel=excel, is_redacted=is_redacted)
            if path.exists() and not path.is_file():
                raise WorkError(f"the report cannot be written to {path}: it is no file")
            os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise WorkError(f"the report cannot be written to {path}: {error.strerror}") from None
