"""One run in hand: sweep, ask, write, try again at the end. Everything here happens in one event loop.

The sweep's thread finds items, the crew (or several processes) asks them, the writer's thread commits; each of them can
hold the one before it back, so that memory stays flat whatever is slow.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from pqscan.model.outcome import Outcome, OutcomeStatus
from pqscan.model.target import NetworkTarget, Transport
from pqscan.net.budget import Pace, is_loopback
from pqscan.net.throttle import Throttle
from pqscan.scan.authorisation import Permission, Refusal
from pqscan.scan.crew import Crew
from pqscan.scan.discover import LeftOut, Sweep, Swept
from pqscan.scan.nmap_discovery import NmapSweep
from pqscan.scan.order import order_key
from pqscan.scan.progress import Counts, Meter, Progress, Tracker
from pqscan.scan.room import make_room
from pqscan.scan.second_tries import SecondTries
from pqscan.scan.settings import Discovery, ScanSettings, Summary
from pqscan.scan.standing import Standing
from pqscan.scan.targets import Item, TargetSet
from pqscan.scan.watch import Senses, Watch
from pqscan.scan.work import AGAIN, SILENT, SPOKEN, Asked, Asker, Result, local_today
from pqscan.scan.workers import Processes, RouterFactory, Setup, process_count
from pqscan.scan.writer import Ledger, Writer

_TICK_SECONDS = 0.1
_TICKS_A_PROGRESS = 3
_MOST_REFUSALS = 1000
_MOST_DOUBTS = 5
_UNANSWERED = frozenset({OutcomeStatus.TIMED_OUT, OutcomeStatus.UNREACHABLE})


@dataclass(frozen=True, slots=True)
class Scope:
    """What a run has to do: see `Scanner.run`."""

    targets: TargetSet
    start: int
    done: Callable[[NetworkTarget], Asked | None] | None
    again: tuple[Asked, ...]
    excluded: int


@dataclass(frozen=True, slots=True)
class _Doubted:
    """A place that was silent when nobody could tell whose doing that was; `result` None: from the sweep."""

    item: Item
    result: Result | None
    began: float


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
        senses: Senses,
    ) -> None:
        self._scope = scope
        self._permission = permission
        self._settings = settings
        self._progress = progress
        self._total = scope.targets.count
        start = min(scope.start, self._total)
        self._excluded_due = scope.excluded if scope.start < max(1, self._total) else 0
        self._loop = asyncio.get_running_loop()
        self._clock = senses.clock
        self._tracker = Tracker(start)
        self._meter = Meter(self._total, start, senses.clock)
        self._writer = Writer(ledger, run_id, start, every_seconds=settings.write_every_seconds)
        self._found: deque[Item] = deque()
        self._refusals: list[Refusal] = []
        self._swept = False
        self._error: Exception | None = None
        self._stopped = asyncio.Event()
        self._ended = asyncio.Event()
        self._flowing = asyncio.Event()  # set while the run does not pause
        self._flowing.set()
        self._doubted: list[_Doubted] = []  # not believed yet
        self._doubts: dict[object, int] = {}  # how often each was not believed
        processes = process_count(settings, scope.targets, start)
        by_nmap = settings.nmap if settings.discovery is Discovery.NMAP else None
        shares = processes + 1 if processes > 1 or by_nmap else 1  # The sweep takes one beside the workers, and nmap always.
        limits = settings.limits if shares == 1 else settings.limits.share(shares)
        pace = Pace(limits)
        self._key = order_key(run_id)
        self._standing = Standing(settings.ask.silent_ports)
        self._asker = Asker(router_factory(), Throttle(pace=pace), permission, settings.ask, standing=self._standing)
        items = scope.targets.items(start, self._key)
        self._sweep: Sweep | NmapSweep
        if by_nmap is not None:
            self._sweep = NmapSweep(items, self._tell_swept, settings.sweep, limits, by_nmap, passes=self._passes)
        else:
            make_room(settings.sweep.most_in_flight)
            self._sweep = Sweep(
                items, self._tell_swept, settings.sweep, pace, passes=self._passes, standing=self._standing, stays=True
            )
        self._second_look: set[int] = set()  # places that were not asked and get one more chance
        self._left_out: dict[str, LeftOut] = {}
        self._looks = 0
        self._sweep.advance(start)
        self._watch = Watch(
            pace,
            self._asker.looks_up,
            self._on_watch,
            self._fail,
            settings.most_pause_seconds,
            senses,
            run_id,
            lambda: permission.authorisation is None or permission.holds(local_today()),
            lambda: self._sweep.waits or bool(self._doubted or self._doubts),
        )
        self._second_tries = SecondTries(
            self._asker, settings.at_once, settings.most_again, self._tell_second, self._stopped, self._flowing
        )
        self._second_tries.keep(scope.again)
        self._crew: Crew | Processes
        if processes == 1:
            self._crew = Crew(self._asker, settings.at_once, limits.per_address_concurrent, self._on_result, self._fail)
        else:
            setup = Setup(router_factory, settings.ask, permission, limits, settings.at_once)
            self._crew = Processes(setup, processes, self._on_result, self._fail, settings.worker_modules)

    def stop(self) -> None:
        self._stopped.set()
        self._ended.set()
        self._second_tries.cancel()

    async def carry_out(self) -> Summary:
        self._writer.start()
        self._sweep.start()
        self._watch.start()
        ticker = self._loop.create_task(self._tick())
        try:
            if self._total == 0:
                self._write(())
            await self._ended.wait()
            if not self._stopped.is_set() and self._error is None:
                await self._second_tries.carry_out(self._settings.retry_pauses_seconds, lambda: self._error is not None)
        except asyncio.CancelledError:
            self._stopped.set()
            raise
        finally:
            ticker.cancel()
            await self._watch.stop()
            self._sweep.stop()
            await self._crew.cancel()
            await asyncio.to_thread(self._sweep.thread.join)
            await asyncio.to_thread(self._writer.close)
            self._tell_progress()
        if self._error is not None:
            raise self._error
        left = self._second_tries.left
        by_status = dict(self._tracker.by_status)
        cursor = self._tracker.cursor
        cut_short = self._stopped.is_set() and (
            cursor < self._total or left > 0
        )  # A signal that comes when all is done cuts nothing.
        again = left - self._second_tries.spared
        paused = self._watch.paused_seconds
        return Summary(cursor, self._total, cut_short, by_status, again, tuple(self._refusals), paused)

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
            for item in swept.found:
                if item.is_open:
                    self._watch.sign(item.address or "", item.port)
            for item, status, no_way in swept.closed:
                self._on_closed(item, status, no_way)
            self._write(())
            self._found.extend(swept.found)
        self._pump()

    def _on_closed(self, item: Item, status: OutcomeStatus, no_way: bool) -> None:
        address = item.address or ""
        if status is OutcomeStatus.REFUSED:
            self._watch.sign(address, item.port)
        doubtful = status in SILENT and not is_loopback(address)
        if doubtful and not self._is_believed(item.index, self._settings.sweep.connect_seconds, no_way):
            self._doubted.append(_Doubted(item, None, 0.0))
            return
        self._place_ended(item.index, ((status, 1),))

    def _is_believed(self, what: object, lasted_seconds: float, no_way: bool, unheard: bool = False) -> bool:
        """Whether a silence is the peer's and not this machine's own. What has been asked anew so often is believed."""
        watch = self._watch
        asked_anew = self._doubts.get(what, 0)
        if watch.gone is None and asked_anew >= _MOST_DOUBTS:
            return True
        believed = watch.believes(lasted_seconds) and not (no_way and not watch.believes_no_way())
        if believed and unheard and not asked_anew:
            believed = watch.believes_unheard()
        if not believed and watch.gone is None:
            self._doubts[what] = asked_anew + 1
        return believed

    def _on_watch(self) -> None:
        """The network is gone or back, or this machine has slept: what is under way proves nothing, and silence counts anew."""
        if self._watch.gone is not None:
            self._flowing.clear()
            self._sweep.pause()
        else:
            self._standing.forget_silence()
            self._doubts.clear()
            self._sweep.begin_anew()
            self._sweep.go_on()
            self._flowing.set()
        self._tell_progress()

    def _ask_anew(self) -> None:
        """What was not believed, when there is somebody again to hold it against."""
        if not self._doubted or not self._watch.is_well:
            return
        doubted, self._doubted = self._doubted, []
        sweep = [one.item for one in doubted if one.result is None]
        if sweep:
            self._swept = False
            self._sweep.give(sweep)
        for one in doubted:
            if one.result is not None and self._watch.is_trusted(one.began):
                self._record(one.result)  # Somebody has answered just after it.
            elif one.result is not None:
                self._crew.submit([one.item])

    def _look_again(self) -> bool:
        """Once, when all others are done: silent addresses get one more port to answer on, and where one does, all that were left
        out. Whether anything was given to the sweep."""
        self._looks += 1
        if self._looks > 2:
            return False
        if self._looks == 1:
            self._left_out = self._sweep.left_out
            self._standing.relent()
            self._sweep.give(self._second(entry.first for entry in self._left_out.values()))
            return bool(self._left_out)
        there = {address: entry for address, entry in self._left_out.items() if self._standing.is_there(address)}
        self._left_out = {}
        if there:
            self._sweep.give(self._second(self._rest_of(there)))
        return bool(there)

    def _rest_of(self, there: dict[str, LeftOut]) -> Iterator[Item]:
        for item in self._scope.targets.items(0, self._key):
            entry = there.get(item.address or "")
            if entry is not None and entry.first.index < item.index <= entry.last and not self._passes(item):
                yield item

    def _second(self, items: Iterable[Item]) -> Iterator[Item]:
        for item in items:
            self._second_look.add(item.index)
            yield item

    def _place_ended(self, index: int, counts: Counts) -> None:
        """A place that was counted as not asked, and has now been asked, is no longer one."""
        self._doubts.pop(index, None)
        if index not in self._second_look:
            self._tracker.end(index, counts)
            return
        self._second_look.discard(index)
        self._tracker.add(OutcomeStatus.NOT_ASKED, -1)
        for status, count in counts:
            self._tracker.add(status, count)

    def _pump(self) -> None:
        """Gives found items to the crew while it and the writer have room."""
        if self._ended.is_set() or self._watch.gone is not None:
            return
        self._ask_anew()
        room = 0 if self._writer.is_full else min(self._crew.room, len(self._found))
        # Each refill wakes the sweep's thread: not for every single item, and long before the crew runs out of work.
        refill = max(1, (self._crew.room + self._crew.held) // 4)
        if room > 0 and room >= min(refill, len(self._found)):
            taken = [self._found.popleft() for _ in range(room)]
            self._sweep.taken(room)
            self._crew.submit([item for item in taken if not self._is_done(item)])
        if self._swept and not self._found and not self._crew.held and not self._doubted:
            self._swept = not self._look_again()
            if self._swept:
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
            self._second_tries.keep((asked,))
        self._place_ended(item.index, ((asked.status, 1),))
        self._write(())
        return True

    def _on_result(self, result: Result) -> None:
        untold = result.is_silent or result.unheard
        if untold and not self._is_believed(result.index, result.lasted_seconds, result.no_way, result.unheard):
            item = next(self._scope.targets.items(result.index, self._key))
            self._doubted.append(_Doubted(item, result, self._clock() - result.lasted_seconds))
            return
        self._record(result)
        self._pump()

    def _record(self, result: Result) -> None:
        watch = self._watch
        if result.name:
            watch.resolved(result.name)
        for outcome in result.outcomes:
            target = outcome.target
            if outcome.status in SPOKEN and isinstance(target, NetworkTarget) and target.transport is Transport.TCP:
                watch.sign(target.address, target.port)
        self._second_tries.keep(result.again)
        if result.refusals and len(self._refusals) < _MOST_REFUSALS:
            self._refusals.extend(result.refusals)
        self._place_ended(result.index, result.counts)
        self._write(result.outcomes)

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
        self._second_tries.cancel()

    def _tell_second(self, before: Asked, outcome: Outcome) -> bool:
        """What a second try gave; False where it is not believed and has to be made once more."""
        target = before.target
        # Who throttles is not asked once more for our own doubts, and nobody more than once while the network seems well.
        silent = outcome.status in _UNANSWERED and not is_loopback(target.address)
        silent = silent and (self._watch.gone is not None or not self._doubts.get(target))
        no_way = outcome.detail is not None and outcome.detail.code == "no_way_from_here"
        if silent and not self._is_believed(target, outcome.elapsed_seconds, no_way):
            return False
        self._doubts.pop(target, None)
        if outcome.status is not before.status:
            self._tracker.add(before.status, -1)
            self._tracker.add(outcome.status, 1)
        self._write((outcome,))
        return True

    async def _tick(self) -> None:
        for tick in range(1 << 62):
            if tick % _TICKS_A_PROGRESS == 0:
                self._tell_progress()
            self._pump()  # The writer may have room again.
            await asyncio.sleep(_TICK_SECONDS)

    def _tell_progress(self) -> None:
        if self._progress is not None:
            gone = "" if self._watch.gone is None else self._watch.gone.value
            self._progress(self._meter.read(self._tracker.done, self._tracker.by_status, gone))
