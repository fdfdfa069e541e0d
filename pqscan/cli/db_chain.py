"""`pqscan db verify|backup|restore`: that nothing was altered, and the store in one file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pqscan.cli import out, words
from pqscan.cli.age import carried, identity_option, recipient_option
from pqscan.cli.entry import DONE
from pqscan.cli.group import command, option
from pqscan.cli.settings import settings
from pqscan.cli.words import msgid
from pqscan.readiness.chain import ChainFault, ChainReport

if TYPE_CHECKING:
    from pqscan.app.chain import VerifiedActs

BROKEN = 1
AUDIT_LOG_HELP = msgid("The audit log; default: audit.jsonl in the user's data folder.")
_FAULTS = {
    ChainFault.MISSING: msgid("Act {number} is missing: somebody took it out."),
    ChainFault.OUT_OF_PLACE: msgid("Act {number} does not follow from the one before it: one was put in, taken out or altered."),
    ChainFault.ALTERED: msgid("Act {number} was altered: its hash is not that of what it says."),
    ChainFault.UNREADABLE: msgid("What stands in the place of act {number} cannot be read; pqscan did not write it so."),
    ChainFault.CUT: msgid("The acts from number {number} on are gone, though later ones were noted outside of the store."),
    ChainFault.REWRITTEN: msgid("Another act than this was noted outside of the store under number {number}."),
    ChainFault.REGISTER: msgid("The register is not as the acts left it, the last of them number {number}."),
    ChainFault.DECISIONS: msgid("The decisions of act {number} are not as it left them (0: decisions that no act made)."),
    ChainFault.SNAPSHOT: msgid("The snapshot of act {number} is not as it left it (0: one that no act kept)."),
    ChainFault.SETTING: msgid("The setting of act {number} is not as it left it (0: one that no act made)."),
}


def fault_text(report: ChainReport) -> str:
    """The sentence on a chain that is broken."""
    return "" if report.fault is None else words.filled(_FAULTS[report.fault], number=report.number)


@command(
    "verify",
    short_help=msgid("Checks that no act was altered or taken out."),
    help=msgid(
        "Walks the chain of acts, checks that register, decisions, snapshots and settings are as the acts left them, and that the "
        "heads noted in the audit log still stand in the chain. Exit code 1 where something does not fit.\n\n"
        "Keep what --json prints in another place: --anchor holds the chain against it later."
    ),
)
@option("--anchor", metavar="FILE", help=msgid("Heads kept elsewhere: what --json printed once, or another audit log."))
@option("--audit-log", metavar="FILE", help=AUDIT_LOG_HELP)
@option(
    "--accept",
    metavar="REASON",
    help=msgid("Takes the chain as it stands for the right one; the reason is kept in the audit log for good."),
)
def verify(anchor: str | None, audit_log: str | None, accept: str | None) -> int:
    from pqscan.app.chain import accept_chain, verify_acts
    from pqscan.app.permitting import access_of
    from pqscan.cli.access import OPEN

    chosen = settings()
    log = None if audit_log is None else Path(audit_log)
    with chosen.open_store() as store:
        if accept is not None:
            accept_chain(store, accept, log)
        found = verify_acts(store, anchor=None if anchor is None else Path(anchor), log=log)
        is_open = access_of(store).is_open
    code = DONE if found.report.is_whole else BROKEN
    if chosen.wants_json:
        out.document(
            {**report_json(found.report), "anchors": found.anchors, "replaced": _replaced_json(found), "roles_given": not is_open}
        )
        return code
    print_report(found.report)
    if found.anchors:
        out.line(
            words.counted(
                "Held against {count} head noted elsewhere.", "Held against {count} heads noted elsewhere.", found.anchors
            )
        )
    else:
        out.wrapped(words.gettext("No head of this chain was noted elsewhere, so that a cut end would not show."))
    if is_open:
        out.wrapped(words.gettext(OPEN))
    for one in found.replaced:
        told = msgid("On {day} another chain of acts ({count}) was taken for the right one: {reason}")
        out.wrapped(words.filled(told, day=one.at[:10], count=one.acts, reason=one.reason), "", "    ")
    return code


def report_json(report: ChainReport) -> dict[str, out.Json]:
    fault: out.Json = None if report.fault is None else {"fault": report.fault.value, "act": report.number}
    ran_back: out.Json = {"count": report.ran_back, "first": list(report.first_ran_back)}
    return {"acts": report.entries, "head": report.head.hash, "whole": report.is_whole, "broken": fault, "clock_ran_back": ran_back}


def _replaced_json(found: VerifiedActs) -> out.Json:
    return [{"at": one.at, "acts": one.acts, "reason": one.reason} for one in found.replaced]


def print_report(report: ChainReport) -> None:
    if report.is_whole:
        out.line(words.counted("{count} act, unbroken.", "{count} acts, unbroken.", report.entries))
    else:
        out.wrapped(fault_text(report))
    out.line(words.filled("Head: {hash}", hash=report.head.hash))
    if report.ran_back:
        numbers = ", ".join(map(str, report.first_ran_back))
        told = msgid("{count} acts bear an earlier time than the one before them: {numbers}. Was the clock set back?")
        out.wrapped(words.filled(told, count=report.ran_back, numbers=numbers))


@command(
    "backup",
    short_help=msgid("Copies the store into one file."),
    help=msgid(
        "Copies an SQLite store into a new file while it may be in use, reads the copy back whole, and notes the act. "
        "The file holds all that the store does: keep it as you keep the store, or encrypt it for those who may restore it."
    ),
)
@click.argument("file", metavar="FILE")
@recipient_option()
@option("--audit-log", metavar="FILE", help=AUDIT_LOG_HELP)
def backup(file: str, audit_log: str | None) -> int:
    from pqscan.app.backup import back_up_store

    chosen = settings()
    log = None if audit_log is None else Path(audit_log)
    made = back_up_store(Path(carried(file)), chosen.store_url, log=log, to=chosen.recipients)
    if chosen.wants_json:
        known: dict[str, out.Json] = {"file": str(made.file), "bytes": made.size_bytes, "revision": made.revision}
        out.document({**known, **report_json(made.chain)})
    else:
        size = words.say().number(made.size_bytes)
        out.line(words.filled("The store was copied to {file} ({size} bytes) and read back.", file=made.file, size=size))
        print_report(made.chain)
    return DONE if made.chain.is_whole else BROKEN


@command(
    "restore",
    short_help=msgid("Puts a backup in the store's place."),
    help=msgid(
        "Puts a backup in the place of the store that --db names, after it was found whole. A store that is there is kept "
        "beside it with --replace, and nothing is done without."
    ),
)
@click.argument("file", metavar="FILE")
@identity_option()
@option("--replace", is_flag=True, help=msgid("Also where a store is; that one is kept under another name."))
@option("--audit-log", metavar="FILE", help=AUDIT_LOG_HELP)
def restore(file: str, replace: bool, audit_log: str | None) -> int:
    from pqscan.app.backup import restore_store

    chosen = settings()
    log = None if audit_log is None else Path(audit_log)
    done = restore_store(Path(file), chosen.store_url, replace=replace, log=log)
    if chosen.wants_json:
        aside = None if done.aside is None else str(done.aside)
        known: dict[str, out.Json] = {"store": str(done.path), "aside": aside, "revision": done.revision}
        out.document(known if done.chain is None else {**known, **report_json(done.chain)})
    else:
        if done.aside is not None:
            out.line(words.filled("The store that was there is kept as {path}.", path=done.aside))
        out.line(words.filled("The backup is in place: {path}.", path=done.path))
        if done.chain is not None:
            print_report(done.chain)
    return DONE if done.chain is None or done.chain.is_whole else BROKEN
