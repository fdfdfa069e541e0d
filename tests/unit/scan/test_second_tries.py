from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

from pqscan.model.outcome import Outcome, OutcomeStatus
from pqscan.model.target import NetworkTarget
from pqscan.scan.second_tries import SecondTries, spread
from pqscan.scan.work import Asked
from tests.unit.net.virtual import run_virtually


def asked(host: int, port: int, status: OutcomeStatus = OutcomeStatus.TIMED_OUT) -> Asked:
    return Asked(NetworkTarget(f"192.0.2.{host}", port), status, "script")


class Answers:
    """Stands for the asker: the next status of each port, in turn; TIMED_OUT where none is left."""

    def __init__(self, **ports: list[OutcomeStatus]) -> None:
        self.ports = {int(port[1:]): statuses for port, statuses in ports.items()}
        self.asked: list[int] = []
        self.relented = 0

    def relent(self) -> None:
        self.relented += 1

    async def again(self, before: Asked) -> Outcome:
        port = before.target.port
        self.asked.append(port)
        status = self.ports[port].pop(0) if self.ports.get(port) else OutcomeStatus.TIMED_OUT
        return Outcome(before.target, "script", status, datetime.now(UTC), 0.0)


def carried_out(
    answers: Answers, entries: list[Asked], tell: Callable[[Asked, Outcome], bool] = lambda before, outcome: True, most: int = 100
) -> SecondTries:
    async def main() -> SecondTries:
        flowing = asyncio.Event()
        flowing.set()
        tries = SecondTries(answers, 4, most, tell, asyncio.Event(), flowing)  # type: ignore[arg-type]  # It answers like one.
        tries.keep(entries)
        await tries.carry_out((2.0, 20.0), lambda: False)
        return tries

    return run_virtually(main())


def test_what_timed_out_or_was_not_asked_gets_one_more_try_and_what_is_throttled_one_after_every_pause() -> None:
    again = OutcomeStatus.THROTTLED
    answers = Answers(p3=[again, OutcomeStatus.COMPLETED], p4=[again, again])
    entries = [asked(1, 1), asked(2, 2, OutcomeStatus.NOT_ASKED), asked(3, 3, again), asked(4, 4, again)]
    tries = carried_out(answers, entries)
    assert sorted(answers.asked) == [1, 2, 3, 3, 4, 4]
    assert answers.relented == 1
    assert tries.left == 3


def test_what_is_not_believed_is_asked_once_more() -> None:
    answers, told = Answers(p1=[OutcomeStatus.TIMED_OUT, OutcomeStatus.COMPLETED]), []

    def tell(before: Asked, outcome: Outcome) -> bool:
        told.append(outcome.status)
        return len(told) > 1

    tries = carried_out(answers, [asked(1, 1)], tell)
    assert answers.asked == [1, 1]
    assert tries.left == 0


def test_of_more_than_can_be_kept_the_others_are_counted_for_a_resume() -> None:
    tries = carried_out(Answers(p1=[OutcomeStatus.COMPLETED]), [asked(1, 1), asked(2, 2), asked(3, 3)], most=1)
    assert tries.left == 2


def test_those_spared_are_told_apart() -> None:
    answers = Answers(p1=[OutcomeStatus.NOT_ASKED])
    tries = carried_out(answers, [asked(1, 1, OutcomeStatus.NOT_ASKED), asked(2, 2)])
    assert (tries.left, tries.spared) == (2, 1)


def test_addresses_take_turns() -> None:
    line = spread([asked(1, 1), asked(1, 2), asked(1, 3), asked(2, 1), asked(3, 1), asked(3, 2)])
    assert [(entry.target.address[-1], entry.target.port) for entry in line] == [
        ("1", 1),
        ("2", 1),
        ("3", 1),
        ("1", 2),
        ("3", 2),
        ("1", 3),
    ]
