"""Seals a period's figures with the files that show them, and lets in what other units sealed.

The inventory is read once: figures, digests and files are all of the same facts. Nothing is sealed without a named head (R15)."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from pqscan import __version__
from pqscan.app.acting import act_of
from pqscan.app.age import decrypted
from pqscan.app.enrolment import Enrolment, Refusal
from pqscan.app.figures import facts_json, inventory_figures, system_figures, together
from pqscan.app.first_places import first_places
from pqscan.app.keys import CryptographyCheck, UnitKey
from pqscan.app.marking import marking_of
from pqscan.app.registered_figures import TiedTargets, registered_figures
from pqscan.app.reporting import report
from pqscan.app.snapshot_shelf import SnapshotShelf
from pqscan.errors import MalformedMessage, UsageError
from pqscan.model.reason import Reason
from pqscan.policy.rule import PolicyEdition
from pqscan.readiness.act import ActKind
from pqscan.readiness.admission import fault_of_file, fault_of_seal
from pqscan.readiness.consolidation import Refused
from pqscan.readiness.figure_names import Figures
from pqscan.readiness.filed_snapshot import FiledSnapshot, in_force
from pqscan.readiness.register import Register
from pqscan.readiness.seal import Purpose, seal
from pqscan.readiness.snapshot import ActsHead, Period, PolicyMark, SealedFile, Snapshot, is_file_name
from pqscan.readiness.system import System
from pqscan.readiness.unit import Head, Unit
from pqscan.readiness.unit_file import MOST_UNIT_FILE_BYTES, UnitFile
from pqscan.readiness.unit_key import EnrolledKey
from pqscan.registry.foreign_file import open_regular
from pqscan.registry.universe import registry_edition
from pqscan.report import AssessedInventory, ReadinessView

FACTS_NAME = "inventory.json"
"""The facts as they were sealed: their SHA-256 is the snapshot's facts digest."""
REDACTED = "redacted"
"""The redacted edition: sealed beside the full one, which so vouches for it, while it names nothing of the full one."""
SEALED_REPORTS = {
    "csv": "inventory.csv",
    "html": "inventory.html",
    "text": "inventory.txt",
    "xlsx": "inventory.xlsx",
    "docx-section": "section.docx",
    REDACTED: "redacted.json",
}


@dataclass(frozen=True, slots=True)
class SealRequest:
    """What is sealed beside the facts. `stated` are figures that no scan can tell; `reports` are formats that are rendered and
    sealed; `attached` are files by name; `classification` names the decision on their mark in the `register`. `corrects`: the
    snapshot of the same period that is kept already may be corrected."""

    unit: Unit
    head: Head | None
    period: Period
    reports: tuple[str, ...] = ()
    stated: Figures | None = None
    systems: tuple[System, ...] = ()
    register: Register | None = None
    classification: str | None = None
    attached: Mapping[str, bytes] | None = None
    corrects: bool = False
    language: str = "vi"


def seal_snapshot(
    inventory: AssessedInventory,
    request: SealRequest,
    key: UnitKey,
    shelf: SnapshotShelf,
    now: datetime,
    acts: ActsHead | None = None,
) -> UnitFile:
    """Seals; `keep_sealed` keeps it. Raises UsageError where the head is not named, the keys are another unit's, figures do not
    add up, or the period is sealed already and no correction was asked for."""
    if key.card.unit != request.unit.code:
        raise UsageError(f"the keys are those of the unit {key.card.unit} and cannot seal for {request.unit.code}")
    if request.head is None or not request.head.name.strip() or not request.head.title.strip():
        raise UsageError(
            f"the unit {request.unit.code} has no named head for this period: name one, with the title, before sealing"
        )
    before = next((row for row in in_force(shelf.snapshots(request.unit.code)) if row.period == request.period), None)
    if before is not None and not request.corrects:
        raise UsageError(
            f"the period {request.period.text} of the unit {request.unit.code} is sealed already ({before.digest[:12]}): "
            "give --correct to seal a correction beside it"
        )
    register = request.register or Register()
    own = {system.code for system in request.systems}
    year = request.period.end.year
    added = registered_figures(inventory, register, year, systems=own, units={request.unit.code})
    figures = together(
        inventory_figures(inventory, TiedTargets(register) if register.systems else ()),
        system_figures(request.systems) if request.systems else {},
        added.figures,
        request.stated or {},
    )
    facts = facts_json(inventory)
    view = ReadinessView(
        figures,
        request.unit,
        request.head,
        request.period,
        request.systems,
        marking=marking_of(register, request.classification, max(inventory.as_of, now.date())),
        facts_digest=hashlib.sha256(facts).hexdigest(),
        acts=acts,
        coverage=added.coverage,
        unit_names={one.code: one.name for one in register.units.values()},
        first=first_places(inventory, register),
        year=year,
        trained=added.trained,
    )
    files = _rendered(replace(inventory, readiness=view), request, facts)
    snapshot = Snapshot(
        unit=request.unit.code,
        unit_name=request.unit.name,
        head=request.head.name,
        head_title=request.head.title,
        period=request.period,
        cut_off=inventory.generated_at,
        made_at=now,
        tool_version=__version__,
        registry_edition=registry_edition(),
        policies=tuple(policy_mark(policy) for policy in inventory.policies),
        figures=figures,
        facts_digest=view.facts_digest,
        files=tuple(SealedFile(name, len(content), hashlib.sha256(content).hexdigest()) for name, content in files.items()),
        acts=acts,
        supersedes=None if before is None else before.digest,
    )
    return UnitFile(snapshot, seal(snapshot.encode(), Purpose.SNAPSHOT, key), files)


