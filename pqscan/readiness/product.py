"""Cryptographic products: under which regime, with which licence and conformity certificate, from where.

Module, chip maker and certified level are three fields: one CA's certificates sit on tokens of several makes (R04)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from pqscan.readiness.cells import CODE, Choice, Day, Many, Reference, Text, YesNo
from pqscan.readiness.sheet import Sheet
from pqscan.readiness.system import Regime


class Origin(StrEnum):
    DOMESTIC = "domestic"
    FOREIGN = "foreign"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Product:
    """One product in use; `regime` is exactly one (R06). `systems` are codes of the systems that it serves.

    Days are the last on which licence and certificate hold; None: not stated."""

    code: str
    name: str
    regime: Regime
    vendor: str = ""
    origin: Origin = Origin.UNKNOWN
    licence: str = ""
    licence_until: date | None = None
    conformity: str = ""
    conformity_until: date | None = None
    module: str = ""
    chip_maker: str = ""
    certified_level: str = ""
    is_public_investment: bool | None = None
    systems: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Origins:
    """Counts of products by origin; unknown stands apart and is in no share (R27)."""

    domestic: int
    foreign: int
    unknown: int

    @property
    def share(self) -> Fraction | None:
        """Of domestic products among those whose origin is known; None where that is none."""
        known = self.domestic + self.foreign
        return Fraction(self.domestic, known) if known else None


def origins(products: Iterable[Product], *, public_investment: bool = False) -> Origins:
    """Counts by origin, of all products or of those bought in public investment."""
    among = [product.origin for product in products if not public_investment or product.is_public_investment]
    return Origins(among.count(Origin.DOMESTIC), among.count(Origin.FOREIGN), among.count(Origin.UNKNOWN))


PRODUCT_SHEET = Sheet(
    "product",
    Product,
    (
        ("code", CODE),
        ("name", Text(300)),
        ("vendor", Text(300)),
        ("origin", Choice(Origin)),
        ("regime", Choice(Regime)),
        ("licence", Text(100)),
        ("licence_until", Day()),
        ("conformity", Text(100)),
        ("conformity_until", Day()),
        ("module", Text(200)),
        ("chip_maker", Text(200)),
        ("certified_level", Text(100)),
        ("is_public_investment", YesNo()),
        ("systems", Many(Reference("system"))),
        ("note", Text(2000, lines=True)),
    ),
)
