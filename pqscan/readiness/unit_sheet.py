"""The sheets of units and of their heads."""

from __future__ import annotations

from ipaddress import ip_network

from pqscan.readiness.cells import CODE, Choice, Day, Many, Reference, Text, WrongCell
from pqscan.readiness.scope import ascii_host
from pqscan.readiness.sheet import Sheet
from pqscan.readiness.unit import Head, Unit, UnitKind
from pqscan.registry.foreign_text import shown


def _domain(text: str) -> None:
    if ascii_host(text) is None:
        raise WrongCell("cell_no_domain", value=shown(text))


def _range(text: str) -> None:
    try:
        ip_network(text)
    except ValueError:
        raise WrongCell("cell_no_range", value=shown(text)) from None


UNIT_SHEET = Sheet(
    "unit",
    Unit,
    (
        ("code", CODE),
        ("name", Text(300)),
        ("kind", Choice(UnitKind)),
        ("superior", Reference("unit")),
        ("via", Reference("unit")),
        ("valid_from", Day()),
        ("valid_to", Day()),
        ("successor", Reference("unit")),
        ("domains", Many(Text(253, check=_domain))),
        ("ranges", Many(Text(50, check=_range))),
        ("contact", Text(300)),
        ("cipher_contact", Text(300)),
    ),
)

HEAD_SHEET = Sheet(
    "head",
    Head,
    (
        ("unit", Reference("unit")),
        ("name", Text(200)),
        ("title", Text(200)),
        ("since", Day()),
        ("until", Day()),
    ),
    key=("unit", "since"),
)
