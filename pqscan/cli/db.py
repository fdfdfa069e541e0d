"""`pqscan db`: the schema of the store."""

from __future__ import annotations

import click

from pqscan.cli import out, words
from pqscan.cli.group import Group, command
from pqscan.cli.settings import settings
from pqscan.cli.words import msgid


@click.group(
    "db",
    cls=Group,
    places={
        "upgrade": "db:upgrade",
        "status": "db:status",
        "verify": "db_chain:verify",
        "backup": "db_chain:backup",
        "restore": "db_chain:restore",
        "retention": "db_purge:retention",
        "purge": "db_purge:purge",
        "grants": "db_grants:grants",
        "encrypt": "db_cipher:encrypt",
        "decrypt": "db_cipher:decrypt",
    },
    help=msgid("Looks after the store."),
)
def db() -> None:
    pass


@command(
    "upgrade",
    short_help=msgid("Makes or upgrades the tables of the store."),
    help=msgid("Makes the tables of a new store, or brings an older one up to this program; an SQLite file is copied first."),
)
def upgrade() -> None:
    chosen = settings()
    with chosen.open_store(create=True, any_revision=True) as store:
        copy = store.upgrade()
        state = store.status()
    if chosen.wants_json:
        out.document({"store": state.url_redacted, "revision": state.revision, "copy": None if copy is None else str(copy)})
        return
    if copy is not None:
        out.line(words.filled("The older store was copied to {path}.", path=copy))
    out.line(words.filled("The store {store} has schema {revision}.", store=state.url_redacted, revision=state.revision or "–"))


@command("status", help=msgid("Says where the store is, which schema it has and how much is in it."))
def status() -> None:
    from pqscan.app.purging import retention
    from pqscan.cli.db_purge import retention_text

    chosen = settings()
    with chosen.open_store(any_revision=True) as store:
        state = store.status()
        rule = retention(store) if state.is_current else None
    counts = {
        "runs": state.runs,
        "targets": state.targets,
        "sightings": state.sightings,
        "profiles": state.profiles,
        "certificates": state.certificates,
    }
    if chosen.wants_json:
        known: dict[str, out.Json] = {"store": state.url_redacted, "backend": state.backend}
        known["keeps_years"] = None if rule is None else rule.years
        out.document({**known, "revision": state.revision, "head": state.head, "current": state.is_current, **counts})
        return
    rows = [
        (words.gettext("Store"), state.url_redacted),
        (words.gettext("Database"), state.backend),
        (words.gettext("Schema"), state.revision or words.gettext("none yet")),
    ]
    names = {
        "runs": words.gettext("Runs"),
        "targets": words.gettext("Targets"),
        "sightings": words.gettext("Sightings"),
        "profiles": words.gettext("Profiles"),
        "certificates": words.gettext("Certificates"),
    }
    if state.is_current:
        rows += [(names[key], words.say().number(count)) for key, count in counts.items()]
    for name, value in rows:
        out.line(f"{name}: {value}")
    if rule is not None:
        out.line(retention_text(rule))
    if not state.is_current:
        told = msgid("This program works with schema {head}: run `pqscan db upgrade`; an SQLite file is copied first.")
        out.wrapped(words.filled(told, head=state.head))
