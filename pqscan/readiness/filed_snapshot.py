"""A snapshot as it is kept: made here or carried in. It is never altered; a corrected one is another row beside it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from pqscan.readiness.seal import Seal
from pqscan.readiness.snapshot import Period, Snapshot


@dataclass(frozen=True, slots=True)
class FiledSnapshot:
    """`document` is the canonical form that `seal` signs, `digest` its SHA-256 in hex. `kept_at` is when it was sealed here or came
    in: lateness is told by this clock and not by the unit's."""

    digest: str
    unit: str
    period: Period
    made_at: datetime
    kept_at: datetime
    head: str
    document: bytes
    seal: Seal
    is_imported: bool

    @classmethod
    def of(cls, snapshot: Snapshot, seal: Seal, kept_at: datetime, *, is_imported: bool) -> FiledSnapshot:
        return cls(
            seal.digest,
            snapshot.unit,
            snapshot.period,
            snapshot.made_at,
            kept_at,
            snapshot.head,
            snapshot.encode(),
            seal,
            is_imported,
        )

    @property
    def snapshot(self) -> Snapshot:
        """Raises MalformedMessage where the row was damaged."""
        return Snapshot.decode(self.document)


def in_force(kept: Iterable[FiledSnapshot]) -> list[FiledSnapshot]:
    """Of each unit and period the one that no other corrects, by unit and period. Of two that nothing tells apart, the one that was
    kept first. A correction counts within its unit and period alone: nobody takes back what another unit or period says."""
    rows = sorted(kept, key=lambda row: (row.unit, row.period.start, row.period.end, row.kept_at, row.digest))
    corrected = {(row.unit, row.period, row.snapshot.supersedes) for row in rows}
    found: dict[tuple[str, Period], FiledSnapshot] = {}
    for row in rows:
        if (row.unit, row.period, row.digest) not in corrected:
            found.setdefault((row.unit, row.period), row)
    return list(found.values())
