"""`pqscan diff`: what changed between two runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pqscan.cli import out, words
from pqscan.cli.group import command
from pqscan.cli.settings import settings
from pqscan.cli.words import msgid

if TYPE_CHECKING:
    from pqscan.app.difference import Difference, FactChange, TargetChange
    from pqscan.model.observation import Observation
    from pqscan.policy.state import State

_MOST_FACTS = 12


@command(
    "diff",
    short_help=msgid("What changed between two runs."),
    help=msgid(
        "Says what changed between two runs: targets that came and went, states, and the facts behind them. Without runs: the "
        "newest one and the one before it with the same scope."
    ),
)
@click.argument("before", metavar="[RUN]", required=False)
@click.argument("after", metavar="[RUN]", required=False)
def diff(before: str | None, after: str | None) -> None:
    from pqscan.app.difference import diff as compare

    chosen = settings()
    with chosen.open_store() as store:
        found = compare(store, before, after)
    if chosen.wants_json:
        out.document(_json(found))
        return
    out.line(words.filled("From run {before} to run {after}", before=found.before.id, after=found.after.id))
    for change in found.changes:
        _print(change)
    changed = words.counted("{count} target changed", "{count} targets changed", len(found.changes))
    same = words.counted("{count} stayed as it was", "{count} stayed as they were", found.unchanged)
    out.line(f"{changed}, {same}.")


def _print(change: TargetChange) -> None:
    from pqscan_reports.naming import target_text

    from pqscan.app.difference import paired

    out.line()
    out.wrapped(f"{target_text(change.target)}: {words.label('change', change.change.value)}", "", "  ")
    for title, (old, new) in (
        (words.gettext("Key establishment"), change.key_establishment),
        (words.gettext("Authentication"), change.authentication),
    ):
        if old is not new:
            out.wrapped(f"{title}: {_state(old)} → {_state(new)}", "  ", "    ")
    facts = paired(change.gone, change.new)
    for fact in facts[:_MOST_FACTS]:
        out.wrapped(_fact(fact), "  ", "    ")
    if len(facts) > _MOST_FACTS:
        out.line("  … " + words.counted("{count} more fact", "{count} more facts", len(facts) - _MOST_FACTS))
    for sign, digests in (("-", change.certificates_gone), ("+", change.certificates_new)):
        for digest in digests:
            out.line(f"  {sign} {words.gettext('certificate')} {digest.hex()[:32]}…")


def _state(state: State | None) -> str:
    return "–" if state is None else words.label("state", state.value)


def _fact(change: FactChange) -> str:
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
    return {"before": found.before.id, "after": found.after.id, "unchanged": found.unchanged, "changes": changes}
