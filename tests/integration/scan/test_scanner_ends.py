"""How a scan ends: stopped, cancelled, broken, resumed, in several processes."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from pqscan.errors import StoreError
from pqscan.model.inventory import Batch
from pqscan.model.outcome import OutcomeStatus
from pqscan.model.target import NetworkTarget
from pqscan.net.loop import run
from pqscan.scan.authorisation import Permission
from pqscan.scan.ports import tcp_ports
from pqscan.scan.progress import Progress
from pqscan.scan.scanner import Scanner
from pqscan.scan.targets import expand
from pqscan.scan.work import Asked
from tests.integration.scan.ledgers import Memory
from tests.integration.scan.probes import DeadlyProbe
from tests.integration.scan.scanning import FAST, LINES, line_server, names_of, scan
from tests.unit.net.loopback import serving


def test_stopping_keeps_what_is_done_and_a_resume_does_the_rest() -> None:
    async def main() -> None:
        asked: list[str] = []
        enough = asyncio.Event()

        def answers(name: str) -> str:
            asked.append(name)
            if len(asked) >= 100:
                enough.set()
            return "ok"

        first, second = Memory(), Memory()
        async with serving(line_server(answers)) as port:
            targets = expand([f"h{n}@127.0.0.1" for n in range(400)], tcp_ports(port))
            scanner = Scanner(LINES, first, Permission(), replace(FAST, at_once=8))
            running = asyncio.ensure_future(scanner.run(targets, "r", excluded=3))
            await enough.wait()
            scanner.stop()
            summary = await running
            assert summary.interrupted
            assert 0 < summary.cursor < 400
            assert OutcomeStatus.CANCELLED not in summary.by_status
            kept = {o.target: Asked(o.target, o.status, o.probe) for o in first.outcomes if isinstance(o.target, NetworkTarget)}
            asked.clear()
            resumed = await Scanner(LINES, second, Permission(), FAST).run(
                targets, "r", start_cursor=first.batches[-1].cursor, done=kept.get, excluded=3
            )
        assert not resumed.interrupted
        everything = [o.target for o in first.outcomes + second.outcomes]
        assert len(everything) == len(set(everything)) == 400
        assert not {f"h{n}" for n in range(400)} - {t.server_name for t in everything if isinstance(t, NetworkTarget)}
        counts = {status: first.counts.get(status, 0) + second.counts.get(status, 0) for status in {*first.counts, *second.counts}}
        assert counts == {OutcomeStatus.COMPLETED: 400, OutcomeStatus.EXCLUDED: 3}

    run(main())


def test_cancelling_the_task_writes_what_is_done() -> None:
    async def main() -> None:
        answered = 0
        enough = asyncio.Event()

        def answers(name: str) -> str:
            nonlocal answered
            answered += 1
            if answered >= 50:
                enough.set()
            return "ok"

        ledger = Memory()
        async with serving(line_server(answers)) as port:
            targets = expand([f"h{n}@127.0.0.1" for n in range(10_000)], tcp_ports(port))
            running = asyncio.ensure_future(Scanner(LINES, ledger, Permission(), replace(FAST, at_once=4)).run(targets, "r"))
            await enough.wait()
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running
        assert len(ledger.outcomes) >= 40

    run(main())


def test_an_error_of_the_ledger_ends_the_run_and_is_told() -> None:
    class Broken:
        def commit(self, batch: Batch) -> None:
            raise StoreError("the disk is full")

    async def main() -> None:
        async with serving(line_server(lambda name: "ok")) as port:
            targets = expand([f"h{n}@127.0.0.1" for n in range(5000)], tcp_ports(port))
            with pytest.raises(StoreError, match="disk is full"):
                await Scanner(LINES, Broken(), Permission(), replace(FAST, write_every_seconds=0.01)).run(targets, "r")

    run(main())


def test_progress_ends_with_everything_done() -> None:
    seen: list[Progress] = []
    scan(lambda port: [f"h{n}@127.0.0.1" for n in range(50)], lambda name: "ok", progress=seen.append)
    assert (seen[-1].done, seen[-1].total) == (50, 50)
    assert seen[-1].by_status == {OutcomeStatus.COMPLETED: 50}


def test_several_processes_give_the_same_outcomes_as_one() -> None:
    words = [f"h{n}@127.0.0.1" for n in range(300)]
    one, _, _ = scan(lambda port: words, str.upper)
    many, summary, _ = scan(lambda port: words, str.upper, replace(FAST, processes=2))
    assert summary.cursor == 300
    assert {(o.target.server_name, o.profile) for o in many.outcomes if isinstance(o.target, NetworkTarget)} == {
        (o.target.server_name, o.profile) for o in one.outcomes if isinstance(o.target, NetworkTarget)
    }
    assert many.counts == one.counts


def test_a_worker_that_dies_costs_only_the_target_that_kills_it() -> None:
    words = [f"h{n}@127.0.0.1" for n in range(100)] + ["kill@127.0.0.1"] + [f"i{n}@127.0.0.1" for n in range(100)]
    ledger, summary, _ = scan(lambda port: words, str.upper, replace(FAST, processes=2), probe=DeadlyProbe)
    assert names_of(ledger) == {word.partition("@")[0]: OutcomeStatus.COMPLETED for word in words} | {"kill": OutcomeStatus.BUG}
    assert summary.cursor == 201
    assert ledger.counts == {OutcomeStatus.COMPLETED: 200, OutcomeStatus.BUG: 1}


def test_stopping_several_processes_keeps_what_is_done() -> None:
    async def main() -> None:
        asked = 0
        enough = asyncio.Event()

        def answers(name: str) -> str:
            nonlocal asked
            asked += 1
            if asked >= 200:
                enough.set()
            return "ok"

        ledger = Memory()
        async with serving(line_server(answers)) as port:
            targets = expand([f"h{n}@127.0.0.1" for n in range(20_000)], tcp_ports(port))
            scanner = Scanner(LINES, ledger, Permission(), replace(FAST, processes=2))
            running = asyncio.ensure_future(scanner.run(targets, "r"))
            await enough.wait()
            scanner.stop()
            summary = await running
        assert summary.interrupted
        assert len(ledger.outcomes) == len({o.target for o in ledger.outcomes}) > 0
        assert ledger.batches[-1].cursor <= len(ledger.outcomes)

    run(main())


def test_a_signal_that_comes_when_all_is_done_interrupts_nothing() -> None:
    async def main() -> None:
        def stop(progress: Progress) -> None:
            if progress.done == 3:
                scanner.stop()

        async with serving(line_server(lambda name: "ok")) as port:
            targets = expand([f"h{n}@127.0.0.1" for n in range(3)], tcp_ports(port))
            scanner = Scanner(LINES, Memory(), Permission(), FAST, progress=stop)
            summary = await scanner.run(targets, "r")
        assert (summary.cursor, summary.interrupted) == (3, False)

    run(main())
