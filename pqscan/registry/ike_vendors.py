"""What the vendor ids of IKE mean (data/ike_vendor_ids.toml): the software that sent them, or an extension that it knows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pqscan.registry.table import DATA_FOLDER, read_table

SOFTWARE, BEHAVIOUR = "software", "behaviour"


@dataclass(frozen=True, slots=True)
class VendorId:
    """`name` of a `kind` software is a product, of a behaviour the word by which observations call it."""

    begins: bytes
    name: str
    kind: str
    references: tuple[str, ...]


def read_vendor_ids(path: Path = DATA_FOLDER / "ike_vendor_ids.toml") -> tuple[VendorId, ...]:
    """Every row in the order of the file. Raises DataError naming file and row."""
    found: dict[bytes, VendorId] = {}
    for row in read_table(path, "vendor_id"):
        try:
            begins = bytes.fromhex(row.text("begins"))
        except ValueError:
            raise row.wrong("begins is no hex") from None
        if len(begins) < 8 or begins in found:
            raise row.wrong("begins has fewer than 8 bytes, or a row already")
        found[begins] = VendorId(begins, row.text("name"), row.text("kind", among=(SOFTWARE, BEHAVIOUR)), row.references())
        row.done()
    return tuple(found.values())


def vendor_of(data: bytes) -> VendorId | None:
    """The row of a vendor id; None where no source tells it."""
    return next((row for row in _rows() if data.startswith(row.begins)), None)


@cache
def _rows() -> tuple[VendorId, ...]:
    return read_vendor_ids()
