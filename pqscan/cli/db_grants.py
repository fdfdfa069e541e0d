"""`pqscan db grants`: what one login of PostgreSQL may do, as SQL or carried out."""

from __future__ import annotations

from datetime import datetime

from pqscan.cli import out, words
from pqscan.cli.group import command, option
from pqscan.cli.settings import settings
from pqscan.cli.words import msgid


@command(
    "grants",
    short_help=msgid("The rights of one login of PostgreSQL, as SQL."),
    help=msgid(
        "Prints the SQL that gives one login of PostgreSQL the rights of a role, and takes back what it had before: an "
        "administrator of the database runs it, or --apply does. The login itself must be there already "
        "(CREATE ROLE ... LOGIN).\n\n"
        "With --unit the login sees and writes the register's rows of that unit and of those under it. What was scanned belongs to "
        "no unit: whoever may read it reads all of it."
    ),
)
@option("--role", required=True, metavar="ROLE", help=msgid("collector, reviewer, head, cipher_officer, auditor and so on."))
@option("--login", required=True, metavar="NAME", help=msgid("The login as PostgreSQL knows it."))
@option("--unit", metavar="CODE", multiple=True, help=msgid("Only rows of this unit and of those under it; may be repeated."))
@option("--apply", is_flag=True, help=msgid("Carries the SQL out, as the user of --db, and notes the act."))
def grants(role: str, login: str, unit: tuple[str, ...], apply: bool) -> None:
    from pqscan.app.granting import apply_grants, grants_for, require_postgresql

    chosen = settings()
    require_postgresql(chosen.store_url)
    with chosen.open_store() as store:
        asked = grants_for(store, login, role, unit)
        if apply:
            apply_grants(store, asked, datetime.now().astimezone())
    if chosen.wants_json:
        units: out.Json = None if asked.units is None else list(asked.units)
        out.document({"login": login, "role": role, "units": units, "applied": apply, "sql": asked.sql})
    elif apply:
        out.line(words.filled("The login {login} has the rights of the role {role}.", login=login, role=role))
    else:
        out.line(asked.sql.rstrip("\n"))
