"""Worker processes for runs that one Python process would slow down: each has its own event loop and asks its share.

Items go out in chunks and results come back in batches. A worker that dies takes nothing with it: what it had is asked again
one by one in a fresh one, and what kills that one too is a BUG. Where the system has a fork server, modules and tables are
loaded once, beside what this process does meanwhile, and workers are forked from there; elsewhere each is spawned.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import multiprocessing
import os
import pickle
import signal
import threading
import zlib
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess

from pqscan.errors import WorkError
from pqscan.model.outcome import Outcome, OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.net.budget import Limits, is_loopback
from pqscan.net.loop import new_event_loop
from pqscan.net.throttle import Throttle
from pqscan.scan.authorisation import LOOPBACK, Permission
from pqscan.scan.crew import Crew
from pqscan.scan.parcel import Packed, Packer, unpack
from pqscan.scan.router import Router
from pqscan.scan.settings import ScanSettings
from pqscan.scan.targets import Item, TargetSet
from pqscan.scan.work import Asker, AskSettings, Result, utc_now

log = logging.getLogger(__name__)

_CHUNK = 64
_FLUSH_RESULTS = 64
_FLUSH_SECONDS = 0.02
_STOP_SECONDS = 5.0
_MOST_DEATHS = 100

RouterFactory = Callable[[], Router]


@dataclass(frozen=True, slots=True)
class Setup:
    """What every worker needs to know; everything in it can be pickled."""

    router_factory: RouterFactory
    ask: AskSettings
    permission: Permission
    limits: Limits  # this worker's share
    at_once: int


def process_count(settings: ScanSettings, targets: TargetSet, start: int = 0) -> int:
    """In how many processes a run from that cursor on is asked; 1 is this process alone."""
    if settings.processes is not None:
        return max(1, settings.processes)
    if targets.count - start < settings.several_processes_from:
        return 1
    limited = settings.limits.global_rate is not None
    if limited and (targets.lookups or targets.addresses.split(LOOPBACK)[1]):
        return 1  # At such a rate one process is idle most of the time.
    return default_count()


def load_ahead(modules: Iterable[str]) -> None:
    """Begins to load what workers need, in the process that they will be forked from; does nothing where there is none."""
    if _context().get_start_method() == "forkserver":
        _context().set_forkserver_preload(list(modules))
        with contextlib.suppress(OSError):  # Told where a worker cannot be started.
            forkserver.ensure_running()


@cache
def _context() -> BaseContext:
    fork_server = "forkserver" in multiprocessing.get_all_start_methods()
    return multiprocessing.get_context("forkserver" if fork_server else "spawn")


class Processes:
    """The same face as `Crew`, over several processes. Call from the loop only."""

    def __init__(
        self,
        setup: Setup,
        count: int,
        tell: Callable[[Result], None],
        fail: Callable[[Exception], None],
        modules: tuple[str, ...] = (),
    ) -> None:
        self._setup = setup
        self._modules = modules
        self._tell = tell
        self._fail = fail
        self._loop = asyncio.get_running_loop()
        self._closing = False
        self._deaths = 0
        self._held = 0
        self._most_held = count * max(2 * setup.at_once, 4 * _CHUNK)
        self._count = count
        self._workers: list[_Worker] = []

    @property
    def room(self) -> int:
        return self._most_held - self._held

    @property
    def held(self) -> int:
        return self._held

    def submit(self, items: list[Item]) -> None:
        if items and not self._workers:  # Not before: a sweep over closed addresses needs none.
            try:
                self._workers.extend(self._start() for _ in range(self._count))
            except WorkError as error:
                self._fail(error)
                return
        self._held += len(items)
        for item in items:
            self._choose(item).queue.append(item)
        for worker in self._workers:
            self._feed(worker)

    async def cancel(self) -> None:
        """Stops every worker; results that are on their way are still told."""
        self._closing = True
        for worker in self._workers:
            worker.stop()
        for worker in self._workers:
            await asyncio.to_thread(worker.end)
        await asyncio.sleep(0)  # The last results wait in the loop's queue.

    def _choose(self, item: Item) -> _Worker:
        """One network is always asked by the same worker, so that its budget and those of its addresses hold; loopback has none.

        The addresses of a name are known only to the worker that looks it up: where they are given as addresses, too, two ask."""
        if item.address is None:
            return self._workers[0]
        if is_loopback(item.address):
            return min(self._workers, key=_Worker.load)
        return self._workers[zlib.crc32(self._setup.limits.network_of(item.address).encode()) % len(self._workers)]

    def _feed(self, worker: _Worker) -> None:
        most = 1 if worker.suspects else max(2 * self._setup.at_once, 2 * _CHUNK)
        while len(worker.under_way) < most and (worker.suspects or worker.queue):
            source = worker.suspects or worker.queue
            size = min(len(source), _CHUNK, most - len(worker.under_way)) if not worker.suspects else 1
            if size < min(_CHUNK // 2, len(source)) and worker.under_way:
                return  # Small chunks cost as much as large ones: wait for more room.
            chunk = [source.popleft() for _ in range(size)]
            worker.under_way.update((item.index, item) for item in chunk)
            worker.send(chunk)
            if worker.suspects:
                return

    def _start(self) -> _Worker:
        load_ahead(self._modules)
        return _Worker(self._setup, self._loop, self._results, self._died)

    def _results(self, worker: _Worker, results: list[Result] | Exception) -> None:
        if isinstance(results, Exception):
            self._fail(results)
            return
        for result in results:
            if worker.under_way.pop(result.index, None) is not None:
                self._held -= 1
                self._tell(result)
        if not self._closing:
            self._feed(worker)

    def _died(self, worker: _Worker) -> None:
        if self._closing or worker not in self._workers:
            return
        worker.end()
        self._deaths += 1
        if self._deaths > _MOST_DEATHS or (not worker.was_ready and not worker.under_way):
            self._fail(WorkError("a worker process could not be kept running; try again with --workers 1 to see why"))
            return
        log.error("a worker process ended with code %s while %d targets were under way", worker.exit_code, len(worker.under_way))
        try:
            fresh = self._start()
        except WorkError as error:
            self._fail(error)
            return
        fresh.queue = worker.queue
        suspects = list(worker.under_way.values())
        if len(suspects) == 1 and worker.alone:
            self._held -= 1
            self._tell(self._bug(suspects[0]))
            suspects = []
        fresh.suspects.extend(suspects)
        fresh.suspects.extend(worker.suspects)
        self._workers[self._workers.index(worker)] = fresh
        self._feed(fresh)

    def _bug(self, item: Item) -> Result:
        ask = self._setup.ask
        target = item.target(item.address or "", ask.site, ask.starttls)
        reason = Reason.of("worker_died")
        question = self._setup.router_factory().first(target, item.service)
        outcome = Outcome(question.target, question.probe.name, OutcomeStatus.BUG, utc_now(), 0.0, detail=reason)
        return Result(item.index, (outcome,), ((OutcomeStatus.BUG, 1),))


class _Worker:
    """The parent's end of one process. `suspects` were under way when another worker died: they go one at a time."""

    def __init__(
        self,
        setup: Setup,
        loop: asyncio.AbstractEventLoop,
        results: Callable[[_Worker, list[Result] | Exception], None],
        died: Callable[[_Worker], None],
    ) -> None:
        self.queue: deque[Item] = deque()
        self.suspects: deque[Item] = deque()
        self.under_way: dict[int, Item] = {}
        self.alone = False
        self.was_ready = False
        context = _context()
        self._ours, theirs = context.Pipe()
        # Every context has Process; the stubs say so of each kind alone.
        self._process: BaseProcess = context.Process(  # type: ignore[attr-defined]
            target=_serve, args=(theirs, setup, logging.root.manager.disable), name="pqscan-worker", daemon=True
        )
        try:
            self._process.start()
        except (OSError, EOFError) as error:
            self._ours.close()
            raise WorkError(f"no worker process could be started ({type(error).__name__}); try again with --workers 1") from error
        finally:
            theirs.close()
        self._loop = loop
        self._results = results
        self._died = died
        self._reader = threading.Thread(target=self._read, name="pqscan-results", daemon=True)
        self._reader.start()

    @property
    def exit_code(self) -> int | None:
        return self._process.exitcode

    def load(self) -> int:
        return len(self.queue) + len(self.suspects) + len(self.under_way)

    def send(self, chunk: list[Item]) -> None:
        self.alone = len(self.under_way) == 1
        with contextlib.suppress(OSError):  # Where it has died, the reader tells.
            self._ours.send_bytes(pickle.dumps(chunk, protocol=pickle.HIGHEST_PROTOCOL))

    def stop(self) -> None:
        with contextlib.suppress(OSError):
            self._ours.send_bytes(b"")

    def end(self) -> None:
        """Waits for the process a little, then ends it."""
        self._process.join(_STOP_SECONDS)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._reader.join()
        self._ours.close()

    def _read(self) -> None:
        try:
            while True:
                # Our own child wrote it, over a pipe that nobody else holds.
                sent = pickle.loads(self._ours.recv_bytes())  # noqa: S301
                results = sent if isinstance(sent, Exception) else [unpack(each) for each in sent]
                self.was_ready = True
                self._loop.call_soon_threadsafe(self._results, self, results)
        except (EOFError, OSError):
            pass
        finally:
            with contextlib.suppress(RuntimeError):  # The loop is closed: nobody asks any more.
                self._loop.call_soon_threadsafe(self._died, self)


