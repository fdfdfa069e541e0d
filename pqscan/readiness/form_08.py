"""Form 08 of Decree 331/2026 (read in a secondary source): the 12 columns in which systems are reported by level, in and out.

The form names systems and units and has no codes: names are looked up folded, and a new system gets a code out of its name."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from pqscan.model.reason import Reason
from pqscan.readiness.cells import Day, Text, Whole
from pqscan.readiness.changes import Field
from pqscan.readiness.folding import fold
from pqscan.readiness.register import Register
from pqscan.readiness.sheet import Reading, Row, Sheet
from pqscan.readiness.system import Stage, System
from pqscan.readiness.unit import Unit

_SLUG = re.compile(r"[^a-z0-9]+")
_LONGEST_SLUG = 40


@dataclass(frozen=True, slots=True)
class FormRow:
    """One row of the form, as it is printed: units by name."""

    number: str
    name: str
    owner: str = ""
    operator: str = ""
    level: int | None = None
    level_state: str = ""
    level_decision: str = ""
    regulation_decision: str = ""
    expected_on: date | None = None
    plan_state: str = ""
    completion_on: date | None = None
    assessment: str = ""


FORM_08 = Sheet(
    "form_08",
    FormRow,
    (
        ("number", Text(20)),
        ("name", Text(300)),
        ("owner", Text(300)),
        ("operator", Text(300)),
        ("level", Whole(1, 5)),
        ("level_state", Text(200)),
        ("level_decision", Text(100)),
        ("regulation_decision", Text(100)),
        ("expected_on", Day()),
        ("plan_state", Text(200)),
        ("completion_on", Day()),
        ("assessment", Text(1000, lines=True)),
    ),
    key=("name",),
)


def form_rows(register: Register) -> tuple[FormRow, ...]:
    """The systems that are not retired, as rows of the form, in the order of owner and name."""
    names = _unit_names(register.units.values())
    kept = [system for system in register.systems.values() if system.stage is not Stage.RETIRED]
    kept.sort(key=lambda system: (names.get(system.owner or "", ""), fold(system.name), system.code))
    return tuple(_form_row(number, system, names) for number, system in enumerate(kept, 1))


def _form_row(number: int, system: System, names: Mapping[str, str]) -> FormRow:
    shared = {name: getattr(system, name) for name in _SHARED}
    owner, operator = (names.get(code, code) if code else "" for code in (system.owner, system.operator))
    return FormRow(str(number), system.name, owner, operator, **shared)


_SHARED = tuple(column.name for column in FORM_08.columns if column.name not in ("number", "name", "owner", "operator"))


def _unit_names(units: Iterable[Unit]) -> dict[str, str]:
    """What a unit is called on the form: its name, or its code where others have the same name."""
    by_name: dict[str, list[Unit]] = defaultdict(list)
    for unit in units:
        by_name[fold(unit.name)].append(unit)
    return {unit.code: unit.name if len(same) == 1 else unit.code for same in by_name.values() for unit in same}


def system_rows(reading: Reading, register: Register) -> Reading:
    """The form's rows as rows of the sheet of systems, with codes for names; what is not found or means several is a problem."""
    units: dict[str, set[str]] = defaultdict(set)
    for unit in register.units.values():
        units[fold(unit.name)].add(unit.code)
        units[fold(unit.code)].add(unit.code)
    systems = _Systems(register)
    rows: list[Row] = []
    problems = list(reading.problems)
    for row in reading.rows:
        fields: dict[str, Field] = {name: value for name, value in row.fields.items() if name != "number"}
        found: list[Reason] = []
        for column in ("owner", "operator"):
            told = fields.get(column)
            if isinstance(told, str):
                codes = units.get(fold(told), set())
                if len(codes) == 1:
                    fields[column] = next(iter(codes))
                else:
                    code = "form_unit_ambiguous" if codes else "form_unit_unknown"
                    found.append(Reason.of(code, sheet=FORM_08.kind, line=row.line, name=told))
        if not found:
            system = systems.code_of(str(fields.get("name")), fields.get("owner"))
            if system is None:
                found.append(Reason.of("form_system_ambiguous", sheet=FORM_08.kind, line=row.line, name=str(fields.get("name"))))
            else:
                rows.append(Row(row.line, {**fields, "code": system}))
        problems += found
    return replace(reading, rows=tuple(rows), problems=tuple(problems), missing=())


class _Systems:
    """Finds systems by name and owner, and makes codes for those that are new; the same name and owner again is the same system."""

    def __init__(self, register: Register) -> None:
        self._taken = set(register.systems)
        self._numbers: dict[str, int] = {}
        self._named: dict[str, dict[str, Field]] = defaultdict(dict)  # folded name: codes with their owners
        for system in register.systems.values():
            self._named[fold(system.name)][system.code] = system.owner

    def code_of(self, name: str, owner: Field) -> str | None:
        """None where it could be several. An owner that one side leaves open does not tell systems apart."""
        named = self._named[fold(name)]
        for fitting in (
            [code for code, of in named.items() if of == owner],
            [code for code, of in named.items() if of is None or owner is None],
        ):
            if fitting:
                return fitting[0] if len(fitting) == 1 else None
        code = self._new(name)
        named[code] = owner
        return code

    def _new(self, name: str) -> str:
        """A code that none has yet, out of a name: "Một cửa điện tử" gives mot-cua-dien-tu, then mot-cua-dien-tu-2."""
        slug = code = _slug(name)
        while code in self._taken:
            self._numbers[slug] = self._numbers.get(slug, 1) + 1
            code = f"{slug}-{self._numbers[slug]}"
        self._taken.add(code)
        return code


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFD", name.casefold().replace("đ", "d"))
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return _SLUG.sub("-", letters).strip("-")[:_LONGEST_SLUG].strip("-") or "system"
