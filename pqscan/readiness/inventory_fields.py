"""Which fields an inventory is asked for (nine by M-23-02, 25 in the merged list), and where each comes from here."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import tomli

from pqscan.errors import DataError

_FILE = Path(__file__).parent / "data" / "inventory_fields.toml"


@dataclass(frozen=True, slots=True)
class InventoryField:
    """`columns` (kind.column) of the register, what a `scan` sees, what is `computed`: at least one of them. `m_23_02` is the
    number among the nine items of that memorandum."""

    number: int
    name: str
    source: str
    columns: tuple[str, ...] = ()
    scan: str = ""
    computed: str = ""
    m_23_02: int | None = None


@cache
def inventory_fields() -> tuple[InventoryField, ...]:
    """Raises DataError for a row that comes from nowhere."""
    try:
        rows = tomli.loads(_FILE.read_text("utf-8"))["field"]
        found = tuple(InventoryField(**{**row, "columns": tuple(row.get("columns", ()))}) for row in rows)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"inventory_fields.toml cannot be read ({error}); install pqscan again") from error
    empty = next((row.number for row in found if not (row.columns or row.scan or row.computed)), None)
    if empty is not None:
        raise DataError(f"inventory_fields.toml, field {empty}: it comes from nowhere; name columns, scan or computed")
    return found
