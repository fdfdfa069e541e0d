"""Puts beside an inventory what a report that is handed in shows of its unit: head, systems, figures, the seal's digest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from pqscan.app.answerable import head_on, register_of, systems_of, unit_of
from pqscan.app.enrolment import Refusal
from pqscan.app.figures import facts_digest, inventory_figures, read_figures, system_figures, together
from pqscan.app.sealing import read_unit_file
from pqscan.errors import UsageError
from pqscan.readiness.snapshot import ActsHead
from pqscan.readiness.unit import Head, Unit
from pqscan.report import AssessedInventory, ReadinessView


@dataclass(frozen=True, slots=True)
class Beside:
    """`unit` is a code of the register; `figures` a file of stated ones; `snapshot` the unit file whose seal is printed."""

    unit: str | None = None
    figures: Path | None = None
    snapshot: Path | None = None


def with_readiness(inventory: AssessedInventory, store: object, beside: Beside) -> AssessedInventory:
    """Raises UsageError for a unit that the register does not have, a file that cannot be read, or figures that contradict.

    With a sealed snapshot its figures, unit, head and period are shown; the inventory must still be the one that was sealed, or the
    tables beside them would be of other facts."""
    entries = register_of(store)
    if beside.snapshot is not None:
        sealed = _sealed(beside.snapshot)
        if sealed.facts_digest != facts_digest(inventory):
            raise UsageError(
                f"the store no longer gives the facts that {beside.snapshot} seals: give the --as-of and --policy of then, or take "
                "the section that was sealed with it (`pqscan snapshot seal --report docx-section`)"
            )
        of_unit = () if sealed.unit is None else systems_of(entries, sealed.unit.code)
        return replace(inventory, readiness=replace(sealed, systems=of_unit))
    code = beside.unit
    unit = None if code is None else unit_of(entries, code)
    if code is not None and unit is None:
        raise UsageError(f"the register has no unit {code[:80]!a}: see `pqscan unit list`")
    systems = () if code is None else systems_of(entries, code)
    stated = {} if beside.figures is None else read_figures(beside.figures)
    read = getattr(store, "acts_head", None)
    acts = None if read is None else read()
    view = ReadinessView(
        together(inventory_figures(inventory), system_figures(systems) if systems else {}, stated),
        unit,
        None if code is None else head_on(entries, code, inventory.as_of),
        systems=systems,
        facts_digest=facts_digest(inventory),
        acts=None if acts is None else ActsHead(acts.entries, acts.hash),
    )
    return replace(inventory, readiness=view)


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
