"""Plans of scans in the words of what starts them: a systemd timer with its service, or a line for cron.

Nothing is installed here: the text says where it goes. Words are quoted for the program that reads them, so that a target or a
path is never taken for anything else."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from pqscan.app.place import default_store
from pqscan.errors import UsageError
from pqscan.readiness.recurrence import LAST_SURE_DAY, Every, Plan

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS_BETWEEN = {Every.QUARTER: 3, Every.HALF_YEAR: 6}


def check(plan: Plan) -> None:
    """Raises UsageError for a name or a word that no unit file can hold."""
    if not _NAME.fullmatch(plan.name):
        raise UsageError(f"{plan.name!r} is no name for a plan: use small letters, digits and hyphens, 40 at most")
    words = (*plan.words, plan.folder)
    wrong = next((word for word in words if any(ord(letter) < 32 or ord(letter) == 127 for letter in word)), None)
    if wrong is not None:
        raise UsageError(f"{wrong!r} has a control character in it: a timer cannot hold it")
    if not plan.words:
        raise UsageError("no command is named: give the words behind pqscan, such as scan net @targets")


def systemd_units(plan: Plan, program: Sequence[str]) -> tuple[tuple[str, str], tuple[str, str]]:
    """Name and text of the service and of the timer. `program` is how pqscan is started here. Raises UsageError."""
    check(plan)
    command = " ".join(map(_systemd_word, (*program, *plan.words)))
    folder = f"WorkingDirectory={plan.folder.replace('%', '%%')}\n" if plan.folder else ""
    service = (
        f"[Unit]\nDescription=pqscan, {plan.name}\n\n[Service]\nType=oneshot\nNice=10\nUMask=0077\n{folder}ExecStart={command}\n"
    )
    timer = (
        f"[Unit]\nDescription=pqscan, {plan.name}, every {plan.every.value.replace('_', ' ')}\n\n[Timer]\n"
        f"OnCalendar={on_calendar(plan)}\nPersistent=true\n\n[Install]\nWantedBy=timers.target\n"
    )
    return (f"pqscan-{plan.name}.service", service), (f"pqscan-{plan.name}.timer", timer)


def on_calendar(plan: Plan) -> str:
    """systemd.time(7), where `~01` is the last day of a month."""
    first, clock = plan.first, f"{plan.at:%H:%M:00}"
    if plan.every is Every.DAY:
        return f"*-*-* {clock}"
    if plan.every is Every.WEEK:
        return f"{_WEEKDAYS[first.weekday()]} *-*-* {clock}"
    day = "~01" if first.day > LAST_SURE_DAY else f"-{first.day:02d}"
    return f"*-{_months(plan, ',')}{day} {clock}"


def cron_line(plan: Plan, program: Sequence[str]) -> str:
    """A line for crontab(5). Raises UsageError where cron has no words for the plan: the last day of a month."""
    check(plan)
    first = plan.first
    if plan.every not in (Every.DAY, Every.WEEK) and first.day > LAST_SURE_DAY:
        raise UsageError("cron cannot name the last day of a month: begin on a day up to the 28th, or use systemd")
    day = "*" if plan.every in (Every.DAY, Every.WEEK) else str(first.day)
    weekday = str((first.weekday() + 1) % 7) if plan.every is Every.WEEK else "*"
    month = "*" if plan.every in (Every.DAY, Every.WEEK) else _months(plan, ",")
    command = shlex.join((*program, *plan.words))
    command = (f"cd {shlex.quote(plan.folder)} && {command}" if plan.folder else command).replace("%", "\\%")
    return f"{plan.at.minute} {plan.at.hour} {day} {month} {weekday} {command}\n"


def _months(plan: Plan, separator: str) -> str:
    if plan.every is Every.MONTH:
        return "*"
    between = _MONTHS_BETWEEN.get(plan.every, 12)
    months = sorted((plan.first.month - 1 + step) % 12 + 1 for step in range(0, 12, between))
    return separator.join(f"{month:02d}" for month in months)


def _systemd_word(word: str) -> str:
    """systemd.syntax(7): quoted, with its own escapes; % and $ would be replaced."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"'


def place_of(store_url: str | None) -> str:
    """The store as a timer's file may name it: the whole path of a file, or a URL. Raises UsageError where a password is in it."""
    from pqscan.store.engine import locate

    location = locate(default_store() if store_url is None else store_url)
    if location.path is not None:
        return str(location.path.absolute())
    if location.url.password or location.url.query.keys() - {"host", "port"}:
        raise UsageError(
            "the store's URL says more than where it is, which a timer's file would show: use ~/.pgpass for a password"
        )
    return location.redacted
