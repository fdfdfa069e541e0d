"""`pqscan schedule`: scans that come again, written as a timer or cron line; which of them did not come; and what is due."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from pqscan.cli import out, words
from pqscan.cli.entry import DONE
from pqscan.cli.group import Group, command, option
from pqscan.cli.settings import settings
from pqscan.cli.words import msgid
from pqscan.errors import UsageError

if TYPE_CHECKING:
    from pqscan.app.plans import KeptPlan, PlanStatus

LATE = 1
_MOST_SHOWN_MISSED = 5
_NOT_IN_A_PLAN = {"resume": "--resume", "print_plan": "--print-plan", "plan": "--plan"}


@click.group(
    "schedule",
    cls=Group,
    places={
        "write": "schedule_write:write",
        "list": "schedule:list_plans",
        "status": "schedule:status",
        "deadlines": "schedule_deadlines:deadlines",
        "remove": "schedule:remove",
    },
    help=msgid("Scans that come again, which of them did not come, and what is due."),
)
def schedule() -> None:
    pass


@command("list", help=msgid("Shows the plans of the store."))
def list_plans() -> None:
    from pqscan.app.plans import statuses

    chosen = settings()
    with chosen.open_store() as store:
        found = statuses(store, datetime.now().astimezone())
    if chosen.wants_json:
        documents: list[out.Json] = [{**plan_json(one.kept), "next_due": _time(one.standing.next_due)} for one in found]
        out.document(documents)
        return
    if not found:
        out.line(words.gettext("The store has no plan of scans; write one with: pqscan schedule write"))
        return
    header = (
        out.Column(words.gettext("Plan"), 14),
        out.Column(words.gettext("How often"), 14),
        out.Column(words.gettext("Next"), 16),
        out.Column(words.gettext("What"), 30, grows=True),
    )
    rows = (
        (
            one.kept.plan.name,
            words.label("every", one.kept.plan.every.value),
            _shown(one.standing.next_due),
            " ".join(one.kept.plan.words),
        )
        for one in found
    )
    out.table(header, rows)


@command(
    "status",
    short_help=msgid("Says when each plan ran last, and what was missed."),
    help=msgid(
        "Says of each plan when it ran last, when it is due, and which runs were missed: those for which nothing began from their "
        "time to the next. With --check the exit code is 1 where a plan should have begun and has not, for monitoring to ask."
    ),
)
@click.argument("names", metavar="[NAME]...", nargs=-1)
@option("--check", is_flag=True, help=msgid("Exit code 1 where a run that is due has not begun."))
@option(
    "--grace",
    type=click.FloatRange(0, 8784),
    metavar="HOURS",
    help=msgid("So long after its time a run may begin without being late; default 12."),
)
def status(names: tuple[str, ...], check: bool, grace: float | None) -> int:
    from pqscan.app.plans import GRACE, statuses

    chosen = settings()
    allowed = GRACE if grace is None else timedelta(hours=grace)
    with chosen.open_store() as store:
        found = statuses(store, datetime.now().astimezone(), allowed, names)
    code = LATE if check and any(one.is_late for one in found) else DONE
    if chosen.wants_json:
        documents: list[out.Json] = [_status_json(one) for one in found]
        out.document(documents)
        return code
    if not found:
        out.line(words.gettext("The store has no plan of scans; write one with: pqscan schedule write"))
    for one in found:
        _print_status(one)
    return code


@command("remove", help=msgid("Takes a plan out of the store; its timer or cron line must be taken away by hand."))
@click.argument("name", metavar="NAME")
def remove(name: str) -> None:
    from pqscan.app.plans import remove_plan

    with settings().open_store() as store:
        remove_plan(store, name, datetime.now().astimezone())
    told = msgid(
        "The plan {name} is no longer in the store. Take its timer away too: systemctl disable --now pqscan-{name}.timer, "
        "or its line in crontab -e."
    )
    out.wrapped(words.filled(told, name=name))


def _print_status(one: PlanStatus) -> None:
    plan, standing = one.kept.plan, one.standing
    out.line(f"{plan.name}: {words.label('every', plan.every.value)}, {plan.at:%H:%M}")
    if one.last is None:
        out.line("  " + words.gettext("It has not run yet."))
    else:
        state = words.label("run_state", one.last.state.value)
        began = _shown(one.last.started_at.astimezone())
        out.line("  " + words.filled("Last run: {time}, {run} ({state})", time=began, run=one.last.id, state=state))
    out.line("  " + words.filled("Next due: {time}", time=_shown(standing.next_due)))
    if standing.missed:
        shown = ", ".join(_shown(moment) for moment in standing.missed_at[-_MOST_SHOWN_MISSED:])
        counted = words.counted("{count} run was missed", "{count} runs were missed", standing.missed)
        more = "..., " if standing.missed > _MOST_SHOWN_MISSED else ""
        out.wrapped(f"{counted}: {more}{shown}", "  ", "    ")
    if one.is_late and standing.waiting_since is not None:
        out.wrapped(words.filled(_LATE, time=_shown(standing.waiting_since)), "  ", "    ")


_LATE = msgid("Nothing has begun since {time}, when it was due: see whether the timer runs, and what its log says.")


def _status_json(one: PlanStatus) -> out.Json:
    last: out.Json = None
    if one.last is not None:
        ended = one.last.finished_at
        last = {
            "id": one.last.id,
            "state": one.last.state.value,
            "started_at": _time(one.last.started_at),
            "finished_at": None if ended is None else _time(ended),
        }
    missed: list[out.Json] = [_time(moment) for moment in one.standing.missed_at]
    waiting = one.standing.waiting_since
    due = one.standing.last_due
    return {
        **plan_json(one.kept),
        "last_run": last,
        "last_due": None if due is None else _time(due),
        "next_due": _time(one.standing.next_due),
        "missed": missed,
        "waiting_since": None if waiting is None else _time(waiting),
        "late": one.is_late,
    }


def plan_json(kept: KeptPlan) -> dict[str, out.Json]:
    plan = kept.plan
    return {
        "name": plan.name,
        "every": plan.every.value,
        "first": plan.first.isoformat(),
        "at": f"{plan.at:%H:%M}",
        "words": list(plan.words),
        "folder": plan.folder,
        "blackout": [{"first": days.first.isoformat(), "last": days.last.isoformat()} for days in plan.blackout],
        "written_at": _time(kept.written_at),
    }


def scan_words(given: tuple[str, ...]) -> tuple[str, ...]:
    """The words of `scan net`, checked as that command will read them. Raises UsageError, click.UsageError."""
    from pqscan.cli.scan import net

    rest = given[2:] if given[:2] == ("scan", "net") else given
    with net.make_context("scan net", list(rest)) as context:
        for parameter, name in _NOT_IN_A_PLAN.items():
            if context.params.get(parameter):
                raise UsageError(f"{name} has no place in a plan: leave it out")
        if any(target == "@-" for target in context.params["targets"]):
            raise UsageError("a timer has no standard input to read targets from: name a file, as @targets.txt")
        if not context.params["targets"]:
            raise UsageError("no target is named: give the words of `pqscan scan net` behind --")
    if any(word == "--db" or word.startswith("--db=") for word in rest):
        raise UsageError("give --db before the words of the scan: the plan and its runs are in one store")
    return rest


def _shown(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
