"""Takes an asset list into the register of systems. Good rows are taken over, and what is wrong with the others is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pqscan.app.importing.asset_list import AssetList, read_assets
from pqscan.app.importing.columns import is_heading
from pqscan.app.registering import Doing, ImportPlan, carry_out, register, register_store
from pqscan.app.sheets import read_rows
from pqscan.model.reason import Reason
from pqscan.readiness.kinds import SHEETS
from pqscan.readiness.planning import plan_changes
from pqscan.readiness.sheet import problems_of

_KIND = "system"


@dataclass(frozen=True, slots=True)
class AssetPlan:
    """`planned` is what the good rows would change; `problems` are the others, each with its line."""

    assets: AssetList
    planned: ImportPlan
    problems: tuple[Reason, ...]


def plan_assets(store: object, path: str, *, profile: str | None = None, day: date) -> AssetPlan:
    """Reads a list and changes nothing. Raises UsageError where the file cannot be read as one of rows and columns, or where no
    heading of it is known."""
    present = register_store(store).register().get(_KIND, {})
    assets = read_assets(read_rows(path, is_heading), profile, register(store))
    reading = assets.reading()
    plan = plan_changes(SHEETS[_KIND], present, reading.rows)
    more = (Reason.of("asset_more", count=assets.more_problems),) if assets.more_problems else ()
    problems = (*assets.problems, *more, *problems_of(reading), *plan.problems)
    return AssetPlan(assets, ImportPlan(_KIND, plan, (), (), 0), problems)


def import_assets(store: object, planned: AssetPlan, path: str, doing: Doing) -> None:
    """Makes the changes of the good rows. Raises UsageError where another was quicker."""
    carry_out(store, planned.planned, Path(path).name, doing)
