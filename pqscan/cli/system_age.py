"""`pqscan system age`: how long ago a scan last saw each system, and how many are stale."""

from __future__ import annotations

from datetime import datetime

import click

from pqscan.cli import out, words
from pqscan.cli.group import command, option
from pqscan.cli.settings import settings
from pqscan.cli.words import msgid


@command(
    "age",
    short_help=msgid("How long ago a scan last saw each system."),
    help=msgid(
        "How long ago a target of each system last answered a scan, and how many systems are stale: seen longer ago than so many "
        "days, or never. Only systems that run and may be looked at are listed. No packet is sent."
    ),
)
@option("--days", type=click.IntRange(0, 36_500), metavar="N", help=msgid("Older than N days is stale; default: 180."))
@option("--stale", is_flag=True, help=msgid("Lists only what is stale."))
def age(days: int | None, stale: bool) -> None:
    from pqscan.app.registering import register
    from pqscan.readiness.scan_age import STALE_DAYS, scan_ages

    most = STALE_DAYS if days is None else days
    day = datetime.now().astimezone().date()
    chosen = settings()
    with chosen.open_store() as store:
        answered = ((one.target, one.last_seen.astimezone().date()) for one in store.sightings() if one.profile is not None)
        ages = scan_ages(register(store), answered, day)
    old = [one for one in ages if one.is_stale(most)]
    shown = old if stale else list(ages)
    if chosen.wants_json:
        rows: list[out.Json] = [
            {
                "system": one.code,
                "name": one.name,
                "owner": one.owner,
                "last_seen": None if one.last_seen is None else one.last_seen.isoformat(),
                "days": one.days,
                "stale": one.is_stale(most),
            }
            for one in shown
        ]
        out.document({"as_of": day.isoformat(), "stale_after_days": most, "systems": len(ages), "stale": len(old), "rows": rows})
        return
    say = words.say()
    header = (
        out.Column(words.gettext("Code"), 14),
        out.Column(words.gettext("System"), 30, grows=True),
        out.Column(words.gettext("Last seen"), 18),
        out.Column(words.gettext("Days"), 6, right=True),
    )
    never = words.gettext("never")
    cells = (
        (
            one.code,
            one.name,
            never if one.last_seen is None else say.date(one.last_seen),
            "–" if one.days is None else str(one.days),
        )
        for one in shown
    )
    out.table(header, cells)
    told = msgid("Stale, seen more than {days} days ago or never: {stale} of {all} systems.")
    out.wrapped(words.filled(told, days=most, stale=say.number(len(old)), all=say.number(len(ages))))
