"""`pqscan schedule deadlines`: what is due, whose it is, by which source, and how many days are left."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from pqscan.cli import out, words
from pqscan.cli.assess import AS_OF_HELP, read_day
from pqscan.cli.group import command, option
from pqscan.cli.settings import settings
from pqscan.cli.words import msgid
from pqscan.errors import UsageError

if TYPE_CHECKING:
    from pqscan.readiness.agenda import Due
    from pqscan.readiness.register import Register

_CERTAINTIES = {
    "document": msgid("the text was read"),
    "press": msgid("from the press"),
    "secondary": msgid("from a secondary source"),
    "analogy": msgid("by analogy"),
    "to_verify": msgid("to be verified"),
}
_LAWS = {
    "not_yet": msgid("the law behind it is not in force yet on that day"),
    "dead": msgid("the law behind it is no longer in force on that day"),
    "undated": msgid("from when the law behind it holds is not known"),
}


@command(
    "deadlines",
    short_help=msgid("What is due, whose it is, and how many days are left."),
    help=msgid(
        "What is due: the duties of the calendar that comes with pqscan, and the open tasks of the register. Late tasks come "
        "first, then duties whose day has passed in the last quarter (whether they were fulfilled is not known here), then what "
        "lies ahead. The calendar is a reading of law, in part at second hand, and says how sure each row is."
    ),
)
@option("--as-of", metavar="DATE", help=AS_OF_HELP)
@option("--days", type=click.IntRange(0, 3660), metavar="N", help=msgid("Looks N days ahead; default: 366."))
@option("--late", is_flag=True, help=msgid("Lists only late tasks."))
def deadlines(as_of: str | None, days: int | None, late: bool) -> None:
    from pqscan.app.registering import register
    from pqscan.readiness.agenda import AHEAD_DAYS, Standing, agenda
    from pqscan.readiness.calendar import deadlines as calendar
    from pqscan.readiness.cells import FIRST_YEAR, LAST_YEAR

    day = read_day(as_of) or datetime.now().astimezone().date()
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise UsageError(f"the calendar has no year {day.year}: choose a day of the years {FIRST_YEAR} to {LAST_YEAR}")
    chosen = settings()
    with chosen.open_store() as store:
        found = register(store)
    until = day + timedelta(AHEAD_DAYS if days is None else days)
    rows = agenda(calendar(), found.tasks.values(), day, until)
    shown = [one for one in rows if not late or one.standing is Standing.LATE]
    if chosen.wants_json:
        listed: list[out.Json] = [_json(one) for one in shown]
        out.document({"as_of": day.isoformat(), "until": until.isoformat(), "rows": listed})
        return
    say = words.say()
    out.line(words.filled("What is due, as of {date}", date=say.date(day)))
    if not shown:
        out.line(words.gettext("Nothing is due in that time."))
    for one in shown:
        _print(one, found)


def _print(one: Due, register: Register) -> None:
    from pqscan.readiness.task import Task

    out.line()
    out.wrapped(f"{words.say().date(one.due)} · {_left(one)}", "", "  ")
    if isinstance(one.of, Task):
        whose = " · ".join(_unit(register, code) for code in dict.fromkeys((one.of.lead or one.of.unit, one.of.unit)))
        out.wrapped(f"{one.of.code} {one.of.title}", "  ", "  ")
        out.wrapped(words.filled("Whose: {who}", who=whose), "  ", "    ")
        out.wrapped(words.filled("Source: {source}", source=words.gettext("plan in the register")), "  ", "    ")
        return
    out.wrapped(words.gettext(one.of.summary), "  ", "  ")
    out.wrapped(words.filled("Whose: {who}", who=words.gettext(one.of.who)), "  ", "    ")
    certainty = words.gettext(_CERTAINTIES[one.of.certainty.value])
    source = f"{one.of.reference}, {one.of.section} ({certainty})"
    out.wrapped(words.filled("Source: {source}", source=source), "  ", "    ")
    if one.law is not None and one.law.value in _LAWS:
        out.wrapped(words.gettext(_LAWS[one.law.value]), "  ", "    ")


def _unit(register: Register, code: str) -> str:
    unit = register.units.get(code)
    return code if unit is None else f"{code} {unit.name}"


def _left(one: Due) -> str:
    from pqscan.readiness.agenda import Standing

    if one.standing is Standing.LATE:
        return words.counted("{count} day late", "{count} days late", -one.days_left)
    if one.standing is Standing.PASSED:
        return words.counted("passed {count} day ago", "passed {count} days ago", -one.days_left)
    return words.counted("{count} day left", "{count} days left", one.days_left)


def _json(one: Due) -> out.Json:
    from pqscan.readiness.task import Task

    common: dict[str, out.Json] = {"due": one.due.isoformat(), "days_left": one.days_left, "standing": one.standing.value}
    if isinstance(one.of, Task):
        common |= {"kind": "task", "id": one.of.code, "what": one.of.title, "who": one.of.lead or one.of.unit, "unit": one.of.unit}
        return common | {"source": "register", "certainty": None, "law": None, "law_state": None}
    common |= {"kind": "calendar", "id": one.of.id, "what": words.gettext(one.of.summary), "who": words.gettext(one.of.who)}
    common |= {"unit": None, "source": f"{one.of.reference}, {one.of.section}", "certainty": one.of.certainty.value}
    return common | {"law": one.of.law, "law_state": None if one.law is None else one.law.value}
