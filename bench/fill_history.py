"""Fills a store with two years of daily scans through the interface that scans use: bench/fill_history.py STORE TARGETS DAYS.

The first day every target is committed, and on the five days after it again, unchanged. Of every further day only those are
committed whose answer changes on that day or the next (the others' intervals would be prolonged and add nothing); the last day
is committed whole. So the store holds the rows that as many whole scans would have left, in minutes instead of hours.

Groups of targets share an answer and a certificate, as servers behind one configuration do; a group renews its certificate once
a year, and each day some targets change to another group's answer. Prints as JSON: bytes after the first scan and after each
unchanged day, seconds of the first and of an unchanged one, bytes at the end, intervals, and what to ask for.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent.parent)  # The modules here are bench.*, as seen from the root.

from bench.fill_store import RARE, Answer, make_answers  # noqa: E402
from pqscan.model.inventory import Batch, Run, RunKind, RunState  # noqa: E402
from pqscan.model.outcome import Outcome, OutcomeStatus  # noqa: E402
from pqscan.model.target import NetworkTarget  # noqa: E402
from pqscan.store.repository import Store  # noqa: E402

_BATCH = 4000
_GROUPS = 1000
_CHANGING = 50  # targets a day whose answer becomes another group's
_UNCHANGED = 5  # days after the first on which nothing changes
_RENEWALS = 3  # of each group's certificate: at the start, and once in each year


class Past:
    """Which answer each target gives on each day; all of it follows from the numbers of target and day."""

    def __init__(self, targets: int, days: int) -> None:
        self.targets = targets
        self.days = days
        self.begin = datetime.now(UTC) - timedelta(days=days - 1)
        self._answers = list(make_answers(_GROUPS * _RENEWALS))
        self._group = [number % _GROUPS for number in range(targets)]

    def answer(self, target: int, day: int) -> Answer:
        """What the target answers on a day; days are asked for in their order."""
        group = self._group[target]
        renewed = (day + group * 359 // _GROUPS) // 365
        profile = self._answers[group]
        if renewed == 0:
            return profile
        other = self._answers[group + _GROUPS * min(renewed, _RENEWALS - 1)]
        return Answer(profile.profile, other.chains, other.certificate)

    def changing(self, day: int) -> list[int]:
        """The targets that answer otherwise on this day than the day before."""
        renewing = {g for g in range(_GROUPS) if (day + g * 359 // _GROUPS) // 365 != (day - 1 + g * 359 // _GROUPS) // 365}
        return [number for number in range(self.targets) if self._group[number] in renewing] + self._moving(day)

    def _moving(self, day: int) -> list[int]:
        return [(day * 7919 + place * 104_729) % self.targets for place in range(_CHANGING)]

    def turn(self, day: int) -> None:
        """Some targets take another group's configuration from this day on."""
        for number in self._moving(day):
            self._group[number] = (self._group[number] + 1 + day % 7) % _GROUPS

    def outcomes(self, numbers: Iterable[int], day: int) -> Iterator[Outcome]:
        at = self.begin + timedelta(days=day)
        for number in numbers:
            answer = self.answer(number, day)
            address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
            yield Outcome(
                NetworkTarget(address, 443), "tls", OutcomeStatus.COMPLETED, at, 0.2, 28, None,
                answer.profile, answer.chains, (answer.certificate,),
            )  # fmt: skip


def main() -> int:
    path, targets, days = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    past = Past(targets, days)
    told: dict[str, object] = {"targets": targets, "days": days}
    every = range(targets)
    told["first_seconds"] = _scan(path, past, 0, every)
    told["first_bytes"] = _size(path)
    unchanged: list[int] = []
    for day in range(1, _UNCHANGED + 1):
        told["unchanged_seconds"] = _scan(path, past, day, every)
        unchanged.append(_size(path))
    told["unchanged_bytes"] = unchanged
    with Store.open(path) as store:
        for day in range(_UNCHANGED + 1, days):
            past.turn(day)
            arriving, leaving = past.changing(day), past.changing(day + 1)
            numbers = every if day == days - 1 else sorted({*arriving, *leaving})
            _commit(store, past, day, numbers)
    told["bytes"] = _size(path)
    with sqlite3.connect(path) as connection:
        (told["intervals"],) = connection.execute("SELECT count(*) FROM sighting").fetchone()
    told["day"] = (past.begin + timedelta(days=days // 2)).date().isoformat()
    told["expires_before"] = (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=2_400)).date().isoformat()
    told["address"], told["algorithm"] = "10.0.100.7", RARE
    print(json.dumps(told))
    return 0


def _scan(path: str, past: Past, day: int, numbers: Iterable[int]) -> float:
    with Store.open(path) as store:
        return _commit(store, past, day, numbers)


def _commit(store: Store, past: Past, day: int, numbers: Iterable[int]) -> float:
    """Seconds that committing took; the run covers every target, whether it is committed or not."""
    name = f"day-{day:04d}"
    at = past.begin + timedelta(days=day)
    store.begin_run(Run(name, RunKind.NET, at, None, RunState.RUNNING, "10.0.0.0/8", "", "inventory", "", "0", "0"))
    seconds, portion, done = 0.0, [], 0
    for outcome in past.outcomes(numbers, day):
        portion.append(outcome)
        if len(portion) == _BATCH:
            seconds, done, portion = seconds + _keep(store, name, portion, done), done + len(portion), []
    if portion:
        seconds, done = seconds + _keep(store, name, portion, done), done + len(portion)
    store.commit(Batch(name, (), past.targets, {OutcomeStatus.COMPLETED: past.targets - done} if done < past.targets else {}))
    store.finish_run(name, RunState.FINISHED, at + timedelta(minutes=30))
    return seconds


def _keep(store: Store, run: str, outcomes: list[Outcome], done: int) -> float:
    started = time.perf_counter()
    store.commit(Batch(run, tuple(outcomes), done + len(outcomes), {OutcomeStatus.COMPLETED: len(outcomes)}))
    return time.perf_counter() - started


def _size(path: str) -> int:
    """With the store closed it is one file."""
    return Path(path).stat().st_size


if __name__ == "__main__":
    sys.exit(main())
