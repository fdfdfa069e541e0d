from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest

from pqscan.errors import StoreError
from pqscan.model.inventory import Batch
from pqscan.model.outcome import Outcome, OutcomeStatus
from pqscan.model.target import NetworkTarget
from pqscan.scan.writer import Writer

OUTCOME = Outcome(NetworkTarget("127.0.0.1", 443), "tls", OutcomeStatus.COMPLETED, datetime(2026, 11, 22, tzinfo=UTC), 0.1)


class Slow:
    """A ledger that commits when it is let."""

    def __init__(self) -> None:
        self.batches: list[Batch] = []
        self.may = threading.Event()
        self.begun = threading.Event()

    def commit(self, batch: Batch) -> None:
        self.begun.set()
        self.may.wait()
        self.batches.append(batch)


def test_everything_is_committed_in_order_with_its_cursor_when_it_closes() -> None:
    ledger = Slow()
    ledger.may.set()
    writer = Writer(ledger, "r", every_seconds=3600)
    writer.start()
    writer.add([OUTCOME, OUTCOME], 1, {OutcomeStatus.COMPLETED: 1})
    writer.add([], 5, {OutcomeStatus.REFUSED: 4})
    writer.close()
    assert ledger.batches == [Batch("r", (OUTCOME, OUTCOME), 5, {OutcomeStatus.COMPLETED: 1, OutcomeStatus.REFUSED: 4})]


def test_a_batch_goes_when_enough_outcomes_came() -> None:
    ledger = Slow()
    ledger.may.set()
    writer = Writer(ledger, "r", every_seconds=3600, most_outcomes=3)
    writer.start()
    for place in range(3):
        writer.add([OUTCOME], place, {})
    ledger.begun.wait()
    writer.close()
    assert sum(len(batch.outcomes) for batch in ledger.batches) == 3


def test_a_batch_goes_when_its_time_has_come() -> None:
    ledger = Slow()
    ledger.may.set()
    writer = Writer(ledger, "r", every_seconds=0.01)
    writer.start()
    writer.add([], 7, {OutcomeStatus.REFUSED: 7})
    assert ledger.begun.wait(60)
    writer.close()
    assert ledger.batches[0].cursor == 7


def test_a_slow_ledger_fills_the_writer_and_the_scanner_can_see_it() -> None:
    ledger = Slow()
    writer = Writer(ledger, "r", every_seconds=0.001, most_backlog=10)
    writer.start()
    writer.add([OUTCOME], 1, {})
    ledger.begun.wait()
    writer.add([OUTCOME] * 10, 2, {})
    assert writer.is_full
    ledger.may.set()
    writer.close()
    assert not writer.is_full


def test_an_error_of_the_ledger_is_raised_by_what_comes_next() -> None:
    class Broken:
        def commit(self, batch: Batch) -> None:
            raise StoreError("full")

    writer = Writer(Broken(), "r", every_seconds=0)
    writer.start()
    writer.add([OUTCOME], 1, {})
    with pytest.raises(StoreError):
        writer.close()
    with pytest.raises(StoreError):
        writer.add([OUTCOME], 2, {})
