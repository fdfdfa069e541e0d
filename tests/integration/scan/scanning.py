"""Scans of servers on loopback that answer lines, for the tests of the scanner."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import TypeVar

from pqscan.model.outcome import OutcomeStatus
from pqscan.model.target import NetworkTarget
from pqscan.net.dial import DialSettings
from pqscan.net.loop import run
from pqscan.probe import NetworkProbe
from pqscan.scan.authorisation import Permission
from pqscan.scan.discover import SweepSettings
from pqscan.scan.ports import tcp_ports
from pqscan.scan.progress import Progress
from pqscan.scan.router import only
from pqscan.scan.scanner import Scanner
from pqscan.scan.settings import ScanSettings, Summary
from pqscan.scan.targets import TargetSet, expand
from pqscan.scan.work import AskSettings
from tests.integration.scan.ledgers import Memory
from tests.integration.scan.probes import LineProbe
from tests.unit.net.loopback import serving

ResultT = TypeVar("ResultT")
FAST = ScanSettings(
    ask=AskSettings(dial=DialSettings(connect_seconds=0.2, connection_seconds=5.0, attempt_seconds=10.0)),
    sweep=SweepSettings(connect_seconds=0.2),
    processes=1,
    retry_pauses_seconds=(0.0, 0.0),
)

LINES = partial(only, LineProbe)
Answers = Callable[[str], str]


def line_server(answers: Answers) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[None, None, None]]:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        name = (await reader.readline()).decode().strip()
        if name:
            writer.write((answers(name) + "\n").encode())
            await writer.drain()

    return handle


def scan(
    words: Callable[[int], list[str]],
    answers: Answers,
    settings: ScanSettings = FAST,
    *,
    address: str = "127.0.0.1",
    permission: Permission | None = None,
    probe: type[NetworkProbe] = LineProbe,
    progress: Callable[[Progress], None] | None = None,
    excluded: int = 0,
) -> tuple[Memory, Summary, TargetSet]:
    async def main() -> tuple[Memory, Summary, TargetSet]:
        ledger = Memory()
        async with serving(line_server(answers), address) as port:
            targets = expand(words(port), tcp_ports(port))
            summary = await Scanner(partial(only, probe), ledger, permission or Permission(), settings, progress=progress).run(
                targets, "run-1", excluded=excluded
            )
        return ledger, summary, targets

    return run(main())


def names_of(ledger: Memory) -> dict[str | None, OutcomeStatus]:
    return {o.target.server_name: o.status for o in ledger.outcomes if isinstance(o.target, NetworkTarget)}
