"""Runs: what was started, how far it has come, what its outcomes count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from pqscan.errors import UsageError
from pqscan.model.inventory import Batch, Run, RunKind, RunState
from pqscan.model.outcome import OutcomeStatus
from pqscan.store import bulk
from pqscan.store.rows import whole
from pqscan.store.tables import run as table
from pqscan.store.tables import run_batch, run_count

_MOST_CANDIDATES = 5


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come, as the writer needs it."""

    number: int
    cursor: int
    registry_edition: str


def begin(connection: Connection, run: Run, *, from_start: bool = False) -> None:
    """Stores a new run, or takes up one again that is there: cursor and counts stay as they are, or begin again `from_start`.

    Raises UsageError where another run has that id."""
    known = connection.execute(select(table.c.kind, table.c.scope, table.c.started_at).where(table.c.id == run.id)).one_or_none()
    if known is not None:
        if (known.kind, known.scope) != (run.kind.value, run.scope):
            raise UsageError(f"the store already has a run {run.id}, and it is another one: give this run an id of its own")
        connection.execute(update(table).where(table.c.id == run.id).values(state=RunState.RUNNING.value, finished_at=None))
        if from_start:
            _forget_counts(connection, run.id)
        return
    number = bulk.next_number(connection, table, "number")
    connection.execute(
        insert(table).values(
            number=number,
            id=run.id,
            kind=run.kind.value,
            state=run.state.value,
            started_at=run.started_at,
            finished_at=run.finished_at,
            scope=run.scope,
            site=run.site,
            profile=run.profile,
            client=run.client,
            tool_version=run.tool_version,
            registry_edition=run.registry_edition,
            arguments=run.arguments,
            cursor=run.cursor,
            authorisation_number=run.authorisation_number,
        )
    )
    _add_counts(connection, number, run.counts)


def _forget_counts(connection: Connection, run_id: str) -> None:
    number = progress(connection, run_id).number
    connection.execute(update(table).where(table.c.number == number).values(cursor=0))
    for counted in (run_count, run_batch):
        connection.execute(delete(counted).where(counted.c.run_number == number))


def finish(connection: Connection, run_id: str, state: RunState, finished_at: datetime) -> None:
    """Notes how and when a run ended. Raises UsageError for a run that was never begun."""
    done = connection.execute(update(table).where(table.c.id == run_id).values(state=state.value, finished_at=finished_at))
    if done.rowcount == 0:
        raise UsageError(f"the store has no run {run_id}: begin it first")


def progress(connection: Connection, run_id: str) -> Progress:
    """Raises UsageError for a run that was never begun."""
    columns = select(table.c.number, table.c.cursor, table.c.registry_edition)
    row = connection.execute(columns.where(table.c.id == run_id)).one_or_none()
    if row is None:
        raise UsageError(f"the store has no run {run_id}: begin it first")
    return Progress(row.number, row.cursor, row.registry_edition)


def advance(connection: Connection, run: Progress, batch: Batch, digest: bytes) -> None:
    """Moves the cursor and adds the counts, once: a batch below the cursor, or one seen at this cursor, counts nothing."""
    if batch.cursor < run.cursor or not (batch.counts or batch.cursor > run.cursor):
        return
    mine = run_batch.c.run_number == run.number
    if batch.cursor > run.cursor:
        connection.execute(delete(run_batch).where(mine))
        connection.execute(update(table).where(table.c.number == run.number).values(cursor=batch.cursor))
    elif connection.execute(select(run_batch.c.digest).where(mine, run_batch.c.digest == digest)).first() is not None:
        return
    connection.execute(insert(run_batch).values(run_number=run.number, digest=digest))
    _add_counts(connection, run.number, batch.counts)


def _add_counts(connection: Connection, number: int, counts: Mapping[OutcomeStatus, int]) -> None:
    for status, count in sorted(counts.items()):
        row = (run_count.c.run_number == number, run_count.c.status == status.value)
        if connection.execute(update(run_count).where(*row).values(count=run_count.c.count + count)).rowcount == 0:
            connection.execute(insert(run_count).values(run_number=number, status=status.value, count=count))


def one(connection: Connection, text: str) -> Run | None:
    """The run with that id, or the only one whose id begins so. Raises UsageError naming the candidates where there are more."""
    found = connection.execute(select(table).where(table.c.id == text)).all()
    if not found and text:
        begins = func.substr(table.c.id, 1, len(text)) == text
        found = connection.execute(select(table).where(begins).order_by(table.c.number.desc()).limit(_MOST_CANDIDATES + 1)).all()
    if len(found) > 1:
        names = ", ".join(row.id for row in found[:_MOST_CANDIDATES]) + (", ..." if len(found) > _MOST_CANDIDATES else "")
        raise UsageError(f"more than one run begins with {text}: choose one of {names}")
    return _runs(connection, found)[0] if found else None


def every(connection: Connection) -> tuple[Run, ...]:
    """All runs, oldest first."""
    return _runs(connection, connection.execute(select(table).order_by(table.c.started_at, table.c.number)).all())


def number_of(connection: Connection, text: str) -> tuple[int, str]:
    """A run's row number and whole id. Raises UsageError where there is none, or more than one."""
    run = one(connection, text)
    if run is None:
        raise UsageError(f"the store has no run {text}: `pqscan show runs` lists them")
    return progress(connection, run.id).number, run.id


def ids(connection: Connection) -> dict[int, str]:
    """The ids of all runs by row number."""
    return {row.number: row.id for row in connection.execute(select(table.c.number, table.c.id))}


def _runs(connection: Connection, rows: Sequence[Row[tuple[object, ...]]]) -> tuple[Run, ...]:
    counts: dict[int, dict[OutcomeStatus, int]] = {}
    for number, status, count in connection.execute(select(run_count).order_by(run_count.c.status)):
        if count:
            counts.setdefault(number, {})[OutcomeStatus(status)] = whole(count)
    return tuple(
        Run(
            row.id,
            RunKind(row.kind),
            row.started_at,
            row.finished_at,
            RunState(row.state),
            row.scope,
            row.site,
            row.profile,
            row.client,
            row.tool_version,
            row.registry_edition,
            row.arguments,
            whole(row.cursor),
            counts.get(cast("int", row.number), {}),
            row.authorisation_number,
        )
        for row in rows
    )
