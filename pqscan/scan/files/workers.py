"""Examines files in several processes and gives the results in the order of the walk.

A worker that dies takes nothing with it: what it had is asked again, one file at a time, and a file that kills a worker alone is a
BUG of ours and no end of the run. Where the system has a fork server, the modules are loaded once and workers forked from there;
elsewhere each is spawned.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from multiprocessing.context import BaseContext
from time import monotonic

from pqscan.model.outcome import Outcome, OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.model.target import FileTarget
from pqscan.probe import FileProbe
from pqscan.scan.files.bounds import Bounds
from pqscan.scan.files.examine import FILE_PROBE, Examined, Examiner

_PARCEL_FILES = 64
_MOST_PROCESSES = 8  # Each holds a piece of a file.
_FEW_FILES = 256  # are read before further processes have started
_WAITING = 4  # parcels for each process

ProbeFactory = Callable[[], Sequence[FileProbe]]


@dataclass(frozen=True, slots=True)
class Setup:
    """What every worker needs to know; everything in it can be pickled. `processes` None is one for each core, up to eight.
    `modules` are those that workers need, and may share."""

    probes: ProbeFactory
    bounds: Bounds = field(default_factory=Bounds)
    processes: int | None = None
    modules: tuple[str, ...] = ()


def examined(targets: Iterable[FileTarget], setup: Setup) -> Iterator[tuple[FileTarget, Examined]]:
    """Each target with what lies in it, in their order. Few files are read in this process alone."""
    waiting = iter(targets)
    first = list(islice(waiting, _FEW_FILES))
    here = _examiner(setup)
    yield from ((target, here.examine(target)) for target in first)
    processes = setup.processes or min(_MOST_PROCESSES, os.cpu_count() or 1)
    if len(first) < _FEW_FILES or processes == 1:
        yield from ((target, here.examine(target)) for target in waiting)
        return
    crew = _Crew(setup, processes)
    try:
        yield from crew.examined(waiting)
    except BaseException:  # An interrupt, or nobody wants the rest: what is being read is left.
        crew.leave()
        raise
    finally:
        crew.stop()


class _Crew:
    def __init__(self, setup: Setup, processes: int) -> None:
        self._setup = setup
        self._processes = processes
        self._pool: ProcessPoolExecutor | None = None
        self._others = frozenset(multiprocessing.active_children())

    def examined(self, targets: Iterator[FileTarget]) -> Iterator[tuple[FileTarget, Examined]]:
        out: deque[tuple[list[FileTarget], Future[list[Examined]]]] = deque()
        while True:
            while len(out) < self._processes * _WAITING and (parcel := list(islice(targets, _PARCEL_FILES))):
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


def _context(modules: Sequence[str]) -> BaseContext:
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, *modules])
    return context


def _now() -> datetime:
    return datetime.now(UTC)


def _examiner(setup: Setup) -> Examiner:
    return Examiner(setup.probes(), setup.bounds, _now, monotonic)


_mine: list[Examiner] = []  # one in each worker


def _begin(setup: Setup) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # The first process ends the run, and this one with it.
    _mine[:] = (_examiner(setup),)


def _examine(parcel: list[FileTarget]) -> list[Examined]:
    (examiner,) = _mine
    return [examiner.examine(target) for target in parcel]
