"""`pqscan report`: the assessed inventory as a file."""

from __future__ import annotations

import hashlib
import os
import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

import click

from pqscan.cli import out, words
from pqscan.cli.age import carried, recipient_option
from pqscan.cli.assess import AS_OF_HELP, POLICY_HELP, SYSTEM_HELP, UNIT_HELP, chosen_policies, chosen_systems, read_day
from pqscan.cli.group import command, option
from pqscan.cli.pseudonym import PSEUDONYM_KEY_HELP, PSEUDONYMISE_HELP, pseudonyms
from pqscan.cli.settings import settings
from pqscan.cli.words import msgid
from pqscan.errors import UsageError, WorkError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pqscan.report import AssessedInventory

FORMATS = ("html", "json", "csv", "text", "xlsx", "docx-section", "cyclonedx", "sarif")
EDITIONS = ("full", "redacted")
SHOWS_READINESS = ("html", "text", "xlsx", "docx-section")
DATA_FORMATS = ("json", "csv")
MACHINE_FORMATS = ("cyclonedx", "sarif")  # without what the register tells
SPEC_VERSIONS = ("1.6", "1.7")
CLASSIFICATION_HELP = msgid("The decision in the register by which the report bears a mark; without one it bears none.")


class _Form(TypedDict, total=False):
    """Options of single formats, as `pqscan.app.reporting.report` takes them."""

    spec_version: str
    with_crypto_assets: bool
    root: str


@command(
    "report",
    short_help=msgid("HTML, JSON, CSV, text, XLSX, DOCX, CycloneDX or SARIF."),
    help=msgid(
        "Writes what is in the store, judged, as one self-contained HTML page, as JSON (pqscan-inventory/1), as CSV, or as a "
        "summary in text; as a workbook (xlsx), or as a section to paste into a report (docx-section); as a CycloneDX document "
        "(cyclonedx), or findings of files for code scanning (sarif). The same store and the same "
        "day give the same bytes. The redacted edition holds counts alone. A report that goes into a file is noted among the acts."
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
@recipient_option()
@option("--snapshot", metavar="FILE", help=msgid("The sealed unit file whose digest is printed."))
@option("--classification", metavar="CODE", help=CLASSIFICATION_HELP)
@option("--spec-version", type=click.Choice(SPEC_VERSIONS), default="1.6", help=msgid("Of CycloneDX."))
@option(
    "--without-crypto-assets",
    is_flag=True,
    help=msgid("CycloneDX for consumers that take no cryptographic assets: properties of plain components."),
)
@option("--root", metavar="DIR", default="", help=msgid("SARIF: the folder from which paths are told; default: as they are."))
@option("--pseudonymise", is_flag=True, help=PSEUDONYMISE_HELP)
@option("--key", metavar="FILE", help=PSEUDONYM_KEY_HELP)
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
    classification: str | None,
    spec_version: str,
    without_crypto_assets: bool,
    root: str,
    pseudonymise: bool,
    key: str | None,
) -> None:
    from pqscan.app.assessment import assess
    from pqscan.app.exporting import ExportedReport, note_report
    from pqscan.app.handing_in import Beside, with_readiness
    from pqscan.app.permitting import permit
    from pqscan.readiness.access import Right

    is_redacted = edition == "redacted"
    output = carried(output or "-")
    if format_ in (*DATA_FORMATS, *MACHINE_FORMATS) and not is_redacted and classification is not None:
        raise UsageError("--classification is for what people read: html, text, xlsx, docx-section")
    if excel and format_ != "csv":
        raise UsageError("--excel is for CSV: pqscan report csv --excel")
    if format_ != "cyclonedx" and (without_crypto_assets or spec_version != SPEC_VERSIONS[0]):
        raise UsageError("--spec-version and --without-crypto-assets are for CycloneDX: pqscan report cyclonedx")
    if root and format_ != "sarif":
        raise UsageError("--root is for SARIF: pqscan report sarif")
    form: _Form = {
        "spec_version": spec_version,
        "with_crypto_assets": not without_crypto_assets,
        "root": os.path.abspath(root) if root else "",
    }
    day, policies = read_day(as_of), chosen_policies(policy)
    names = pseudonyms(pseudonymise, key)
    chosen = settings()
    with chosen.open_store() as store:
        role = permit(store, Right.EXPORT_REDACTED if is_redacted else Right.EXPORT)
        within = chosen_systems(store, unit, system)
        inventory = assess(store, policies=policies, as_of=day, run=run, within=within)
        if format_ in SHOWS_READINESS or format_ in DATA_FORMATS:
            beside = Beside(
                unit,
                None if figures is None else Path(figures),
                None if snapshot is None else Path(snapshot),
                classification,
                within,
                is_page=format_ in ("html", "text"),
                is_data=format_ in DATA_FORMATS,
            )
            inventory = with_readiness(inventory, store, beside)
        if names is not None:
            from pqscan.app.pseudonymising import pseudonymised

            inventory = pseudonymised(inventory, names)
        if output == "-":
            from pqscan.app.reporting import report as render

            sys.stdout.flush()
            render(inventory, format_, sys.stdout.buffer, language=words.language(), excel=excel, is_redacted=is_redacted, **form)
            sys.stdout.buffer.flush()
            return

        def noted(sha256: str) -> bool:
            exported = ExportedReport(Path(output), format_, edition, words.language(), sha256, unit, system, role)
            return note_report(store, exported, datetime.now(UTC))

        is_noted = _write(
            Path(output), inventory, format_, excel, noted, is_redacted=is_redacted, recipients=chosen.recipients, form=form
        )
        if not is_noted:
            out.note(words.gettext("The store may only be read here: that this report was written is not noted among its acts."))
        if not chosen.is_quiet:
            out.note(words.filled("Written: {path}", path=Path(output).resolve()))


def _write(
    path: Path,
    inventory: AssessedInventory,
    name: str,
    excel: bool,
    noted: Callable[[str], bool] = lambda _sha256: True,
    *,
    is_redacted: bool = False,
    recipients: tuple[object, ...] = (),
    form: _Form | None = None,
) -> bool:
    """Whole or not at all: an older report stays until the new one is complete. `noted` is told its SHA-256 before it takes its
    name, and says whether that is kept: what cannot be noted for another reason than a store that may only be read is not let
    out."""
    from pqscan.app.age import encrypting
    from pqscan.app.place import owner_only
    from pqscan.app.reporting import report as render
    from pqscan.cli.trial_files import leads_to_a_stream

    if not path.name or leads_to_a_stream(path):  # An empty name, `.` or `/`.
        raise WorkError(f"the report cannot be written to {path}: it is no file")
    partial = path.with_name(f".pqscan-{secrets.token_hex(8)}")  # As long a name as the system takes would be too long with more.
    try:
        try:
            with open(partial, "xb", opener=owner_only) as file, encrypting(file, recipients) as target:
                render(inventory, name, target, language=words.language(), excel=excel, is_redacted=is_redacted, **(form or {}))
            if path.exists() and not path.is_file():
                raise WorkError(f"the report cannot be written to {path}: it is no file")
            with open(partial, "rb") as whole:
                is_noted = noted(hashlib.file_digest(whole, "sha256").hexdigest())
            os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise WorkError(f"the report cannot be written to {path}: {error.strerror}") from None
    return is_noted
