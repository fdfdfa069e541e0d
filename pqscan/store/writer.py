"""Commits a batch of outcomes: one transaction, bulk statements, and the same store however often the batch comes."""

from __future__ import annotations

import gc
import hashlib
import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, Engine

from pqscan.model.inventory import Batch, StillThere
from pqscan.model.outcome import Evidence, Outcome, OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.model.target import FileTarget, NetworkTarget, Target
from pqscan.readiness.act import Act
from pqscan.readiness.chain import ChainHead
from pqscan.store import bulk, folders, runs, tables
from pqscan.store.content import Contents, ReadCertificate
from pqscan.store.engine import hold_indexes, writing
from pqscan.store.failure import is_about_values
from pqscan.store.intervals import BLOCK_TARGETS, Interval, Ledger, Result, lane_of
from pqscan.store.keys import target_key
from pqscan.store.peer_text import escape, to_json
from pqscan.store.purge import Purged, purge
from pqscan.store.rows import reason_of, time_of

log = logging.getLogger(__name__)

EVIDENCE_BYTES = 64 * 1024  # of one sighting, both directions together

_TARGET_COLUMNS = (
    "id", "key", "kind", "site", "address", "host", "port", "transport", "server_name", "starttls", "machine", "path", "members",
)  # fmt: skip
_SIGHTING_COLUMNS = (
    "id", "target_id", "probe", "lane", "open_lane", "is_current", "profile_id", "chain_set_id", "status", "detail_code",
    "detail_parameters", "connections_used", "elapsed_seconds", "first_run", "last_run", "first_seen", "last_seen",
)  # fmt: skip
_CHANGING_COLUMNS = (
    "open_lane", "is_current", "status", "detail_code", "detail_parameters", "connections_used", "elapsed_seconds",
    "first_run", "last_run", "first_seen", "last_seen",
)  # fmt: skip
_OPEN = """
SELECT id, target_id, probe, lane, profile_id, chain_set_id, status, detail_code, detail_parameters, connections_used,
       elapsed_seconds, first_run, last_run, first_seen, last_seen, is_current
FROM sighting WHERE open_lane IS NOT NULL AND target_id {keys}"""
_KEEP_VISIT = """
INSERT INTO visit (run_number, block, probe, lane, bits) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (run_number, block, probe, lane) DO UPDATE SET bits = excluded.bits"""


class Writer:
    """The one writer of a store. Safe to call from any thread, one call at a time."""

    def __init__(self, engine: Engine, where: str, read_certificate: ReadCertificate) -> None:
        self._engine = engine
        self._where = where
        self._contents = Contents(read_certificate)
        self._turn = threading.Lock()

    def commit(self, batch: Batch) -> Batch | None:
        """Stores the batch whole or not at all. Raises UsageError for a run that was never begun, else StoreError.

        An outcome that holds what no table can keep is a fault of ours, but one target must not take the others with it: it
        is kept as BUG with nothing of what was learned, and the batch is returned as it was kept."""
        with self._turn, _no_collection():
            try:
                with writing(self._engine, self._where) as connection:
                    self._commit(connection, batch)
            except Exception as error:
                self._contents.forget()
                if not batch.outcomes or not is_about_values(error):
                    raise
            except BaseException:  # Also on an interrupt: what was not committed must not be remembered as stored.
                self._contents.forget()
                raise
            else:
                return None
            try:
                with writing(self._engine, self._where) as connection:
                    return self._commit_singly(connection, batch)
            except BaseException:
                self._contents.forget()
                raise

    def purge(self, before: datetime, act: Act) -> tuple[Purged, ChainHead]:
        """See `purge.purge`. What is remembered of rows is forgotten with them. Raises StoreError."""
        with self._turn:
            try:
                return purge(self._engine, self._where, before, act)
            finally:
                self._contents.forget()

    def _commit(self, connection: Connection, batch: Batch) -> None:
        run = runs.progress(connection, batch.run)
        keys = [target_key(outcome.target) for outcome in batch.outcomes]
        if batch.outcomes:
            self._keep(connection, run, batch.outcomes, keys)
        _keep_beside(connection, run, batch)
        runs.advance(connection, run, batch, _digest(batch, keys))

    def _commit_singly(self, connection: Connection, batch: Batch) -> Batch:
        """Each outcome between savepoints. The batch's digest is that of the outcomes as they came, so that it counts once."""
        run = runs.progress(connection, batch.run)
        keys = [target_key(outcome.target) for outcome in batch.outcomes]
        kept: list[Outcome] = []
        counts = dict(batch.counts)
        for outcome, key in zip(batch.outcomes, keys, strict=True):
            try:
                with connection.begin_nested():
                    self._keep(connection, run, (outcome,), (key,))
            except Exception as error:
                self._contents.forget()
                if not is_about_values(error):
                    raise
                log.exception("the outcome of one target cannot be stored: this is a fault of pqscan")
                faulty = _without_what_was_learned(outcome, error)
                with connection.begin_nested():
                    self._keep(connection, run, (faulty,), (key,))
                if counts.get(outcome.status, 0) > 0:  # A second try that ends as the first one is counted already.
                    counts[outcome.status] -= 1
                    counts[faulty.status] = counts.get(faulty.status, 0) + 1
                kept.append(faulty)
            else:
                kept.append(outcome)
        _keep_beside(connection, run, batch)
        stored = replace(batch, outcomes=tuple(kept), counts={status: count for status, count in counts.items() if count})
        runs.advance(connection, run, stored, _digest(batch, keys))
        return stored

    def _keep(self, connection: Connection, run: runs.Progress, outcomes: Sequence[Outcome], keys: Sequence[bytes]) -> None:
        numbers, seen_before = _target_numbers(connection, keys, outcomes)
        profiles = self._contents.profiles(connection, outcomes, run.registry_edition)
        chains = self._contents.chains(connection, outcomes)
        ledger = Ledger(run.number)
        ledger.load(_open_intervals(connection, seen_before), _visits(connection, run.number, set(numbers)))
        enter = ledger.enter if seen_before or len(set(numbers)) < len(numbers) else ledger.enter_first
        for outcome, number, profile, chain_set in zip(outcomes, numbers, profiles, chains, strict=True):
            enter(
                Result(
                    number,
                    outcome.probe,
                    lane_of(outcome.profile),
                    profile,
                    chain_set,
                    outcome.status,
                    outcome.detail,
                    outcome.connections_used,
                    outcome.elapsed_seconds,
                    outcome.started_at,
                    outcome.evidence,
                    isinstance(outcome.target, FileTarget),
                )
            )
        _write(connection, ledger, seen_before)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Spares a commit Python's search for cycles: of the many objects that it makes none are in one, and all go with it."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _keep_beside(connection: Connection, run: runs.Progress, batch: Batch) -> None:
    """What a batch tells beside its outcomes."""
    if batch.still_there is not None:
        _prolong(connection, run, batch.still_there)
    folders.keep(connection, batch.folders)


