"""`pqscan scan files`: what lies in files, folders and archives."""

from __future__ import annotations

import re
from pathlib import Path

import click

from pqscan.cli import out, words
from pqscan.cli.group import command, option
from pqscan.cli.settings import settings
from pqscan.cli.words import msgid
from pqscan.errors import UsageError

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
        "followed, no packet is sent, nothing is unpacked to a disk; what could not be read is told with its reason. In the "
        "register, files belong to a system by files:MACHINE:/path."
    ),
)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@option("--machine", metavar="NAME", help=msgid("The machine on which the files lie; default: this one."))
@option("--site", metavar="NAME", default="", help=msgid("The site that the machine belongs to."))
@option("--one-file-system", is_flag=True, help=msgid("Leaves out folders on which another file system is mounted."))
@option("--max-bytes", metavar="SIZE", help=msgid("How much is read and unpacked of one file, as 500M or 4G; default: 4G."))
@option("--passwords", metavar="FILE", help=msgid("Passwords to try on key stores, one a line; nothing of them is kept."))
@option("--workers", metavar="NUMBER", type=int, help=msgid("Processes; default: one for each core, at most 8."))
def files(
    paths: tuple[str, ...],
    machine: str | None,
    site: str,
    one_file_system: bool,
    max_bytes: str | None,
    passwords: str | None,
    workers: int | None,
) -> None:
    from pqscan.app.files import FileScan, FilesProgress, read_passwords, run_file_scan
    from pqscan.cli.trial_files import progress_line
    from pqscan.scan.files.bounds import Bounds

    chosen = settings()
    bounds = Bounds() if max_bytes is None else Bounds(octets=_size(max_bytes))
    if workers is not None and workers < 1:
        raise UsageError(f"--workers must be 1 or more, and {workers} was given")
    tried = () if passwords is None else read_passwords(passwords)
    scan = FileScan(tuple(map(Path, paths)), machine, site, one_file_system, bounds, workers, tried)
    with chosen.open_store(create=True) as store:
        with progress_line(quiet=chosen.is_quiet) as tell:

            def told(progress: FilesProgress) -> None:
                if tell is not None:
                    megabytes = progress.octets >> 20
                    tell(words.filled("Files: {files}, MiB: {megabytes}", files=progress.files, megabytes=megabytes))

            run = run_file_scan(scan, store, told)
        counts = store.coverage(run.id).by_status
    by_status: dict[str, out.Json] = {status.value: number for status, number in sorted(counts.items()) if number}
    if chosen.wants_json:
        out.document({"run": run.id, "by_status": by_status})
        return
    for status, number in by_status.items():
        out.line(f"{words.label('status', status)}: {number}")
    if not chosen.is_quiet:
        out.note(words.filled("Run {run} is in the store; see: pqscan show targets", run=run.id))


def _size(text: str) -> int:
    """Octets. Raises UsageError."""
    found = _SIZE.fullmatch(text.strip())
    if found is None or int(found[1]) == 0:
        raise UsageError(f"--max-bytes is a size such as 500M or 4G, and {text[:40]!r} is none")
    return int(found[1]) << _UNITS[found[2].lower()]
