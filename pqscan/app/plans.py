"""Plans of scans as the store keeps them, one setting each, and how they stand: what began, what is waited for, what was missed.

Nothing is ever started from what the store says: the words of a plan are for people to read. What runs is the timer or cron line
that whoever wrote the plan installed."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from pqscan.app.acting import act_of
from pqscan.app.net_scan import KeptArguments
from pqscan.app.permitting import permit
from pqscan.app.purging import purged_before
from pqscan.app.scheduling import check
from pqscan.errors import StoreError, UsageError
from pqscan.model.inventory import Run, RunKind
from pqscan.readiness.access import Right
from pqscan.readiness.act import ActKind
from pqscan.readiness.changes import Document
from pqscan.readiness.recurrence import Days, Every, Plan, Standing, standing

if TYPE_CHECKING:
    from pqscan.store.repository import Store

PREFIX = "plan:"
GRACE = timedelta(hours=12)
"""So long after its time a scan may begin before it is called late: a machine that was off catches up when it starts."""

FIRST_DAYS = Days(date(2000, 1, 1), date(2100, 1, 1))
MOST_WORDS = 1000
MOST_BLACKOUTS = 100


@dataclass(frozen=True, slots=True)
class KeptPlan:
    """A plan and when it was written (aware): nothing before that is missed."""

    plan: Plan
    written_at: datetime


@dataclass(frozen=True, slots=True)
class PlanStatus:
    """How a plan stands. `last` is the newest run of it that is in the store; `is_late` that the next one should have begun."""

    kept: KeptPlan
    last: Run | None
    standing: Standing
    is_late: bool


def read_every(text: str) -> Every:
    """Raises UsageError."""
    try:
        return Every(text.replace("-", "_"))
    except ValueError:
        known = ", ".join(every.value.replace("_", "-") for every in Every)
        raise UsageError(f"{text!r} is no interval; choose one of {known}") from None


def read_time(text: str) -> time:
    """A time of day in hours and minutes. Raises UsageError."""
    try:
        return datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007  # A time of the day has no zone.
    except ValueError:
        raise UsageError(f"{text!r} is no time of the day; write it as 01:30") from None


def read_days(text: str) -> Days:
    """`2027-01-20..2027-02-10`, or one day. Raises UsageError."""
    first, _, last = text.partition("..")
    try:
        days = Days(date.fromisoformat(first), date.fromisoformat(last or first))
    except ValueError:
        raise UsageError(f"{text!r} are no days; write them as 2027-01-20..2027-02-10") from None
    if days.last < days.first:
        raise UsageError(f"the days {text} end before they begin")
    return days


def first_day(at: time, now: datetime) -> date:
    """The next day on which that time is still to come."""
    return now.date() if now.timetz().replace(tzinfo=None) < at else now.date() + timedelta(days=1)


def keep_plan(store: Store, plan: Plan, now: datetime, *, replace: bool = False) -> None:
    """Stores a plan, with its act. Raises UsageError for one that cannot be, or that is there already without `replace`, WorkError
    where whoever runs the program may not scan."""
    role = permit(store, Right.SCAN)
    check(plan)
    if plan.first not in FIRST_DAYS:
        raise UsageError(f"the first day {plan.first} is too far away: name one from {FIRST_DAYS.first} to {FIRST_DAYS.last}")
    if len(plan.words) > MOST_WORDS or len(plan.blackout) > MOST_BLACKOUTS:
        raise UsageError(f"a plan has at most {MOST_WORDS} words and {MOST_BLACKOUTS} blackouts: list targets in a file")
    if not replace and plan.name in plans(store):
        raise UsageError(f"the store has a plan {plan.name} already: give --replace to write it anew")
    document: Document = {
        "every": plan.every.value,
        "first": plan.first.isoformat(),
        "at": f"{plan.at:%H:%M}",
        "words": list(plan.words),
        "folder": plan.folder,
        "blackout": [f"{days.first}..{days.last}" for days in plan.blackout],
        "written_at": now.astimezone(UTC).isoformat(timespec="seconds"),
    }
    store.set_setting(
        PREFIX + plan.name, document, dataclasses.replace(act_of(ActKind.SETTING, f"plan {plan.name}", now), role=role)
    )


def remove_plan(store: Store, name: str, now: datetime) -> None:
    """Raises UsageError where there is none, WorkError where whoever runs the program may not."""
    plan_named(store, name)
    role = permit(store, Right.SCAN)
    act = act_of(ActKind.SETTING, f"plan {name}", now, removed=True)
    store.set_setting(PREFIX + name, {"removed": True}, dataclasses.replace(act, role=role))


def plans(store: Store) -> Mapping[str, KeptPlan]:
    """By name. Raises StoreError for one that pqscan did not write so."""
    found = store.settings(PREFIX)
    return {name: _plan_of(name, document) for name, document in found.items() if not document.get("removed")}


def plan_named(store: Store, name: str) -> KeptPlan:
    """Raises UsageError where there is none."""
    found = plans(store).get(name)
    if found is None:
        raise UsageError(f"the store has no plan {name}: `pqscan schedule list` shows them")
    return found


def held_back(store: Store, name: str, today: date) -> Days | None:
    """The blackout of a plan in which that day lies. Raises UsageError where there is no such plan."""
    return plan_named(store, name).plan.held_back(today)


def statuses(store: Store, now: datetime, grace: timedelta = GRACE, names: Iterable[str] = ()) -> tuple[PlanStatus, ...]:
    """Of the plans of these names, or of all. `now` is aware and local. Raises UsageError for a name that is none."""
    known = plans(store)
    wanted = [plan_named(store, name).plan.name for name in dict.fromkeys(names)] or list(known)
    runs: dict[str, list[Run]] = {}
    for run in store.runs() if known else ():
        runs.setdefault(plan_of_run(run), []).append(run)
    purged = purged_before(store)
    return tuple(_status(known[name], runs.get(name, ()), now, grace, purged) for name in wanted)


def plan_of_run(run: Run) -> str:
    """The plan by which a run was started; empty where by none, or where its row does not say."""
    if run.kind is not RunKind.NET:
        return ""
    with contextlib.suppress(StoreError):
        return KeptArguments.decode(run.arguments, run.id).plan
    return ""


def _status(kept: KeptPlan, runs: Sequence[Run], now: datetime, grace: timedelta, purged: datetime | None) -> PlanStatus:
    newest = max(runs, key=lambda run: run.started_at, default=None)
    since = kept.written_at if purged is None else max(kept.written_at, purged)
    found = standing(kept.plan, tuple(run.started_at for run in runs), now, since)
    return PlanStatus(kept, newest, found, found.is_late(now, grace))


def _plan_of(name: str, document: Document) -> KeptPlan:
    def text(field: str) -> str:
        value = document[field]
        if not isinstance(value, str):
            raise ValueError(f"{field} is no text")
        return value

    def texts(field: str) -> tuple[str, ...]:
        value = document.get(field, [])
        if not isinstance(value, list):
            raise ValueError(f"{field} is no list")
        return tuple(value)

    try:
        blackout = tuple(map(read_days, texts("blackout")))
        words = texts("words")
        first, at = date.fromisoformat(text("first")), read_time(text("at"))
        plan = Plan(name, read_every(text("every")), first, at, words, text("folder"), blackout)
        written = datetime.fromisoformat(text("written_at"))
        if plan.first not in FIRST_DAYS or written.tzinfo is None:
            raise ValueError("a day is out of place")
    except (ValueError, LookupError, TypeError, UsageError) as error:
        raise StoreError(f"the plan {name} in the store is not as pqscan writes it ({error}): write it anew") from None
    return KeptPlan(plan, written)


def folder_now() -> str:
    """Where names of files in a plan that is written now begin."""
    return str(Path.cwd())
