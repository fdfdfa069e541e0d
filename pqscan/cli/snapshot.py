"""`pqscan snapshot`: a period's figures sealed, carried, checked and added up."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pqscan.cli import out, words
from pqscan.cli.age import carried, identity_option, recipient_option
from pqscan.cli.entry import DONE
from pqscan.cli.figure_text import figure_text
from pqscan.cli.group import Group, command, option
from pqscan.cli.key import KEYS_HELP, keys_folder
from pqscan.cli.settings import settings
from pqscan.cli.words import msgid
from pqscan.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pqscan.app.snapshot_shelf import SnapshotShelf
    from pqscan.readiness.filed_snapshot import FiledSnapshot
    from pqscan.readiness.seal import Seal
    from pqscan.readiness.snapshot import Snapshot
    from pqscan.readiness.unit_file import UnitFile
    from pqscan.readiness.unit_key import EnrolledKey

BROKEN = 1
SEAL_NOTE = msgid("The seal is the tool's own: it shows who made a file and that it was not changed. It is no official signature.")


@click.group(
    "snapshot",
    cls=Group,
    places={
        "seal": "snapshot_seal:seal",
        "show": "snapshot:show",
        "verify": "snapshot:verify",
        "export": "snapshot:export",
        "import": "snapshot_total:import_",
        "list": "snapshot:list_",
        "consolidate": "snapshot_total:consolidate",
    },
    help=msgid("Figures of a period, sealed: carried to the superior, checked and added up there."),
)
def snapshot() -> None:
    pass


def shelf() -> SnapshotShelf:
    """Where snapshots are kept: beside the store."""
    from pqscan.app.snapshot_shelf import shelf_beside

    return shelf_beside(settings().store_url)


@command(
    "show",
    short_help=msgid("Shows a snapshot."),
    help=msgid(
        "Shows a unit file, or a kept snapshot by the first digits of its digest: unit, head, period, figures, sealed files."
    ),
)
@click.argument("snapshot_", metavar="FILE|DIGEST")
@option("--extract", metavar="FOLDER", help=msgid("Writes the files that it carries into this folder; none is replaced."))
@identity_option()
def show(snapshot_: str, extract: str | None) -> None:
    found, seal, file = _found(snapshot_)
    if settings().wants_json:
        out.document(_snapshot_json(found, seal, file))
    else:
        _tell(found, seal, file)
    if extract is not None:
        if file is None:
            raise UsageError("a kept snapshot carries no files: name the unit file that was sealed or sent")
        for path in _extracted(file, Path(extract)):
            out.note(words.filled("Written: {path}", path=path))


@command(
    "verify",
    short_help=msgid("Checks that seals hold."),
    help=msgid(
        "Checks unit files: the digest of every sealed file, both signatures, and that the keys are enrolled here or are our own. "
        "Without files it checks what is kept. Exit code 1 where one does not hold."
    ),
)
@click.argument("files", metavar="[FILE]...", nargs=-1)
@option("--keys", metavar="FOLDER", help=KEYS_HELP)
@identity_option()
def verify(files: tuple[str, ...], keys: str | None) -> int:
    from pqscan.app.enrolment import EnrolmentFile, Refusal
    from pqscan.app.sealing import fault_of, read_unit_file
    from pqscan.app.trusted import trusted_keys
    from pqscan.readiness.unit_file import UnitFile

    folder = keys_folder(keys)
    trusted: tuple[EnrolledKey, ...] = trusted_keys(folder, EnrolmentFile(folder))
    results: list[out.Json] = []
    broken = 0

    def told(name: str, unit: str | None, why: str | None) -> None:
        nonlocal broken
        broken += why is not None
        results.append({"what": name, "unit": unit, "holds": why is None, "why": why})
        if not settings().wants_json:
            out.wrapped(
                f"{name}: {why}" if why else words.filled("{what}: the seal of {unit} holds.", what=name, unit=unit), "", "    "
            )

    for name in files:
        try:
            file = read_unit_file(Path(name))
        except Refusal as refusal:
            told(name, None, words.say().render(refusal.reason))
            continue
        fault = fault_of(file, trusted)
        told(name, file.snapshot.unit, None if fault is None else words.say().render(fault))
    for row in () if files else shelf().snapshots():
        fault = fault_of(UnitFile(row.snapshot, row.seal, {}), trusted)
        told(row.digest[:12], row.unit, None if fault is None else words.say().render(fault))
    if settings().wants_json:
        out.document(results)
    return BROKEN if broken else DONE


@command(
    "export",
    short_help=msgid("Writes a unit file to be carried."),
    help=msgid(
        "Writes a unit file anew with fewer of its files, or a kept snapshot without any. The seal stays as it is: it covers the "
        "digests of the files that are left out, too."
    ),
)
@click.argument("snapshot_", metavar="FILE|DIGEST")
@option("--output", "-o", metavar="FILE", required=True, help=msgid("Where it goes, such as unit.pqsnap."))
@option("--without", metavar="NAME", multiple=True, help=msgid("A file to leave out, such as inventory.json; may be repeated."))
@recipient_option()
@identity_option()
def export(snapshot_: str, output: str, without: tuple[str, ...]) -> None:
    from pqscan.app.acting import act_of, note
    from pqscan.app.permitting import permit_at
    from pqscan.app.sealing import without_files
    from pqscan.cli.trial_files import whole_file
    from pqscan.readiness.access import Right
    from pqscan.readiness.act import ActKind
    from pqscan.readiness.unit_file import UnitFile

    output = carried(output)
    found, seal, file = _found(snapshot_)
    permit_at(settings().store_url, Right.EXPORT, lambda _: (found.unit,))
    fewer = without_files(file if file is not None else UnitFile(found, seal, {}), without)
    with whole_file(Path(output), owner_alone=True) as target:
        target.write(fewer.encode())
    note(
        settings().store_url, act_of(ActKind.EXPORT, found.unit, datetime.now(UTC), digest=seal.digest, without=", ".join(without))
    )
    if not settings().is_quiet:
        out.note(words.filled("Written: {path}", path=Path(output).resolve()))


@command("list", help=msgid("Lists the snapshots that are kept here: made here, or taken from units."))
@option("--unit", metavar="CODE", help=msgid("Of one unit only."))
def list_(unit: str | None) -> None:
    from pqscan.readiness.filed_snapshot import in_force

    rows = shelf().snapshots(unit)
    current = {row.digest for row in in_force(rows)}
    if settings().wants_json:
        out.document([_row_json(row, row.digest in current) for row in rows])
        return
    say = words.say()
    header = [
        out.Column(words.gettext("Unit"), 14, grows=True),
        out.Column(words.gettext("Period"), 22),
        out.Column(words.gettext("Kept"), 10),
        out.Column(words.gettext("Snapshot"), 12),
        out.Column(words.gettext("State"), 14),
    ]
    out.table(
        header,
        (
            (
                row.unit,
                row.period.text,
                say.date(row.kept_at),
                row.digest[:12],
                words.gettext("in force") if row.digest in current else words.gettext("corrected"),
            )
            for row in rows
        ),
    )


def _found(name: str) -> tuple[Snapshot, Seal, UnitFile | None]:
    """A unit file where a file has that name, else a kept snapshot. Raises UsageError."""
    from pqscan.app.enrolment import Refusal
    from pqscan.app.sealing import find_snapshot, read_unit_file

    if not Path(name).exists() and name and not set(name.lower()) - set("0123456789abcdef"):
        row = find_snapshot(shelf(), name)
        return row.snapshot, row.seal, None
    try:
        file = read_unit_file(Path(name))
    except Refusal as refusal:
        raise UsageError(f"{name} is no unit file: {words.say().render(refusal.reason)}") from None
    return file.snapshot, file.seal, file


def _extracted(file: UnitFile, folder: Path) -> Iterator[Path]:
    from pqscan.app.place import owner_only

    folder.mkdir(parents=True, exist_ok=True)
    for name, content in file.files.items():
        path = folder / name
        try:
            with open(path, "xb", opener=owner_only) as target:
                target.write(content)
        except FileExistsError:
            raise UsageError(f"{path} is there already and is not replaced: name an empty folder") from None
        yield path


def _tell(found: Snapshot, seal: Seal, file: UnitFile | None) -> None:
    say = words.say()
    rows = [
        (words.gettext("Unit"), f"{found.unit}, {found.unit_name}"),
        (words.gettext("Head"), f"{found.head}, {found.head_title}"),
        (
            words.gettext("Period"),
            words.filled("{first} to {last}", first=say.date(found.period.start), last=say.date(found.period.end)),
        ),
        (words.gettext("Facts as of"), moment_of(found.cut_off)),
        (words.gettext("Sealed"), moment_of(found.made_at)),
        (words.gettext("Snapshot"), seal.digest),
        (words.gettext("Facts"), found.facts_digest),
        (words.gettext("Keys"), seal.signer[:16]),
        (words.gettext("Policies"), ", ".join(f"{mark.id} ({mark.digest[:8]})" for mark in found.policies) or "–"),
    ]
    if found.acts is not None:
        rows.append((words.gettext("Acts"), f"{found.acts.entries}, {found.acts.hash}"))
    if found.supersedes is not None:
        rows.append((words.gettext("Corrects"), found.supersedes))
    for name, value in rows:
        out.wrapped(f"{name}: {value}", "", "    ")
    for figure, count in sorted(found.figures.items()):
        out.line(f"  {figure_text(figure)}: {say.number(count)}")
    for sealed in found.files:
        carried = file is not None and sealed.name in file.files
        state = words.gettext("carried") if carried else words.gettext("not carried")
        out.line(f"  {sealed.name} ({say.number(sealed.size)} B, {state}) {sealed.sha256[:16]}")
    out.wrapped(words.gettext(SEAL_NOTE))


def moment_of(moment: datetime) -> str:
    """A time in UTC as the reader's language writes its day."""
    return f"{words.say().date(moment.astimezone(UTC))} {moment.astimezone(UTC):%H:%M} UTC"


def _snapshot_json(found: Snapshot, seal: Seal, file: UnitFile | None) -> dict[str, out.Json]:
    import json

    document: dict[str, out.Json] = {"snapshot": json.loads(found.encode()), "digest": seal.digest, "signer": seal.signer}
    return {**document, "carried": [] if file is None else [*sorted(file.files)]}


def _row_json(row: FiledSnapshot, is_current: bool) -> dict[str, out.Json]:
    return {
        "digest": row.digest,
        "unit": row.unit,
        "period": {"start": row.period.start.isoformat(), "end": row.period.end.isoformat()},
        "made_at": row.made_at.isoformat().replace("+00:00", "Z"),
        "kept_at": row.kept_at.isoformat().replace("+00:00", "Z"),
        "head": row.head,
        "imported": row.is_imported,
        "in_force": is_current,
    }
