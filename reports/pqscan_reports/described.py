"""What reports show of the register where no scan can tell: systems that do not run yet, by their dossiers (R19), and the
trained of each unit (R29). Military systems and units are counted and not shown (R08)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pqscan.locale import Translator, fill, msgid
from pqscan.policy.state import State
from pqscan.readiness.design import state_of_design, uses_of_design
from pqscan.readiness.system import Regime, Stage, System
from pqscan.readiness.unit import UnitKind
from pqscan.readiness.words import choices, spoken
from pqscan.report import ReadinessView
from pqscan_reports.standing import NO_FIGURE, Cell, Table

NOT_RUNNING_YET = (Stage.PLANNED, Stage.DESIGN, Stage.BUILD)
SOURCE = "dossier"  # «hồ sơ»: nothing of these systems was scanned


@dataclass(frozen=True, slots=True)
class Planned:
    """What a dossier makes of one system that does not run yet; `state` is that of key establishment, and `unread` are the names
    that no list knows. Nothing is told of the algorithms of a system that carries state secrets."""

    system: System
    state: State
    algorithms: tuple[str, ...]
    unread: tuple[str, ...]


def planned(view: ReadinessView) -> Iterator[Planned]:
    """By stage, then by code; without the military ones, unless the report is a military unit's own."""
    shown = [system for system in view.systems if system.stage in NOT_RUNNING_YET and not _is_apart(system, view)]
    for system in sorted(shown, key=lambda one: (NOT_RUNNING_YET.index(one.stage), one.code)):
        if system.carries_state_secrets:
            yield Planned(system, State.OUTSIDE, (), ())
            continue
        uses, unread = uses_of_design(system.target_algorithms)
        yield Planned(system, state_of_design(uses), system.target_algorithms, unread)


def planned_apart(view: ReadinessView) -> int:
    """How many planned systems are military, and reported apart."""
    return sum(system.stage in NOT_RUNNING_YET and _is_apart(system, view) for system in view.systems)


def _is_apart(system: System, view: ReadinessView) -> bool:
    return system.regime is Regime.MILITARY and (view.unit is None or view.unit.kind is not UnitKind.MILITARY)


def planned_table(view: ReadinessView, say: Translator) -> Table | None:
    """A row for each system that does not run yet; None where the register has none."""
    rows: list[tuple[Cell, ...]] = [_row(one, view, say) for one in planned(view)]
    apart = planned_apart(view)
    if apart:
        told = say.counted("{count} military system, reported apart", "{count} military systems, reported apart", apart)
        rows.append((told, *("",) * 6))
    header = (
        say.gettext("System"),
        say.gettext("Owner"),
        say.gettext("Stage"),
        say.gettext("What it will use"),
        say.gettext("Key establishment, as designed"),
        say.gettext("Expected on"),
        say.gettext("Source"),
    )
    return Table(say.gettext("Planned systems"), header, tuple(rows)) if rows else None


def _row(one: Planned, view: ReadinessView, say: Translator) -> tuple[Cell, ...]:
    system = one.system
    names = ", ".join(one.algorithms)
    if one.unread:
        unread = fill(say.gettext("in no list: {names}"), {"names": ", ".join(one.unread)})
        names = f"{names} ({unread})"
    if not names and one.state is not State.OUTSIDE:
        names = say.gettext("the dossier names nothing yet")
    return (
        f"{system.code} {system.name}",
        "" if system.owner is None else view.unit_names.get(system.owner, system.owner),
        spoken(choices("Stage")[system.stage.value], say.language),
        names or "–",
        say.label("state", one.state.value),
        "–" if system.expected_on is None else say.date(system.expected_on),
        say.gettext("dossier"),
    )


def training_table(view: ReadinessView, say: Translator) -> Table | None:
    """The trained of each unit's headcount in the year of the figures; None where the register has nothing of any."""
    if not any(row.headcount is not None for row in view.trained):
        return None
    header = (say.gettext("Unit"), say.gettext("Trained"), say.gettext("Of"), say.gettext("Share"))
    rows: list[tuple[Cell, ...]] = []
    for row in view.trained:
        name = view.unit_names.get(row.unit, row.unit)
        if row.headcount is None or row.trained is None:
            rows.append((name, "", "", say.gettext(NO_FIGURE)))
        else:
            share = say.percent(row.trained, row.headcount) if row.headcount else say.gettext(NO_FIGURE)
            rows.append((name, row.trained, row.headcount, share))
    return Table(say.gettext(msgid("Trained, by unit")), header, tuple(rows))
