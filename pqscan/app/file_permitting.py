"""A scan of files under an authorisation: what it permits is asked before anything is opened, and the audit log records it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from pqscan.errors import UsageError
from pqscan.model.reason import Reason
from pqscan.scan.audit import AuditLog
from pqscan.scan.authorisation import Refusal
from pqscan.scan.authorisation_file import read_authorisation
from pqscan.scan.files.permission import FilePermission
from pqscan.scan.names import shown
from pqscan.scan.work import local_today

if TYPE_CHECKING:
    from pqscan.app.file_scan import FileScan
    from pqscan.model.inventory import Run


@dataclass(frozen=True, slots=True)
class PermittedFiles:
    """An authorisation that permits every path of a scan."""

    permission: FilePermission
    audit: AuditLog

    @property
    def number(self) -> str:
        return self.permission.authorisation.number

    def left_out(self, path: str) -> Reason | None:
        """Why what lies below a path of the scan must not be looked at."""
        return self.permission.left_out(path)

    def note_end(self, run: Run) -> None:
        """Notes in the log how the run ended. Raises WorkError."""
        self.audit.run_ended(datetime.now(UTC), run.id, run.state.value, run.cursor, dict(run.counts))


def permitted_files(scan: FileScan, run: Run, now: datetime, audit: AuditLog | None) -> PermittedFiles | None:
    """Notes in the log what is begun or refused; None where no authorisation is given. Raises UsageError for the first path that
    must not be read."""
    if scan.authorisation is None:
        return None
    given, log = read_authorisation(Path(scan.authorisation)), audit or AuditLog()
    permission = FilePermission(given, scan.machine or "")
    today, paths = local_today(), [str(path) for path in scan.paths]
    refusals = [Refusal(path, "", 1, reason) for path in paths if (reason := permission.refusal(path, today)) is not None]
    if refusals:
        log.refused(now, run.id, refusals)
        _refuse(refusals[0], given.number, permission.machine)
    digest = hashlib.sha256("\0".join(paths).encode("utf-8", "surrogateescape")).digest()
    log.run_started(now, run.id, run.scope, len(paths), digest, given)
    return PermittedFiles(permission, log)


def _refuse(refusal: Refusal, name: str, machine: str) -> NoReturn:
    path, number, about = shown(refusal.what, 200), shown(name, 100), dict(refusal.reason.parameters)
    match refusal.reason.code:
        case "authorisation_not_yet_valid":
            raise UsageError(f"the authorisation {number} holds from {about['valid_from']} on: nothing was read")
        case "authorisation_expired":
            raise UsageError(f"the authorisation {number} held until {about['valid_to']}: nothing was read")
        case "files_not_authorised":
            raise UsageError(f"the authorisation {number} names no machines and no paths, so it permits no file: nothing was read")
        case "machine_not_authorised":
            raise UsageError(f"the authorisation {number} does not name the machine {shown(machine, 200)}: nothing was read")
        case "path_excluded_by_authorisation":
            raise UsageError(f"the authorisation {number} excludes {path}: nothing was read")
        case _:
            real = shown(str(about["path"]), 200)
            raise UsageError(f"{path} is {real}, which lies outside of what the authorisation {number} permits: nothing was read")
