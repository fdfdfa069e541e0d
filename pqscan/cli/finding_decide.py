"""`pqscan finding plan|progress|waive|accept|dispute|depends|retire|exclude|reopen|moved`: what people decide."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from datetime import date
from typing import Any

import click

from pqscan.cli import out, words
from pqscan.cli.age import recipient_option
from pqscan.cli.assess import read_day
from pqscan.cli.finding import KEY_POLICY_HELP, asked_by_key, decision_json
from pqscan.cli.group import Command, command, option
from pqscan.cli.settings import settings
from pqscan.cli.words import msgid
from pqscan.errors import UsageError
from pqscan.readiness.decision import DecisionState

_POLICY = option("--policy", metavar="NAME", multiple=True, help=KEY_POLICY_HELP)
_BY = option("--by", metavar="NAME", help=msgid("Who decides; default: the user of this computer."))
_REASON = option("--reason", metavar="TEXT", default="", help=msgid("Why."))
_FIXER = option("--fixer", metavar="NAME", default="", help=msgid("Who must change it: a unit, a vendor, a project."))
_DEADLINE = option("--deadline", metavar="DATE", help=msgid("By when, as 2030-12-31."))
_TASK = option("--task", metavar="CODE", help=msgid("The task it belongs to."))
_LEAD = option("--lead", metavar="UNIT", help=msgid("The unit that leads."))
_WITH = option("--with", "coordinating", metavar="UNIT", multiple=True, help=msgid("A unit that co-ordinates; may be repeated."))

Function = Callable[..., Any]  # Any: as click calls it.


def _command(name: str, text: str, *options: Callable[[Function], Function]) -> Callable[[Function], Command]:
    """A command that decides on findings named by their keys."""

    def decorate(function: Function) -> Command:
        for one in reversed((*options, _REASON, _BY, _POLICY)):
            function = one(function)
        return command(name, short_help=text, help=text)(
            click.argument("keys", metavar="KEY...", nargs=-1, required=True)(function)
        )

    return decorate


def _decide(keys: tuple[str, ...], state: DecisionState, by: str | None, policy: tuple[str, ...], **fields: Any) -> None:
    """Any: the fields of a wish, by name."""
    from pqscan.app.deciding import SHORT_KEY, Wish, decide, named

    who = user()
    chosen = settings()
    with chosen.open_store() as store:
        lives = named(store, asked_by_key(store, policy), keys)
        decisions = decide(store, lives, Wish(state=state, by=by or who, actor=who, **fields))
    if chosen.wants_json:
        rows: list[out.Json] = [{"finding": decision.finding.hex(), "decision": decision_json(decision)} for decision in decisions]
        out.document(rows)
        return
    for decision in decisions:
        out.line(f"{decision.finding.hex()[:SHORT_KEY]}: {words.label('decision', decision.state.value)}")


def user() -> str:
    """The account that runs this program."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # An account without a name.
        return "?"


@_command("plan", msgid("Plans a fix: by whom and by when."), _FIXER, _DEADLINE, _TASK, _LEAD, _WITH)
def plan(keys: tuple[str, ...], by: str | None, policy: tuple[str, ...], deadline: str | None, **fields: Any) -> None:
    _decide(keys, DecisionState.PLANNED, by, policy, deadline=read_day(deadline), **fields)


@_command("progress", msgid("Says that a fix is under way."), _FIXER, _DEADLINE, _TASK, _LEAD, _WITH)
def progress(keys: tuple[str, ...], by: str | None, policy: tuple[str, ...], deadline: str | None, **fields: Any) -> None:
    _decide(keys, DecisionState.IN_PROGRESS, by, policy, deadline=read_day(deadline), **fields)


@_command(
    "waive",
    msgid("Tolerates findings for a time; on the day after the last they are open again."),
    option("--expires", metavar="DATE", help=msgid("The last day on which the waiver holds.")),
    option("--compensation", metavar="TEXT", default="", help=msgid("What protects meanwhile.")),
)
def waive(keys: tuple[str, ...], by: str | None, policy: tuple[str, ...], expires: str | None, **fields: Any) -> None:
    _decide(keys, DecisionState.WAIVED, by, policy, expires_on=read_day(expires), **fields)


