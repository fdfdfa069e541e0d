from __future__ import annotations

import asyncio
import multiprocessing
import os
import random
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from pqscan.model.target import NetworkTarget
from pqscan.store.repository import Store
from tests.integration.scan import killed
from tests.integration.scan.ledgers import SqliteLedger
from tests.unit.net.loopback import serving

KILLS = 50


class Executioner:
    """A server on loopback that kills the scanning process with SIGKILL at the connection it was told."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.port = 0
        self._kill_at: int | None = None
        self._victim: BaseProcess | None = None

    def condemn(self, victim: BaseProcess, after: int) -> None:
        self._victim = victim
        self._kill_at = len(self.asked) + after

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        name = (await reader.readline()).decode().strip()
        if not name:
            return  # The connect sweep.
        self.asked.append(name)
        if self._victim is not None and self._kill_at is not None and len(self.asked) >= self._kill_at:
            self._kill_at = None
            if self._victim.pid is not None:
                os.kill(self._victim.pid, signal.SIGKILL)
        writer.write(b"ok\n")
        await writer.drain()


@contextmanager
def executioner() -> Iterator[Executioner]:
    server = Executioner()
    loop = asyncio.new_event_loop()
    ready = threading.Event()
    stop = asyncio.Event()

    async def main() -> None:
        async with serving(server.handle) as port:
            server.port = port
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(main(),))
    thread.start()
    ready.wait()
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


def kill_and_resume(server: Executioner, body: str, path: Path, kept: set[object], rows: object) -> int:
    """Runs the child until it ends by itself, killing it fifty times on the way; gives how often it was killed."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        pytest.skip("this system has no fork server to start fifty processes quickly")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.integration.scan.killed"])
    moments = random.Random(20261122)
    kills = 0
    while True:
        child = context.Process(target=getattr(killed, body), args=(str(path), server.port))
        child.start()
        if kills < KILLS:
            server.condemn(child, moments.randrange(1, 40))
        child.join()
        if child.exitcode == 0:
            return kills
        assert child.exitcode == -signal.SIGKILL
        kills += 1
        now = rows()  # type: ignore[operator]
        assert kept <= now, "a committed row was lost"
        kept |= now


@pytest.mark.slow
def test_fifty_kills_lose_nothing_committed_and_double_nothing(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with executioner() as server:
        ledger = SqliteLedger(path)
        kills = kill_and_resume(server, "with_file", path, set(), lambda: set(ledger.rows()))
        total = killed.targets_of(server.port).count
    rows = ledger.rows()
    answering = killed.TOTAL - 256 + 1
    assert kills == KILLS
    assert ledger.cursor == total
    assert {status for status, _ in rows.values()} == {"completed"}
    assert len(rows) == answering
    assert {times for _, times in rows.values()} == {1}, "a target was written twice"
    counts = ledger.counts()
    assert counts.pop("excluded") == killed.EXCLUDED
    assert counts.pop("completed") == answering
    assert sum(counts.values()) == total - answering
    assert len(server.asked) <= answering + kills * 200, "a kill costs the targets in flight and the last batch, not the run"


@pytest.mark.slow
def test_fifty_kills_leave_the_store_whole(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"

    def rows() -> set[object]:
        with Store.open(f"sqlite:///{path}") as store:
            return {s.target for s in store.sightings(killed.RUN.id)}

    with executioner() as server:
        Store.open(f"sqlite:///{path}").close()
        kills = kill_and_resume(server, "with_store", path, set(), rows)
        total = killed.targets_of(server.port).count
    answering = killed.TOTAL - 256 + 1
    assert kills == KILLS
    with Store.open(f"sqlite:///{path}") as store:
        run = store.run(killed.RUN.id)
        sightings = list(store.sightings(killed.RUN.id))
    assert run is not None
    assert run.cursor == total
    assert len(sightings) == len({s.target for s in sightings if isinstance(s.target, NetworkTarget)}) == answering
    counts = {status.value: count for status, count in run.counts.items()}
    assert counts.pop("excluded") == killed.EXCLUDED
    assert counts.pop("completed") == answering
    assert sum(counts.values()) == total - answering
