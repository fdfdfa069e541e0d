"""A ledger that remembers, and one in an SQLite file that survives `kill -9`, with the store's promise of one row a target."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from pqscan.model.inventory import Batch
from pqscan.model.outcome import Outcome, OutcomeStatus
from pqscan.model.target import NetworkTarget


class Memory:
    def __init__(self) -> None:
        self.batches: list[Batch] = []

    def commit(self, batch: Batch) -> None:
        if self.batches:
            assert batch.cursor >= self.batches[-1].cursor
        self.batches.append(batch)

    @property
    def outcomes(self) -> list[Outcome]:
        return [outcome for batch in self.batches for outcome in batch.outcomes]

    @property
    def counts(self) -> dict[OutcomeStatus, int]:
        total: dict[OutcomeStatus, int] = {}
        for batch in self.batches:
            for status, count in batch.counts.items():
                total[status] = total.get(status, 0) + count
        return {status: count for status, count in total.items() if count}


class SqliteLedger:
    def __init__(self, path: Path) -> None:
        self._path = path
        with sqlite3.connect(path) as db:
            db.executescript(
                """create table if not exists outcome
                  (address text, port int, name text, status text, times int, primary key (address, port, name));
                create table if not exists run (id int primary key, cursor int);
                create table if not exists counts (status text primary key, n int);
                insert or ignore into run values (1, 0);"""
            )

    def commit(self, batch: Batch) -> None:
        with sqlite3.connect(self._path) as db:
            for outcome in batch.outcomes:
                target = outcome.target
                assert isinstance(target, NetworkTarget)
                db.execute(
                    "insert into outcome values (?, ?, ?, ?, 1)"
                    " on conflict do update set status = excluded.status, times = times + 1",
                    (target.address, target.port, target.server_name or "", outcome.status.value),
                )
            for status, count in batch.counts.items():
                db.execute("insert into counts values (?, ?) on conflict do update set n = n + excluded.n", (status.value, count))
            db.execute("update run set cursor = ?", (batch.cursor,))

    @property
    def cursor(self) -> int:
        with sqlite3.connect(self._path) as db:
            return int(db.execute("select cursor from run").fetchone()[0])

    def rows(self) -> dict[tuple[str, int, str], tuple[str, int]]:
        with sqlite3.connect(self._path) as db:
            return {(a, p, n): (status, times) for a, p, n, status, times in db.execute("select * from outcome")}

    def counts(self) -> dict[str, int]:
        with sqlite3.connect(self._path) as db:
            return dict(db.execute("select status, n from counts"))

    def status_of(self, target: NetworkTarget) -> OutcomeStatus | None:
        row = self.rows().get((target.address, target.port, target.server_name or ""))
        return None if row is None else OutcomeStatus(row[0])
