"""Checks the audit log: its own chain, and the heads that the runs in the store noted."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from pqscan.app.net_scan import KeptArguments
from pqscan.app.place import default_store, open_store
from pqscan.errors import StoreError
from pqscan.model.inventory import Run, RunKind
from pqscan.scan.audit import AuditHead, default_path, verify


@dataclass(frozen=True, slots=True)
class VerifiedAudit:
    """A log that was not changed. `run` is the newest run whose note it was held against; None where the store has none."""

    path: Path
    head: AuditHead
    run: str | None


def verify_audit(path: Path | None = None, store_url: str | None = None) -> VerifiedAudit:
    """Raises WorkError where an entry was edited, is missing or cannot be read.

    The head that a run noted vouches for everything before it; each is looked for, so that a log that was cut off and then grew
    again is noticed. A store that is not there vouches for nothing."""
    log = default_path() if path is None else path
    noted = _noted(log, store_url)
    return VerifiedAudit(log, verify(log, *(head for _, head in noted)), noted[0][0] if noted else None)


def _noted(log: Path, store_url: str | None) -> list[tuple[str, AuditHead]]:
    """Newest first."""
    noted: list[tuple[str, AuditHead]] = []
    if store_url is None and not Path(default_store()).exists():
        return noted
    with open_store(store_url) as store:
        for run in reversed(store.runs()):
            head, place = _head_of(run)
            if head is not None and place == str(log.absolute()):
                noted.append((run.id, head))
    return noted


def _head_of(run: Run) -> tuple[AuditHead | None, str]:
    """The end of the log that a run noted, and which log; None where it noted none, or its row does not say so legibly."""
    if run.kind is RunKind.NET:
        try:
            kept = KeptArguments.decode(run.arguments, run.id)
        except StoreError:
            return None, ""
        return kept.audit_head, kept.audit_log
    if run.kind is not RunKind.HARNESS:
        return None, ""
    try:
        document = json.loads(run.arguments)
        entries, digest = document["audit_head"]
        return AuditHead(int(entries), str(digest)), str(document["audit_log"])
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError):
        return None, ""
