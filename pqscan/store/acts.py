"""The chain of acts in the table `act`: appending, streaming, walking. Nothing is altered or taken out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import cast

from sqlalchemy import Connection, Engine, insert, select

from pqscan.errors import UsageError
from pqscan.readiness.act import Act, ActKind
from pqscan.readiness.chain import EMPTY, ChainedAct, ChainHead, ChainReport, Walk, canonical, link
from pqscan.store import bulk, effects
from pqscan.store.bulk import RawRow
from pqscan.store.columns import time_text
from pqscan.store.documents import document_of, raw_json
from pqscan.store.effects import Effect
from pqscan.store.engine import reading
from pqscan.store.peer_text import Json, escape_json, unescape, unescape_json
from pqscan.store.portions import portions
from pqscan.store.reconcile import Effects
from pqscan.store.rows import time_of, whole
from pqscan.store.tables import act as table

MOST_CHARACTERS = 1 << 20  # of one act
REPORT = "report"
"""The subject of the export of a report."""
_COLUMNS = "number, at, actor, role, kind, subject, detail, reason, effect, previous_hash, hash"


def append(connection: Connection, act: Act, effect: Effect = effects.NOTHING) -> ChainHead:
    """Adds an act within a writing transaction; `effect` says what the transaction leaves in other tables. Raises UsageError."""
    last = head(connection)
    row = {
        "number": last.entries + 1,
        "at": act.at,
        "actor": act.actor,
        "role": act.role,
        "kind": act.kind.value,
        "subject": act.subject,
        "detail": {name: list(value) if isinstance(value, tuple) else value for name, value in act.detail.items()},
        "reason": act.reason,
        "effect": effect,
        "previous_hash": last.hash,
    }
    entry = cast("dict[str, object]", escape_json(cast("Json", {**row, "at": time_text(act.at)})))
    if len(canonical(entry)) > MOST_CHARACTERS:
        raise UsageError(f"the act on {act.subject[:100]} is longer than {MOST_CHARACTERS} characters: shorten its reason")
    del entry["previous_hash"]  # The hash covers it in front of the rest.
    found = link(last.hash, entry)
    connection.execute(insert(table).values(**row, hash=found))
    return ChainHead(last.entries + 1, found)


def head(connection: Connection) -> ChainHead:
    """The end of the chain as its last row states it."""
    last = connection.execute(select(table.c.number, table.c.hash).order_by(table.c.number.desc()).limit(1)).one_or_none()
    return EMPTY if last is None else ChainHead(whole(last.number), last.hash)


def head_before_reports(connection: Connection) -> ChainHead:
    """The last act that is not the writing of a report: a report that states it does not change by having been written."""
    noted = (table.c.kind == ActKind.EXPORT.value) & (table.c.subject == REPORT)
    last = connection.execute(select(table.c.number, table.c.hash).where(~noted).order_by(table.c.number.desc()).limit(1))
    row = last.one_or_none()
    return EMPTY if row is None else ChainHead(whole(row.number), row.hash)


def acts(engine: Engine, where: str, kind: ActKind | None, since: datetime | None) -> Iterator[ChainedAct]:
    """In their order; of one kind, or from a time on (that time included). Streams."""
    wanted: dict[str, object] = {}
    with reading(engine, where) as connection:
        if kind is not None:
            wanted["kind"] = kind.value
        if since is not None:
            wanted["since"] = bulk.time_encoder(connection)(since)
        tests = " AND ".join({"kind": "kind = :kind", "since": "at >= :since"}[name] for name in wanted)
        statement = f"SELECT {_COLUMNS} FROM act {'WHERE ' + tests if tests else ''} ORDER BY number"  # noqa: S608  # Our own names.
        for rows in portions(connection, statement, wanted):
            yield from map(_act, rows)


def _act(row: RawRow) -> ChainedAct:
    number, at, actor, role, kind, subject, detail, reason, _effect, previous, found = row
    act = Act(
        time_of(at),
        unescape(actor),
        unescape(role),
        ActKind(kind),
        unescape(subject),
        document_of(detail),
        unescape(reason),
    )
    return ChainedAct(whole(number), act, previous, found)


def verify(engine: Engine, where: str, anchors: Iterable[ChainHead]) -> ChainReport:
    """Walks the whole chain, and holds the other tables against what the acts left in them.

    `anchors` are heads that were noted elsewhere; each must still stand in the chain."""
    walk = Walk(anchors)
    left = Effects()
    with reading(engine, where) as connection:
        for rows in portions(connection, f"SELECT {_COLUMNS} FROM act ORDER BY number", {}):  # noqa: S608
            if not all(_step(walk, left, row) for row in rows):
                return walk.report()
        walk.end()
        return walk.report(left.faults(connection) if walk.fault is None else ())


def _step(walk: Walk, left: Effects, row: RawRow) -> bool:
    number, at, actor, role, kind, subject, detail, reason, effect, previous, told = row
    try:
        moment = time_text(time_of(at))
        detail, effect = raw_json(detail), raw_json(effect)
    except (ValueError, TypeError, AttributeError, RecursionError):
        return walk.unreadable()
    entry = {
        "number": number,
        "at": moment,
        "actor": actor,
        "role": role,
        "kind": kind,
        "subject": subject,
        "detail": detail,
        "reason": reason,
        "effect": effect,
    }
    if not walk.step(number, moment, previous, told, entry):
        return False
    left.take(walk.head.entries, unescape_json(effect))
    return True
