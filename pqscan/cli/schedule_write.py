"""`pqscan schedule write`: a plan into the store, and the text of what starts it. Nothing is installed."""

from __future__ import annotations

import os
import sys
from datetime import datetime
from pathlib import Path

import click

from pqscan.cli import out, words
from pqscan.cli.assess import read_day
from pqscan.cli.group import command, option
from pqscan.cli.schedule import scan_words
from pqscan.cli.settings import settings
from pqscan.cli.words import msgid
from pqscan.errors import UsageError, WorkError

_SYSTEMD_FILES = msgid(
    "Copy both files to {folder}, then run: {reload} and {enable}. Nothing was installed. See what was missed with: "
    "pqscan schedule status"
)
_LINGER = msgid("So that it runs while you are not logged in: loginctl enable-linger")
_CRON = msgid("Add the line with: crontab -e. Nothing was installed. See what was missed with: pqscan schedule status")


@command(
    "write",
    short_help=msgid("Writes a plan of scans as a systemd timer or cron line."),
    help=msgid(
        "Keeps a plan of scans in the store and writes what starts it: a systemd timer with its service, or a line for cron. "
        "Nothing is installed; what to do next is said.\n\n"
        "WORDS are those behind `pqscan scan net`, after --: targets, --profile, --authorisation and so on. Names of files begin "
        "in the folder where this is run."
    ),
)
@click.argument("name", metavar="NAME")
@click.argument("given", metavar="-- WORDS...", nargs=-1, required=True)
@option("--every", required=True, metavar="INTERVAL", help=msgid("day, week, month, quarter, half-year or year."))
@option("--at", "at", required=True, metavar="HH:MM", help=msgid("The time of the day, as this machine's clock shows it."))
@option("--first", metavar="DATE", help=msgid("The first day, which fixes weekday, day and month of all; default: the next."))
@option(
    "--blackout",
    metavar="DAYS",
    multiple=True,
    help=msgid("Days on which no scan of the plan begins, as 2027-01-20..2027-02-10; may be repeated."),
)
@option("--as", "form", type=click.Choice(("systemd", "cron")), default="systemd", show_default=True, help=msgid("For what."))
@option("--output", "-o", metavar="DIR", help=msgid("Writes files into this folder; default: standard output."))
@option("--replace", is_flag=True, help=msgid("Also where the plan or its files are there already."))
def write(
    name: str,
    given: tuple[str, ...],
    every: str,
    at: str,
    first: str | None,
    blackout: tuple[str, ...],
    form: str,
    output: str | None,
    replace: bool,
) -> None:
    from pqscan.app.plans import first_day, folder_now, keep_plan, read_days, read_every, read_time
    from pqscan.app.scheduling import cron_line, place_of, systemd_units
    from pqscan.readiness.recurrence import Plan

    chosen = settings()
    now = datetime.now().astimezone()
    time = read_time(at)
    scan = scan_words(given)
    begins = read_day(first) or first_day(time, now)
    days = tuple(map(read_days, blackout))
    plan = Plan(name, read_every(every), begins, time, ("scan", "net", "--plan", name, *scan), folder_now(), days)
    program = (sys.executable, "-m", "pqscan", "--db", place_of(chosen.store_url))
    if form == "cron":
        files: tuple[tuple[str, str], ...] = ((f"pqscan-{name}.cron", cron_line(plan, program)),)
    else:
        files = systemd_units(plan, program)
    folder = None if output is None else Path(output)
    if folder is not None:
        _require_free(folder, files, replace)
    with chosen.open_store(create=True) as store:
        keep_plan(store, plan, now, replace=replace)
    for file, text in files:
        if folder is None:
            if form != "cron":
                out.line(f"# {file}")
            out.line(text.rstrip("\n"))
        else:
            _write(folder / file, text)
            if not chosen.is_quiet:
                out.note(words.filled("Written: {path}", path=folder / file))
    if not chosen.is_quiet:
        _tell_next(name, form)


def _require_free(folder: Path, files: tuple[tuple[str, str], ...], replace: bool) -> None:
    """Before anything is stored: a plan without its files would only be missed."""
    if not folder.is_dir():
        raise UsageError(f"there is no folder {folder}: make it, or name another with -o")
    there = next((folder / file for file, _ in files if (folder / file).exists()), None)
    if there is not None and not replace:
        raise UsageError(f"the file {there} is there already: give --replace to write it anew")


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise WorkError(f"the file {path} cannot be written ({error.strerror}): the plan is in the store, write it anew") from None


def _tell_next(name: str, form: str) -> None:
    if form == "cron":
        out.note(words.gettext(_CRON))
        return
    everywhere = hasattr(os, "geteuid") and os.geteuid() == 0
    folder = "/etc/systemd/system" if everywhere else "~/.config/systemd/user"
    control = "systemctl" if everywhere else "systemctl --user"
    enable = f"{control} enable --now pqscan-{name}.timer"
    out.note(words.filled(_SYSTEMD_FILES, folder=folder, reload=f"{control} daemon-reload", enable=enable))
    if not everywhere:
        out.note(words.gettext(_LINGER))