def _prolong(connection: Connection, run: runs.Progress, still: StillThere) -> None:
    """Moves the end of each present interval, as the same answer given once more would."""
    keys = {target_key(target): target for target, _ in still.targets}
    numbers = {
        keys[bytes(key)]: number for key, number in bulk.select(connection, "SELECT key, id FROM target WHERE key {keys}", keys)
    }
    known = set(numbers.values())
    ledger = Ledger(run.number)
    ledger.load(_open_intervals(connection, known), _visits(connection, run.number, known))
    for target, probe in still.targets:
        interval = None if target not in numbers else ledger.current(numbers[target], probe)
        if interval is not None:
            ledger.enter(interval.once_more(still.seen_at))
    if ledger.visits:
        _write(connection, ledger, known)


def _without_what_was_learned(outcome: Outcome, error: Exception) -> Outcome:
    reason = Reason.of("internal_error", error=type(error).__name__)
    return Outcome(
        outcome.target,
        outcome.probe,
        OutcomeStatus.BUG,
        outcome.started_at,
        outcome.elapsed_seconds,
        outcome.connections_used,
        reason,
    )


def _digest(batch: Batch, keys: Sequence[bytes]) -> bytes:
    """Equal for a batch that comes a second time."""
    head = to_json([batch.cursor, sorted((status.value, count) for status, count in batch.counts.items())])
    ends = ",".join([f"{outcome.probe} {outcome.status.value}" for outcome in batch.outcomes])
    return hashlib.sha256(b"\n".join((head.encode(), *keys, ends.encode()))).digest()


def _target_numbers(connection: Connection, keys: Sequence[bytes], outcomes: Sequence[Outcome]) -> tuple[list[int], set[int]]:
    """The row number of each outcome's target, and which of them the store had before. New targets are stored."""
    targets = {key: outcome.target for key, outcome in zip(keys, outcomes, strict=True)}
    known: dict[bytes, int] = {}
    renamed: list[bulk.Row] = []
    for found, number, host in bulk.select(connection, "SELECT key, id, host FROM target WHERE key {keys}", targets):
        key = bytes(found)
        known[key] = number
        target = targets[key]
        if isinstance(target, NetworkTarget) and target.host is not None and escape(target.host) != host:
            renamed.append((escape(target.host), number))
    seen_before = set(known.values())
    bulk.update(connection, tables.target, "id", ("host",), renamed)
    if len(known) < len(targets):
        rows: list[bulk.Row] = []
        number = bulk.next_number(connection, tables.target)
        for key, target in targets.items():
            if key not in known:
                known[key] = number
                rows.append(_target_row(number, key, target))
                number += 1
        bulk.insert(connection, tables.target, _TARGET_COLUMNS, rows)
    return [known[key] for key in keys], seen_before


