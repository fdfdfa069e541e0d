"""Puts beside an inventory what a report shows of its unit: head, systems, figures, coverage, the mark, the head of the acts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from pqscan.app.answerable import head_on, register_of, systems_of, unit_of
from pqscan.app.enrolment import Refusal
from pqscan.app.figures import facts_digest, inventory_figures, read_figures, system_figures, together
from pqscan.app.first_places import first_places
from pqscan.app.marking import marking_of
from pqscan.app.registered_figures import TiedTargets, registered_figures
from pqscan.app.sealing import read_unit_file
from pqscan.errors import UsageError
from pqscan.readiness.register import Register
from pqscan.readiness.snapshot import ActsHead
from pqscan.readiness.unit import Head, Unit
from pqscan.report import AssessedInventory, ReadinessView


@dataclass(frozen=True, slots=True)
class Beside:
    """`unit` is a code of the register; `figures` a file of stated ones; `snapshot` the unit file whose seal is printed;
    `classification` the code of the decision on the mark. `within` are the systems of a report of some only. `is_page`: what is
    read on a page without being handed in, where nothing has to be digested. `is_data`: what programs read, without what is counted
    against the register or stands first."""

    unit: str | None = None
    figures: Path | None = None
    snapshot: Path | None = None
    classification: str | None = None
    within: Collection[str] | None = None
    is_page: bool = False
    is_data: bool = False


def with_readiness(inventory: AssessedInventory, store: object, beside: Beside) -> AssessedInventory:
    """Raises UsageError for a unit or decision that the register does not have, a file that cannot be read, or figures that
    contradict.

    With a sealed snapshot its figures, unit, head and period are shown; the inventory must still be the one that was sealed, or the
    tables beside them would be of other facts."""
    entries = register_of(store)
    register = Register.of(entries)
    marking = marking_of(register, beside.classification, max(inventory.as_of, inventory.generated_at.date()))
    if beside.snapshot is not None:
        sealed = _sealed(beside.snapshot)
        if sealed.facts_digest != facts_digest(inventory):
            raise UsageError(
                f"the store no longer gives the facts that {beside.snapshot} seals: give the --as-of and --policy of then, or take "
                "the section that was sealed with it (`pqscan snapshot seal --report docx-section`)"
            )
        of_unit = () if sealed.unit is None else systems_of(entries, sealed.unit.code)
        return replace(inventory, readiness=replace(sealed, systems=of_unit, marking=marking))
    code = beside.unit
    unit = None if code is None else unit_of(entries, code)
    if code is not None and unit is None:
        raise UsageError(f"the register has no unit {code[:80]!a}: see `pqscan unit list`")
    if beside.within is not None:
        systems = tuple(system for system in register.systems.values() if system.code in beside.within)
    else:
        systems = tuple(register.systems.values()) if code is None else systems_of(entries, code)
    is_whole = code is None and beside.within is None
    stated = {} if beside.figures is None else read_figures(beside.figures)
    year = inventory.as_of.year
    added = registered_figures(
        inventory,
        register,
        year,
        systems=None if is_whole else {system.code for system in systems},
        units=None if is_whole else _units_under(register, code),
        with_coverage=not beside.is_data,
    )
    tied = TiedTargets(register) if register.systems else ()
    view = ReadinessView(
        together(inventory_figures(inventory, tied), system_figures(systems) if systems else {}, added.figures, stated),
        unit,
        None if code is None else head_on(entries, code, inventory.as_of),
        systems=systems,
        marking=marking,
        facts_digest="" if beside.is_page or beside.is_data else facts_digest(inventory),
        acts=acts_before_reports(store),
        coverage=added.coverage,
        unit_names={one.code: one.name for one in register.units.values()},
        first=None if beside.is_data else first_places(inventory, register),
        year=year,
        trained=added.trained,
    )
    return replace(inventory, readiness=view)


def _units_under(register: Register, code: str | None) -> set[str]:
    """The unit and those below it; none for a report of one system."""
    return {one for one in register.units if code is not None and any(above.code == code for above in register.unit_path(one))}


def acts_before_reports(store: object) -> ActsHead | None:
    """The end of the chain, but for reports that were written last: the same report made again is the same."""
    read = getattr(store, "acts_head", None)
    found = None if read is None else read(before_reports=True)
    return None if found is None else ActsHead(found.entries, found.hash)


def _sealed(path: Path) -> ReadinessView:
    try:
        file = read_unit_file(path)
    except Refusal as refusal:
        raise UsageError(f"{path} is no unit file: {dict(refusal.reason.parameters).get('detail', '')}") from None
    snapshot = file.snapshot
    return ReadinessView(
        snapshot.figures,
        Unit(snapshot.unit, snapshot.unit_name),
        Head(snapshot.unit, snapshot.head, snapshot.head_title, snapshot.period.start),
        snapshot.period,
        facts_digest=snapshot.facts_digest,
        snapshot=file.seal.digest,
        acts=snapshot.acts,
    )
