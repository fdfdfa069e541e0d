"""Four regimes of cryptography, never mixed in one total, each with one answering authority (R06, R09); military is counted only,
as «ngoài phạm vi» (R08)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import tomli

from pqscan.errors import DataError
from pqscan.readiness.product import Product
from pqscan.readiness.system import Regime, System
from pqscan.readiness.words import Words, spoken

_FILE = Path(__file__).parent / "data" / "regimes.toml"


@cache
def authorities() -> Mapping[Regime, Words]:
    """The answering authority of each regime, English and Vietnamese. Raises DataError."""
    try:
        rows = tomli.loads(_FILE.read_text("utf-8"))["regime"]
        found = {Regime(row["id"]): (str(row["authority"][0]), str(row["authority"][1])) for row in rows}
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        raise DataError(f"regimes.toml cannot be read ({error}); install pqscan again") from error
    if found.keys() != set(Regime):
        raise DataError("regimes.toml must have one row for each regime; install pqscan again")
    return found


def authority_of(record: System | Product, language: str) -> str | None:
    """Who answers for a system's or product's cryptography: as its row says, else by its regime; None: not determined yet."""
    if isinstance(record, System) and record.lead_authority:
        return record.lead_authority
    return None if record.regime is None else spoken(authorities()[record.regime], language)


@dataclass(frozen=True, slots=True)
class RegimeGroup:
    """The systems and products of one regime; None: of those that state none. `systems` and `products` are empty where the regime
    is outside of what pqscan looks at: there only the counts are told."""

    regime: Regime | None
    system_count: int
    product_count: int
    systems: tuple[System, ...]
    products: tuple[Product, ...]

    @property
    def is_outside(self) -> bool:
        return self.regime is Regime.MILITARY


def by_regime(systems: Iterable[System], products: Iterable[Product]) -> tuple[RegimeGroup, ...]:
    """One group for each regime, in the order of the regimes, then those without."""
    all_systems, all_products = tuple(systems), tuple(products)
    groups = []
    for regime in (*Regime, None):
        own = tuple(system for system in all_systems if system.regime is regime)
        bought = tuple(product for product in all_products if product.regime is regime)
        hidden = regime is Regime.MILITARY
        groups.append(RegimeGroup(regime, len(own), len(bought), () if hidden else own, () if hidden else bought))
    return tuple(groups)