def _target_row(number: int, key: bytes, target: Target) -> bulk.Row:
    if isinstance(target, NetworkTarget):
        return (
            number,
            key,
            "network",
            escape(target.site),
            escape(target.address),
            _escaped(target.host),
            target.port,
            target.transport.value,
            _escaped(target.server_name),
            _escaped(target.starttls),
            None,
            None,
            None,
        )
    machine, path = escape(target.machine), escape(target.path)
    return (number, key, "file", None, None, None, None, None, None, None, machine, path, to_json(target.members))


def _escaped(text: str | None) -> str | None:
    return None if text is None else escape(text)


def _open_intervals(connection: Connection, targets: set[int]) -> list[Interval]:
    """The open intervals of targets that the store had before."""
    return [
        Interval(
            target,
            probe,
            lane,
            profile,
            chains,
            OutcomeStatus(status),
            reason_of(code, parameters),
            connections,
            elapsed,
            first_run,
            last_run,
            time_of(first_seen),
            time_of(last_seen),
            is_current=bool(is_current),
            number=number,
        )
        for (number, target, probe, lane, profile, chains, status, code, parameters, connections, elapsed, first_run, last_run,
             first_seen, last_seen, is_current) in bulk.select(connection, _OPEN, targets)
    ]  # fmt: skip


def _visits(connection: Connection, run: int, targets: set[int]) -> list[tuple[int, str, int, bytes]]:
    statement = "SELECT block, probe, lane, bits FROM visit WHERE run_number = ? AND block {keys}"
    blocks = {number // BLOCK_TARGETS for number in targets}
    return [(block, probe, lane, bytes(bits)) for block, probe, lane, bits in bulk.select(connection, statement, blocks, run)]


def _write(connection: Connection, ledger: Ledger, seen_before: set[int]) -> None:
    time = bulk.time_encoder(connection)
    changed: list[bulk.Row] = []
    for i in ledger.changed():
        code, parameters = (i.detail.code, to_json(i.detail.parameters)) if i.detail else (None, None)
        changed.append(
            (i.lane if i.is_open else None, i.is_current, i.status.value, code, parameters, i.connections, i.elapsed,
             i.first_run, i.last_run, time(i.first_seen), time(i.last_seen), i.number)
        )  # fmt: skip
    bulk.update(connection, tables.sighting, "id", _CHANGING_COLUMNS, changed)
    fresh: list[bulk.Row] = []
    add = fresh.append
    first_number = bulk.next_number(connection, tables.sighting) if ledger.fresh else 0
    hold_indexes(connection, first_number)
    for number, i in enumerate(ledger.fresh, first_number):
        i.number = number
        code, parameters = (i.detail.code, to_json(i.detail.parameters)) if i.detail else (None, None)
        first = time(i.first_seen)
        last = first if i.last_seen is i.first_seen else time(i.last_seen)
        add(
            (number, i.target, i.probe, i.lane, i.lane if i.is_open else None, i.is_current, i.profile, i.chains,
             i.status.value, code, parameters, i.connections, i.elapsed, i.first_run, i.last_run, first, last)
        )  # fmt: skip
    bulk.insert(connection, tables.sighting, _SIGHTING_COLUMNS, fresh)
    _keep_evidence(connection, ledger.fresh, seen_before)
    visits = [
        (ledger.run, block, probe, lane, bytes(bits))
        for (block, probe), lanes in ledger.visits.items()
        for lane, bits in lanes.items()
    ]
    marks = _KEEP_VISIT if connection.dialect.name == "sqlite" else _KEEP_VISIT.replace("?", "%s")
    connection.exec_driver_sql(marks, visits)


def _keep_evidence(connection: Connection, fresh: Sequence[Interval], seen_before: set[int]) -> None:
    """Evidence of a profile's first sighting on a target; when the target comes back to that profile, it is there already."""
    with_evidence = [interval for interval in fresh if interval.evidence is not None]
    if not with_evidence:
        return
    statement = (
        "SELECT s.target_id, s.probe, s.profile_id FROM sighting AS s "
        "JOIN evidence AS e ON e.sighting_id = s.id WHERE s.target_id {keys}"
    )
    asked = {interval.target for interval in with_evidence} & seen_before
    there = {(target, probe, profile) for target, probe, profile in bulk.select(connection, statement, asked)}
    rows: list[bulk.Row] = []
    for interval in with_evidence:
        place = (interval.target, interval.probe, interval.profile)
        if interval.evidence is not None and place not in there:
            there.add(place)
            rows.append((interval.number, *_bounded(interval.evidence)))
    bulk.insert(connection, tables.evidence, ("sighting_id", "sent", "received"), rows)


def _bounded(evidence: Evidence) -> tuple[bytes, bytes]:
    sent = evidence.sent[: EVIDENCE_BYTES // 2]
    return sent, evidence.received[: EVIDENCE_BYTES - len(sent)]
