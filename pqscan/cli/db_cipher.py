"""`pqscan db encrypt|decrypt`: a copy of an SQLite store that a passphrase opens, or none."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pqscan.cli import out, words
from pqscan.cli.db_chain import AUDIT_LOG_HELP, BROKEN, print_report, report_json
from pqscan.cli.entry import DONE
from pqscan.cli.group import command, option
from pqscan.cli.settings import asked_passphrase, passphrase_in, settings
from pqscan.cli.words import msgid
from pqscan.errors import UsageError

if TYPE_CHECKING:
    from pqscan.app.backup import BackedUp


@command(
    "encrypt",
    short_help=msgid("Makes an encrypted copy of a store."),
    help=msgid(
        "Copies a plain SQLite store into a new file under the passphrase in the file of --db-key-file (SQLCipher), and reads it "
        "back. SOURCE stays: delete it and its backups yourself. Encryption at rest is hygiene; it does not protect state secrets."
    ),
)
@click.argument("source", metavar="SOURCE")
@click.argument("target", metavar="TARGET")
@option("--audit-log", metavar="FILE", help=AUDIT_LOG_HELP)
def encrypt(source: str, target: str, audit_log: str | None) -> int:
    return _recode(source, target, None, _passphrase(new=True), audit_log)


@command(
    "decrypt",
    short_help=msgid("Makes a plain copy of an encrypted store."),
    help=msgid(
        "Copies an encrypted store, which the file of --db-key-file opens, into a new plain SQLite file. Whoever can read that can "
        "read the whole inventory."
    ),
)
@click.argument("source", metavar="SOURCE")
@click.argument("target", metavar="TARGET")
@option("--audit-log", metavar="FILE", help=AUDIT_LOG_HELP)
def decrypt(source: str, target: str, audit_log: str | None) -> int:
    return _recode(source, target, _passphrase(), None, audit_log)


def _passphrase(*, new: bool = False) -> str:
    file = settings().key_file
    if file:
        return passphrase_in(Path(file))
    if not sys.stdin.isatty():
        raise UsageError("there is no passphrase: name a file that begins with it by --db-key-file")
    return asked_passphrase(twice=new)


def _recode(source: str, target: str, of: str | None, to: str | None, audit_log: str | None) -> int:
    from pqscan.app.backup import recode_store

    made = recode_store(Path(source), Path(target), of=of, to=to, log=None if audit_log is None else Path(audit_log))
    _tell(made)
    return DONE if made.chain.is_whole else BROKEN


def _tell(made: BackedUp) -> None:
    if settings().wants_json:
        known: dict[str, out.Json] = {"file": str(made.file), "bytes": made.size_bytes, "revision": made.revision}
        out.document({**known, **report_json(made.chain)})
        return
    size = words.say().number(made.size_bytes)
    out.line(words.filled("The store was copied to {file} ({size} bytes) and read back.", file=made.file, size=size))
    print_report(made.chain)
