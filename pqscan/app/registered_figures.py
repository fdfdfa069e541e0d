"""What the register adds to an inventory's figures: coverage, the quality of its rows, money, training and products, of one unit or
of all. A figure that nobody stated is absent and never zero."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from pqscan.model.inventory import RunKind, RunState
from pqscan.model.outcome import OutcomeStatus
from pqscan.model.target import FileTarget, NetworkTarget
from pqscan.readiness.asked import Asked
from pqscan.readiness.assigner import Tie
from pqscan.readiness.budget import BudgetState
from pqscan.readiness.coverage import Coverage, Listed, coverage
from pqscan.readiness.product import Origin, origins
from pqscan.readiness.quality import Quality, quality
from pqscan.readiness.register import Register
from pqscan.readiness.system import Regime
from pqscan.readiness.training import UnitTraining, trained_by_unit
from pqscan.report import AssessedInventory


@dataclass(frozen=True, slots=True)
class Registered:
    """What the register says beside an inventory. `coverage` is None where it describes nothing that could be seen."""

    figures: dict[str, int] = field(default_factory=dict)
    coverage: Coverage | None = None
    trained: tuple[UnitTraining, ...] = ()


def registered_figures(
    inventory: AssessedInventory,
    register: Register,
    year: int,
    *,
    systems: Collection[str] | None = None,
    units: Collection[str] | None = None,
    with_coverage: bool = True,
) -> Registered:
    """Of these systems and units; None: of all. `year` is that of money and training. Coverage takes a walk over all targets."""
    if units is None:
        units = [code for code, unit in register.units.items() if unit.exists_on(inventory.as_of)]
    trained = trained_by_unit(register.trainings.values(), sorted(units), year)
    figures = {**_budgets(register, units, year), **_training(trained), **_products(register, systems)}
    if not register.systems and not any(unit.domains or unit.ranges for unit in register.units.values()):
        return Registered(figures, trained=trained)
    if not with_coverage:
        return Registered(figures | _rows(quality(register, inventory.as_of, systems)), trained=trained)
    seen = coverage(register, _listed(inventory), inventory.as_of, _asked(inventory), systems=systems, units=units)
    rows = quality(register, inventory.as_of, systems)
    return Registered(figures | _coverage(seen, has_systems=bool(register.systems)) | _rows(rows), seen, trained)


class TiedTargets:
    """Holds a target that several systems claim equally."""

    def __init__(self, register: Register) -> None:
        self._assigner = register.assigner()

    def __contains__(self, target: object) -> bool:
        return isinstance(target, NetworkTarget | FileTarget) and isinstance(self._assigner.system_of(target), Tie)


def _listed(inventory: AssessedInventory) -> Iterator[Listed]:
    """What a tally counts as a target."""
    for assessed in inventory.targets():
        sighting = assessed.sighting
        is_client = isinstance(sighting.target, NetworkTarget) and sighting.target.is_client
        if not is_client and (sighting.status is not OutcomeStatus.REFUSED or sighting.profile is not None):
            yield sighting.target, sighting.profile is not None


def _asked(inventory: AssessedInventory) -> Asked:
    """By scans that came to their end; of one that was broken off only the targets themselves are known."""
    done = (run for run in inventory.runs if run.kind is RunKind.NET and run.state is RunState.FINISHED)
    return Asked.by(run.scope for run in done if run.started_at.date() <= inventory.as_of)


def _coverage(seen: Coverage, *, has_systems: bool) -> dict[str, int]:
    figures: Counter[str] = Counter()
    for unit in seen.units:
        figures["place.asked"] += unit.asked
        figures["place.in_part"] += unit.in_part
        figures["place.unknown"] += len(unit.unknown)
        figures["places.total"] += unit.total
    if not has_systems:
        return dict(figures)
    found = sum(kind.seen for kind in seen.kinds)
    never = sum(len(kind.never_seen) for kind in seen.kinds)
    return {
        **figures,
        "belonging.in_a_system": seen.in_systems,
        "belonging.in_no_system": seen.outside,
        "belonging.tied": seen.tied,
        "system_seen.seen": found,
        "system_seen.never_seen": never,
        "system_seen.not_running": seen.not_running,
        "system_seen.outside": seen.out_of_assessment,
        "systems.total": found + never + seen.not_running + seen.out_of_assessment,
    }


def _rows(rows: Quality) -> dict[str, int]:
    if not rows.complete.of:
        return {}
    shares = {"verified": rows.verified, "complete": rows.complete, "clean": rows.clean, "live": rows.live}
    return {"register.rows": rows.complete.of, **{f"register.{name}": share.count for name, share in shares.items()}}


def _budgets(register: Register, units: Collection[str], year: int) -> dict[str, int]:
    """Money of the units whose share can be told: one that states the whole alone would make the others' share smaller."""
    if not register.budgets or not units:
        return {}
    rows = {row.unit: row for row in register.budgets.values() if row.year == year and row.unit in units}
    states = Counter(rows[code].state() if code in rows else BudgetState.NO_FIGURES for code in units)
    figures = {f"budget_state.{state.value}": states[state] for state in BudgetState} | {"budgets.total": len(units)}
    whole = [row for row in rows.values() if row.share is not None]
    if whole:
        figures["budget.it_total"] = sum(row.total or 0 for row in whole)
        figures["budget.security"] = sum(row.security or 0 for row in whole)
    told = [row.post_quantum for row in whole if row.post_quantum is not None]
    return figures | ({"budget.post_quantum": sum(told)} if told else {})


def _training(trained: Iterable[UnitTraining]) -> dict[str, int]:
    told = [(row.headcount, row.trained) for row in trained if row.headcount is not None and row.trained is not None]
    return {"training.headcount": sum(row[0] for row in told), "training.trained": sum(row[1] for row in told)} if told else {}


def _products(register: Register, systems: Collection[str] | None) -> dict[str, int]:
    """Products that these systems use, each once; of all, whatever uses them."""
    rows = [row for row in register.products.values() if systems is None or set(row.systems) & {*systems}]
    if not rows:
        return {}
    all_of_them, bought = origins(rows), origins(rows, public_investment=True)
    regimes = Counter(row.regime for row in rows)
    return {
        **{f"product_origin.{origin.value}": getattr(all_of_them, origin.value) for origin in Origin},
        **{f"public_origin.{origin.value}": getattr(bought, origin.value) for origin in Origin},
        **{f"product_regime.{regime.value}": regimes[regime] for regime in Regime},
        "products.public": bought.domestic + bought.foreign + bought.unknown,
        "products.total": len(rows),
    }
