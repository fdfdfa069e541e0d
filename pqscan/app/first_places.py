"""The first places of the exposure list as reports show them, where the register describes systems."""

from __future__ import annotations

from pqscan.app.exposing import Described, Place, described_by, expose
from pqscan.readiness.register import Register
from pqscan.report import AssessedInventory, FirstPlace, FirstPlaces

MOST_PLACES = 10
_EXAMPLES = 3


def first_places(inventory: AssessedInventory, register: Register, most: int = MOST_PLACES) -> FirstPlaces | None:
    """None for a register without a system: everything would be unclassified."""
    if not register.systems:
        return None
    described = described_by(register)
    found = expose(inventory, described)
    return FirstPlaces(
        found.settings.quantum_year,
        tuple(_first(place, described) for place in found.places[:most]),
        max(0, len(found.places) - most),
        found.counts,
        found.out_of_scope,
        found.without_system,
    )


def _first(place: Place, described: Described) -> FirstPlace:
    item = place.item
    system = described.systems.get(item.system or "")
    return FirstPlace(
        place.first,
        place.last,
        item.system,
        "" if system is None else system.name,
        item.exposure.purpose,
        item.exposure.state,
        tuple(row.item.target for row in place.rows[:_EXAMPLES]),
        len(place.rows),
        item.exposure.reasons,
        None if place.fix is None else place.fix.reason,
        place.rows[-1].why,
    )