@_command("accept", msgid("Accepts the risk, by the authority that may."))
def accept(keys: tuple[str, ...], by: str | None, policy: tuple[str, ...], reason: str) -> None:
    if by is None:
        raise UsageError("a risk is accepted by an authority: name it with --by")
    _decide(keys, DecisionState.ACCEPTED, by, policy, reason=reason)


@_command(
    "dispute",
    msgid("Says that the tool may be wrong."),
    option("--diagnostic", metavar="FILE", help=msgid("Writes what the tool saw, without what tells the target.")),
    recipient_option(),
    option("--with-evidence", is_flag=True, help=msgid("With the bytes of the exchange; names and certificates stand in them.")),
)
def dispute(
    keys: tuple[str, ...], by: str | None, policy: tuple[str, ...], reason: str, diagnostic: str | None, with_evidence: bool
) -> None:
    if with_evidence and diagnostic is None:
        raise UsageError("--with-evidence is for the diagnostic file: give --diagnostic FILE")
    if diagnostic is not None and len(keys) != 1:
        raise UsageError("a diagnostic file is of one finding: dispute them one by one")
    data = None if diagnostic is None else _diagnostic(keys, policy, with_evidence=with_evidence)
    _decide(keys, DecisionState.DISPUTED, by, policy, reason=reason)
    if diagnostic is not None and data is not None:
        from pqscan.cli.paper import write

        write(diagnostic, data)


def _diagnostic(keys: tuple[str, ...], policy: tuple[str, ...], *, with_evidence: bool) -> bytes:
    from pqscan.app.deciding import named
    from pqscan.app.diagnosing import diagnostic

    with settings().open_store() as store:
        (life,) = named(store, asked_by_key(store, policy), keys)
        return diagnostic(store, life, with_evidence=with_evidence)


_ON = {
    "upstream": DecisionState.DEPENDS_UPSTREAM,
    "vendor": DecisionState.DEPENDS_VENDOR,
    "central": DecisionState.DEPENDS_CENTRAL,
}


@_command(
    "depends",
    msgid("Says that others must change first."),
    option("--on", "on", type=click.Choice(tuple(_ON)), required=True, help=msgid("An upstream, the vendor, or a central system.")),
    _FIXER,
    _DEADLINE,
)
def depends(keys: tuple[str, ...], by: str | None, policy: tuple[str, ...], on: str, deadline: str | None, **fields: Any) -> None:
    _decide(keys, _ON[on], by, policy, deadline=read_day(deadline), **fields)


@_command("retire", msgid("Says that the target is no more; whatever is seen of it later is open again."))
def retire(keys: tuple[str, ...], by: str | None, policy: tuple[str, ...], reason: str) -> None:
    _decide(keys, DecisionState.RETIRED, by, policy, reason=reason)


@_command("exclude", msgid("Says that the target is outside of the scope."))
def exclude(keys: tuple[str, ...], by: str | None, policy: tuple[str, ...], reason: str) -> None:
    _decide(keys, DecisionState.OUT_OF_SCOPE, by, policy, reason=reason)


@_command("reopen", msgid("Takes back what was decided."))
def reopen(keys: tuple[str, ...], by: str | None, policy: tuple[str, ...], reason: str) -> None:
    _decide(keys, DecisionState.REOPENED, by, policy, reason=reason)


@command(
    "moved",
    short_help=msgid("Says that a host moved and keeps its history."),
    help=msgid(
        "Says that what stood at OLD stands at NEW from a day on: its findings keep their history. Both are targets of the store, "
        "as name@address:port or address:port."
    ),
)
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@option("--since", metavar="DATE", required=True, help=msgid("The first day at the new place."))
@_REASON
@_BY
def moved(old: str, new: str, since: str, reason: str, by: str | None) -> None:
    from pqscan_reports.naming import target_text

    from pqscan.app.deciding import move

    day = read_day(since) or date.max
    chosen = settings()
    with chosen.open_store() as store:
        alias = move(store, old, new, day, by=by or user(), reason=reason)
    told = words.filled(
        "{old} stands at {new} since {day}.", old=target_text(alias.old), new=target_text(alias.new), day=day.isoformat()
    )
    out.wrapped(told)
