"""`pqscan access`: who holds which role in a store."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import click

from pqscan.cli import out, words
from pqscan.cli.assess import read_day
from pqscan.cli.group import Group, command, option
from pqscan.cli.settings import settings
from pqscan.cli.words import msgid
from pqscan.errors import UsageError

if TYPE_CHECKING:
    from pqscan.readiness.grant import Grant

OPEN = msgid("Nobody was given a role: whoever opens this store may do everything.")
HYGIENE = msgid(
    "On an SQLite file roles are order among honest people and no protection: whoever can write the file can change it by other "
    "means."
)
_REASON = option("--reason", metavar="TEXT", default="", help=msgid("Why; kept with the act."))
_UNIT_HELP = msgid("For this unit and those below it alone; may be repeated. Default: for all.")


@click.group(
    "access",
    cls=Group,
    places={"grant": "access:grant", "revoke": "access:revoke", "list": "access:list_"},
    help=msgid(
        "Who may do what: roles that people hold, for which units, from when to when. Where nobody was given one, everything is "
        "allowed. On an SQLite file roles are order among honest people and no protection; on PostgreSQL the database's own rights "
        "protect."
    ),
)
def access() -> None:
    pass


@command(
    "grant",
    short_help=msgid("Gives a person a role."),
    help=msgid(
        "Gives the account PERSON a role, by an act. The first role goes to an administrator or operator. Roles: collector, "
        "reviewer, head, cipher_officer, security_officer, auditor, administrator, operator."
    ),
)
@click.argument("person", metavar="PERSON")
@option("--role", metavar="ROLE", required=True, help=msgid("The role."))
@option("--unit", metavar="CODE", multiple=True, help=_UNIT_HELP)
@option("--since", metavar="DATE", help=msgid("The first day; default: today."))
@option("--until", metavar="DATE", help=msgid("The last day; default: open."))
@_REASON
def grant(person: str, role: str, unit: tuple[str, ...], since: str | None, until: str | None, reason: str) -> None:
    from pqscan.app.acting import person as whoever
    from pqscan.app.permitting import grant as give
    from pqscan.readiness.grant import Grant

    first, last = read_day(since) or _today(), read_day(until)
    if last is not None and last < first:
        raise UsageError("the last day of a role lies before its first: give --until a later one")
    chosen = settings()
    with chosen.open_store(create=True) as store:
        given = Grant(person, role, tuple(dict.fromkeys(unit)), first, last, whoever())
        give(store, given, reason)
    _tell((given,), _today())


@command(
    "revoke",
    short_help=msgid("Ends a person's roles."),
    help=msgid("Ends the roles of the account PERSON, or one of them, by an act. What it did in them stays as it is."),
)
@click.argument("person", metavar="PERSON")
@option("--role", metavar="ROLE", help=msgid("This role alone; default: all."))
@option("--until", metavar="DATE", help=msgid("The last day; default: yesterday, so that it ends at once."))
@_REASON
def revoke(person: str, role: str | None, until: str | None, reason: str) -> None:
    from pqscan.app.permitting import revoke as end

    last = read_day(until) or _today() - timedelta(days=1)
    with settings().open_store() as store:
        after = end(store, person, role, last, reason)
    _tell(tuple(one for one in after.grants if one.person == person), _today())


@command("list", short_help=msgid("Who holds which role."), help=msgid("Lists roles, those that ended as well, and who gave them."))
@option("--as-of", metavar="DATE", help=msgid("The day, as 2030-12-31; default: today."))
def list_(as_of: str | None) -> None:
    from pqscan.app.permitting import access_of

    chosen = settings()
    with chosen.open_store() as store:
        found = access_of(store)
        is_file = store.status().backend == "sqlite"
    if not (found.is_open and not chosen.wants_json):
        _tell(found.grants, read_day(as_of) or _today())
    if chosen.wants_json:
        return
    if found.is_open:
        out.wrapped(words.gettext(OPEN))
    if is_file and not chosen.is_quiet:
        out.note(words.gettext(HYGIENE))


def _today() -> date:
    return datetime.now().astimezone().date()


def _tell(grants: tuple[Grant, ...], day: date) -> None:
    if settings().wants_json:
        rows: list[out.Json] = []
        for one in grants:
            until = None if one.until is None else one.until.isoformat()
            row: dict[str, out.Json] = {"person": one.person, "role": one.role, "units": list(one.units)}
            rows.append({**row, "since": one.since.isoformat(), "until": until, "by": one.by, "holds": one.holds_on(day)})
        out.document(rows)
        return
    say = words.say()
    header = [
        out.Column(words.gettext("Person"), 12),
        out.Column(words.gettext("Role"), 16),
        out.Column(words.gettext("Units"), 12, grows=True),
        out.Column(words.gettext("From"), 10),
        out.Column(words.gettext("To"), 10),
        out.Column(words.gettext("Given by"), 10),
    ]
    out.table(header, (_row(one, say.date) for one in grants))


def _row(one: Grant, date_text: Callable[[date], str]) -> tuple[str, ...]:
    units = ", ".join(one.units) or words.gettext("all")
    until = "–" if one.until is None else date_text(one.until)
    return one.person, words.label("role", one.role), units, date_text(one.since), until, one.by
