"""Examines files in several processes and gives the results in the order of the walk.

A worker that dies takes nothing with it: what it had is asked again, one file at a time, and a file that kills a worker alone is a
BUG of ours and no end of the run; and where the first process dies, its workers end.

Workers are forked from a process that has loaded everything: from this one where it has a single thread, else from a fork server.
Where a system has neither, each is spawned.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from multiprocessing.connection import wait
from multiprocessing.context import BaseContext
from time import monotonic

from pqscan.model.outcome import Outcome, OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.model.target import FileTarget
from pqscan.probe import FileProbe
from pqscan.scan.files.bounds import Bounds
from pqscan.scan.files.examine import FILE_PROBE, Examined, Examiner
from pqscan.scan.files.memory import keep_freed_memory

_PARCEL_FILES, _PARCEL_OCTETS = 64, 32 << 20
_MOST_PROCESSES = 8  # Each holds a piece of a file.
_FEW_FILES, _FEW_OCTETS = 256, 64 << 20  # are read before further processes have started
_WAITING = 4  # parcels for each process

_TASKS = "/proc/self/task"  # Linux: a folder for each thread, those of libraries included

ProbeFactory = Callable[[], Sequence[FileProbe]]


@dataclass(frozen=True, slots=True)
class Setup:
    """What every worker needs to know; everything in it can be pickled. `processes` None is one for each core, up to eight.
    `modules` are those that workers need, and may share; files that were `named` themselves may be links."""

    probes: ProbeFactory
    bounds: Bounds = field(default_factory=Bounds)
    processes: int | None = None
    modules: tuple[str, ...] = ()
    named: frozenset[str] = frozenset()


Sized = tuple[FileTarget, int]
"""A file and how many octets it has, by which the work is shared."""


def examined(targets: Iterable[Sized], setup: Setup) -> Iterator[tuple[FileTarget, Examined]]:
    """Each target with what lies in it, in their order. Few files are read in this process alone."""
    waiting = iter(targets)
    here = _examiner(setup)
    processes = setup.processes or min(_MOST_PROCESSES, os.cpu_count() or 1)
    few = waiting if processes == 1 else _up_to(waiting, _FEW_FILES, _FEW_OCTETS)
    yield from ((target, here.examine(target)) for target, _ in few)
    if processes == 1:
        return
    crew = _Crew(setup, processes)
    try:
        yield from crew.examined(waiting)
    except BaseException:  # An interrupt, or nobody wants the rest: what is being read is left.
        crew.leave()
        raise
    finally:
        crew.stop()


def _up_to(targets: Iterator[Sized], files: int, octets: int) -> Iterator[Sized]:
    """The first so many, fewer where those are large; at least one where there is one."""
    for target, size in islice(targets, files):
        yield target, size
        octets -= size
        if octets <= 0:
            return


class _Crew:
    def __init__(self, setup: Setup, processes: int) -> None:
        self._setup = setup
        self._processes = processes
        self._pool: ProcessPoolExecutor | None = None
        self._others = frozenset(multiprocessing.active_children())

    def examined(self, targets: Iterator[Sized]) -> Iterator[tuple[FileTarget, Examined]]:
        out: deque[tuple[list[FileTarget], Future[list[Examined]]]] = deque()
        while True:
            while len(out) < self._processes * _WAITING:
                parcel = [target for target, _ in _up_to(targets, _PARCEL_FILES, _PARCEL_OCTETS)]
                if not parcel:
                    break
                out.append((parcel, self._ask(parcel)))
            if not out:
                return
            parcel, future = out.popleft()
            try:
                results = future.result()
            except BrokenProcessPool:
                self.stop()
                results = [self._alone(target) for target in parcel]
                out = deque((later, self._ask(later)) for later, _ in out)
            yield from zip(parcel, results, strict=True)

    def leave(self) -> None:
        """Ends the workers at once, whatever they read."""
        for process in frozenset(multiprocessing.active_children()) - self._others:
            process.terminate()

    def stop(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def _ask(self, parcel: list[FileTarget]) -> Future[list[Examined]]:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(self._processes, _context(self._setup.modules), _begin, (self._setup,))
        try:
            with _interrupts_later():  # The first question begins the workers.
                return self._pool.submit(_examine, parcel)
        except BrokenProcessPool as error:  # A worker died since: told where the result is asked for, as for all that wait.
            failed: Future[list[Examined]] = Future()
            failed.set_exception(error)
            return failed

    def _alone(self, target: FileTarget) -> Examined:
        try:
            return self._ask([target]).result()[0]
        except BrokenProcessPool:
            self.stop()
            reason = Reason.of("worker_died")
            return Examined((Outcome(target, FILE_PROBE, OutcomeStatus.BUG, _now(), 0.0, 0, reason),), 0, 0, is_through=False)


@contextmanager
def _interrupts_later() -> Iterator[None]:
    """Ctrl-C is sent to all processes of a terminal: to this one afterwards, and to none that has only just begun."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT,))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _context(modules: Sequence[str]) -> BaseContext:
    if _has_one_thread():
        return multiprocessing.get_context("fork")
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, *modules])
    return context


def _has_one_thread() -> bool:
    """Whether nothing but this thread can hold a lock, which in a forked process nobody would release. Not told where it is not
    known, as on a system whose own libraries do not bear a fork."""
    try:
        return len(os.listdir(_TASKS)) == 1
    except OSError:
        return False


def _now() -> datetime:
    return datetime.now(UTC)


def _examiner(setup: Setup) -> Examiner:
    keep_freed_memory()
    return Examiner(setup.probes(), setup.bounds, _now, monotonic, setup.named)


_mine: list[Examiner] = []  # one in each worker


def _begin(setup: Setup) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # The first process ends the run, and this one with it.
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGINT,))
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_the_first_process, daemon=True).start()
    gc.freeze()  # What was there before is never garbage here, and stays shared for as long as nobody touches it.
    _mine[:] = (_examiner(setup),)


def _end_with_the_first_process() -> None:
    """One that is killed cannot end its workers, and they would wait for its next question for ever."""
    first = multiprocessing.parent_process()
    if first is not None:
        wait([first.sentinel])
        os._exit(1)


def _examine(parcel: list[FileTarget]) -> list[Examined]:
    (examiner,) = _mine
    return [examiner.examine(target) for target in parcel]
