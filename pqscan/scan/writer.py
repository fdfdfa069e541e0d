"""The one thread that writes: gathers outcomes and commits them in batches, at most a second after they came."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping
from typing import Protocol

from pqscan.model.inventory import Batch
from pqscan.model.outcome import Outcome, OutcomeStatus


class Ledger(Protocol):
    """Where outcomes are kept. Committing the same outcome twice for one run changes nothing."""

    def commit(self, batch: Batch) -> Batch | None:
        """Writes all of the batch or nothing of it; gives the batch as it was kept, where that is not as it came.

        Raises StoreError."""


class Writer:
    """`add` returns at once; `is_full` tells the scanner to wait. An error of the ledger is raised by the next `add` or `close`."""

    def __init__(
        self,
        ledger: Ledger,
        run: str,
        cursor: int = 0,
        *,
        every_seconds: float = 1.0,
        most_outcomes: int = 4000,
        most_backlog: int = 8000,
    ) -> None:
        self._ledger = ledger
        self._run = run
        self._every = every_seconds
        self._most = most_outcomes
        self._most_backlog = most_backlog
        self._changed = threading.Condition()
        self._outcomes: list[Outcome] = []
        self._counts: dict[OutcomeStatus, int] = {}
        self._cursor = cursor
        self._dirty_since: float | None = None
        self._closing = False
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._write, name="pqscan-writer", daemon=True)

    @property
    def is_full(self) -> bool:
        return len(self._outcomes) >= self._most_backlog

    def start(self) -> None:
        self._thread.start()

    def add(self, outcomes: Iterable[Outcome], cursor: int, counts: Mapping[OutcomeStatus, int]) -> None:
        """Takes outcomes, how far the run has come with them, and the growth of the counts. Raises what the ledger raised."""
        with self._changed:
            if self._error is not None:
                raise self._error
            self._outcomes.extend(outcomes)
            self._cursor = cursor
            for status, count in counts.items():
                self._counts[status] = self._counts.get(status, 0) + count
            if self._dirty_since is None:
                self._dirty_since = time.monotonic()
                self._changed.notify()
            elif len(self._outcomes) >= self._most:
                self._changed.notify()

    def close(self) -> None:
        """Commits what is left and ends the thread. Blocks. Raises what the ledger raised."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()
        if self._error is not None:
            raise self._error

    def _write(self) -> None:
        try:
            while self._wait():
                self._ledger.commit(self._take())
        except Exception as error:
            with self._changed:
                self._error = error
                self._outcomes.clear()

    def _wait(self) -> bool:
        """Until a batch is due; False when all is written and no more comes."""
        with self._changed:
            while True:
                if self._closing:
                    return self._dirty_since is not None
                if self._dirty_since is None:
                    self._changed.wait()
                    continue
                left = self._dirty_since + self._every - time.monotonic()
                if left <= 0 or len(self._outcomes) >= self._most:
                    return True
                self._changed.wait(left)

    def _take(self) -> Batch:
        with self._changed:
            batch = Batch(self._run, tuple(self._outcomes), self._cursor, self._counts)
            self._outcomes, self._counts, self._dirty_since = [], {}, None
            return batch
