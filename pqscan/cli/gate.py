"""`pqscan gate`: which cryptographic criteria are met before a system is put into use, or a change is let in."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pqscan.cli import out, words
from pqscan.cli.assess import AS_OF_HELP, POLICY_HELP, chosen_policies, read_day
from pqscan.cli.group import command, option
from pqscan.cli.settings import settings
from pqscan.cli.words import msgid

if TYPE_CHECKING:
    from pqscan.app.gating import Gated
    from pqscan.store.repository import Store

BLOCKED = 1
"""The exit code where a criterion blocks."""
_VERDICTS = ("overdue", "not_met", "due", "not_recommended", "undetermined")  # of `Verdict`, which a help text need not load


@command(
    "gate",
    short_help=msgid("Criteria before a system goes live; for pipelines."),
    help=msgid(
        "Judges criterion by criterion what the store holds of a system, a run or some targets: met, not met, awaiting guidance, "
        "not applicable, not known, each with its reason and the rule and clause behind it. It is no verdict on the system: that "
        "is for the people who sign the go-live sheet.\n\n"
        "A critical system is held to more than another one. Policies inform; they block where the unit decided so (--blocking, or "
        "in the system file). Exit code 1: a criterion blocks.\n\n"
        "For a repository: pqscan gate --files . --write-baseline FILE once, then pqscan gate --files . --new-only --baseline FILE."
    ),
)
@click.argument("targets", metavar="[TARGET]...", nargs=-1)
@option("--system", metavar="CODE", help=msgid("A system of the register (`pqscan system list`) and what belongs to it."))
@option(
    "--system-file",
    metavar="FILE",
    help=msgid("The system: TOML with [system], [gate], [people], [[product]], [[waiver]], or CSV."),
)
@option("--run", metavar="ID", help=msgid("What one run saw; default: what every target answers now."))
@option("--policy", metavar="NAME", multiple=True, help=POLICY_HELP)
@option("--blocking", metavar="NAME", multiple=True, help=msgid("A policy that blocks by decision of the unit; may be repeated."))
@option(
    "--fail-on",
    type=click.Choice(_VERDICTS),
    metavar="VERDICT",
    help=msgid("The mildest verdict that blocks, such as due; default: as the criteria say."),
)
@option(
    "--files", is_flag=True, help=msgid("The targets are paths: reads what lies there now, and keeps nothing of it in the store.")
)
@option("--new-only", is_flag=True, help=msgid("Only what the run before, or the baseline, did not show counts."))
@option("--baseline", metavar="FILE", help=msgid("With --new-only: what was found already, as --write-baseline wrote it."))
@option("--write-baseline", metavar="FILE", help=msgid("Writes what is found as known from now on; nothing blocks this time."))
@option("--root", metavar="FOLDER", help=msgid("From where a baseline tells paths; default: the present folder."))
@option("--sheet", is_flag=True, help=msgid("Prints the go-live sheet of the system, too."))
@option("--junit", metavar="FILE", help=msgid("Writes JUnit XML, too."))
@option("--as-of", metavar="DATE", help=AS_OF_HELP)
def gate(
    targets: tuple[str, ...],
    system: str | None,
    system_file: str | None,
    run: str | None,
    policy: tuple[str, ...],
    blocking: tuple[str, ...],
    fail_on: str | None,
    files: bool,
    new_only: bool,
    baseline: str | None,
    write_baseline: str | None,
    root: str | None,
    sheet: bool,
    junit: str | None,
    as_of: str | None,
) -> int | None:
    from pqscan.app.gate_baseline import read_baseline
    from pqscan.app.gating import GateRequest
    from pqscan.app.gating import gate as judge
    from pqscan.app.permitting import permit
    from pqscan.app.system_file import SystemFile, read_system_file
    from pqscan.cli import gate_output
    from pqscan.cli.trial_files import require_places
    from pqscan.errors import UsageError
    from pqscan.policy.finding import Verdict
    from pqscan.readiness.access import Right

    day, policies = read_day(as_of), chosen_policies(policy)
    described = SystemFile(None) if system_file is None else read_system_file(Path(system_file))
    if system is not None and (targets or described.system is not None):
        raise UsageError("--system excludes targets and a file with a [system]: name one of them")
    if sheet and system is None and described.system is None:
        raise UsageError("--sheet needs a system: name it with --system, or describe it in a file for --system-file")
    _check(targets, files=files, elsewhere=run or system, new_only=new_only, baseline=baseline, written=write_baseline, root=root)
    request = GateRequest(
        targets=() if files else targets,
        run=run,
        system=described.system,
        system_code=system,
        products=described.products,
        people=described.people,
        waivers=described.waivers,
        blocking=(*blocking, *described.blocking),
        policies=policies,
        fail_on=None if fail_on is None else Verdict(fail_on),
        new_only=new_only,
        as_of=day,
        shelf=settings().shelf(),
        baseline=None if baseline is None else read_baseline(Path(baseline)),
        root=None if baseline is None and write_baseline is None else os.path.abspath(root or os.curdir),
        read=targets if files else (),
    )
    chosen = settings()
    require_places(junit, write_baseline)
    with _store_of(targets) if files else chosen.open_store() as store:
        if junit is not None:  # Of what is let out roles are asked, as of a report.
            permit(store, Right.EXPORT)
        gated = judge(store, request)
    if new_only and baseline is None and gated.before is None and not chosen.is_quiet:
        out.note(words.gettext("There is no run before of the same scope: everything counts as new."))
    if junit is not None:
        _write_junit(gated, Path(junit), quiet=chosen.is_quiet)
    if chosen.wants_json:
        out.document(gate_output.gate_json(gated))
    else:
        gate_output.print_gate(gated, with_sheet=sheet)
    if write_baseline is not None:
        _write_baseline(gated, Path(write_baseline), quiet=chosen.is_quiet)
        return None
    return BLOCKED if gated.result.is_blocked else None


def _check(
    targets: tuple[str, ...],
    *,
    files: bool,
    elsewhere: str | None,
    new_only: bool,
    baseline: str | None,
    written: str | None,
    root: str | None,
) -> None:
    from pqscan.errors import UsageError
    from pqscan.scan.files.walk import is_gone
    from pqscan.scan.names import shown

    if files and not (targets and all(targets)):
        raise UsageError("--files needs a path: name a folder, a file or an archive")
    if files and all(map(is_gone, targets)):
        raise UsageError(f"nothing is there by the name of {shown(targets[0], 200)}: give a folder, a file or an archive")
    if files and elsewhere is not None:
        raise UsageError("--files reads what lies at the paths now: leave out --run and --system")
    if files and new_only and baseline is None:
        raise UsageError("--files knows of no run before: give --new-only a --baseline FILE")
    if baseline is not None and not new_only:
        raise UsageError("a baseline says what is not new: give --new-only with --baseline")
    if written is not None and new_only:
        raise UsageError("--write-baseline writes everything that is found: leave out --new-only")
    if root is not None and baseline is None and written is None:
        raise UsageError("--root is for a baseline: give it with --baseline or --write-baseline")
    if root is not None and not os.path.isdir(root):
        raise UsageError(f"--root must be a folder, and {shown(root, 200)} is none")


def _store_of(paths: tuple[str, ...]) -> AbstractContextManager[Store]:
    from pqscan.app.gate_files import store_of_files

    return store_of_files(paths)


def _write_baseline(gated: Gated, path: Path, *, quiet: bool) -> None:
    from pqscan.cli.trial_files import whole_file
    from pqscan.readiness.baseline import encode

    found = {} if gated.fingerprints is None else gated.fingerprints.counts
    with whole_file(path) as file:
        file.write(encode(found))
    if not quiet:
        out.note(words.counted("{count} finding is known from now on.", "{count} findings are known from now on.", len(found)))
        out.note(words.filled("Written: {path}", path=path.resolve()))


def _write_junit(gated: Gated, path: Path, *, quiet: bool) -> None:
    from pqscan_reports.gate_junit import write_gate_junit

    from pqscan.cli.trial_files import whole_file

    with whole_file(path) as file:
        write_gate_junit(gated.result, words.language(), file)
    if not quiet:
        out.note(words.filled("Written: {path}", path=path.resolve()))
