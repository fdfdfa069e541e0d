"""`pqscan assess` judges the store at a date; `pqscan policy list` says by what."""

from __future__ import annotations

from datetime import date

import click

from pqscan.cli import out, words
from pqscan.cli.group import Group, command, option
from pqscan.cli.settings import settings
from pqscan.cli.words import msgid
from pqscan.errors import UsageError

POLICY_HELP = msgid("A policy (`pqscan policy list`), a file, or all; may be repeated. Default: vietnam with its reading.")
AS_OF_HELP = msgid("The day of the judgement, as 2030-12-31; default: today.")


def read_day(text: str | None) -> date | None:
    """Raises UsageError."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is no day; write it as 2030-12-31") from None


@command(
    "assess",
    short_help=msgid("Judges the store by dated policies."),
    help=msgid("Judges what is in the store by dated policies and prints a summary. No packet is sent."),
)
@option("--policy", metavar="NAME", multiple=True, help=POLICY_HELP)
@option("--as-of", metavar="DATE", help=AS_OF_HELP)
@option("--run", metavar="ID", help=msgid("What one run saw; default: what every target answers now."))
def assess(policy: tuple[str, ...], as_of: str | None, run: str | None) -> None:
    from pqscan.app.assessment import assess as judge
    from pqscan.app.assessment import choose_policies
    from pqscan.cli.summary import print_summary, summary_json

    day, policies = read_day(as_of), choose_policies(policy)
    chosen = settings()
    with chosen.open_store() as store:
        inventory = judge(store, policies=policies, as_of=day, run=run)
        if chosen.wants_json:
            out.document(summary_json(inventory))
        else:
            print_summary(inventory)


@click.group("policy", cls=Group, places={"list": "assess:list_policies"}, help=msgid("The policies that judge."))
def policy() -> None:
    pass


@command("list", help=msgid("Lists the policies that come with pqscan: edition, status and rules."))
def list_policies() -> None:
    from pqscan.policy.editions import policies

    found = policies()
    if settings().wants_json:
        rows: list[out.Json] = [
            {
                "id": edition.id,
                "jurisdiction": edition.jurisdiction,
                "edition": edition.edition,
                "title": edition.title,
                "status": edition.status.value,
                "reading": edition.reading,
                "rules": len(edition.rules),
            }
            for edition in found
        ]
        out.document(rows)
        return
    for edition in found:
        say = words.say()
        out.wrapped(f"{edition.id}: {say.gettext(edition.title)} ({say.gettext(edition.edition)})", "", "    ")
        status = words.label("policy_status", edition.status.value)
        out.wrapped(status + ", " + words.counted("{count} rule", "{count} rules", len(edition.rules)), "    ")
