"""`pqscan remedy`: what to change on one target, in the words of the product that runs there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pqscan.cli import out, words
from pqscan.cli.assess import AS_OF_HELP, POLICY_HELP, read_day
from pqscan.cli.group import command, option
from pqscan.cli.pseudonym import pseudonym_options, pseudonyms
from pqscan.cli.settings import settings
from pqscan.cli.words import msgid

if TYPE_CHECKING:
    from pqscan.app.remedying import Change, RemedyRow, TargetRemedies
    from pqscan.readiness.cost import Cost

_MOST_FINDINGS = 6


@command(
    "remedy",
    short_help=msgid("What to change on a target, product by product."),
    help=msgid(
        "Says what to change on a target: the lines in the product's own language, the first version that knows them, where they "
        "go, how to check them by hand, what they cost, what they may break, and how to go back.\n\n"
        "TARGET is host:port, an address, name@address:port, or the path of a file. Without --product, every product of its "
        "protocol is given."
    ),
)
@click.argument("target", metavar="TARGET")
@option("--product", metavar="NAME", multiple=True, help=msgid("What runs there, such as nginx; may be repeated."))
@option("--timings", metavar="FILE", help=msgid("Timings of this machine: what `harness benchmark --json` printed."))
@option("--policy", metavar="NAME", multiple=True, help=POLICY_HELP)
@option("--as-of", metavar="DATE", help=AS_OF_HELP)
@option("--run", metavar="ID", help=msgid("What one run saw; default: what every target answers now."))
@pseudonym_options
def remedy(
    target: str,
    product: tuple[str, ...],
    timings: str | None,
    policy: tuple[str, ...],
    as_of: str | None,
    run: str | None,
    pseudonymise: bool,
    key: str | None,
) -> None:
    from pqscan.app.assessment import choose_policies
    from pqscan.app.pseudonymous import meant, of_remedies
    from pqscan.app.remedying import remedy as find
    from pqscan.app.timings_file import read_timings

    day, policies, names = read_day(as_of), choose_policies(policy), pseudonyms(pseudonymise, key)
    timed = () if timings is None else read_timings(Path(timings))
    chosen = settings()
    with chosen.open_store() as store:
        word = target if names is None else meant(store, target, names)
        found = find(store, word, products=product, timings=timed, policies=policies, as_of=day, run=run)
    if names is not None:
        found = of_remedies(found, names)
    if chosen.wants_json:
        documents: list[out.Json] = [_json(one) for one in found]
        out.document(documents)
        return
    for number, one in enumerate(found):
        if number:
            out.line()
        _print(one)


def _print(one: TargetRemedies) -> None:
    from pqscan_reports.naming import target_text

    assessed = one.explanation.assessed
    out.line(target_text(assessed.sighting.target))
    out.line("─" * min(out.columns() or out.COLUMNS, out.COLUMNS))
    state = words.label("state", assessed.key_establishment.state.value)
    out.wrapped(words.filled("Key establishment: {state}", state=state))
    if not one.changes:
        out.wrapped(words.gettext("Nothing that is known asks for a change."))
        return
    for number, change in enumerate(one.changes, 1):
        _print_change(number, change)


def _print_change(number: int, change: Change) -> None:
    say = words.say()
    out.line()
    out.wrapped(f"{number}. {say.render(change.reason)}", "", "   ")
    rules = dict.fromkeys(ruled.finding.rule for ruled in change.findings)
    if rules:
        shown = ", ".join(list(rules)[:_MOST_FINDINGS]) + (", ..." if len(rules) > _MOST_FINDINGS else "")
        out.wrapped(words.filled("Asked for by: {rules}", rules=shown), "   ", "     ")
    told: set[str] = set()
    for row in change.rows:
        _print_row(row, told)
    checks = dict.fromkeys((row.check, row.check_reason) for row in change.rows if row.check is not None)
    for text, reason in checks:
        out.wrapped(words.gettext("Check it by hand") + ":", "   ")
        out.line(f"     {text}")
        if reason is not None:
            out.wrapped(say.render(reason), "     ")
    costs = {row.cost.group: row.cost for row in change.rows if row.cost is not None}
    for cost in costs.values():
        _print_cost(cost)
    for reason in dict.fromkeys(reason for row in change.rows for reason in row.remedy.breaks):
        out.wrapped(words.filled("May break: {what}", what=say.render(reason)), "   ", "     ")


def _print_row(row: RemedyRow, told: set[str]) -> None:
    say, remedy = words.say(), row.remedy
    out.wrapped(f"{remedy.product} ({words.filled('from {version}', version=remedy.since)})", "   ", "     ")
    for text in remedy.lines:
        out.line(f"       {text}")
    out.wrapped(say.render(remedy.reason), "     ")
    undo = say.render(remedy.undo)
    if undo not in told:
        out.wrapped(words.filled("To go back: {how}", how=undo), "     ", "       ")
        told.add(undo)
    out.wrapped(words.filled("Source: {source}", source=remedy.source), "     ", "       ")
    if remedy.tried is not None:
        out.wrapped(words.filled("Tried with: {versions}", versions=remedy.tried), "     ", "       ")


def _print_cost(cost: Cost) -> None:
    say = words.say()
    text = words.filled(
        "Cost: {group} puts {hello} bytes into the first message and {server} into the answer; {base} alone puts {base_hello} and "
        "{base_server}.",
        group=cost.group,
        hello=say.number(cost.hello_bytes),
        server=say.number(cost.server_bytes),
        base=cost.base,
        base_hello=say.number(cost.base_hello_bytes),
        base_server=say.number(cost.base_server_bytes),
    )
    out.wrapped(text, "   ", "     ")
    for group, works in ((cost.group, cost.work), (cost.base, cost.base_work)):
        for work in works:
            timed = words.filled(
                "{group} in {library}: {client} µs on the client, {server} µs on the server (called from Python on the machine "
                "that was timed)",
                group=group,
                library=work.library,
                client=say.number(work.client_microseconds),
                server=say.number(work.server_microseconds),
            )
            out.wrapped(timed, "     ", "       ")


def _json(one: TargetRemedies) -> out.Json:
    from pqscan_reports.json_inventory import assessed_json

    changes: list[out.Json] = [_change_json(change) for change in one.changes]
    return {
        "as_of": one.explanation.as_of.isoformat(),
        "target": assessed_json(one.explanation.assessed, words.say()),
        "changes": changes,
    }


def _change_json(change: Change) -> out.Json:
    from pqscan_reports.json_inventory import finding_json, reason_json

    say = words.say()
    findings: list[out.Json] = [finding_json(ruled.finding, say) for ruled in change.findings]
    rows: list[out.Json] = []
    for row in change.rows:
        breaks: list[out.Json] = [reason_json(reason, say) for reason in row.remedy.breaks]
        rows.append({
            "id": row.remedy.id,
            "product": row.remedy.product,
            "since": row.remedy.since,
            "lines": list(row.remedy.lines),
            "where": reason_json(row.remedy.reason, say),
            "check": row.check,
            "check_shows": None if row.check_reason is None else reason_json(row.check_reason, say),
            "cost": None if row.cost is None else _cost_json(row.cost),
            "breaks": breaks,
            "undo": reason_json(row.remedy.undo, say),
            "source": row.remedy.source,
            "tried": row.remedy.tried,
        })  # fmt: skip
    return {"aim": change.aim.value, "text": say.render(change.reason), "findings": findings, "remedies": rows}


def _cost_json(cost: Cost) -> out.Json:
    def works(side: str) -> list[out.Json]:
        found = cost.work if side == "work" else cost.base_work
        return [
            {"library": w.library, "client_microseconds": w.client_microseconds, "server_microseconds": w.server_microseconds}
            for w in found
        ]

    return {
        "group": cost.group,
        "hello_bytes": cost.hello_bytes,
        "server_bytes": cost.server_bytes,
        "base": cost.base,
        "base_hello_bytes": cost.base_hello_bytes,
        "base_server_bytes": cost.base_server_bytes,
        "work": works("work"),
        "base_work": works("base_work"),
    }
