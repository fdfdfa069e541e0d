"""`pqscan diff`: what changed between two runs or two days, and what two policies say of the same facts."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import click

from pqscan.cli import out, words
from pqscan.cli.assess import AS_OF_HELP, read_day
from pqscan.cli.group import command, option
from pqscan.cli.pseudonym import pseudonym_options, pseudonyms
from pqscan.cli.settings import settings
from pqscan.cli.words import msgid
from pqscan.errors import UsageError

if TYPE_CHECKING:
    from pqscan.app.difference import AlgorithmChange, Difference, FactChange, TargetChange
    from pqscan.app.policy_difference import PolicyDifference
    from pqscan.model.inventory import Run
    from pqscan.model.observation import Observation
    from pqscan.policy.state import State
    from pqscan.store.answers import Where

MOST_FACTS = 12


@command(
    "diff",
    short_help=msgid("What changed between two runs or days."),
    help=msgid(
        "Says what changed between two runs: targets that came and went, states, and the facts behind them. Without runs: the "
        "newest one and the one before it with the same scope.\n\n"
        "With --from (and --to, today by default): between two days. With --policy and --against: what two policies say of the "
        "same facts."
    ),
)
@click.argument("before", metavar="[RUN]", required=False)
@click.argument("after", metavar="[RUN]", required=False)
@option("--from", "first", metavar="DATE", help=msgid("The earlier of two days."))
@option("--to", "last", metavar="DATE", help=msgid("The later of two days; default: today."))
@option("--policy", metavar="NAME", help=msgid("A policy, to be compared with --against."))
@option("--against", metavar="NAME", help=msgid("The other policy."))
@option("--as-of", metavar="DATE", help=AS_OF_HELP)
@option("--where", metavar="KEY=VALUE", multiple=True, help=msgid("Only of targets that fit; not between runs."))
@option("--html", metavar="FILE", help=msgid("Writes a page instead of text; - is standard output."))
@pseudonym_options
def diff(
    before: str | None,
    after: str | None,
    first: str | None,
    last: str | None,
    policy: str | None,
    against: str | None,
    as_of: str | None,
    where: tuple[str, ...],
    html: str | None,
    pseudonymise: bool,
    key: str | None,
) -> None:
    from pqscan.app.permitting import permit_at
    from pqscan.app.pseudonymous import of_difference
    from pqscan.cli.difference_page import difference_page, policies_json, policy_page, print_policies
    from pqscan.cli.paper import write
    from pqscan.readiness.access import Right

    chosen, names = settings(), pseudonyms(pseudonymise, key)
    if html is not None:  # Of what is let out roles are asked, as of a report.
        permit_at(chosen.store_url, Right.EXPORT)
    if policy is not None or against is not None:
        _require_nothing_of(before, first, last, "--policy and --against compare policies over the same facts")
        if names is not None:
            raise UsageError("a comparison of policies names no file: leave out --pseudonymise")
        opinions = _policies(policy, against, as_of, where)
        if html is not None:
            write(html, policy_page(opinions))
        elif chosen.wants_json:
            out.document(policies_json(opinions))
        else:
            print_policies(opinions)
        return
    if as_of is not None:
        raise UsageError("--as-of is the day on which two policies are compared: name them with --policy and --against")
    found = _days(first, last, where, before) if first is not None or last is not None else _runs(before, after, where)
    if names is not None:
        found = of_difference(found, names)
    if html is not None:
        write(html, difference_page(found))
    elif chosen.wants_json:
        out.document(_json(found))
    else:
        _print_all(found)


def _require_nothing_of(before: str | None, first: str | None, last: str | None, told: str) -> None:
    if before is not None or first is not None or last is not None:
        raise UsageError(f"{told}: name no run and no days with them")


def _policies(policy: str | None, against: str | None, as_of: str | None, where: tuple[str, ...]) -> PolicyDifference:
    from pqscan.app.assessment import choose_policies
    from pqscan.app.history import today
    from pqscan.app.policy_difference import diff_policies

    if policy is None or against is None:
        raise UsageError("two policies are compared: name one with --policy and the other with --against")
    one, other = choose_policies([policy]), choose_policies([against])
    if len(one) != 1 or len(other) != 1:
        raise UsageError("two policies are compared: name one each, not all")
    with settings().open_store() as store:
        return diff_policies(store, one[0], other[0], read_day(as_of) or today(), where=_where(where))


def _days(first: str | None, last: str | None, where: tuple[str, ...], run: str | None) -> Difference:
    from pqscan.app.difference import diff_days
    from pqscan.app.history import today

    begin, end = read_day(first), read_day(last) or today()
    if begin is None:
        raise UsageError("--to is the later of two days: give the earlier one with --from")
    if run is not None:
        raise UsageError("--from and --to compare days: name no run with them")
    with settings().open_store() as store:
        return diff_days(store, begin, end, where=_where(where))


def _runs(before: str | None, after: str | None, where: tuple[str, ...]) -> Difference:
    from pqscan.app.difference import diff as compare

    if where:
        raise UsageError("--where is for days and policies: give --from, or leave it out")
    with settings().open_store() as store:
        return compare(store, before, after)


def _where(words_: tuple[str, ...]) -> Where:
    from pqscan.app.selecting import Selection, read_selection

    selection = read_selection(words_)
    if selection != Selection(selection.where):
        raise UsageError("what is compared here has states of its own: leave state, authentication and algorithm out of --where")
    return selection.where


def side_text(side: Run | date) -> str:
    """A run's id, or a day."""
    return words.say().date(side) if isinstance(side, date) else side.id


