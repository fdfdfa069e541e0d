"""What is wrong with a register as a whole: circles, codes that lead nowhere, two heads at once, scopes that tie, names that are
given twice, days the wrong way round, and what has run out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING

from pqscan.model.reason import Reason
from pqscan.readiness.assigner import expressions, overlaps
from pqscan.readiness.cells import Many, Reference
from pqscan.readiness.folding import fold
from pqscan.readiness.kinds import SHEETS
from pqscan.readiness.scope import TagScope
from pqscan.readiness.system import Regime, Stage
from pqscan.readiness.tagged import places_by_tag
from pqscan.readiness.task import units_without_plan
from pqscan.readiness.unit import Head

if TYPE_CHECKING:
    from pqscan.readiness.register import Register

_MOST_OF_A_CIRCLE = 20  # codes that are told of one


def problems(register: Register, day: date) -> Iterator[Reason]:
    """Each problem once, in a fixed order. `day` decides which units exist, who heads them, and what has run out."""
    yield from _circles(register)
    yield from _dangling(register)
    yield from _reversed_days(register)
    yield from _names_given_twice(register)
    yield from _heads(register, day)
    yield from _systems(register, day)
    yield from _run_out(register, day)
    if register.tasks:
        for unit in units_without_plan(register.units.values(), register.tasks.values(), day):
            yield Reason.of("unit_without_plan", unit=unit.code, name=unit.name)


def _circles(register: Register) -> Iterator[Reason]:
    units = register.units
    for column, edges in (
        ("superior", {code: unit.superior for code, unit in units.items()}),
        ("via", {code: unit.via for code, unit in units.items()}),
        ("successor", {code: unit.successor for code, unit in units.items()}),
    ):
        for circle in circles(edges):
            told = " → ".join((*circle[:_MOST_OF_A_CIRCLE], *(["…"] if len(circle) > _MOST_OF_A_CIRCLE else []), circle[0]))
            yield Reason.of("unit_circle", column=column, circle=told, count=len(circle))


def circles(edges: Mapping[str, str | None]) -> Iterator[tuple[str, ...]]:
    """Every circle in a graph in which each node has at most one edge, once, from its smallest node on."""
    done: set[str] = set()
    for start in sorted(edges):
        path: dict[str, None] = {}
        current: str | None = start
        while current is not None and current in edges and current not in done and current not in path:
            path[current] = None
            current = edges[current]
        if current is not None and current in path:
            nodes = list(path)
            circle = nodes[nodes.index(current) :]
            least = circle.index(min(circle))
            yield tuple(circle[least:] + circle[:least])
        done |= path.keys()


def _dangling(register: Register) -> Iterator[Reason]:
    known = {kind: register.records(kind).keys() for kind in SHEETS}
    for kind, sheet in SHEETS.items():
        pointing = [
            (column.name, column.kind.of if isinstance(column.kind, Many) else column.kind)
            for column in sheet.columns
            if isinstance(column.kind.of if isinstance(column.kind, Many) else column.kind, Reference)
        ]
        for code, record in register.records(kind).items():
            for column, to in pointing:
                value = getattr(record, column)
                for one in value if isinstance(value, tuple) else (value,):
                    if one is not None and isinstance(to, Reference) and one not in known[to.to]:
                        yield Reason.of("code_unknown", sheet=kind, name=code, column=column, value=one, to=to.to)


def _reversed_days(register: Register) -> Iterator[Reason]:
    spans: list[tuple[str, str, date | None, date | None]] = [
        *(("unit", code, unit.valid_from, unit.valid_to) for code, unit in register.units.items()),
        *(("head", code, head.since, head.until) for code, head in register.heads.items()),
        *(("legal_basis", code, basis.issued_on, basis.ends_on) for code, basis in register.legal_bases.items()),
    ]
    for kind, code, first, last in spans:
        if first is not None and last is not None and last < first:
            yield Reason.of("days_reversed", sheet=kind, name=code, first=str(first), last=str(last))


def _names_given_twice(register: Register) -> Iterator[Reason]:
    for kind, named in (
        ("unit", [(code, unit.name) for code, unit in register.units.items()]),
        ("system", [(code, system.name) for code, system in register.systems.items()]),
    ):
        for codes in same_names((code, code) for code, _ in named):
            yield Reason.of("code_twice", sheet=kind, codes=", ".join(codes[:_MOST_OF_A_CIRCLE]))
        for codes in same_names(named):
            yield Reason.of("name_twice", sheet=kind, name=dict(named)[codes[0]], codes=", ".join(codes[:_MOST_OF_A_CIRCLE]))


def same_names(named: Iterable[tuple[str, str]]) -> Iterator[tuple[str, ...]]:
    """The codes whose names are the same, folded; sorted."""
    groups: dict[str, list[str]] = defaultdict(list)
    for code, name in named:
        groups[fold(name)].append(code)
    return (tuple(sorted(codes)) for codes in groups.values() if len(codes) > 1)


def _heads(register: Register, day: date) -> Iterator[Reason]:
    by_unit: dict[str, list[Head]] = defaultdict(list)
    for head in register.heads.values():
        by_unit[head.unit].append(head)
    for unit, heads in sorted(by_unit.items()):
        heads.sort(key=lambda head: (head.since, head.name))
        before: Head | None = None  # whoever of the earlier ones stays longest
        for head in heads:
            if before is not None and (before.until is None or head.since <= before.until):
                yield Reason.of("heads_overlap", unit=unit, one=before.name, other=head.name, since=str(head.since))
            if before is None or head.until is None or (before.until is not None and head.until > before.until):
                before = head
    for code, one in register.units.items():
        if one.exists_on(day) and not any(head.serves_on(day) for head in by_unit.get(code, ())):
            yield Reason.of("unit_without_head", unit=code, name=one.name, day=str(day))


def _systems(register: Register, day: date) -> Iterator[Reason]:
    for code, system in register.systems.items():
        if system.stage is Stage.RETIRED:
            continue
        owner = None if system.owner is None else register.units.get(system.owner)
        if system.owner is None:
            yield Reason.of("system_without_owner", system=code, name=system.name)
        elif owner is not None and not owner.exists_on(day):
            yield Reason.of("owner_ended", system=code, name=system.name, unit=owner.code, successor=owner.successor or "–")
        if not system.data_classes and system.secrecy is None:
            yield Reason.of("system_unclassified", system=code, name=system.name)
    given = places_by_tag(register.tagged.values())
    for code, system in register.systems.items():
        for expression in expressions(system):
            if isinstance(expression, TagScope) and expression.name not in given and system.stage is not Stage.RETIRED:
                yield Reason.of("tag_of_nothing", system=code, name=system.name, tag=expression.name)
    for scope, tie in overlaps(register.systems.values()):
        yield Reason.of("scope_tie", scope=scope, systems=", ".join(tie.systems[:_MOST_OF_A_CIRCLE]))


def _run_out(register: Register, day: date) -> Iterator[Reason]:
    for code, basis in register.legal_bases.items():
        if basis.ends_on is not None and basis.is_past(day):
            yield Reason.of("basis_past", name=code, day=str(basis.ends_on))
    for code, product in register.products.items():
        if product.licence_until is not None and product.licence_until < day:
            yield Reason.of("licence_past", product=code, name=product.name, day=str(product.licence_until))
        if product.conformity_until is not None and product.conformity_until < day:
            yield Reason.of("conformity_past", product=code, name=product.name, day=str(product.conformity_until))
        if product.regime is Regime.CIVIL:
            for system in product.systems:
                known = register.systems.get(system)
                if known is not None and known.carries_state_secrets:
                    yield Reason.of("civil_product_on_state_secrets", product=code, name=product.name, system=system)
    for code, budget in register.budgets.items():
        if budget.share is None:
            yield Reason.of("budget_no_figures", name=code)
    for code, task in register.tasks.items():
        if task.deadline is not None and task.is_late(day):
            yield Reason.of("task_late", name=code, title=task.title, day=str(task.deadline))
