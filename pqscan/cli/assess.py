"""`pqscan assess` judges the store at a date."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from pqscan.cli import out, words
from pqscan.cli.group import command, option
from pqscan.cli.settings import settings
from pqscan.cli.words import msgid
from pqscan.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection

    from pqscan.policy.rule import PolicyEdition
    from pqscan.store.repository import Store

POLICY_HELP = msgid("A policy (`pqscan policy list`), a file, or all; may be repeated. Default: vietnam with its reading.")
AS_OF_HELP = msgid("The day of the judgement, as 2030-12-31; default: today.")


UNIT_HELP = msgid("Only the systems of a unit and of those under it (`pqscan unit list`).")
SYSTEM_HELP = msgid("Only one system (`pqscan system list`).")


def chosen_systems(store: Store, unit: str | None, system: str | None) -> Collection[str] | None:
    """The codes of the systems that `--unit` or `--system` names; None where neither is given. Raises UsageError."""
    if unit is None and system is None:
        return None
    if unit is not None and system is not None:
        raise UsageError("--unit and --system exclude each other: name one of them")
    from pqscan.app.membership import systems_of
    from pqscan.readiness.register import Register

    return systems_of(Register.of(store.register()), unit=unit, system=system)


def read_day(text: str | None) -> date | None:
    """Raises UsageError."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is no day; write it as 2030-12-31") from None


def chosen_policies(names: tuple[str, ...]) -> tuple[PolicyEdition, ...]:
    """Those that `--policy` names, of what is at hand; says which of them stand in the place of shipped ones. Raises UsageError."""
    from pqscan.app.assessment import choose_policies

    chosen = choose_policies(names, settings().shelf())
    for edition in chosen:
        if edition.replaces:
            out.note(
                words.filled(
                    "The policy {name} is a pack of one's own, in place of the one that comes with pqscan.", name=edition.id
                )
            )
    return chosen


@command(
    "assess",
    short_help=msgid("Judges the store by dated policies."),
    help=msgid("Judges what is in the store by dated policies and prints a summary. No packet is sent."),
)
@option("--policy", metavar="NAME", multiple=True, help=POLICY_HELP)
@option("--as-of", metavar="DATE", help=AS_OF_HELP)
@option("--run", metavar="ID", help=msgid("What one run saw; default: what every target answers now."))
@option("--unit", metavar="CODE", help=UNIT_HELP)
@option("--system", metavar="CODE", help=SYSTEM_HELP)
def assess(policy: tuple[str, ...], as_of: str | None, run: str | None, unit: str | None, system: str | None) -> None:
    from pqscan.app.assessment import assess as judge
    from pqscan.cli.summary import print_summary, summary_json

    day, policies = read_day(as_of), chosen_policies(policy)
    chosen = settings()
    with chosen.open_store() as store:
        inventory = judge(store, policies=policies, as_of=day, run=run, within=chosen_systems(store, unit, system))
        if chosen.wants_json:
            out.document(summary_json(inventory))
        else:
            print_summary(inventory)
