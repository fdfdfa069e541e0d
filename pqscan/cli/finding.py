"""`pqscan finding`: findings that live, as a table; one of them with its history."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING

import click

from pqscan.cli import out, words
from pqscan.cli.assess import AS_OF_HELP, POLICY_HELP, read_day
from pqscan.cli.group import Group, command, option
from pqscan.cli.pseudonym import pseudonym_options, pseudonyms
from pqscan.cli.settings import settings
from pqscan.cli.words import msgid
from pqscan.errors import UsageError
from pqscan.readiness.turns import LifeState

if TYPE_CHECKING:
    from pqscan.app.belonging import Belonging
    from pqscan.app.history import Question
    from pqscan.model.target import Target
    from pqscan.readiness.decision import Decision
    from pqscan.readiness.life import Life
    from pqscan.store.repository import Store

KEY_HELP = msgid("KEY is the beginning of a finding's key, as `pqscan finding list` shows it: as much as tells it from the others.")
KEY_POLICY_HELP = msgid("A policy, or a file of your own under which the finding was made; default: all that come with pqscan.")
UNIT_HELP = msgid("Only of the systems of this unit and the units below it: its code or name.")
STATES = tuple(state.value for state in LifeState)


@click.group(
    "finding",
    cls=Group,
    places={
        "list": "finding:list_findings",
        "show": "finding:show_findings",
        "plan": "finding_decide:plan",
        "progress": "finding_decide:progress",
        "waive": "finding_decide:waive",
        "accept": "finding_decide:accept",
        "dispute": "finding_decide:dispute",
        "depends": "finding_decide:depends",
        "retire": "finding_decide:retire",
        "exclude": "finding_decide:exclude",
        "reopen": "finding_decide:reopen",
        "moved": "finding_decide:moved",
        "sheet": "finding_paper:sheet",
        "slip": "finding_paper:slip",
    },
    help=msgid(
        "Findings and what becomes of them. Open, fixed, regressed and not seen again follow from scans alone; people plan, waive, "
        "accept or dispute, and each decision is kept with its name, time and reason."
    ),
    epilog=KEY_HELP,
)
def finding() -> None:
    pass


def asked_by_key(store: Store, policy: tuple[str, ...], as_of: str | None = None) -> Question:
    """The question of commands that are given keys: without a policy all that are shipped, for the key says which it is."""
    return asked_of(store, policy or ("all",), as_of, (), belonging_of(store))


def asked_of(
    store: Store,
    policy: tuple[str, ...],
    as_of: str | None,
    where: tuple[str, ...] = (),
    belonging: Belonging | None = None,
) -> Question:
    """The question that the options of every command here ask. Raises UsageError."""
    from pqscan.app.assessment import choose_policies
    from pqscan.app.deciding import aliases_of
    from pqscan.app.history import question
    from pqscan.app.selecting import Selection, read_selection

    selection = read_selection(where)
    if selection != Selection(selection.where):
        raise UsageError("findings are told by their own states: leave state, authentication and algorithm out of --where")
    system_of = None if belonging is None else belonging.context_of
    return question(choose_policies(policy), read_day(as_of), selection.where, aliases_of(store), system_of)


def belonging_of(store: Store) -> Belonging | None:
    """None where no system is described: then nothing is looked up for thousands of targets."""
    from pqscan.app.belonging import Belonging

    found = Belonging.of(store)
    return None if found.is_empty else found


def keep_of(belonging: Belonging | None, unit: str | None) -> Callable[[Target], bool] | None:
    """Which targets belong to a unit. Raises UsageError where the register does not have it."""
    if unit is None:
        return None
    if belonging is None:
        raise UsageError("the register describes no system, so that no target belongs to a unit: describe systems first")
    return belonging.within(unit)


@command(
    "list",
    short_help=msgid("Findings with their states on a day."),
    help=msgid(
        "Lists findings: the beginning of the key, the state on the day, the target, what was found, and by when it is due.\n\n"
        "Without --state: what somebody still has to do something about (open, regressed, planned, in progress)."
    ),
)
@option("--state", metavar="STATES", help=msgid("States with commas between them, or all."))
@option("--where", metavar="KEY=VALUE", multiple=True, help=msgid("Only of targets that fit, as in `pqscan show`."))
@option("--unit", metavar="UNIT", help=UNIT_HELP)
@option("--fixer", metavar="NAME", help=msgid("Only what this fixer was asked to change."))
@option("--policy", metavar="NAME", multiple=True, help=POLICY_HELP)
@option("--as-of", metavar="DATE", help=AS_OF_HELP)
@option("--limit", type=click.IntRange(1), metavar="N", help=msgid("At most so many; how many are left out is said."))
@pseudonym_options
def list_findings(
    state: str | None,
    where: tuple[str, ...],
    unit: str | None,
    fixer: str | None,
    policy: tuple[str, ...],
    as_of: str | None,
    limit: int | None,
    pseudonymise: bool,
    key: str | None,
) -> None:
    from pqscan.app.deciding import living
    from pqscan.app.pseudonymous import of_lives
    from pqscan.cli.show import print_array

    states, names = read_states(state), pseudonyms(pseudonymise, key)
    chosen = settings()
    with chosen.open_store() as store:
        belonging = belonging_of(store)
        asked, keep = asked_of(store, policy, as_of, where, belonging), keep_of(belonging, unit)

        def walk() -> Iterator[Life]:
            return (
                life
                for life in living(store, asked)
                if life.state in states and is_of(life, fixer) and (keep is None or keep(life.target))
            )

        fitting = walk() if names is None else of_lives(walk, names)
        found = islice(fitting, limit)
        if chosen.wants_json:
            print_array(map(life_json, found))
            _tell_left_out(fitting)
            return
        header = (
            out.Column(words.gettext("Key"), 10),
            out.Column(words.gettext("State"), 14),
            out.Column(words.gettext("Target"), 20, grows=True),
            out.Column(words.gettext("What"), 16, grows=True),
            out.Column(words.gettext("Due"), 10),
        )
        out.table(header, _rows(found))
        _tell_left_out(fitting)


def _tell_left_out(rest: Iterator[Life]) -> None:
    """On standard error: what reads the list must not take this for a row of it."""
    count = sum(1 for _ in rest)
    if count:
        out.note(words.counted("{count} more finding is not shown.", "{count} more findings are not shown.", count))


def read_states(text: str | None) -> frozenset[LifeState]:
    """The states that a user names. Raises UsageError."""
    if text is None:
        return frozenset(state for state in LifeState if state.is_unsettled)
    if text.strip() == "all":
        return frozenset(LifeState)
    try:
        return frozenset(LifeState(part.strip()) for part in text.split(","))
    except ValueError:
        raise UsageError(f"{text!r} holds a word that is no state; choose among {', '.join(STATES)}, or all") from None


def is_of(life: Life, fixer: str | None) -> bool:
    from pqscan.readiness.folding import fold

    return fixer is None or (life.decision is not None and fold(life.decision.fixer) == fold(fixer))


def _rows(found: Iterator[Life]) -> Iterator[tuple[str, ...]]:
    from pqscan_reports.naming import target_text

    from pqscan.app.deciding import SHORT_KEY

    for life in found:
        yield (
            life.key.hex()[:SHORT_KEY],
            words.label("life_state", life.state.value),
            target_text(life.target),
            what(life),
            due_text(life),
        )


_OF_CERTIFICATES = {
    ("certificate_key", "own"): msgid("key: {name}"),
    ("certificate_key", "issuer"): msgid("CA key: {name}"),
    ("certificate_signature", "own"): msgid("signature: {name}"),
    ("certificate_signature", "issuer"): msgid("CA signature: {name}"),
    ("certificate", "issuer"): msgid("CA: {name}"),
}


def what(life: Life) -> str:
    """What was found, in few words: the algorithm, or what is wrong with a certificate; of the server's own one or of its CA's."""
    name = life.finding.name or life.finding.value
    if life.mark.subject == "certificate":
        name = words.label("certificate_fault", life.mark.value)
    told = _OF_CERTIFICATES.get((life.mark.subject, life.mark.role))
    return name if told is None else words.filled(told, name=name)


def due_day(life: Life) -> date | None:
    """The plan's day, else the rule's."""
    deadline = None if life.decision is None else life.decision.deadline
    return deadline or life.finding.due


def due_text(life: Life) -> str:
    """That day as tables write it."""
    day = due_day(life)
    return "–" if day is None else day.isoformat()


@command(
    "show", short_help=msgid("One finding with its history."), help=msgid("Tells findings with their history.") + "\n\n" + KEY_HELP
)
@click.argument("keys", metavar="KEY...", nargs=-1, required=True)
@option("--policy", metavar="NAME", multiple=True, help=KEY_POLICY_HELP)
@option("--as-of", metavar="DATE", help=AS_OF_HELP)
@pseudonym_options
def show_findings(keys: tuple[str, ...], policy: tuple[str, ...], as_of: str | None, pseudonymise: bool, key: str | None) -> None:
    from pqscan.app.deciding import named
    from pqscan.app.pseudonymous import of_life

    chosen, names = settings(), pseudonyms(pseudonymise, key)
    with chosen.open_store() as store:
        lives = named(store, asked_by_key(store, policy, as_of), keys)
    if names is not None:
        lives = tuple(of_life(life, names) for life in lives)
    if chosen.wants_json:
        out.document([life_json(life) for life in lives])
        return
    for number, life in enumerate(lives):
        if number:
            out.line()
        print_life(life)


def print_life(life: Life) -> None:
    """A finding in full: what, where, since when and why, and what was decided."""
    from pqscan_reports.naming import target_text

    say = words.say()
    out.line(life.key.hex())
    out.wrapped(f"{target_text(life.target)}: {what(life)}", "", "    ")
    rule = f"{words.label('policy', life.mark.policy)}, {life.mark.rule}"
    out.wrapped(f"{words.label('verdict', life.finding.verdict.value)} ({rule}): {say.render(life.finding.reason)}", "  ", "    ")
    seen = words.filled("Seen: {first} to {last}", first=say.date(life.first_seen), last=say.date(life.last_seen))
    out.wrapped(seen, "  ", "    ")
    for turn in life.turns:
        state = words.label("life_state", turn.state.value)
        out.wrapped(f"{say.date(turn.at)}  {state}: {say.render(turn.reason)}", "  ", "    ")
    if life.decision is not None:
        for title, value in _decided(life.decision):
            out.wrapped(f"{title}: {value}", "  ", "    ")


def _decided(decision: Decision) -> Iterator[tuple[str, str]]:
    say = words.say()

    def day(value: date | None) -> str:
        return "" if value is None else say.date(value)

    rows = (
        (words.gettext("Reason"), decision.reason),
        (words.gettext("Who changes it"), decision.fixer),
        (words.gettext("Deadline"), day(decision.deadline)),
        (words.gettext("Task"), decision.task or ""),
        (words.gettext("Lead"), decision.lead or ""),
        (words.gettext("Co-ordinating"), ", ".join(decision.coordinating)),
        (words.gettext("What protects meanwhile"), decision.compensation),
        (words.gettext("Last day of the waiver"), day(decision.expires_on)),
    )
    return ((title, value) for title, value in rows if value)


def life_json(life: Life) -> out.Json:
    from pqscan_reports.json_inventory import reason_json, target_json
    from pqscan_reports.naming import utc_text

    say = words.say()
    turns: list[out.Json] = [
        {"at": utc_text(turn.at), "state": turn.state.value, "reason": reason_json(turn.reason, say)} for turn in life.turns
    ]
    return {
        "key": life.key.hex(),
        "state": life.state.value,
        "since": utc_text(life.since),
        "target": target_json(life.target),
        "probe": life.probe,
        "policy": life.mark.policy,
        "rule": life.mark.rule,
        "subject": life.mark.subject,
        "value": life.mark.value,
        "name": life.finding.name,
        "role": life.mark.role or None,
        "verdict": life.finding.verdict.value,
        "due": None if life.finding.due is None else life.finding.due.isoformat(),
        "reason": reason_json(life.finding.reason, say),
        "first_seen": utc_text(life.first_seen),
        "last_seen": utc_text(life.last_seen),
        "history": turns,
        "decision": None if life.decision is None else decision_json(life.decision),
    }


def decision_json(decision: Decision) -> out.Json:
    from pqscan_reports.naming import utc_text

    return {
        "state": decision.state.value,
        "by": decision.by,
        "at": utc_text(decision.at),
        "reason": decision.reason,
        "fixer": decision.fixer,
        "deadline": None if decision.deadline is None else decision.deadline.isoformat(),
        "task": decision.task,
        "lead": decision.lead,
        "coordinating": list(decision.coordinating),
        "compensation": decision.compensation,
        "expires_on": None if decision.expires_on is None else decision.expires_on.isoformat(),
    }
