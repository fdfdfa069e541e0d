"""One run in hand: sweep, ask, write, try again at the end. Everything here happens in one event loop.

The sweep's thread finds items, the crew (or several processes) asks them, the writer's thread commits; each of them can
hold the one before it back, so that memory stays flat whatever is slow.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from pqscan.model.outcome import Outcome, OutcomeStatus
from pqscan.model.target import NetworkTarget, Transport
from pqscan.net.budget import Pace
from pqscan.net.throttle import Throttle
from pqscan.scan.authorisation import Permission, Refusal
from pqscan.scan.crew import Crew
from pqscan.scan.discover import Sweep, Swept
from pqscan.scan.nmap_discovery import NmapSweep
from pqscan.scan.progress import Meter, Progress, Tracker
from pqscan.scan.settings import Discovery, ScanSettings, Summary
from pqscan.scan.targets import Item, TargetSet
from pqscan.scan.work import AGAIN, Asked, Asker, Result, local_today
from pqscan.scan.workers import Processes, RouterFactory, Setup, process_count
from pqscan.scan.writer import Ledger, Writer

_TICK_SECONDS = 0.1
_TICKS_A_PROGRESS = 3
_MOST_REFUSALS = 1000


@dataclass(frozen=True, slots=True)
class Scope:
    """What a run has to do: see `Scanner.run`."""

    targets: TargetSet
    start: int
    done: Callable[[NetworkTarget], Asked | None] | None
    again: tuple[Asked, ...]
    excluded: int


class RunInHand:
    """The state of one run. Made and used inside the running loop."""

    def __init__(
        self,
        scope: Scope,
        run_id: str,
        router_factory: RouterFactory,
        ledger: Ledger,
        permission: Permission,
        settings: ScanSettings,
        progress: Callable[[Progress], None] | None,
        clock: Callable[[], float],
    ) -> None:
        self._scope = scope
        self._permission = permission
        self._settings = settings
        self._progress = progress
        self._total = scope.targets.count
        start = min(scope.start, self._total)
        self._excluded_due = scope.excluded if scope.start < max(1, self._total) else 0
        self._loop = asyncio.get_running_loop()
        self._tracker = Tracker(start)
        self._meter = Meter(self._total, start, clock)
        self._writer = Writer(ledger, run_id, start, every_seconds=settings.write_every_seconds)
        self._found: deque[Item] = deque()
        self._again: deque[Asked] = deque(scope.again)
        self._left_again = 0
        self._refusals: list[Refusal] = []
        self._swept = False
        self._error: Exception | None = None
        self._trying: list[asyncio.Task[None]] = []  # second tries under way
        self._stopped = asyncio.Event()
        self._ended = asyncio.Event()
        processes = process_count(settings, scope.targets, start)
        by_nmap = settings.nmap if settings.discovery is Discovery.NMAP else None
        shares = processes + 1 if processes > 1 or by_nmap else 1  # The sweep takes one beside the workers, and nmap always.
        limits = settings.limits if shares == 1 else settings.limits.share(shares)
        pace = Pace(limits)
        self._asker = Asker(router_factory(), Throttle(limits, pace=pace), permission, settings.ask)
        items = scope.targets.items(start)
        self._sweep: Sweep | NmapSweep
        if by_nmap is not None:
            self._sweep = NmapSweep(items, self._tell_swept, settings.sweep, limits, by_nmap, passes=self._passes)
        else:
            self._sweep = Sweep(items, self._tell_swept, settings.sweep, pace, passes=self._passes)
        self._sweep.advance(start)
        self._crew: Crew | Processes
        if processes == 1:
            self._crew = Crew(self._asker, settings.at_once, limits.per_address_concurrent, self._on_result, self._fail)
        else:
            setup = Setup(router_factory, settings.ask, permission, limits, settings.at_once)
            self._crew = Processes(setup, processes, self._on_result, self._fail, settings.worker_modules)

    def stop(self) -> None:
        self._stopped.set()
        self._ended.set()
        self._cancel_trying()

    async def carry_out(self) -> Summary:
        self._writer.start()
        self._sweep.start()
        ticker = self._loop.create_task(self._tick())
        try:
            if self._total == 0:
                self._write(())
            await self._ended.wait()
            if not self._stopped.is_set() and self._error is None:
                await self._try_again()
        except asyncio.CancelledError:
            self._stopped.set()
            raise
        finally:
            ticker.cancel()
            self._sweep.stop()
            await self._crew.cancel()
            await asyncio.to_thread(self._sweep.thread.join)
            await asyncio.to_thread(self._writer.close)
            self._tell_progress()
        if self._error is not None:
            raise self._error
        left = self._left_again + len(self._again)
        by_status = dict(self._tracker.by_status)
        cursor = self._tracker.cursor
        cut_short = self._stopped.is_set() and (
            cursor < self._total or left > 0
        )  # A signal that comes when all is done cuts nothing.
        return Summary(cursor, self._total, cut_short, by_status, left, tuple(self._refusals))

    def _passes(self, item: Item) -> bool:
        """Found without a packet: what is asked at once, what no connection can tell (UDP), and everything from the day on which
        the authorisation has ended, which the asker then refuses place by place. Runs in the sweep's thread."""
        discovery = self._settings.discovery
        if (
            discovery is Discovery.NONE
            or item.name is not None
            or (item.transport is Transport.UDP and discovery is not Discovery.NMAP)
        ):
            return True
        return self._permission.authorisation is not None and not self._permission.holds(local_today())

    def _tell_swept(self, swept: Swept | None) -> None:
        """Runs in the sweep's thread."""
        with contextlib.suppress(RuntimeError):  # The loop is closed: nobody waits for it any more.
            self._loop.call_soon_threadsafe(self._on_swept, swept)

    def _on_swept(self, swept: Swept | None) -> None:
        if swept is None:
            self._swept = True
            if self._sweep.error is not None and not self._stopped.is_set():
                self._fail(self._sweep.error)
        else:
            for index, status in swept.closed:
                self._tracker.end(index, ((status, 1),))
            self._write(())
            self._found.extend(swept.found)
        self._pump()

    def _pump(self) -> None:
        """Gives found items to the crew while it and the writer have room."""
        if self._ended.is_set():
            return
        room = 0 if self._writer.is_full else min(self._crew.room, len(self._found))
        # Each refill wakes the sweep's thread: not for every single item, and long before the crew runs out of work.
        refill = max(1, (self._crew.room + self._crew.held) // 4)
        if room > 0 and room >= min(refill, len(self._found)):
            taken = [self._found.popleft() for _ in range(room)]
            self._sweep.taken(room)
            self._crew.submit([item for item in taken if not self._is_done(item)])
        if self._swept and not self._found and not self._crew.held:
            self._ended.set()

    def _is_done(self, item: Item) -> bool:
        """Whether this run committed the place before it was interrupted."""
        if self._scope.done is None or item.address is None:
            return False
        target = item.target(item.address, self._settings.ask.site, self._settings.ask.starttls)
        asked = self._scope.done(target)
        if asked is None:
            return False
        if asked.status in AGAIN:
            self._keep_for_again((asked,))
        self._tracker.end(item.index, ((asked.status, 1),))
        self._write(())
        return True

    def _on_result(self, result: Result) -> None:
        self._keep_for_again(result.again)
        if result.refusals and len(self._refusals) < _MOST_REFUSALS:
            self._refusals.extend(result.refusals)
        self._tracker.end(result.index, result.counts)
        self._write(result.outcomes)
        self._pump()

    def _keep_for_again(self, entries: tuple[Asked, ...]) -> None:
        for entry in entries:
            if len(self._again) < self._settings.most_again:
                self._again.append(entry)
            else:
                self._left_again += 1

    def _write(self, outcomes: tuple[Outcome, ...]) -> None:
        cursor = self._tracker.cursor
        if cursor == self._total and self._excluded_due:
            # Counted with the batch that completes the run, and so exactly once however often it is resumed.
            self._tracker.add(OutcomeStatus.EXCLUDED, self._excluded_due)
            self._excluded_due = 0
        try:
            self._writer.add(outcomes, cursor, self._tracker.take_growth())
        except Exception as error:
            self._fail(error)
        self._sweep.advance(cursor)

    def _fail(self, error: Exception) -> None:
        if self._error is None:
            self._error = error
        self._ended.set()
        self._cancel_trying()

    async def _try_again(self) -> None:
        """Asks again what timed out (once) and what was throttled (after every pause)."""
        for turn, pause in enumerate(self._settings.retry_pauses_seconds):
            line = deque(entry for entry in self._again if turn == 0 or entry.status is OutcomeStatus.THROTTLED)
            if not line:
                return
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), pause)
            self._again = deque(entry for entry in self._again if turn > 0 and entry.status is not OutcomeStatus.THROTTLED)
            self._trying = [self._loop.create_task(self._again_from(line)) for _ in range(min(self._settings.at_once, len(line)))]
            try:
                if not self._stopped.is_set():
                    await asyncio.wait(self._trying)
            finally:
                self._cancel_trying()
                ended = await asyncio.gather(*self._trying, return_exceptions=True)
                self._again.extend(line)  # What was not reached.
            for error in ended:
                if isinstance(error, Exception):
                    raise error
            if self._stopped.is_set() or self._error is not None:
                return

    def _cancel_trying(self) -> None:
        for task in self._trying:
            task.cancel()

    async def _again_from(self, line: deque[Asked]) -> None:
        while line and not self._stopped.is_set():
            before = line.popleft()
            outcome = await self._asker.again(before)
            if outcome is None:
                self._again.append(before)
                if _is_cancelled():
                    return
                continue
            if outcome.status in AGAIN:
                self._again.append(replace(before, status=outcome.status))
            if outcome.status is not before.status:
                self._tracker.add(before.status, -1)
                self._tracker.add(outcome.status, 1)
            self._write((outcome,))

    async def _tick(self) -> None:
        for tick in range(1 << 62):
            if tick % _TICKS_A_PROGRESS == 0:
                self._tell_progress()
            self._pump()  # The writer may have room again.
            await asyncio.sleep(_TICK_SECONDS)

    def _tell_progress(self) -> None:
        if self._progress is not None:
            self._progress(self._meter.read(self._tracker.done, self._tracker.by_status))


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
