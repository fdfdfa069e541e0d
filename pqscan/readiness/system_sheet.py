"""The sheet of systems: the fields that no scan can tell (`inventory_fields.py` says which list asks for which)."""

from __future__ import annotations

from enum import StrEnum

from pqscan.readiness.cells import CODE, FIRST_YEAR, LAST_YEAR, Choice, Day, Many, Money, Reference, Text, Whole, YesNo
from pqscan.readiness.scope import read_expression
from pqscan.readiness.sheet import Sheet
from pqscan.readiness.system import DataClass, Disposition, Hosting, Package, Regime, Secrecy, Stage, System, SystemKind

MOST_YEARS = 200


class Impact(StrEnum):
    """FIPS 199, the high-water mark; `System.fips_199` holds its value."""

    LOW = "low"
    MODERATE = "moderate"
    HIGH = "high"


SYSTEM_SHEET = Sheet(
    "system",
    System,
    (
        ("code", CODE),
        ("name", Text(300)),
        ("owner", Reference("unit")),
        ("operator", Reference("unit")),
        ("kind", Choice(SystemKind)),
        ("stage", Choice(Stage)),
        ("level", Whole(1, 5)),
        ("level_state", Text(200)),
        ("level_decision", Text(100)),
        ("regulation_decision", Text(100)),
        ("expected_on", Day()),
        ("plan_state", Text(200)),
        ("completion_on", Day()),
        ("assessment", Text(1000, lines=True)),
        ("is_critical", YesNo()),
        ("data_classes", Many(Choice(DataClass))),
        ("secrecy", Choice(Secrecy)),
        ("marked_on", Day()),
        ("extension_years", Whole(0, MOST_YEARS)),
        ("retention_years", Whole(0, MOST_YEARS)),
        ("regime", Choice(Regime)),
        ("lead_authority", Text(300)),
        ("coordinating", Many(Text(300))),
        ("scope", Many(Text(1000, check=read_expression))),
        ("tags", Many(Text(100))),
        ("hosting", Choice(Hosting)),
        ("site", Text(100)),
        ("vendor", Text(300)),
        ("vendor_contact", Text(300)),
        ("contact", Text(300)),
        ("is_public_investment", YesNo()),
        ("acquired_on", Day()),
        ("fisma_id", Text(100)),
        ("fips_199", Choice(Impact)),
        ("hva_id", Text(100)),
        ("is_nss", YesNo()),
        ("package", Choice(Package)),
        ("software", Text(300)),
        ("operating_system", Text(300)),
        ("access_by_asymmetric", YesNo()),
        ("blocks", Text(1000, lines=True)),
        ("funding", Money()),
        ("funding_year", Whole(FIRST_YEAR, LAST_YEAR)),
        ("migration_years", Whole(0, MOST_YEARS)),
        ("disposition", Choice(Disposition)),
        ("disposition_on", Day()),
        ("target_algorithms", Many(Text(100))),
        ("is_agile", YesNo()),
        ("vendor_date", Day()),
        ("categories", Many(Text(100))),
        ("reviewed_on", Day()),
        ("note", Text(2000, lines=True)),
    ),
)
