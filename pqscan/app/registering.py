"""The register through a store: imported, exported, changed, checked. Every change goes in with an act that says who and why."""

from __future__ import annotations

import getpass
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Protocol, runtime_checkable

from pqscan.app.permitting import permit, sight
from pqscan.app.sheets import read_rows
from pqscan.errors import StoreError, UsageError
from pqscan.model.reason import Reason
from pqscan.readiness.access import Right
from pqscan.readiness.act import Act, ActKind
from pqscan.readiness.cells import Many, Reference, WrongCell
from pqscan.readiness.changes import Change, Document, Field
from pqscan.readiness.form_08 import FORM_08, form_rows, system_rows
from pqscan.readiness.kinds import SHEETS
from pqscan.readiness.planning import Plan, plan_changes
from pqscan.readiness.register import Register
from pqscan.readiness.sheet import Row, Sheet, problems_of
from pqscan.registry.foreign_text import shown

FORMS = ("08",)
Entries = Mapping[str, Mapping[str, Document]]


@runtime_checkable
class RegisterStore(Protocol):
    """What this needs of a store: all records by kind and code, and one transaction that changes some, with its act."""

    def register(self) -> Entries: ...
    def change_register(self, changes: Sequence[Change], act: Act) -> object: ...


def register_store(store: object) -> RegisterStore:
    """Raises StoreError for a store that keeps no register."""
    if not isinstance(store, RegisterStore):
        raise StoreError("this store keeps no register: run `pqscan db upgrade`")
    return store


@dataclass(frozen=True, slots=True)
class Doing:
    """Who changes something, in which capacity, when (aware), and why."""

    at: datetime
    actor: str
    role: str = ""
    reason: str = ""

    def act(self, kind: ActKind, subject: str, **detail: str | int | None) -> Act:
        return Act(self.at, self.actor, self.role, kind, subject, dict(detail), self.reason)


def person() -> str:
    """Whoever is logged in here, as the system names them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # A user without a name in the system's list.
        return "?"


def register(store: object) -> Register:
    """The register of a store, typed."""
    return Register.of(register_store(store).register())


def records_shown(store: object, kind: str) -> tuple[Register, Mapping[str, Any], int]:
    """The register; the records of one kind that whoever runs the program is shown; and how many they are not shown."""
    found = register(store)
    shows = sight(store, found)
    records = found.records(kind)
    seen = {code: record for code, record in records.items() if shows(record)}
    return found, seen, len(records) - len(seen)


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What a file would change. `missing` are the optional columns that it lacks: in them everything stays as it is.
    `checks` counts what would be wrong with the register as a whole afterwards (`pqscan register check`)."""

    kind: str
    plan: Plan
    problems: tuple[Reason, ...]
    missing: tuple[str, ...]
    checks: int


def plan_import(store: object, kind: str, path: str, *, form: str | None = None, day: date) -> ImportPlan:
    """Reads a file and changes nothing. Raises UsageError where the file cannot be read as one of rows and columns."""
    entries = register_store(store).register()
    sheet, read = _sheet_of(kind, form)
    reading = read.read(read_rows(path, lambda heading: read.column(heading) is not None))
    if form is not None:
        reading = system_rows(reading, Register.of(entries))
    plan = plan_changes(sheet, entries.get(kind, {}), reading.rows)
    problems = (*problems_of(reading), *plan.problems)
    checks = 0 if problems else len(Register.of(_after(entries, plan.changes)).problems(day))
    return ImportPlan(kind, plan, problems, reading.missing, checks)


def _sheet_of(kind: str, form: str | None) -> tuple[Sheet[Any], Sheet[Any]]:
    """The sheet of a kind, and the one that the file is read by. Raises UsageError."""
    if form is None:
        return SHEETS[kind], SHEETS[kind]
    if form not in FORMS or kind != "system":
        raise UsageError(f"the form {shown(form)} is none; Form 08 is of systems: register export system --form 08")
    return SHEETS[kind], FORM_08


def _after(entries: Entries, changes: Sequence[Change]) -> Entries:
    found = {kind: dict(documents) for kind, documents in entries.items()}
    for change in changes:
        documents = found.setdefault(change.kind, {})
        documents.pop(change.code, None)
        if change.after is not None:
            documents[change.code] = change.after
    return found


def carry_out(store: object, planned: ImportPlan, path: str, doing: Doing) -> None:
    """Makes the changes of a plan, all or none. Raises UsageError for a plan with problems, and where another was quicker."""
    if planned.problems:
        raise UsageError("a file with errors is not imported; correct what was told of it")
    detail: dict[str, str | int | None] = {"file": path, "new": len(planned.plan.new), "altered": len(planned.plan.altered)}
    if planned.plan.changes:
        allowed = _allowed(store, planned.plan.changes, doing)
        register_store(store).change_register(planned.plan.changes, allowed.act(ActKind.IMPORT, planned.kind, **detail))


