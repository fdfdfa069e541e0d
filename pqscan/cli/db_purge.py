"""`pqscan db purge|retention`: how long history is kept, and taking out what is older."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

import click

from pqscan.cli import out, words
from pqscan.cli.assess import read_day
from pqscan.cli.group import command, option
from pqscan.cli.settings import settings
from pqscan.cli.words import msgid
from pqscan.errors import UsageError

if TYPE_CHECKING:
    from pqscan.app.purging import Retention
    from pqscan.store.purge import Purged

_FOR_EVER = "forever"


@command(
    "purge",
    short_help=msgid("Takes history out that is older than the rule."),
    help=msgid(
        "Shows which history is older than asked, or than the rule of `pqscan db retention`; with --yes takes it out and notes the "
        "act. What targets answer now, acts, decisions, snapshots and the register always stay."
    ),
)
@option("--keep", type=click.IntRange(1, 100), metavar="YEARS", help=msgid("Keeps so many years; default: as the rule says."))
@option("--before", metavar="DATE", help=msgid("Takes out what ended before that day (UTC)."))
@option("--yes", is_flag=True, help=msgid("Carries it out; else it is only shown."))
@option("--reason", metavar="TEXT", default="", help=msgid("Why; kept with the act."))
def purge(keep: int | None, before: str | None, yes: bool, reason: str) -> None:
    from pqscan.app import purging

    chosen = settings()
    now = datetime.now().astimezone()
    with chosen.open_store() as store:
        day = purging.boundary(store, now.date(), keep_years=keep, before=read_day(before))
        gone = purging.purge(store, day, now, reason) if yes else purging.would_purge(store, day)
    if chosen.wants_json:
        counts: dict[str, out.Json] = dict(asdict(gone))
        out.document({"before": day.isoformat(), "carried_out": yes, **counts})
        return
    told = msgid("Taken out, of before {day}:") if yes else msgid("What would be taken out, of before {day}:")
    out.line(words.filled(told, day=day))
    for name, count in _rows(gone):
        out.line(f"  {name}: {words.say().number(count)}")
    if not yes:
        out.wrapped(words.gettext("Nothing was changed. Make a backup (pqscan db backup), then carry it out with --yes."))


def _rows(gone: Purged) -> tuple[tuple[str, int], ...]:
    return (
        (words.gettext("Earlier answers of targets"), gone.intervals),
        (words.gettext("Evidence"), gone.evidence),
        (words.gettext("Runs"), gone.runs),
        (words.gettext("Profiles"), gone.profiles),
        (words.gettext("Certificates"), gone.certificates),
        (words.gettext("Targets"), gone.targets),
    )


@command(
    "retention",
    short_help=msgid("Says or sets how long history is kept."),
    help=msgid(
        "Says how long the store keeps history; with YEARS, or `forever`, sets it and notes the act. Nothing goes by itself: "
        "`pqscan db purge` takes it out."
    ),
)
@click.argument("years", metavar="[YEARS]", required=False)
@option("--reason", metavar="TEXT", default="", help=msgid("Why; kept with the act."))
def retention(years: str | None, reason: str) -> None:
    from pqscan.app import purging

    chosen = settings()
    with chosen.open_store() as store:
        if years is not None:
            purging.set_retention(store, _years(years), datetime.now().astimezone(), reason)
        rule = purging.retention(store)
    if chosen.wants_json:
        out.document({"years": rule.years})
    else:
        out.line(retention_text(rule))


def _years(text: str) -> int | None:
    if text == _FOR_EVER:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 4):
        raise UsageError(f"{text!r} is no number of years: give one such as 5, or forever")
    return int(text)


def retention_text(rule: Retention) -> str:
    if rule.years is None:
        return words.gettext("History is kept for ever.")
    return words.counted("History is kept for {count} year.", "History is kept for {count} years.", rule.years)
