"""`pqscan verify`: asks the targets of findings again and says which findings are proven fixed."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pqscan.cli import out, words
from pqscan.cli.entry import DONE, INTERRUPTED
from pqscan.cli.finding import KEY_HELP, KEY_POLICY_HELP, asked_by_key, life_json, what
from pqscan.cli.group import command, option
from pqscan.cli.settings import settings
from pqscan.cli.words import msgid
from pqscan.errors import UsageError

if TYPE_CHECKING:
    from pqscan.app.scanning import Prepared
    from pqscan.app.verifying import Verification
    from pqscan.model.inventory import Run
    from pqscan.readiness.life import Life
    from pqscan.store.repository import Store


@command(
    "verify",
    short_help=msgid("Asks again and says what is proven fixed."),
    help=msgid(
        "Asks only the targets of these findings again, as deep as the findings were seen, and says which are proven fixed. With "
        "--fixer instead of keys: whatever this fixer still has to change. Outside this machine a written authorisation is needed."
    ),
    epilog=KEY_HELP,
)
@click.argument("keys", metavar="[KEY]...", nargs=-1)
@option("--fixer", metavar="NAME", help=msgid("What this fixer was asked to change and is not settled."))
@option("--authorisation", metavar="FILE", help=msgid("Who permitted what (TOML); needed outside this machine."))
@option("--policy", metavar="NAME", multiple=True, help=KEY_POLICY_HELP)
@option("--audit-log", metavar="FILE", help=msgid("Where the audit log lies; default: in the user's data folder."))
def verify(
    keys: tuple[str, ...], fixer: str | None, authorisation: str | None, policy: tuple[str, ...], audit_log: str | None
) -> int:
    from pqscan.app.verifying import verify as ask
    from pqscan.cli.progress import shower
    from pqscan.scan.audit import AuditLog

    if bool(keys) == (fixer is not None):
        raise UsageError("name findings by their keys, or give --fixer: one of the two")
    chosen = settings()
    audit = AuditLog(None if audit_log is None else Path(audit_log))

    def begun(run: Run, prepared: Prepared) -> None:
        if not chosen.is_quiet:
            count = prepared.screened.permitted.count
            told = words.counted("{count} target", "{count} targets", count)
            out.note(words.filled("Run {run}: {targets}", run=run.id, targets=told))

    with chosen.open_store() as store:
        asked = asked_by_key(store, policy)
        lives = chosen_lives(store, keys, fixer, policy)
        with shower(chosen.is_quiet) as progress:
            found = ask(
                store,
                lives,
                asked,
                authorisation=authorisation,
                audit=audit,
                progress=progress,
                begun=begun,
                stop_on=(signal.SIGINT, signal.SIGTERM),
            )
    if chosen.wants_json:
        out.document(_json(found))
    else:
        _print(found)
    return INTERRUPTED if found.was_interrupted else DONE


def chosen_lives(store: Store, keys: tuple[str, ...], fixer: str | None, policy: tuple[str, ...]) -> tuple[Life, ...]:
    """The findings that are named, or those that a fixer still has to change. Raises UsageError where there are none."""
    from pqscan.app.deciding import living, named
    from pqscan.cli.finding import is_of

    asked = asked_by_key(store, policy)
    if keys:
        return named(store, asked, keys)
    found = tuple(life for life in living(store, asked) if life.state.is_unsettled and is_of(life, fixer))
    if not found:
        raise UsageError("this fixer has nothing left to change: `pqscan finding list --state all --fixer NAME` shows what was")
    return found


def _print(found: Verification) -> None:
    header = (
        out.Column(words.gettext("Key"), 10),
        out.Column(words.gettext("Before"), 14),
        out.Column(words.gettext("Now"), 14),
        out.Column(words.gettext("Target"), 20, grows=True),
        out.Column(words.gettext("What"), 12, grows=True),
    )
    out.table(header, _rows(found))
    fixed = sum(one.is_proven_fixed for one in found.findings)
    out.line(words.counted("{count} finding is proven fixed.", "{count} findings are proven fixed.", fixed))
    left_out = sum(not one.asked for one in found.findings)
    if left_out:
        told = words.counted(
            "{count} finding is on a target that no scan of the network can ask.",
            "{count} findings are on targets that no scan of the network can ask.",
            left_out,
        )
        out.note(told)


def _rows(found: Verification) -> Iterator[tuple[str, ...]]:
    from pqscan_reports.naming import target_text

    from pqscan.app.deciding import SHORT_KEY

    for one in found.findings:
        states = (words.label("life_state", life.state.value) for life in (one.before, one.after))
        yield (one.before.key.hex()[:SHORT_KEY], *states, target_text(one.after.target), what(one.after))


def _json(found: Verification) -> out.Json:
    rows: list[out.Json] = [
        {
            "before": one.before.state.value,
            "asked": one.asked,
            "proven_fixed": one.is_proven_fixed,
            "finding": life_json(one.after),
        }
        for one in found.findings
    ]
    return {"runs": [result.run.id for result in found.runs], "findings": rows}
