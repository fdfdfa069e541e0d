"""Sealed snapshots: kept byte for byte, found by unit and period, never altered."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date

from sqlalchemy import Connection, RowMapping, insert, select

from pqscan.errors import UsageError
from pqscan.readiness.act import Act
from pqscan.readiness.kept import Keeping, KeptSnapshot
from pqscan.store import acts, effects
from pqscan.store.columns import time_text
from pqscan.store.documents import document_of, stated
from pqscan.store.rows import whole
from pqscan.store.tables import act
from pqscan.store.tables import snapshot as table

MOST_BYTES = 64 * 1024 * 1024  # of one document
_WITH_TIME = select(table, act.c.at.label("kept_at")).join_from(table, act, isouter=True)
LONGEST_NAME = 500  # characters of a unit's code


def keep(connection: Connection, snapshot: KeptSnapshot, by: Act) -> Keeping:
    """Stores the snapshot with its act, and says how it stands to what is there. Raises UsageError for one that is not whole."""
    _require_whole(snapshot)
    if connection.execute(select(table.c.digest).where(table.c.digest == snapshot.digest)).first() is not None:
        return Keeping.KNOWN
    start, end = snapshot.period_start.isoformat(), snapshot.period_end.isoformat()
    others = connection.execute(select(table.c.period_start, table.c.period_end).where(table.c.unit == snapshot.unit)).all()
    if any(tuple(other) == (start, end) for other in others):
        how = Keeping.AGAIN
    else:
        how = Keeping.OLDER if any(other.period_end > end for other in others) else Keeping.NEW
    head = acts.append(connection, by, {effects.SNAPSHOT: _digest(snapshot)})
    connection.execute(
        insert(table).values(
            digest=snapshot.digest,
            act_number=head.entries,
            unit=snapshot.unit,
            period_start=start,
            period_end=end,
            made_at=snapshot.made_at,
            head=snapshot.head,
            document=snapshot.document,
            signatures=stated(snapshot.signatures),
            imported=snapshot.imported,
        )
    )
    return how


def every(connection: Connection, unit: str | None) -> tuple[KeptSnapshot, ...]:
    """Those of a unit, or all: by unit, period and time of making."""
    wanted = _WITH_TIME
    if unit is not None:
        wanted = wanted.where(table.c.unit == unit)
    found = [_snapshot(row._mapping) for row in connection.execute(wanted)]
    return tuple(sorted(found, key=lambda one: (one.unit, one.period_end, one.period_start, one.made_at, one.digest)))


def digests(connection: Connection) -> Iterator[tuple[int, str]]:
    """The number of the act that kept each snapshot, and the digest of what is there. Raises ValueError for what is no snapshot."""
    for row in connection.execute(_WITH_TIME.order_by(table.c.act_number), execution_options={"yield_per": 10}):
        found = _snapshot(row._mapping)
        _require_whole(found)
        yield whole(row.act_number), _digest(found)


def _require_whole(snapshot: KeptSnapshot) -> None:
    if hashlib.sha256(snapshot.document).digest() != snapshot.digest:
        raise UsageError(f"the snapshot {snapshot.digest.hex()} does not have the digest that it claims")
    if len(snapshot.document) > MOST_BYTES:
        raise UsageError(f"the snapshot {snapshot.digest.hex()} is longer than {MOST_BYTES} bytes")
    if not snapshot.unit or len(snapshot.unit) > LONGEST_NAME:
        raise UsageError(f"a snapshot needs the code of its unit, of at most {LONGEST_NAME} characters")


def _digest(one: KeptSnapshot) -> str:
    period = [one.period_start.isoformat(), one.period_end.isoformat()]
    facts = [one.digest.hex(), one.unit, *period, time_text(one.made_at), one.head, stated(one.signatures), one.imported]
    return effects.digest([facts])


def _snapshot(row: RowMapping) -> KeptSnapshot:
    return KeptSnapshot(
        bytes(row[table.c.digest]),
        row[table.c.unit],
        date.fromisoformat(row[table.c.period_start]),
        date.fromisoformat(row[table.c.period_end]),
        row[table.c.made_at],
        row[table.c.head],
        bytes(row[table.c.document]),
        document_of(row[table.c.signatures]),
        row[table.c.imported],
        row["kept_at"],
    )
