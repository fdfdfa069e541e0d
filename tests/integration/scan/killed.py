"""The child of the `kill -9` tests: begins a scan or goes on with it, until it ends or is killed."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from pqscan.model.inventory import Run, RunKind, RunState
from pqscan.model.outcome import OutcomeStatus
from pqscan.model.target import NetworkTarget
from pqscan.net.loop import run
from pqscan.scan.authorisation import Permission
from pqscan.scan.ports import tcp_ports
from pqscan.scan.router import only
from pqscan.scan.scanner import Scanner
from pqscan.scan.settings import Discovery, ScanSettings
from pqscan.scan.targets import TargetSet, expand
from pqscan.scan.work import Asked, AskSettings
from pqscan.store.repository import Store
from tests.integration.scan.ledgers import SqliteLedger
from tests.integration.scan.probes import LineProbe

TOTAL = 2500
EXCLUDED = 11
SETTINGS = ScanSettings(
    ask=AskSettings(rows_for_dead=False),
    discovery=Discovery.CONNECT,
    processes=1,
    at_once=16,
    write_every_seconds=0.005,
    retry_pauses_seconds=(0.0,),
)
RUN = Run("run-1", RunKind.NET, datetime(2026, 11, 22, tzinfo=UTC), None, RunState.RUNNING, "", "", "", "", "0", "0")


def targets_of(port: int) -> TargetSet:
    """Names that answer, and addresses of which one listens and the others refuse, so that the cursor has both below it."""
    return expand(["127.0.0.0/24", *(f"h{n}@127.0.0.1" for n in range(TOTAL - 256))], tcp_ports(port))


def with_file(path: str, port: int) -> None:
    ledger = SqliteLedger(Path(path))
    done = {(a, n): OutcomeStatus(status) for (a, _, n), (status, _) in ledger.rows().items()}

    def asked(target: NetworkTarget) -> Asked | None:
        status = done.get((target.address, target.server_name or ""))
        return None if status is None else Asked(target, status, LineProbe.name)

    scanner = Scanner(partial(only, LineProbe), ledger, Permission(), SETTINGS)
    run(
        scanner.run(
            targets_of(port),
            RUN.id,
            start_cursor=ledger.cursor,
            done=asked,
            excluded=EXCLUDED,
        )
    )


def with_store(path: str, port: int) -> None:
    with Store.open(f"sqlite:///{path}") as store:
        begun = store.run(RUN.id)
        if begun is None:
            store.begin_run(RUN)
            begun = RUN
        seen = ((s.target, s.status, s.probe) for s in store.sightings(RUN.id))
        done = {target: Asked(target, status, probe) for target, status, probe in seen if isinstance(target, NetworkTarget)}
        scanner = Scanner(partial(only, LineProbe), store, Permission(), SETTINGS)
        run(
            scanner.run(
                targets_of(port),
                RUN.id,
                start_cursor=begun.cursor,
                done=done.get,
                excluded=EXCLUDED,
            )
        )
