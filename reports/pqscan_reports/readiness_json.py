"""What the register adds to the inventory as JSON: the four shares of the data's quality (R31), the trained of each unit (R29), and
systems that do not run yet, by their dossiers (R19)."""

from __future__ import annotations

from pqscan.policy.state import State
from pqscan.readiness.figure_names import QUALITY
from pqscan.report import ReadinessView
from pqscan_reports.described import SOURCE, Planned, planned, planned_apart

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]


def readiness_json(view: ReadinessView) -> dict[str, Json]:
    """`year` is that of the training; what nobody stated is null and never zero."""
    figures = view.figures
    units: list[Json] = [{"unit": row.unit, "trained": row.trained, "headcount": row.headcount} for row in view.trained]
    return {
        "quality": {"inventory": _quality(view, "quality"), "register": _quality(view, "register")},
        "training": {
            "year": view.year,
            "trained": figures.get("training.trained"),
            "headcount": figures.get("training.headcount"),
            "units": units,
        },
        "planned_systems": [_planned(one) for one in planned(view)],
        "planned_military_systems": planned_apart(view),
    }


def _quality(view: ReadinessView, family: str) -> dict[str, Json]:
    rows = view.figures.get(f"{family}.rows")
    return {"rows": rows or 0, **{name: view.figures.get(f"{family}.{name}") if rows else None for name in QUALITY}}


def _planned(one: Planned) -> dict[str, Json]:
    system = one.system
    return {
        "system": system.code,
        "name": system.name,
        "owner": system.owner,
        "stage": system.stage.value,
        "source": SOURCE,
        "algorithms": list(one.algorithms),
        "unlisted": list(one.unread),
        "key_establishment": (State.UNKNOWN if one.state is State.OUTSIDE else one.state).value,
        "outside_assessment": one.state is State.OUTSIDE,
        "expected_on": None if system.expected_on is None else system.expected_on.isoformat(),
    }
