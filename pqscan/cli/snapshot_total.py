"""`pqscan snapshot import` takes what units sealed; `consolidate` adds it up."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pqscan.cli import out, words
from pqscan.cli.age import carried, identity_option, recipient_option
from pqscan.cli.assess import read_day
from pqscan.cli.entry import DONE, WRONG_USAGE
from pqscan.cli.figure_text import figure_text, part_text, table_text
from pqscan.cli.group import command, option
from pqscan.cli.key import KEYS_HELP, keys_folder
from pqscan.cli.settings import settings
from pqscan.cli.snapshot import shelf
from pqscan.cli.words import msgid
from pqscan.errors import StoreError
from pqscan.model.reason import Reason

if TYPE_CHECKING:
    from collections.abc import Collection

    from pqscan.readiness.consolidation import Consolidation, Refused
    from pqscan.readiness.foreign_json import Json
    from pqscan.readiness.unit import Unit

EXPECT_HELP = msgid("A unit that reports here; may be repeated. Default: the units whose keys are enrolled.")

_STANDING = {
    "late": msgid("{unit}: it came after {day}, the last day; its figures are in the totals."),
    "missing": msgid("{unit}: nothing came by {day}, the last day; nothing of it is in a total, as good or as bad."),
}


@command(
    "import",
    short_help=msgid("Takes unit files."),
    help=msgid(
        "Takes the files that units sealed, after checking each: sealed by the unit's enrolled keys, not changed, not from the "
        "future, not an older or the same period sent again. What is refused changes nothing and is told with its reason "
        "(exit code 2)."
    ),
)
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@option("--expect", metavar="CODE", multiple=True, help=EXPECT_HELP)
@option("--keys", metavar="FOLDER", help=KEYS_HELP)
@identity_option()
def import_(files: tuple[str, ...], expect: tuple[str, ...], keys: str | None) -> int:
    from pqscan.app.enrolment import EnrolmentFile
    from pqscan.app.sealing import import_all

    enrolment = EnrolmentFile(keys_folder(keys))
    expected = set(expect) or None
    taken, refused = import_all(map(Path, files), enrolment, shelf(), datetime.now(UTC), expected)
    if settings().wants_json:
        good: list[out.Json] = [
            {"file": str(path), "unit": file.snapshot.unit, "digest": file.seal.digest, "new": is_new}
            for path, file, is_new in taken
        ]
        out.document({"taken": good, "refused": [_refused_json(one) for one in refused]})
    else:
        for path, file, is_new in taken:
            told = msgid("{file}: taken, {unit}, {period}") if is_new else msgid("{file}: kept already, {unit}, {period}")
            out.line(words.filled(told, file=path.name, unit=file.snapshot.unit, period=file.snapshot.period.text))
        for one in refused:
            _tell_refused(one)
    return WRONG_USAGE if refused else DONE


@command(
    "consolidate",
    short_help=msgid("Adds up what units reported."),
    help=msgid(
        "Adds up the kept snapshots of a period, unit by unit, and names who is late, missing or was refused: they are not counted "
        "as zero. Unit files given here are taken first. Units stand by their codes and are not ranked."
    ),
)
@click.argument("files", metavar="[FILE]...", nargs=-1)
@option("--period", metavar="PERIOD", required=True, help=msgid("2026, 2026-H1 or 2025-12-15..2026-12-14."))
@option("--deadline", metavar="DATE", help=msgid("The last day on which a file is on time, as 2026-09-30."))
@option("--expect", metavar="CODE", multiple=True, help=EXPECT_HELP)
@option("--output", "-o", metavar="FILE", help=msgid("Writes the sum as JSON (pqscan-consolidation/1), too."))
@recipient_option()
@identity_option()
@option("--redacted", is_flag=True, help=msgid("Without units, and with small counts merged."))
@option("--keys", metavar="FOLDER", help=KEYS_HELP)
def consolidate(
    files: tuple[str, ...],
    period: str,
    deadline: str | None,
    expect: tuple[str, ...],
    output: str | None,
    redacted: bool,
    keys: str | None,
) -> int:
    from pqscan.app.enrolment import EnrolmentFile
    from pqscan.app.permitting import permit_at
    from pqscan.app.sealing import import_all
    from pqscan.cli.trial_files import require_places, whole_file
    from pqscan.readiness.access import Right
    from pqscan.readiness.consolidation import consolidate as add_up
    from pqscan.readiness.foreign_json import canonical
    from pqscan.readiness.snapshot import Period

    output = None if output is None else carried(output)
    if output is not None:
        permit_at(settings().store_url, Right.EXPORT_REDACTED if redacted else Right.EXPORT)
    require_places(output)
    wanted, last, now = Period.read(period), read_day(deadline), datetime.now(UTC)
    enrolment, kept = EnrolmentFile(keys_folder(keys)), shelf()
    expected = expect or tuple(sorted({key.unit for key in enrolment.enrolled()}))
    _, refused = import_all(map(Path, files), enrolment, kept, now, set(expect) or None)
    # Days are those of the clock on the wall.
    filed = (replace(row, kept_at=row.kept_at.astimezone()) for row in kept.snapshots())
    rows = [row for row in filed if row.is_imported or row.unit in expected]
    found = add_up(wanted, rows, expected, _local_day(now), last, refused)
    written = canonical(_public(found) if redacted else found.document())
    document: dict[str, out.Json] = json.loads(written)
    if output is not None:
        with whole_file(Path(output), owner_alone=not redacted) as target:
            target.write(written + b"\n")
    planless = [] if redacted else _units_without_plan(_local_day(now))
    if settings().wants_json:
        told: list[out.Json] = [{"unit": unit.code, "name": unit.name} for unit in planless]
        out.document(document if redacted else {**document, "units_without_plan": told})
    elif redacted:
        _tell_public(document)
    else:
        _tell(found, expected)
        for unit in planless:
            out.wrapped(words.say().render(Reason.of("unit_without_plan", unit=unit.code, name=unit.name)), "", "    ")
    return WRONG_USAGE if refused else DONE


def _units_without_plan(day: date) -> list[Unit]:
    """The units of this store's register that are to make a plan and have none (R32); nothing where no task is registered at all,
    or where there is no store."""
    from pqscan.app.registering import register
    from pqscan.readiness.task import units_without_plan

    try:
        with settings().open_store() as store:
            found = register(store)
    except StoreError:
        return []
    return list(units_without_plan(found.units.values(), found.tasks.values(), day)) if found.tasks else []


def _local_day(now: datetime) -> date:
    return now.astimezone().date()


def _tell(found: Consolidation, expected: Collection[str]) -> None:
    say = words.say()
    header = [
        out.Column(words.gettext("Unit"), 16, grows=True),
        out.Column(words.gettext("Sending"), 14),
        out.Column(words.gettext("Kept"), 10),
        out.Column(words.gettext("Targets"), 10, right=True),
        out.Column(words.gettext("Systems"), 10, right=True),
    ]

    def figure(line_figures: object, name: str) -> str:
        value = line_figures.get(name) if isinstance(line_figures, dict) else None
        return "–" if value is None else say.number(value)

    out.table(
        header,
        (
            (
                line.unit,
                words.label("sending", line.sending.value),
                "–" if line.kept is None else say.date(line.kept.kept_at),
                figure(line.figures, "targets.total"),
                figure(line.figures, "systems.total"),
            )
            for line in found.lines
        ),
    )
    out.line()
    for line in found.lines:
        told = _STANDING.get(line.sending.value)
        if told is not None and found.deadline is not None:
            out.wrapped(words.filled(told, unit=line.unit, day=say.date(found.deadline)), "", "    ")
        if line.reason is not None:
            out.wrapped(f"{line.unit}: {say.render(line.reason)}", "", "    ")
    for one in found.unplaced:
        _tell_refused(one)
    counted = words.counted("{count} unit is counted", "{count} units are counted", len(found.counted))
    out.line(words.filled("{counted} of {all}; what is missing is not counted as zero.", counted=counted, all=len(found.lines)))
    for name, total in found.totals.items():
        units = words.counted("{count} unit", "{count} units", total.units)
        out.wrapped(f"{figure_text(name)}: {say.number(total.value)} ({units})", "  ", "    ")
    for policy in found.mixed:
        told = msgid("Units judged by different editions of the policy {policy}: its figures are added, and do not compare.")
        out.wrapped(words.filled(told, policy=policy))


def _tell_refused(one: Refused) -> None:
    out.wrapped(words.filled("{file}: refused. {why}", file=one.file, why=words.say().render(one.reason)), "", "    ")


def _refused_json(one: Refused) -> dict[str, out.Json]:
    reason: dict[str, out.Json] = {"code": one.reason.code, "text": words.say().render(one.reason)}
    return {"file": one.file, "unit": one.unit, "reason": reason}


def _public(found: Consolidation) -> dict[str, Json]:
    """The sum alone: no unit, no head, no file, and small counts merged."""
    from pqscan.readiness.redaction import FORMAT, public_tables

    figures = {name: total.value for name, total in found.totals.items()}
    tables: dict[str, Json] = {table.name: table.document() for table in public_tables(figures)}
    period: dict[str, Json] = {"start": found.period.start.isoformat(), "end": found.period.end.isoformat()}
    return {"format": FORMAT, "period": period, "units_counted": len(found.counted), "tables": tables}


def _tell_public(document: dict[str, out.Json]) -> None:
    say = words.say()
    tables = document["tables"]
    for name, table in tables.items() if isinstance(tables, dict) else ():
        if not isinstance(table, dict):
            continue
        total, rows, others = table["total"], table["rows"], table["others"]
        shown = words.gettext("fewer than five") if not isinstance(total, int) else say.number(total)
        out.line(f"{table_text(name)}: {shown}")
        for category, count in rows.items() if isinstance(rows, dict) else ():
            out.line(f"  {part_text(name, category)}: {say.number(count) if isinstance(count, int) else count}")
        if isinstance(others, int) and others:
            out.line("  " + words.filled("others: {count}", count=say.number(others)))