def export_rows(store: object, kind: str, doing: Doing, *, form: str | None = None, language: str) -> Iterator[list[str]]:
    """Headings and rows of all records of a kind, in the columns that import reads; who took them out is noted first."""
    kept = register_store(store)
    doing = replace(doing, role=permit(store, Right.EXPORT, doing.actor) or doing.role)
    found = Register.of(kept.register())
    _, sheet = _sheet_of(kind, form)
    shows = sight(store, found, doing.actor)
    if form is not None:
        found = replace(found, systems={code: system for code, system in found.systems.items() if shows(system)})
    records = form_rows(found) if form is not None else tuple(filter(shows, found.records(kind).values()))
    kept.change_register((), doing.act(ActKind.EXPORT, kind, rows=len(records), form=form))
    return iter([sheet.headings(language), *(sheet.cells(record, language) for record in records)])


def set_record(store: object, kind: str, code: str, values: Sequence[str], doing: Doing) -> Change | None:
    """Makes a record or alters it by `column=value`, an empty value for nothing stated; None where nothing changed.

    Raises UsageError naming the column that is wrong, and what would be right."""
    kept = register_store(store)
    sheet = SHEETS[kind]
    present = kept.register().get(kind, {})
    fields = {**_read(sheet, sheet.key[0], code), **_fields(sheet, values)}
    plan = plan_changes(sheet, present, [Row(0, fields)])
    if plan.problems:
        raise WrongRecord(plan.problems[0])
    for change in plan.changes:
        allowed = _allowed(store, (change,), doing)
        kept.change_register((change,), allowed.act(ActKind.REGISTER, f"{kind} {code}", fields=", ".join(sorted(fields))))
        return change
    return None


class WrongRecord(UsageError):
    """A value that a record cannot have; `told` says it in the reader's language."""

    def __init__(self, told: Reason) -> None:
        super().__init__(told.code)
        self.told = told


def _fields(sheet: Sheet[Any], values: Sequence[str]) -> dict[str, Field]:
    fields: dict[str, Field] = {}
    for word in values:
        name, sign, text = word.partition("=")
        column = sheet.column(name.strip())
        if not sign or column is None or column.name in sheet.key:
            names = ", ".join(column.name for column in sheet.columns if column.name not in sheet.key)
            raise UsageError(f"{shown(word)} is no column=value; the columns are {names}")
        if column.name in fields:
            raise UsageError(f"the column {column.name} is given twice; give it once")
        fields |= _read(sheet, column.name, text)
    return fields


def _read(sheet: Sheet[Any], name: str, text: str) -> dict[str, Field]:
    column = sheet.column(name)
    try:
        return {} if column is None else {name: column.read(text)}
    except WrongCell as error:
        raise WrongRecord(error.reason(sheet=sheet.kind, line=0, column=name)) from None


def remove_record(store: object, kind: str, code: str, doing: Doing) -> None:
    """Takes a record out. Raises UsageError where there is none, and where others still name it."""
    kept = register_store(store)
    entries = kept.register()
    before = entries.get(kind, {}).get(code)
    if before is None:
        raise UsageError(f"there is no {kind} {shown(code)}; pqscan {kind} list shows which there are")
    user = next(users_of(Register.of(entries), kind, code), None)
    if user is not None:
        raise UsageError(f"the {user[0]} {shown(user[1])} still names it ({user[2]}); change that first, or give it an end date")
    changes = (Change(kind, code, before, None),)
    kept.change_register(changes, _allowed(store, changes, doing).act(ActKind.REGISTER, f"{kind} {code}", fields="removed"))


def _allowed(store: object, changes: Sequence[Change], doing: Doing) -> Doing:
    """In the role in which these changes may be made; WorkError where they may not. A record that goes from one unit to another
    is changed for both."""

    def units(_register: Register) -> Iterator[str | None]:
        for change in changes:
            for document in (change.before, change.after):
                if document is not None:
                    yield unit_of(change.kind, change.code, document)

    role = permit(store, Right.REGISTER, doing.actor, units)
    return replace(doing, role=role or doing.role)


def unit_of(kind: str, code: str, document: Document) -> str | None:
    """The unit that answers for a record; None where none is stated."""
    found = code if kind == "unit" else document.get("owner" if kind == "system" else "unit")
    return found if isinstance(found, str) else None


def users_of(found: Register, kind: str, code: str) -> Iterator[tuple[str, str, str]]:
    """Which records name a record: kind, code, column."""
    for other, sheet in SHEETS.items():
        for column in sheet.columns:
            to = column.kind.of if isinstance(column.kind, Many) else column.kind
            if isinstance(to, Reference) and to.to == kind:
                for its_code, record in found.records(other).items():
                    value = getattr(record, column.name)
                    if value == code or (isinstance(value, tuple) and code in value):
                        yield other, its_code, column.name


def check(store: object, day: date) -> tuple[Reason, ...]:
    """What is wrong with the register as a whole on a day."""
    return register(store).problems(day)
