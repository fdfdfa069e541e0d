"""A unit's plan: tasks with who leads, who co-ordinates, by when, and how far it is (R32)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from pqscan.readiness.cells import CODE, Choice, Day, Many, Reference, Text
from pqscan.readiness.sheet import Sheet
from pqscan.readiness.unit import Unit


class TaskState(StrEnum):
    PLANNED = "planned"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Task:
    """One task of the plan of `unit`; `lead` and `coordinating` are codes of units."""

    code: str
    unit: str
    title: str
    lead: str | None = None
    coordinating: tuple[str, ...] = ()
    deadline: date | None = None
    state: TaskState = TaskState.PLANNED
    note: str = ""

    def is_late(self, day: date) -> bool:
        """Whether it is open past its deadline on that day."""
        return self.deadline is not None and self.deadline < day and self.state in (TaskState.PLANNED, TaskState.IN_PROGRESS)


def units_without_plan(units: Iterable[Unit], tasks: Iterable[Task], day: date) -> Iterator[Unit]:
    """The units of that day that have a superior and not one task that was not dropped: each is to make a plan (R32)."""
    planned = {task.unit for task in tasks if task.state is not TaskState.DROPPED}
    return (unit for unit in units if unit.superior is not None and unit.exists_on(day) and unit.code not in planned)


TASK_SHEET = Sheet(
    "task",
    Task,
    (
        ("code", CODE),
        ("unit", Reference("unit")),
        ("title", Text(1000, lines=True)),
        ("lead", Reference("unit")),
        ("coordinating", Many(Reference("unit"))),
        ("deadline", Day()),
        ("state", Choice(TaskState)),
        ("note", Text(2000, lines=True)),
    ),
)
