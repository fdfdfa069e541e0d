"""What is due and when, as of a day: the calendar's deadlines and the tasks of the register, what is late first (R17, R33).

Whether a duty of the calendar was fulfilled stands nowhere in the register: one whose day has passed is told as passed, for a
while, and never as late. A task is late while it is open past its deadline."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from pqscan.readiness.calendar import Deadline, ahead
from pqscan.readiness.law import LawState
from pqscan.readiness.task import Task, TaskState

PASSED_DAYS = 92  # So long a duty of the calendar is told after its day: a quarter.
AHEAD_DAYS = 366


class Standing(StrEnum):
    LATE = "late"
    PASSED = "passed"
    AHEAD = "ahead"


@dataclass(frozen=True, slots=True)
class Due:
    """One thing that is due. `days_left` are counted to `due`, which is the last day in time; below 0 it lies behind. `law` is the
    state of the law behind a duty of the calendar on that day."""

    due: date
    days_left: int
    standing: Standing
    of: Deadline | Task
    law: LawState | None = None


def agenda(deadlines: Iterable[Deadline], tasks: Iterable[Task], day: date, until: date) -> tuple[Due, ...]:
    """Late tasks first, then duties whose day has passed lately, then what lies ahead to `until` (inclusive); each earliest
    first."""
    found = [
        Due(
            one.due,
            (one.due - day).days,
            Standing.PASSED if one.due < day else Standing.AHEAD,
            one.deadline,
            one.law,
        )
        for one in ahead(deadlines, day - timedelta(PASSED_DAYS), until)
    ]
    for task in tasks:
        if task.deadline is None or task.state in (TaskState.DONE, TaskState.DROPPED) or task.deadline > until:
            continue
        standing = Standing.LATE if task.is_late(day) else Standing.AHEAD
        found.append(Due(task.deadline, (task.deadline - day).days, standing, task))
    order = list(Standing)
    return tuple(sorted(found, key=lambda one: (order.index(one.standing), one.due, isinstance(one.of, Task), _id(one))))


def _id(one: Due) -> str:
    return one.of.code if isinstance(one.of, Task) else one.of.id
