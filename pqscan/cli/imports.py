"""`pqscan import`: what other programs already know."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pqscan.cli import out, words
from pqscan.cli.group import Group, command, option
from pqscan.cli.settings import settings
from pqscan.cli.words import msgid
from pqscan.errors import UsageError

if TYPE_CHECKING:
    from pqscan.app.importing.found import Service
    from pqscan.app.importing.keeping import Imported
    from pqscan.model.outcome import OutcomeStatus

_HELP = {
    "nmap": (
        msgid("Takes over what nmap found (XML)."),
        msgid(
            "Takes over the open ports, services and software that nmap found, and what its scripts ssl-enum-ciphers, ssl-cert, "
            "ssh2-enum-algos and ssh-hostkey tell: nmap -sV --script ssl-enum-ciphers,ssl-cert,ssh2-enum-algos -oX FILE ..."
        ),
    ),
    "sslyze": (
        msgid("Takes over what sslyze found (JSON)."),
        msgid("Takes over versions, accepted suites, groups and certificates that sslyze 6 found: sslyze --json_out=FILE ..."),
    ),
    "testssl": (
        msgid("Takes over what testssl.sh found (JSON)."),
        msgid(
            "Takes over versions, accepted suites, groups and certificates that testssl.sh found: testssl.sh --jsonfile FILE, or, "
            "with the time of the scan in it, --jsonfile-pretty FILE."
        ),
    ),
    "ssh-audit": (
        msgid("Takes over what ssh-audit found (JSON)."),
        msgid(
            "Takes over the lists of SSH servers that ssh-audit found: ssh-audit -jj ADDRESS > FILE. It must be given addresses."
        ),
    ),
    "zeek": (
        msgid("Takes over what Zeek wrote down (ssl.log with x509.log, ssh.log)."),
        msgid(
            "Takes over what servers were seen to choose in the logs of Zeek: ssl.log or ssh.log, tab-separated or as JSON lines. "
            "Who connected to them is not taken over. x509.log names no service: give it beside ssl.log with --x509."
        ),
    ),
    "cbom": (
        msgid("Takes over what a CBOM tells (CycloneDX, JSON)."),
        msgid(
            "Takes over the algorithms, keys, certificates and protocols of a CBOM in CycloneDX's JSON (1.6, 1.7, and IBM's fork "
            "of 1.4), each at the places that it tells."
        ),
    ),
}


@click.group(
    "import",
    cls=Group,
    places={name: f"imports:import_{name.replace('-', '_')}" for name in _HELP} | {"csv": "import_csv:import_csv"},
    short_help=msgid("Takes over what other programs already know."),
    help=msgid(
        "Takes over what other programs already know. What a file does not tell stays unknown, and what it calls refused is not "
        "taken over. A scan of pqscan's own that came to its end stands above it, and no state rests on a file."
    ),
)
def imports() -> None:
    pass


def _make(form: str) -> click.Command:
    short, long = _HELP[form]

    @command(form, short_help=short, help=long)
    @click.argument("file", metavar="FILE")
    @option("--site", metavar="NAME", default="", help=msgid("The site that the addresses belong to."))
    @option("--seen-at", metavar="DATE", help=msgid("When the file was made, where it does not say; default: its own time."))
    @option("--as-targets", metavar="FILE", help=msgid("Writes what was found as a list for scan net @FILE."))
    @option("--dry-run", is_flag=True, help=msgid("Only says what is in the file; nothing is stored."))
    def import_one(
        file: str, site: str, seen_at: str | None, as_targets: str | None, dry_run: bool, x509: str | None = None
    ) -> None:
        _import(form, file, site, seen_at, as_targets, dry_run, x509)

    if form != "zeek":
        return import_one
    option("--x509", metavar="FILE", help=msgid("x509.log, for the certificates that ssl.log names."))(import_one)
    return import_one


def _import(
    form: str, file: str, site: str, seen_at: str | None, as_targets: str | None, dry_run: bool, x509: str | None = None
) -> None:
    from pqscan.app.importing.keeping import import_file

    chosen = settings()
    moment = read_moment(seen_at)
    with target_list(as_targets) as each:
        if dry_run:
            found = import_file(form, file, None, site=site, seen_at=moment, beside=x509, each=each)
        else:
            with chosen.open_store(create=True) as store:
                found = import_file(form, file, store, site=site, seen_at=moment, beside=x509, each=each)
    if chosen.wants_json:
        out.document(_json(found))
    else:
        _print(form, found, quiet=chosen.is_quiet)
    if as_targets is not None and not chosen.is_quiet:
        out.note(words.filled("Written: {path}", path=Path(as_targets).resolve()))


def read_moment(text: str | None) -> datetime | None:
    """A day or a time, in local time where it does not say. Raises UsageError."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is no date; write it as 2026-11-29 or 2026-11-29T08:30") from None
    return found.astimezone()


@contextlib.contextmanager
def target_list(path: str | None) -> Iterator[Callable[[Service], None] | None]:
    """Writes each service that can be scanned as a line; whole or not at all."""
    if path is None:
        yield None
        return
    from pqscan.app.importing.keeping import target_line
    from pqscan.cli.trial_files import whole_file
    from pqscan.model.outcome import OutcomeStatus

    with whole_file(Path(path), owner_alone=True) as file:

        def each(service: Service) -> None:
            if service.status is OutcomeStatus.COMPLETED:  # Else another protocol speaks there.
                file.write(f"{target_line(service)}\n".encode())

        yield each


def _print(form: str, found: Imported, *, quiet: bool) -> None:
    say = words.say()
    if found.services:
        others = (f"{words.label('outcome_status', status.value)} {number}" for status, number in _others(found))
        told = words.counted("{count} service", "{count} services", found.services)
        if form == "cbom":  # Files, most of them.
            told = words.counted("{count} target", "{count} targets", found.services)
        out.line("; ".join((words.filled("{services}, told by {program}", services=told, program=found.program), *others)))
    else:
        out.line(words.gettext("Nothing in the file could be taken over."))
    for code, number in found.left_out.items():
        from pqscan.model.reason import Reason

        out.wrapped(words.filled("Left out, {why}: {count}", why=say.render(Reason(code)), count=number), "", "    ")
    if quiet:
        return
    if found.is_cut:
        out.note(words.gettext("The file ends in the middle: only what stands before that was read."))
    if found.undated:
        out.note(words.gettext("The file does not say when it was made: its own time was taken; --seen-at gives another."))
    if found.run is not None:
        out.note(words.filled("Run {run} is in the store; see: pqscan show targets", run=found.run.id))


def _others(found: Imported) -> list[tuple[OutcomeStatus, int]]:
    """Of the services those that are told to speak something else."""
    from pqscan.model.outcome import OutcomeStatus

    return sorted((status, number) for status, number in found.by_status.items() if status is not OutcomeStatus.COMPLETED)


def _json(found: Imported) -> out.Json:
    return {
        "run": None if found.run is None else found.run.id,
        "program": found.program,
        "by_status": {status.value: number for status, number in sorted(found.by_status.items())},
        "left_out": dict(found.left_out),
        "is_cut": found.is_cut,
        "undated": found.undated,
    }


import_nmap, import_sslyze, import_testssl, import_ssh_audit, import_zeek, import_cbom = map(_make, _HELP)
