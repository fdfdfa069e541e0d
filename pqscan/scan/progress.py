"""How far a run has come: the cursor below which everything is done, counts by status, rate and time left."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from pqscan.model.outcome import OutcomeStatus

Counts = Iterable[tuple[OutcomeStatus, int]]
_WINDOW_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total` places; `rate` a second over the last seconds; `seconds_left` None where it cannot be told yet."""

    done: int
    total: int
    rate: float
    seconds_left: float | None
    by_status: Mapping[OutcomeStatus, int]
    gone: str = ""  # what the run waits for: `network`, `resolver`; empty while it goes on


class Tracker:
    """Places end in any order; the cursor moves when every place before it has ended."""

    def __init__(self, cursor: int) -> None:
        self.cursor = cursor
        self.done = cursor
        self.by_status: dict[OutcomeStatus, int] = {}  # everything of this run since it was begun or resumed
        self._growth: dict[OutcomeStatus, int] = {}
        self._ended: dict[int, Counts] = {}

    def end(self, index: int, counts: Counts) -> None:
        """One place ended. `counts` is kept until the cursor reaches it."""
        self.done += 1
        for status, count in counts:
            self.by_status[status] = self.by_status.get(status, 0) + count
        if index != self.cursor:
            self._ended[index] = counts
            return
        self._pass(counts)
        while self._ended:
            later = self._ended.pop(self.cursor, None)
            if later is None:
                break
            self._pass(later)

    def add(self, status: OutcomeStatus, count: int) -> None:
        """Corrects or adds counts below the cursor: a second try that ended otherwise, targets left out."""
        self.by_status[status] = self.by_status.get(status, 0) + count
        self._growth[status] = self._growth.get(status, 0) + count

    def take_growth(self) -> dict[OutcomeStatus, int]:
        """What came below the cursor since the last call."""
        growth, self._growth = self._growth, {}
        return growth

    def _pass(self, counts: Counts) -> None:
        self.cursor += 1
        for status, count in counts:
            self._growth[status] = self._growth.get(status, 0) + count


class Meter:
    """The rate over the last seconds and the time left, on a clock that is given."""

    def __init__(self, total: int, start: int, clock: Callable[[], float]) -> None:
        self._total = total
        self._clock = clock
        self._marks: deque[tuple[float, int]] = deque([(clock(), start)])

    def read(self, done: int, by_status: Mapping[OutcomeStatus, int], gone: str = "") -> Progress:
        now = self._clock()
        self._marks.append((now, done))
        while len(self._marks) > 2 and now - self._marks[1][0] > _WINDOW_SECONDS:
            self._marks.popleft()
        then, before = self._marks[0]
        rate = (done - before) / (now - then) if now > then else 0.0
        return Progress(done, self._total, rate, (self._total - done) / rate if rate > 0 else None, dict(by_status), gone)
