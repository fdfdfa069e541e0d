"""What is due as of a day: late tasks first, passed duties for a while, then what lies ahead."""

from __future__ import annotations

from datetime import date

import pytest

from pqscan.readiness.agenda import PASSED_DAYS, Standing, agenda
from pqscan.readiness.calendar import deadlines
from pqscan.readiness.task import Task, TaskState

DAY = date(2026, 9, 1)
UNTIL = date(2027, 3, 1)


def task(code: str, deadline: date | None, state: TaskState = TaskState.PLANNED) -> Task:
    return Task(code, "STTTT", f"Việc {code}", deadline=deadline, state=state)


def test_r17_late_tasks_come_first_then_what_lies_ahead_by_its_day() -> None:
    tasks = (task("C", date(2026, 12, 31)), task("B", date(2026, 8, 31)), task("A", date(2025, 1, 1), TaskState.IN_PROGRESS))
    found = agenda((), tasks, DAY, UNTIL)
    assert [(one.of.code, one.standing, one.days_left) for one in found if isinstance(one.of, Task)] == [
        ("A", Standing.LATE, -608),
        ("B", Standing.LATE, -1),
        ("C", Standing.AHEAD, 121),
    ]


@pytest.mark.parametrize("state", [TaskState.DONE, TaskState.DROPPED])
def test_what_is_done_or_dropped_is_due_no_more(state: TaskState) -> None:
    assert agenda((), (task("A", date(2026, 8, 1), state),), DAY, UNTIL) == ()


def test_a_task_on_its_last_day_is_not_late_and_one_without_a_day_or_beyond_the_end_is_not_listed() -> None:
    tasks = (task("A", DAY), task("B", None), task("C", UNTIL), task("D", date(2027, 3, 2)))
    assert [one.standing for one in agenda((), tasks, DAY, UNTIL)] == [Standing.AHEAD, Standing.AHEAD]


def test_r33_the_yearly_report_before_1_october_is_due_on_the_day_before_with_the_days_left() -> None:
    (one,) = [row for row in agenda(deadlines(), (), DAY, UNTIL) if not isinstance(row.of, Task) and row.of.id == "party-annual"]
    assert (one.due, one.days_left, one.standing) == (date(2026, 9, 30), 29, Standing.AHEAD)


@pytest.mark.parametrize(("day", "standing"), [(date(2026, 9, 30), Standing.AHEAD), (date(2026, 10, 1), Standing.PASSED)])
def test_r33_a_duty_of_the_calendar_is_passed_on_the_next_day_and_never_called_late(day: date, standing: Standing) -> None:
    found = [row for row in agenda(deadlines(), (), day, day) if not isinstance(row.of, Task) and row.of.id == "party-annual"]
    assert [row.standing for row in found] == [standing]


def test_a_duty_that_passed_long_ago_is_told_no_more() -> None:
    later = date.fromordinal(date(2026, 9, 30).toordinal() + PASSED_DAYS + 1)
    assert not [row for row in agenda(deadlines(), (), later, later) if row.due == date(2026, 9, 30)]
