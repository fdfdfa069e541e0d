"""A scan of 10.9.0.0/16 in a network namespace: tells its progress in lines, and at the end what it kept, as JSON.

Run as `python -m tests.integration.scan.in_namespace {"words": [...], "ports": [...], ...}`.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import replace
from datetime import date
from functools import partial
from ipaddress import IPv4Network
from typing import ClassVar

from pqscan.errors import PqscanError
from pqscan.model.authorisation import Authorisation
from pqscan.model.outcome import OutcomeStatus
from pqscan.model.target import NetworkTarget
from pqscan.net.budget import Hindrance, Limits, Pace
from pqscan.net.loop import run
from pqscan.scan import run as run_module
from pqscan.scan.authorisation import Permission
from pqscan.scan.ports import tcp_ports
from pqscan.scan.progress import Progress
from pqscan.scan.router import only
from pqscan.scan.scanner import Scanner
from pqscan.scan.settings import Discovery, ScanSettings
from pqscan.scan.targets import expand
from tests.integration.scan.ledgers import Memory
from tests.integration.scan.probes import LineProbe


class Counting(Pace):
    """Counts how many connections are under way at most, in all and to one network."""

    most: ClassVar[dict[str, int]] = {"all": 0, "of one": 0}

    def begin(self, address: str, now: float) -> Hindrance | None:
        hindrance = super().begin(address, now)
        self.most["all"] = max(self.most["all"], self.under_way)
        self.most["of one"] = max(self.most["of one"], self._in_use.get(self.limits.network_of(address), 0))
        return hindrance


def main(asked: dict[str, object]) -> None:
    given = Authorisation("u", "n", "a", (IPv4Network("10.9.0.0/16"),), (), (), date(2000, 1, 1), date(2999, 1, 1))
    settings = ScanSettings(
        limits=Limits(**asked.get("limits", {})),  # type: ignore[arg-type]  # The test says it.
        discovery=Discovery(str(asked.get("discovery", "connect"))),
        processes=1,
        retry_pauses_seconds=(0.0,),
        most_pause_seconds=float(str(asked.get("most_pause_seconds", 600))),
    )
    settings = replace(settings, ask=replace(settings.ask, rows_for_dead=True))
    ledger = Memory()
    run_module.Pace = Counting  # type: ignore[misc]  # It only counts beside.

    def tell(progress: Progress) -> None:
        print(json.dumps({"done": progress.done, "gone": progress.gone}), flush=True)

    words = [str(word) for word in asked["words"]]  # type: ignore[attr-defined]  # A list.
    ports = [int(port) for port in asked["ports"]]  # type: ignore[attr-defined]
    scanner = Scanner(partial(only, LineProbe), ledger, Permission(given), settings, progress=tell)
    told: dict[str, object] = {}
    try:
        summary = run(scanner.run(expand(words, tcp_ports(*ports)), "run-1"))
        told = {
            "cursor": summary.cursor,
            "again": summary.again,
            "by_status": {status.value: count for status, count in summary.by_status.items() if count},
            "paused": summary.paused_seconds,
        }
    except PqscanError as error:
        told = {"error": str(error), "cursor": ledger.batches[-1].cursor if ledger.batches else 0}
    rows = [o for o in ledger.outcomes if isinstance(o.target, NetworkTarget)]
    # In the store an answer takes the place of a row which says that the target was not asked.
    answered = {o.target for o in rows if o.status is not OutcomeStatus.NOT_ASKED}
    rows = [o for o in rows if o.status is not OutcomeStatus.NOT_ASKED or o.target not in answered]
    told["most"] = Counting.most
    told["rows"] = sorted((f"{o.target.address}:{o.target.port}", o.status.value) for o in rows)  # type: ignore[union-attr]
    told["doubled"] = max(Counter(f"{o.target}" for o in rows).values(), default=0)
    told["counts"] = {status.value: count for status, count in ledger.counts.items()}
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
