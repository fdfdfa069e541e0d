"""Reports that leave the store as files: each is an act in its chain, with the SHA-256 of what was written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from pqscan.app.acting import act_of
from pqscan.errors import ReadOnlyStore
from pqscan.readiness.act import ActKind
from pqscan.store.acts import REPORT
from pqscan.store.repository import Store


@dataclass(frozen=True, slots=True)
class ExportedReport:
    """A file that was rendered: its format, edition, language and SHA-256 in hex; `unit` where it is of one unit alone;
    `role` that of whoever let it out."""

    file: Path
    format: str
    edition: str
    language: str
    sha256: str
    unit: str | None = None
    system: str | None = None
    role: str = ""


def note_report(store: Store, report: ExportedReport, now: datetime) -> bool:
    """Notes the export; False where the store may only be read, so that nothing can be noted in it.

    Raises StoreError where it could be noted and was not, WorkError where the audit log did not take the chain's new head."""
    act = act_of(
        ActKind.EXPORT,
        REPORT,
        now,
        file=str(report.file.absolute()),
        format=report.format,
        edition=report.edition,
        language=report.language,
        sha256=report.sha256,
        unit=report.unit,
        system=report.system,
    )
    try:
        store.add_act(replace(act, role=report.role))
    except ReadOnlyStore:
        return False
    return True
