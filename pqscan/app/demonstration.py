"""`pqscan demo`: real TLS servers on this machine's loopback, scanned together with the certificates that it trusts, and a
report of both."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pqscan.app.assessment import assess
from pqscan.app.files import machine_certificates, scan_files
from pqscan.app.net_scan import NetScan
from pqscan.app.place import open_store, owner_only
from pqscan.app.reporting import report
from pqscan.app.scanning import ScanResult, scan_net
from pqscan.errors import WorkError
from pqscan.report import AssessedInventory
from pqscan.scan.audit import AuditLog
from pqscan.scan.progress import Progress

STORE, AUDIT, HTML, JSON = "demo.sqlite", "demo-audit.jsonl", "report.html", "report.json"


@dataclass(frozen=True, slots=True)
class Demonstration:
    """Where the demo left what it made."""

    servers: int
    certificate_files: int
    net: ScanResult
    inventory: AssessedInventory
    html: Path
    json: Path
    store: Path


def demo(
    folder: Path,
    *,
    language: str = "vi",
    progress: Callable[[Progress], None] | None = None,
    started: Callable[[int], None] | None = None,
) -> Demonstration:
    """Runs in a few seconds and leaves the report, its JSON and the store in `folder`; what an earlier demo left there
    is replaced. `started` is told how many servers run.

    Raises WorkError where pyOpenSSL is missing or the folder cannot be written."""
    try:
        from pqscan.demo.certificates import CertificateMaker
        from pqscan.demo.servers import DEMO_SERVERS, start
    except ImportError:
        raise WorkError("the demo's servers need pyOpenSSL, which is missing: run `make setup` in the checkout") from None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in (STORE, f"{STORE}-wal", f"{STORE}-shm", AUDIT):
            (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise WorkError(f"the folder {folder} cannot be written ({error.strerror}): name another with -o") from None
    files = machine_certificates()
    with contextlib.ExitStack() as running, open_store(str(folder / STORE), create=True) as store:
        maker = CertificateMaker(datetime.now(UTC))
        servers = [running.enter_context(start(spec, maker=maker)) for spec in DEMO_SERVERS]
        if started is not None:
            started(len(servers))
        targets = tuple(f"{server.spec.host}@{server.address}:{server.port}" for server in servers)
        result = scan_net(
            NetScan(targets=targets, site="demo", workers=1), store, audit=AuditLog(folder / AUDIT), progress=progress
        )
        if files:
            scan_files(files, store, site="demo")
        inventory = assess(store)
        html, json = folder / HTML, folder / JSON
        try:
            for path, name in ((html, "html"), (json, "json")):
                with open(path, "wb", opener=owner_only) as out:
                    report(inventory, name, out, language=language)
        except OSError as error:
            raise WorkError(f"the report cannot be written to {folder} ({error.strerror}): name another with -o") from None
        return Demonstration(len(servers), len(files), result, inventory, html, json, folder / STORE)
