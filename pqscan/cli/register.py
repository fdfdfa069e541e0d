"""`pqscan register`: the registers as files, in and out, and what is wrong with them as a whole."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pqscan.cli import out, words
from pqscan.cli.age import carried, recipient_option
from pqscan.cli.assess import read_day
from pqscan.cli.group import Group, command, option
from pqscan.cli.settings import settings
from pqscan.cli.words import msgid
from pqscan.model.reason import Reason

if TYPE_CHECKING:
    from pqscan.app.registering import Doing, ImportPlan
    from pqscan.readiness.changes import Change, Field

KINDS = ("unit", "head", "system", "product", "budget", "training", "legal_basis", "task", "connection", "classification", "tagged")
WRONG = 2  # The exit code of a file that is wrong.
_MOST_SHOWN = 20  # changes on the screen; JSON has all
REASON_HELP = msgid("Why; kept with the act.")


@click.group(
    "register",
    cls=Group,
    places={"import": "register:import_file", "export": "register:export_file", "check": "register:check_register"},
    help=msgid("The registers of units, systems, products and the rest, as files."),
)
def register() -> None:
    pass


def doing(reason: str = "") -> Doing:
    """Who does it now."""
    from pqscan.app.registering import Doing, person

    return Doing(datetime.now().astimezone(), person(), reason=reason)


@command(
    "import",
    short_help=msgid("Reads a CSV or XLSX file into a register."),
    help=msgid(
        "Reads a CSV or XLSX file into the register of one KIND, its first row being the headings, in Vietnamese, English or by "
        "name. All errors are told, and a file with errors changes nothing. Records that the file does not name, and columns that "
        "it does not have, stay as they are; an empty cell means that nothing is stated."
    ),
)
@click.argument("kind", metavar="KIND", type=click.Choice(KINDS))
@click.argument("file", metavar="FILE")
@option("--dry-run", is_flag=True, help=msgid("Only says what would change."))
@option("--form", metavar="08", help=msgid("The columns of Form 08 in place of the sheet's own; systems only."))
@option("--reason", metavar="TEXT", default="", help=REASON_HELP)
def import_file(kind: str, file: str, dry_run: bool, form: str | None, reason: str) -> int | None:
    from pqscan.app.registering import carry_out, plan_import

    chosen = settings()
    by = doing(reason)
    with chosen.open_store(create=True) as store:
        planned = plan_import(store, kind, file, form=form, day=by.at.date())
        if not planned.problems and not dry_run:
            carry_out(store, planned, Path(file).name, by)
    if chosen.wants_json:
        out.document(_import_json(planned, dry_run))
    else:
        _print_import(planned, dry_run, quiet=chosen.is_quiet)
    return WRONG if planned.problems else None


def _import_json(planned: ImportPlan, dry_run: bool) -> out.Json:
    return {
        "kind": planned.kind,
        "imported": not dry_run and not planned.problems,
        "new": [change.code for change in planned.plan.new],
        "altered": {change.code: _altered_json(change) for change in planned.plan.altered},
        "unchanged": planned.plan.unchanged,
        "missing_columns": list(planned.missing),
        "problems": reasons_json(planned.problems),
        "problems_of_register": planned.checks,
    }


def reasons_json(reasons: Sequence[Reason]) -> list[out.Json]:
    say = words.say()
    return [{"code": one.code, "parameters": dict(one.parameters), "text": say.render(one)} for one in reasons]


def _altered_json(change: Change) -> out.Json:
    from pqscan.readiness.planning import altered_fields

    found: dict[str, out.Json] = {}
    for name, before, after in altered_fields(change):
        found[name] = {"before": _plain(before), "after": _plain(after)}
    return found


def _plain(value: Field) -> out.Json:
    return list(value) if isinstance(value, list) else value


def _print_import(planned: ImportPlan, dry_run: bool, *, quiet: bool) -> None:
    say = words.say()
    for problem in planned.problems:
        out.note(say.render(problem))
    if planned.problems:
        out.error(
            words.counted("nothing was imported: {count} error", "nothing was imported: {count} errors", len(planned.problems))
        )
        return
    lines = list(_change_lines(planned))
    for line in lines[:_MOST_SHOWN]:
        out.wrapped(line, "", "    ")
    if len(lines) > _MOST_SHOWN:
        left = len(lines) - _MOST_SHOWN
        out.line(words.counted("and {count} line more; --json has all", "and {count} lines more; --json has all", left))
    counts = ", ".join(
        (
            words.counted("{count} new", "{count} new", len(planned.plan.new)),
            words.counted("{count} altered", "{count} altered", len(planned.plan.altered)),
            words.counted("{count} unchanged", "{count} unchanged", planned.plan.unchanged),
        )
    )
    out.line(f"{say.label('sheet', planned.kind)}: {counts}")
    if dry_run:
        out.line(words.gettext("A dry run: nothing was changed."))
    if planned.missing and not quiet:
        out.note(
            words.filled("Columns that the file lacks, and that stay as they are: {columns}", columns=", ".join(planned.missing))
        )
    if planned.checks and not quiet:
        told = words.counted(
            "{count} thing to look at: pqscan register check", "{count} things to look at: pqscan register check", planned.checks
        )
        out.note(told)


def _change_lines(planned: ImportPlan) -> Iterator[str]:
    for change in planned.plan.new:
        name = (change.after or {}).get("name", "")
        yield words.filled("new: {code} {name}", code=change.code, name=name).rstrip()
    for change in planned.plan.altered:
        yield words.filled("altered: {code}: {what}", code=change.code, what=altered_text(change))


def altered_text(change: Change) -> str:
    """The fields that a change alters, with both values as they are written in cells."""
    from pqscan.readiness.kinds import SHEETS
    from pqscan.readiness.planning import altered_fields
    from pqscan.readiness.words import spoken

    parts = []
    for name, before, after in altered_fields(change):
        column = SHEETS[change.kind].column(name)
        heading = name if column is None else spoken(column.words, words.language())
        parts.append(f"{heading}: {_cell(change.kind, name, before)} → {_cell(change.kind, name, after)}")
    return "; ".join(parts)


def _cell(kind: str, name: str, stored: Field) -> str:
    from pqscan.readiness.kinds import SHEETS

    column = SHEETS[kind].column(name)
    if stored is None or column is None:
        return "–"
    return column.write(column.kind.value(stored), words.language()) or "–"


@command(
    "export",
    short_help=msgid("Writes a register as CSV or XLSX."),
    help=msgid(
        "Writes the register of one KIND in the columns that import reads: CSV as Excel opens it, or XLSX where FILE ends so. "
        "Who took it out is noted. Nothing in it is a formula."
    ),
)
@click.argument("kind", metavar="KIND", type=click.Choice(KINDS))
@option("--output", "-o", metavar="FILE", help=msgid("Where it goes; default: standard output."))
@option("--form", metavar="08", help=msgid("The columns of Form 08 in place of the sheet's own; systems only."))
@option("--reason", metavar="TEXT", default="", help=REASON_HELP)
@recipient_option()
def export_file(kind: str, output: str | None, form: str | None, reason: str) -> None:
    from pqscan.app.registering import export_rows
    from pqscan.app.sheets import write_csv, write_xlsx
    from pqscan.cli.trial_files import require_places, whole_file

    chosen = settings()
    is_workbook = (output or "").lower().endswith(".xlsx")
    output = carried(output or "-")
    to_file = output != "-"
    if to_file:
        require_places(output)
    with chosen.open_store() as store:
        rows = export_rows(store, kind, doing(reason), form=form, language=words.language())
        if not to_file:
            sys.stdout.flush()
            write_csv(rows, sys.stdout.buffer)
            sys.stdout.buffer.flush()
            return
    with whole_file(Path(output), owner_alone=True) as file:
        if is_workbook:
            write_xlsx(rows, file, words.say().label("sheet", kind))
        else:
            write_csv(rows, file)
    if not chosen.is_quiet:
        out.note(words.filled("Written: {path}", path=Path(output).resolve()))


@command(
    "check",
    short_help=msgid("What is wrong with the registers as a whole."),
    help=msgid(
        "Says what is wrong with the registers as a whole on a day: circles of units, codes that lead nowhere, units without a "
        "head or with two, systems without an owner, scopes that tie, names given twice, what has run out."
    ),
)
@option("--as-of", metavar="DATE", help=msgid("The day, as 2030-12-31; default: today."))
def check_register(as_of: str | None) -> None:
    from pqscan.app.registering import check

    chosen = settings()
    day = read_day(as_of) or datetime.now().astimezone().date()
    with chosen.open_store() as store:
        problems = check(store, day)
    if chosen.wants_json:
        out.document({"as_of": day.isoformat(), "problems": reasons_json(problems)})
        return
    say = words.say()
    for problem in problems:
        out.wrapped(say.render(problem), "", "    ")
    if problems:
        out.line(words.counted("{count} thing to look at.", "{count} things to look at.", len(problems)))
    else:
        out.line(words.gettext("Nothing is wrong with the registers."))
