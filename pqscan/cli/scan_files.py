"""`pqscan scan files`: what lies in files, folders and archives."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pqscan.cli import out, words
from pqscan.cli.entry import DONE, INTERRUPTED
from pqscan.cli.group import command, option, options_of_a_new_run
from pqscan.cli.settings import settings
from pqscan.cli.words import msgid
from pqscan.errors import UsageError

if TYPE_CHECKING:
    from pqscan.app.files import FilesProgress
    from pqscan.model.inventory import Run

_LATER = frozenset({"passwords", "authorisation", "audit_log", "resume"})
"""Options that may stand beside --resume."""
_SIZE = re.compile(r"(\d{1,15})\s*([kmgt]?)i?b?", re.IGNORECASE)
_UNITS = {"": 0, "k": 10, "m": 20, "g": 30, "t": 40}


@command(
    "files",
    short_help=msgid("Reads certificates and keys from files, folders and archives."),
    help=msgid(
        "Looks into every regular file below the paths, and into archives in archives (zip, tar, gzip, bzip2, xz, deb, rpm): "
        "the content decides, never the name. Found are certificates (PEM, DER, inside of other files), the keys by which an "
        "identity service is trusted: SAML 2.0 metadata, JSON Web Key sets; private and public keys, and key stores (PKCS#12, JKS, "
        "JCEKS), locked ones by their lock. Of a private key nothing is kept but what kind it is. No link is "
        "followed, no packet is sent, nothing is unpacked to a disk; what could not be read is told with its reason. Files that "
        "did not change since they were read whole are not read again. In the register, files belong to a system by "
        "files:MACHINE:/path."
    ),
)
@click.argument("paths", metavar="[PATH]...", nargs=-1)
@option("--machine", metavar="NAME", help=msgid("The machine on which the files lie; default: this one."))
@option("--site", metavar="NAME", default="", help=msgid("The site that the machine belongs to."))
@option("--one-file-system", is_flag=True, help=msgid("Leaves out folders on which another file system is mounted."))
@option("--max-bytes", metavar="SIZE", help=msgid("How much is read and unpacked of one file, as 500M or 4G; default: 4G."))
@option("--passwords", metavar="FILE", help=msgid("Passwords to try on key stores, one a line; nothing of them is kept."))
@option("--full", is_flag=True, help=msgid("Reads also the files whose size, times and inode did not change."))
@option("--authorisation", metavar="FILE", help=msgid("The written permission that names machines and paths."))
@option("--workers", metavar="NUMBER", type=int, help=msgid("Processes; default: one for each core, at most 8."))
@option("--resume", metavar="ID", help=msgid("Goes on with an interrupted run, with its own options."))
@option("--audit-log", metavar="FILE", help=msgid("Where the audit log lies; default: in the user's data folder."))
def files(
    paths: tuple[str, ...],
    machine: str | None,
    site: str,
    one_file_system: bool,
    max_bytes: str | None,
    passwords: str | None,
    full: bool,
    authorisation: str | None,
    workers: int | None,
    resume: str | None,
    audit_log: str | None,
) -> int:
    from pqscan.app.file_scan import MOST_PROCESSES
    from pqscan.app.files import FileScan, FilesProgress, read_passwords, resume_file_scan, run_file_scan
    from pqscan.cli.trial_files import progress_line
    from pqscan.scan.audit import AuditLog
    from pqscan.scan.files.bounds import Bounds

    chosen = settings()
    _check(paths, resume, authorisation)
    bounds = Bounds() if max_bytes is None else Bounds(octets=_size(max_bytes))
    if workers is not None and not 1 <= workers <= MOST_PROCESSES:
        raise UsageError(f"--workers must be 1 to {MOST_PROCESSES}, and {workers} was given")
    tried = () if passwords is None else read_passwords(passwords)
    audit = AuditLog(None if audit_log is None else Path(audit_log))
    last = FilesProgress(0, 0, 0)
    run: Run | None = None
    interrupted = False

    def begun(started: Run) -> None:
        nonlocal run
        run = started

    with chosen.open_store(create=resume is None) as store:
        with progress_line(quiet=chosen.is_quiet) as tell:

            def told(progress: FilesProgress) -> None:
                nonlocal last
                last = progress
                if tell is not None:
                    tell(_line(progress))

            try:
                if resume is None:
                    scan = FileScan(
                        tuple(map(Path, paths)), machine, site, one_file_system, bounds, workers, tried, full, authorisation
                    )
                    run = run_file_scan(scan, store, told, begun=begun, audit=audit)
                else:
                    run = resume_file_scan(
                        resume, store, told, passwords=tried, authorisation=authorisation, begun=begun, audit=audit
                    )
            except KeyboardInterrupt:
                if run is None:
                    raise
                interrupted = True
        counts = store.coverage(run.id).by_status
    by_status: dict[str, out.Json] = {status.value: number for status, number in sorted(counts.items()) if number}
    if chosen.wants_json:
        out.document({"run": run.id, "by_status": by_status, "unchanged": last.unchanged, "interrupted": interrupted})
    else:
        for status, number in by_status.items():
            out.line(f"{words.label('status', status)}: {number}")
    _tell_end(run.id, last, interrupted=interrupted, quiet=chosen.is_quiet)
    return INTERRUPTED if interrupted else DONE


def _check(paths: tuple[str, ...], resume: str | None, authorisation: str | None) -> None:
    from pqscan.scan.files.walk import is_gone
    from pqscan.scan.names import shown

    if resume is not None and paths:
        raise UsageError("--resume goes on with the paths of its run: give no others")
    if resume is not None and (given := options_of_a_new_run(_LATER)):
        raise UsageError(f"--resume goes on with the options of its run: leave out {', '.join(given)}")
    if resume is None and not (paths and all(paths)):  # An empty word is a variable that was not set, and not this folder.
        raise UsageError("no path is named: give a folder, a file or an archive")
    if resume is None and authorisation is None and all(map(is_gone, paths)):
        raise UsageError(f"nothing is there by the name of {shown(paths[0], 200)}: give a folder, a file or an archive")


def _line(progress: FilesProgress) -> str:
    return words.filled("Files: {files}, MiB: {megabytes}", files=progress.files, megabytes=progress.octets >> 20)


def _tell_end(run: str, last: FilesProgress, *, interrupted: bool, quiet: bool) -> None:
    if interrupted:
        told = msgid("Interrupted after {files} files; what was read is kept. Go on with: pqscan scan files --resume {run}")
        out.note(words.filled(told, files=words.say().number(last.files), run=run))
        return
    if quiet:
        return
    if last.unchanged:
        out.note(
            words.counted(
                "{count} file was not read again, as it did not change; --full reads it.",
                "{count} files were not read again, as they did not change; --full reads them.",
                last.unchanged,
            )
        )
    out.note(words.filled("Run {run} is in the store; see: pqscan show targets", run=run))


def _size(text: str) -> int:
    """Octets. Raises UsageError."""
    found = _SIZE.fullmatch(text.strip())
    if found is None or int(found[1]) == 0:
        raise UsageError(f"--max-bytes is a size such as 500M or 4G, and {text[:40]!r} is none")
    return int(found[1]) << _UNITS[found[2].lower()]
