"""A sealed snapshot as a store keeps it: its bytes with what it is found by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from pqscan.readiness.changes import Document


@dataclass(frozen=True, slots=True)
class KeptSnapshot:
    """`digest` is the SHA-256 of `document`, the canonical bytes that were signed; `head` who answers for the unit.

    `signatures` are texts by the algorithm's name, as the seal writes them. `imported`: it came in a file from another store.
    `kept_at` is the time of the act that kept it, by this store's clock; None before."""

    digest: bytes
    unit: str
    period_start: date
    period_end: date
    made_at: datetime
    head: str
    document: bytes
    signatures: Document
    imported: bool = False
    kept_at: datetime | None = None


class Keeping(StrEnum):
    """How a snapshot stands to those that the store has of the same unit."""

    NEW = "new"
    KNOWN = "known"  # the very same is there: nothing was changed, and no act written
    AGAIN = "again"  # kept, beside another one of the same period
    OLDER = "older"  # kept, though one of a later period was there: somebody may have sent an old file again