def _serve(connection: Connection, setup: Setup, silent_up_to: int) -> None:
    """The body of a worker process. It logs what its parent logs: without -v no fault of ours shows a traceback."""
    logging.disable(silent_up_to)
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)  # Outcomes hold no cycles; walking them again and again costs a tenth of the time.
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent tells us when to stop.
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(_Service(connection, setup).run())
    os._exit(0)  # Threads that wait in a look-up must not keep the scan waiting.


class _Service:
    def __init__(self, connection: Connection, setup: Setup) -> None:
        self._connection = connection
        self._setup = setup
        self._results: list[Packed] = []
        self._packer = Packer()
        self._flush_due = False

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        stopped = asyncio.Event()
        setup = self._setup
        asker = Asker(setup.router_factory(), Throttle(setup.limits), setup.permission, setup.ask)
        crew = Crew(asker, setup.at_once, setup.limits.per_address_concurrent, self._told, self._failed)

        def read() -> None:
            try:
                while data := self._connection.recv_bytes():
                    loop.call_soon_threadsafe(crew.submit, pickle.loads(data))  # noqa: S301 - from our parent.
            except (EOFError, OSError):
                pass
            loop.call_soon_threadsafe(stopped.set)

        threading.Thread(target=read, daemon=True).start()
        await stopped.wait()
        self._flush()
        await crew.cancel()

    def _told(self, result: Result) -> None:
        self._results.append(self._packer.pack(result))
        if len(self._results) >= _FLUSH_RESULTS:
            self._flush()
        elif not self._flush_due:
            self._flush_due = True
            asyncio.get_running_loop().call_later(_FLUSH_SECONDS, self._flush)

    def _failed(self, error: Exception) -> None:
        try:
            self._connection.send_bytes(pickle.dumps(error))
        except Exception:
            self._connection.send_bytes(pickle.dumps(WorkError(f"a worker failed with {type(error).__name__}")))

    def _flush(self) -> None:
        self._flush_due = False
        results, self._results = self._results, []
        if results:
            with contextlib.suppress(OSError):  # The parent was killed: nobody hears us, and we end at the end of its pipe.
                self._connection.send_bytes(pickle.dumps(results, protocol=pickle.HIGHEST_PROTOCOL))


def default_count() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