def _print_all(found: Difference) -> None:
    first, second = side_text(found.before), side_text(found.after)
    if isinstance(found.before, date):
        out.line(words.filled("From {before} to {after}", before=first, after=second))
    else:
        out.line(words.filled("From run {before} to run {after}", before=first, after=second))
    for change in found.changes:
        _print(change)
    if found.algorithms:
        out.line()
        for row in found.algorithms:
            out.wrapped(algorithm_text(row), "", "    ")
    if found.expired:
        out.line(words.counted("{count} served certificate expired.", "{count} served certificates expired.", len(found.expired)))
    changed = words.counted("{count} target changed", "{count} targets changed", len(found.changes))
    same = words.counted("{count} stayed as it was", "{count} stayed as they were", found.unchanged)
    out.line(f"{changed}, {same}.")


def algorithm_text(row: AlgorithmChange) -> str:
    """`group X25519MLKEM768: in use on 12 more targets, no longer on 1`."""
    return words.filled(
        "{subject} {name}: new on {gained}, gone from {lost} targets",
        subject=words.label("subject", row.subject.value),
        name=words.label("fact_value", row.name),
        gained=words.say().number(row.gained),
        lost=words.say().number(row.lost),
    )


def _print(change: TargetChange) -> None:
    from pqscan_reports.naming import target_text

    from pqscan.app.difference import paired

    out.line()
    out.wrapped(f"{target_text(change.target)}: {words.label('change', change.change.value)}", "", "  ")
    for family, title, (old, new) in (
        ("key_establishment", words.gettext("Key establishment"), change.key_establishment),
        ("authentication", words.gettext("Authentication"), change.authentication),
    ):
        if old is not new:
            out.wrapped(f"{title}: {state_text(family, old)} → {state_text(family, new)}", "  ", "    ")
    facts = paired(change.gone, change.new)
    for fact in facts[:MOST_FACTS]:
        out.wrapped(fact_text(fact), "  ", "    ")
    if len(facts) > MOST_FACTS:
        out.line("  … " + words.counted("{count} more fact", "{count} more facts", len(facts) - MOST_FACTS))
    for sign, digests in (("-", change.certificates_gone), ("+", change.certificates_new)):
        for digest in digests:
            out.line(f"  {sign} {words.gettext('certificate')} {digest.hex()[:32]}…")


def state_text(family: str, state: State | None) -> str:
    return "–" if state is None else words.state(family, state.value)


def fact_text(change: FactChange) -> str:
    """`~ ... X25519MLKEM768: refused (proven) → accepted`; what the client gets: `~ ...: x25519 → X25519MLKEM768`."""
    before, after = change.before, change.after
    if before is None or after is None:
        sign, o = ("-", before) if before is not None else ("+", after)
        return "" if o is None else f"{sign} {_place(o)} {_value(o)}: {words.label('support', o.support.value)}"
    if after.support.value == "selected":
        return f"~ {_place(after)}: {_value(before)} → {_value(after)}"
    supports = dict.fromkeys(words.label("support", o.support.value) for o in (before, after))
    return f"~ {_place(after)} {_value(after)}: {' → '.join(supports)}"


def _place(o: Observation) -> str:
    return (f"{o.context} " if o.context else "") + words.label("subject", o.subject.value)


def _value(o: Observation) -> str:
    from pqscan_reports.naming import observation_text

    return words.gettext("the rest") if o.value == "*" else words.label("fact_value", observation_text(o))


def _json(found: Difference) -> out.Json:
    from pqscan_reports.json_inventory import observation_json, target_json

    changes: list[out.Json] = []
    for change in found.changes:
        changes.append(
            {
                "target": target_json(change.target),
                "probe": change.probe,
                "change": change.change.value,
                "key_establishment": [None if state is None else state.value for state in change.key_establishment],
                "authentication": [None if state is None else state.value for state in change.authentication],
                "gone": [observation_json(o) for o in change.gone],
                "new": [observation_json(o) for o in change.new],
                "certificates_gone": [digest.hex() for digest in change.certificates_gone],
                "certificates_new": [digest.hex() for digest in change.certificates_new],
            }
        )
    algorithms: list[out.Json] = [
        {
            "subject": row.subject.value,
            "name": row.name,
            "quantum_class": row.quantum_class.value,
            "gained": row.gained,
            "lost": row.lost,
        }
        for row in found.algorithms
    ]
    before, after = (side.isoformat() if isinstance(side, date) else side.id for side in (found.before, found.after))
    return {
        "before": before,
        "after": after,
        "unchanged": found.unchanged,
        "changes": changes,
        "algorithms": algorithms,
        "certificates_expired": [digest.hex() for digest in found.expired],
    }
