"""The second tries at the end of a run: what timed out or was not asked, once, and what was throttled, after every pause."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Iterable

from pqscan.model.outcome import Outcome, OutcomeStatus
from pqscan.scan.work import AGAIN, Asked, Asker


class SecondTries:
    """`tell` is given each target as it was with its new outcome; False from it: the outcome is not believed, ask once more.

    `open` is set while the run does not pause."""

    def __init__(
        self,
        asker: Asker,
        at_once: int,
        most: int,
        tell: Callable[[Asked, Outcome], bool],
        stopped: asyncio.Event,
        flowing: asyncio.Event,
    ) -> None:
        self._asker = asker
        self._at_once = at_once
        self._most = most
        self._tell = tell
        self._stopped = stopped
        self._flowing = flowing
        self._entries: deque[Asked] = deque()
        self._overflow = 0
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def left(self) -> int:
        """Targets that are still worth a try."""
        return self._overflow + len(self._entries)

    @property
    def spared(self) -> int:
        """Those among them that were not asked and whose address still gives no answer."""
        return sum(entry.status is OutcomeStatus.NOT_ASKED for entry in self._entries)

    def keep(self, entries: Iterable[Asked]) -> None:
        for entry in entries:
            if len(self._entries) < self._most:
                self._entries.append(entry)
            else:
                self._overflow += 1

    def cancel(self) -> None:
        for task in self._tasks:
            task.cancel()

    async def carry_out(self, pauses_seconds: tuple[float, ...], has_failed: Callable[[], bool]) -> None:
        self._asker.relent()
        for turn, pause in enumerate(pauses_seconds):
            line = deque(spread(entry for entry in self._entries if turn == 0 or entry.status is OutcomeStatus.THROTTLED))
            if not line:
                return
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), pause)
            self._entries = deque(entry for entry in self._entries if turn > 0 and entry.status is not OutcomeStatus.THROTTLED)
            loop = asyncio.get_running_loop()
            self._tasks = [loop.create_task(self._ask_from(line)) for _ in range(min(self._at_once, len(line)))]
            try:
                if not self._stopped.is_set():
                    await asyncio.wait(self._tasks)
            finally:
                self.cancel()
                ended = await asyncio.gather(*self._tasks, return_exceptions=True)
                self._entries.extend(line)  # What was not reached.
            for error in ended:
                if isinstance(error, Exception):
                    raise error
            if self._stopped.is_set() or has_failed():
                return

    async def _ask_from(self, line: deque[Asked]) -> None:
        while line and not self._stopped.is_set():
            before = line.popleft()
            try:
                await self._flowing.wait()
                outcome = await self._asker.again(before)
            except asyncio.CancelledError:
                self._entries.append(before)
                raise
            if outcome is None:
                self._entries.append(before)
                if _is_cancelled():
                    return
                continue
            if not self._tell(before, outcome):
                line.append(before)
                continue
            if outcome.status in AGAIN:
                self._entries.append(Asked.of(before.target, outcome.status, before.probe, outcome.detail))


def spread(entries: Iterable[Asked]) -> list[Asked]:
    """The first of every address, then the second of every address, and so on: one that has to be asked slowly keeps none
    waiting."""
    turns: dict[str, int] = {}
    placed: list[tuple[int, Asked]] = []
    for entry in entries:
        turn = turns[entry.target.address] = turns.get(entry.target.address, -1) + 1
        placed.append((turn, entry))
    return [entry for _, entry in sorted(placed, key=lambda each: each[0])]


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