def keep_sealed(file: UnitFile, shelf: SnapshotShelf, now: datetime) -> None:
    """Puts what was sealed here on the shelf, once its file is written."""
    row = FiledSnapshot.of(file.snapshot, file.seal, now, is_imported=False)
    shelf.keep_snapshot(row, act_of(ActKind.SEAL, row.unit, now, digest=row.digest, period=row.period.text))


def _rendered(inventory: AssessedInventory, request: SealRequest, facts: bytes) -> dict[str, bytes]:
    files = {FACTS_NAME: facts}
    for name in request.reports:
        out = io.BytesIO()
        is_redacted = name == REDACTED
        report(inventory, "json" if is_redacted else name, out, language=request.language, is_redacted=is_redacted)
        files[SEALED_REPORTS[name]] = out.getvalue()
    for name, content in (request.attached or {}).items():
        if not is_file_name(name):
            raise UsageError(f"{name[:80]!a} is no name that a sealed file can have: letters, digits, dot, hyphen, low line")
        if name.lower() in {known.lower() for known in files}:
            raise UsageError(f"two sealed files would be named {name}: rename one")
        files[name] = content
    return files


def policy_mark(edition: PolicyEdition) -> PolicyMark:
    """A policy with the digest of all that it says."""
    content = json.dumps(asdict(edition), ensure_ascii=False, sort_keys=True, default=str).encode("utf-8", "backslashreplace")
    return PolicyMark(edition.id, edition.edition, edition.status.value, hashlib.sha256(content).hexdigest())


def read_unit_file(path: Path) -> UnitFile:
    """Raises Refusal where it is none, UsageError where it cannot be read."""
    try:
        with open_regular(path, or_stream=True) as file:
            data = file.read(MOST_UNIT_FILE_BYTES + 1)
    except OSError as error:
        raise UsageError(f"the unit file {path} cannot be read: {error.strerror}") from None
    if len(data) > MOST_UNIT_FILE_BYTES:
        raise UsageError(f"the unit file {path} is larger than {MOST_UNIT_FILE_BYTES} bytes; is it the right file?")
    data = decrypted(data, f"the unit file {path}", MOST_UNIT_FILE_BYTES)
    try:
        return UnitFile.decode(data)
    except MalformedMessage as error:
        raise Refusal(Reason.of("unit_file_malformed", detail=str(error))) from None


def fault_of(file: UnitFile, trusted: Iterable[EnrolledKey]) -> Reason | None:
    """Why a file's seal does not hold; None where it is that of trusted keys."""
    return fault_of_seal(file, trusted, CryptographyCheck())


def import_file(
    file: UnitFile, enrolment: Enrolment, shelf: SnapshotShelf, now: datetime, expected: Collection[str] | None = None
) -> bool:
    """Takes a unit's file; False where the very same is kept already. Raises Refusal with the reason."""
    kept = shelf.snapshots(file.snapshot.unit)
    fault = fault_of_file(file, enrolment.enrolled(), kept, now, CryptographyCheck(), expected)
    if fault is not None:
        raise Refusal(fault)
    if any(row.digest == file.seal.digest for row in kept):
        return False
    row = FiledSnapshot.of(file.snapshot, file.seal, now, is_imported=True)
    shelf.keep_snapshot(row, act_of(ActKind.IMPORT, row.unit, now, digest=row.digest, period=row.period.text))
    return True


def import_all(
    paths: Iterable[Path], enrolment: Enrolment, shelf: SnapshotShelf, now: datetime, expected: Collection[str] | None = None
) -> tuple[list[tuple[Path, UnitFile, bool]], list[Refused]]:
    """Takes every file that can be taken, older periods first; the others come back with their reasons."""
    refused: list[Refused] = []
    read: list[tuple[Path, UnitFile]] = []
    for path in paths:
        try:
            read.append((path, read_unit_file(path)))
        except Refusal as refusal:
            refused.append(Refused(path.name, None, refusal.reason))
    taken = []
    for path, file in sorted(read, key=lambda one: (one[1].snapshot.period.start, one[1].snapshot.made_at, one[0].name)):
        try:
            taken.append((path, file, import_file(file, enrolment, shelf, now, expected)))
        except Refusal as refusal:
            refused.append(Refused(path.name, file.snapshot.unit, refusal.reason))
    return taken, refused


def without_files(file: UnitFile, left_out: Collection[str]) -> UnitFile:
    """The same sealed snapshot, with fewer of its files carried along. Raises UsageError for a file that it does not carry."""
    unknown = sorted(set(left_out) - file.files.keys())
    if unknown:
        raise UsageError(f"the unit file carries no {', '.join(unknown)}: it has {', '.join(sorted(file.files)) or 'none'}")
    return replace(file, files={name: content for name, content in file.files.items() if name not in left_out})


def find_snapshot(shelf: SnapshotShelf, digest: str) -> FiledSnapshot:
    """The kept snapshot whose digest begins so, 8 digits or more. Raises UsageError where none or several do."""
    found = [row for row in shelf.snapshots() if len(digest) >= 8 and row.digest.startswith(digest.lower())]
    if len(found) != 1:
        raise UsageError(f"no single kept snapshot begins with {digest[:80]!a}: see `pqscan snapshot list`")
    return found[0]
