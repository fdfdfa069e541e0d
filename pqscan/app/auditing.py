"""Checks the audit log: its own chain, and the head that the newest run noted in the store."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pqscan.app.net_scan import KeptArguments
from pqscan.app.place import default_store, open_store
from pqscan.errors import StoreError
from pqscan.model.inventory import RunKind
from pqscan.scan.audit import AuditHead, default_path, verify


@dataclass(frozen=True, slots=True)
class VerifiedAudit:
    """A log that was not changed. `run` is the run whose note it was held against; None where the store has none."""

    path: Path
    head: AuditHead
    run: str | None


def verify_audit(path: Path | None = None, store_url: str | None = None) -> VerifiedAudit:
    """Raises WorkError where an entry was edited, is missing or cannot be read.

    The head of the newest run vouches for everything before it. A store that is not there vouches for nothing."""
    log = default_path() if path is None else path
    noted = _noted(log, store_url)
    run, recorded = noted if noted is not None else (None, None)
    return VerifiedAudit(log, verify(log, recorded), run)


def _noted(log: Path, store_url: str | None) -> tuple[str, AuditHead] | None:
    if store_url is None and not Path(default_store()).exists():
        return None
    with open_store(store_url) as store:
        for run in reversed(store.runs()):
            if run.kind is not RunKind.NET:
                continue
            try:
                kept = KeptArguments.decode(run.arguments, run.id)
            except StoreError:
                continue
            if kept.audit_head is not None and kept.audit_log == str(log.absolute()):
                return run.id, kept.audit_head
    return None
