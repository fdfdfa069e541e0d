"""`pqscan scan files`: certificates, and keys of identity services, that lie in files."""

from __future__ import annotations

from pathlib import Path

import click

from pqscan.cli import out, words
from pqscan.cli.group import command, option
from pqscan.cli.settings import settings
from pqscan.cli.words import msgid


@command(
    "files",
    short_help=msgid("Reads certificates and identity keys from files."),
    help=msgid(
        "Reads from the files named: certificates (PEM, DER), and the keys by which an identity service is trusted: SAML 2.0 "
        "metadata, JSON Web Key sets of an OpenID provider. Private keys are told of and never read. No packet is sent. In the "
        "register, files belong to a system by files:MACHINE:/path."
    ),
)
@click.argument("paths", metavar="FILE...", nargs=-1, required=True)
@option("--machine", metavar="NAME", help=msgid("The machine on which the files lie; default: this one."))
@option("--site", metavar="NAME", default="", help=msgid("The site that the machine belongs to."))
def files(paths: tuple[str, ...], machine: str | None, site: str) -> None:
    from pqscan.app.files import scan_files

    chosen = settings()
    with chosen.open_store(create=True) as store:
        run = scan_files(map(Path, paths), store, machine=machine, site=site)
        counts = store.coverage(run.id).by_status
    by_status: dict[str, out.Json] = {status.value: number for status, number in sorted(counts.items()) if number}
    if chosen.wants_json:
        out.document({"run": run.id, "by_status": by_status})
        return
    for status, number in by_status.items():
        out.line(f"{words.label('status', status)}: {number}")
    if not chosen.is_quiet:
        out.note(words.filled("Run {run} is in the store; see: pqscan show targets", run=run.id))
