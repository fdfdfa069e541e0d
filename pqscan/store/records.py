"""The part of `Store` for what people state, do, decide and seal. Everything that changes anything goes in with its act."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Connection, Engine

from pqscan.readiness.act import Act, ActKind
from pqscan.readiness.chain import ChainedAct, ChainHead, ChainReport
from pqscan.readiness.changes import Change, Document
from pqscan.readiness.decision import Decision
from pqscan.readiness.kept import Keeping, KeptSnapshot
from pqscan.store import acts, decisions, register, settings, snapshots
from pqscan.store.engine import legible, reading, writing

OnAct = Callable[[ChainHead], None]
"""Told the head of the chain after each act was committed, to note it outside of the store."""


class Records:
    """Mixed into `Store`. Every method raises StoreError, in one sentence, where the database refuses."""

    _engine: Engine
    _where: str
    _on_act: OnAct | None = None

    def register(self) -> Mapping[str, Mapping[str, Document]]:
        """The records of all sheets by kind and code, sorted."""
        with reading(self._engine, self._where) as connection:
            return register.register(connection)

    def change_register(self, changes: Sequence[Change], act: Act) -> ChainHead:
        """All of the changes and their act, or nothing. UsageError names the first record that is not as its `before` says."""
        with self._changing() as connection:
            head = register.change(connection, changes, act)
        return self._told(head)

    def add_act(self, act: Act) -> ChainHead:
        """Notes an act that leaves nothing else in the store."""
        with self._changing() as connection:
            head = acts.append(connection, act)
        return self._told(head)

    def acts(self, kind: ActKind | None = None, since: datetime | None = None) -> Iterator[ChainedAct]:
        """In their order, of one kind, from a time on. Streams."""
        return acts.acts(self._engine, self._where, kind, since)

    def acts_head(self, *, before_reports: bool = False) -> ChainHead:
        """The end of the chain, as it stands in the audit log; as it stands on reports: before the writing of the last ones."""
        with reading(self._engine, self._where) as connection:
            return acts.head_before_reports(connection) if before_reports else acts.head(connection)

    def verify_acts(self, anchors: Iterable[ChainHead] = ()) -> ChainReport:
        """Walks the chain; each anchor, noted elsewhere, must still stand in it."""
        return acts.verify(self._engine, self._where, anchors)

    def decide(self, decided: Sequence[Decision], act: Act) -> ChainHead:
        """Stores decisions with their act; UsageError where two are on one finding."""
        with self._changing() as connection:
            head = decisions.decide(connection, decided, act)
        return self._told(head)

    def decisions(self) -> Mapping[bytes, Decision]:
        """The newest decision on each finding, by its key."""
        with reading(self._engine, self._where) as connection:
            return decisions.latest(connection)

    def decision_history(self, finding: bytes) -> tuple[Decision, ...]:
        """Every decision on a finding, oldest first."""
        with reading(self._engine, self._where) as connection:
            return decisions.history(connection, finding)

    def keep_snapshot(self, snapshot: KeptSnapshot, act: Act) -> Keeping:
        """Stores a sealed snapshot with its act, once; says how it stands to those of the same unit."""
        with self._changing() as connection:
            how = snapshots.keep(connection, snapshot, act)
            head = None if how is Keeping.KNOWN else acts.head(connection)
        if head is not None:
            self._told(head)
        return how

    def snapshots(self, unit: str | None = None) -> tuple[KeptSnapshot, ...]:
        """Those of a unit, or all: by unit and period."""
        with reading(self._engine, self._where) as connection:
            return snapshots.every(connection, unit)

    def setting(self, name: str) -> Document | None:
        """None where it was never set."""
        with reading(self._engine, self._where) as connection:
            return settings.setting(connection, name)

    def settings(self, prefix: str) -> Mapping[str, Document]:
        """Those whose names begin so, by the rest of the name."""
        with reading(self._engine, self._where) as connection:
            return settings.settings(connection, prefix)

    def set_setting(self, name: str, document: Document, act: Act) -> ChainHead:
        """Puts the setting in the place of what was there."""
        with self._changing() as connection:
            head = settings.set_setting(connection, name, document, act)
        return self._told(head)

    @contextmanager
    def _changing(self) -> Iterator[Connection]:
        """One transaction of the one writer, which reads what is there first."""
        with writing(self._engine, self._where) as connection, legible(self._where):
            yield connection

    def _told(self, head: ChainHead) -> ChainHead:
        if self._on_act is not None:
            self._on_act(head)
        return head
