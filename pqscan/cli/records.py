"""`pqscan unit` and `pqscan system`: one record at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from pqscan.cli import out, words
from pqscan.cli.group import Group, command, option
from pqscan.cli.register import REASON_HELP, altered_text, doing
from pqscan.cli.settings import settings
from pqscan.cli.words import msgid
from pqscan.errors import UsageError

if TYPE_CHECKING:
    from pqscan.app.registering import WrongRecord
    from pqscan.readiness.register import Register

_GROUPS = {"unit": msgid("Units: who answers for what."), "system": msgid("Information systems, as their owners describe them.")}
_LIST = {"unit": msgid("Lists the units."), "system": msgid("Lists the systems.")}
_SHOW = {"unit": msgid("Shows all that is stated of a unit."), "system": msgid("Shows all that is stated of a system.")}
_SET = {"unit": msgid("Makes or alters a unit."), "system": msgid("Makes or alters a system.")}
_REMOVE = {
    "unit": msgid("Takes a unit out that no record names."),
    "system": msgid("Takes a system out that no record names."),
}
_SET_HELP = msgid(
    'Writes COLUMN=VALUE into the record CODE, or makes it: name="Văn phòng Tỉnh uỷ" superior=TU. The columns are those of '
    "`pqscan register export`; several values of one are set apart by semicolons, and an empty VALUE means that nothing is stated."
)


def _group(kind: str) -> click.Group:
    places = {verb: f"records:{kind}_{verb}" for verb in ("list", "show", "set", "remove")}
    if kind == "system":
        places["age"] = "system_age:age"
    return Group(kind, places=places, help=_GROUPS[kind])


def _list(kind: str) -> click.Command:
    @command("list", help=_LIST[kind])
    def list_records() -> None:
        from pqscan.app.registering import records_shown
        from pqscan.readiness.kinds import SHEETS

        chosen = settings()
        with chosen.open_store(create=True) as store:
            found, records, hidden = records_shown(store, kind)
        if chosen.wants_json:
            out.document([_json(SHEETS[kind].document(record)) for record in records.values()])
        else:
            header, cells = _COLUMNS[kind]
            out.table(header(), (cells(record, found) for record in records.values()))
            if hidden:
                told = words.counted(
                    "{count} row is not shown: no role of yours sees it.",
                    "{count} rows are not shown: no role of yours sees them.",
                    hidden,
                )
                out.note(told)
            elif not records:
                out.note(
                    words.filled("The register is empty: fill it with {command}.", command=f"`pqscan register import {kind} FILE`")
                )

    return list_records


def _json(document: Mapping[str, Any]) -> out.Json:  # Any: fields of a stored document, all of them JSON.
    return {name: list(value) if isinstance(value, list) else value for name, value in document.items()}


def _unit_header() -> Sequence[out.Column]:
    return (
        out.Column(words.gettext("Code"), 14),
        out.Column(words.gettext("Unit"), 32, grows=True),
        out.Column(words.gettext("Superior"), 12),
        out.Column(words.gettext("Reports via"), 16),
    )


def _unit_cells(unit: Any, _found: Register) -> Sequence[str]:  # Any: a unit, as the register types it by kind.
    return unit.code, unit.name, unit.superior or "–", unit.via or "–"


def _system_header() -> Sequence[out.Column]:
    return (
        out.Column(words.gettext("Code"), 14),
        out.Column(words.gettext("System"), 26, grows=True),
        out.Column(words.gettext("Owner"), 12),
        out.Column(words.gettext("Level"), 6),
        out.Column(words.gettext("Kind"), 14, grows=True),
    )


def _system_cells(system: Any, _found: Register) -> Sequence[str]:  # Any: as above.
    from pqscan.readiness.words import choices, spoken

    kind = spoken(choices("SystemKind")[system.kind.value], words.language())
    return system.code, system.name, system.owner or "–", "–" if system.level is None else str(system.level), kind


_COLUMNS: dict[str, tuple[Callable[[], Sequence[out.Column]], Callable[[Any, Register], Sequence[str]]]] = {
    "unit": (_unit_header, _unit_cells),
    "system": (_system_header, _system_cells),
}


def _show(kind: str) -> click.Command:
    @command("show", help=_SHOW[kind])
    @click.argument("code", metavar="CODE")
    def show_record(code: str) -> None:
        from pqscan.app.registering import records_shown
        from pqscan.readiness.kinds import SHEETS

        chosen = settings()
        with chosen.open_store(create=True) as store:
            found, records, _hidden = records_shown(store, kind)
        record = records.get(code)
        if record is None:
            raise UsageError(f"there is no {kind} {code!r}; pqscan {kind} list shows which there are")
        sheet = SHEETS[kind]
        if chosen.wants_json:
            out.document(_json(sheet.document(record)))
            return
        for heading, cell in zip(sheet.headings(words.language()), sheet.cells(record, words.language()), strict=True):
            if cell:
                out.wrapped(f"{heading}: {cell}", "", "    ")
        for line in _more_of_unit(found, code) if kind == "unit" else _more_of_system(record):
            out.wrapped(line, "", "    ")

    return show_record


def _more_of_unit(found: Register, code: str) -> list[str]:
    head = found.head_on(code, doing().at.date())
    name = words.gettext("no head today") if head is None else f"{head.name}, {head.title}"
    path = " → ".join(unit.name for unit in found.unit_path(code)[1:])
    lines = [words.filled("Head: {name}", name=name)]
    return [*lines, words.filled("Above it: {path}", path=path)] if path else lines


def _more_of_system(system: Any) -> list[str]:  # Any: a system, as the register types it by kind.
    from pqscan.readiness.context import context_of
    from pqscan.readiness.regimes import authority_of

    authority = authority_of(system, words.language()) or words.gettext("not determined yet")
    lines = [words.filled("Answers for its cryptography: {authority}", authority=authority)]
    if context_of(system).is_outside_assessment:
        lines.append(words.gettext("Outside of the assessment: pqscan judges nothing here."))
    return lines


def _set(kind: str) -> click.Command:
    @command("set", short_help=_SET[kind], help=_SET_HELP)
    @click.argument("code", metavar="CODE")
    @click.argument("values", metavar="COLUMN=VALUE...", nargs=-1, required=True)
    @option("--reason", metavar="TEXT", default="", help=REASON_HELP)
    def set_record(code: str, values: tuple[str, ...], reason: str) -> None:
        from pqscan.app.registering import WrongRecord
        from pqscan.app.registering import set_record as change_record

        chosen = settings()
        with chosen.open_store(create=True) as store:
            try:
                change = change_record(store, kind, code, values, doing(reason))
            except WrongRecord as error:
                raise UsageError(_told(error)) from None
        if chosen.wants_json:
            out.document(
                {"code": code, "changed": change is not None, "record": None if change is None else _json(change.after or {})}
            )
        elif change is None:
            out.line(words.gettext("Nothing to change."))
        elif change.before is None:
            out.line(words.filled("new: {code} {name}", code=code, name=(change.after or {}).get("name", "")))
        else:
            out.wrapped(words.filled("altered: {code}: {what}", code=code, what=altered_text(change)), "", "    ")

    return set_record


def _told(error: WrongRecord) -> str:
    """The sentence without the place in a file, which a command line does not have."""
    parameters = dict(error.told.parameters)
    place, _, rest = words.say().render(error.told).partition(": ")
    return f"{parameters['column']}: {rest}" if "column" in parameters else rest or place


def _remove(kind: str) -> click.Command:
    @command("remove", help=_REMOVE[kind])
    @click.argument("code", metavar="CODE")
    @option("--reason", metavar="TEXT", default="", help=REASON_HELP)
    def remove_record(code: str, reason: str) -> None:
        from pqscan.app.registering import remove_record as take_out

        chosen = settings()
        with chosen.open_store() as store:
            take_out(store, kind, code, doing(reason))
        if chosen.wants_json:
            out.document({"code": code, "removed": True})
        elif not chosen.is_quiet:
            out.line(words.filled("Removed: {code}", code=code))

    return remove_record


unit, unit_list, unit_show, unit_set, unit_remove = (make("unit") for make in (_group, _list, _show, _set, _remove))
system, system_list, system_show, system_set, system_remove = (make("system") for make in (_group, _list, _show, _set, _remove))
