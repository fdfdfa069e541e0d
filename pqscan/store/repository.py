"""`Store`: the one door to what pqscan keeps. Model types go in and come out; no row and no SQL passes it.

One writer at a time (`commit`, `begin_run`, `finish_run`); any number of readers beside it, each seeing one moment.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Engine, func, select

from pqscan.errors import StoreError
from pqscan.model.certificate import Certificate
from pqscan.model.inventory import Batch, Coverage, Proven, Run, RunState, Sighting
from pqscan.model.observation import Observation, Profile
from pqscan.model.outcome import Evidence
from pqscan.model.target import Target
from pqscan.readiness.access import Role
from pqscan.readiness.act import Act
from pqscan.store import facts, folders, history, migrate, proofs, runs, search, tables
from pqscan.store.answers import Content, Occurrence, PastSighting, SightingPair, StoreStatus, Where
from pqscan.store.cipher import Passphrase, require_sqlite_file
from pqscan.store.claims import Holder, claimed
from pqscan.store.content import ReadCertificate
from pqscan.store.engine import Backend, Location, connect, give_back, locate, reading, use_write_ahead_log, writing
from pqscan.store.grants import grant
from pqscan.store.purge import Purged, would_purge
from pqscan.store.reader import Reader
from pqscan.store.records import OnAct, Records
from pqscan.store.writer import Writer


class Store(Records):
    """An open store. Every method raises StoreError, in one sentence, where the database refuses."""

    def __init__(self, engine: Engine, location: Location, read_certificate: ReadCertificate, on_act: OnAct | None = None) -> None:
        self._engine = engine
        self._on_act = on_act
        self._location = location
        self._where = location.redacted
        self._reader = Reader(engine, self._where)
        self._writer = Writer(engine, self._where, read_certificate)

    @classmethod
    def open(
        cls,
        url: str,
        *,
        create: bool = True,
        any_revision: bool = False,
        read_certificate: ReadCertificate | None = None,
        on_act: OnAct | None = None,
    ) -> Store:
        """Opens `sqlite:///FILE`, a file name, or `postgresql://...`.

        A missing SQLite file is made where `create` says so; an older one is backed up and migrated. PostgreSQL is
        never migrated here: a schema that is not ours raises StoreError. With `any_revision` the schema is left as it
        is, and only `status` and `upgrade` may be called. `on_act` is told the chain's head after each act. Raises UsageError
        for a URL that names no store."""
        location = locate(url)
        if location.path is not None:
            _prepare_file(location.path, create, location.passphrase)
        store = cls(connect(location), location, read_certificate or _read_certificate, on_act)
        try:
            if not any_revision:
                store._require_head()
        except BaseException:
            store.close()
            raise
        return store

    def _require_head(self) -> None:
        revision = migrate.revision_of(self._engine, self._where)
        migrate.require_known(revision, self._where)
        if revision == migrate.HEAD:
            use_write_ahead_log(self._engine, self._where)
            return
        if self._location.backend is Backend.POSTGRESQL:
            state = "is empty" if revision is None else f"has the older schema {revision}"
            raise StoreError(f"the store {self._where} {state}: run `pqscan db upgrade` once")
        migrate.upgrade(self._engine, self._location)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Gives back every connection. An SQLite store is then one file again, if nobody else has it open."""
        self._engine.dispose()

    @property
    def place(self) -> str:
        """By what the audit log knows this store: the whole path of its file, or its URL without any password."""
        path = self._location.path
        return self._where if path is None else str(path.resolve())

    def status(self) -> StoreStatus:
        """Which schema the store has and how much is in it."""
        revision = migrate.revision_of(self._engine, self._where)
        head = migrate.HEAD
        counts: dict[str, int] = {}
        if revision == head:
            with reading(self._engine, self._where) as connection:
                for table in (tables.run, tables.target, tables.sighting, tables.profile, tables.certificate):
                    counts[f"{table.name}s"] = connection.execute(select(func.count()).select_from(table)).scalar_one()
        return StoreStatus(self._where, self._location.backend.value, revision, head, **counts)

    def upgrade(self) -> Path | None:
        """Migrates to this program's schema; returns the copy that was made of an older SQLite file first."""
        return migrate.upgrade(self._engine, self._location)

    def begin_run(self, run: Run, *, from_start: bool = False) -> None:
        """Stores a new run, or takes up one that was interrupted: its cursor and counts stay, or begin again `from_start`.
        UsageError for another run's id."""
        with writing(self._engine, self._where) as connection:
            runs.begin(connection, run, from_start=from_start)

    def claimed(self, what: str, holder: Holder) -> AbstractContextManager[None]:
        """Keeps every other program from claiming the same of this store meanwhile. Raises AlreadyClaimed."""
        return claimed(self._engine, self._location, what, holder)

    def would_purge(self, before: datetime) -> Purged:
        """What `purge` would take out."""
        return would_purge(self._engine, self._where, before)

    def purge(self, before: datetime, act: Act) -> Purged:
        """Takes out history that ended before that moment (aware), and what nothing else needs; what is known now stays."""
        gone, head = self._writer.purge(before, act)
        self._told(head)
        return gone

    def grant(self, login: str, role: Role, units: Collection[str] | None, act: Act) -> None:
        """Gives a login of PostgreSQL the rights of a role (`grants.grants`). UsageError for a name that is no plain one."""
        self._told(grant(self._engine, self._where, login, role, units, act))

    def give_back(self) -> None:
        """Gives what is empty of an SQLite file back to the disk; a PostgreSQL does so by itself."""
        give_back(self._engine, self._where)

    def finish_run(self, run_id: str, state: RunState, finished_at: datetime) -> None:
        """Notes how a run ended. UsageError for a run that was never begun."""
        with writing(self._engine, self._where) as connection:
            runs.finish(connection, run_id, state, finished_at)

    def run(self, run_id: str) -> Run | None:
        """The run of that id or of the only id that begins so; UsageError names the candidates where there are more."""
        with reading(self._engine, self._where) as connection:
            return runs.one(connection, run_id)

    def runs(self) -> tuple[Run, ...]:
        """All runs, oldest first."""
        with reading(self._engine, self._where) as connection:
            return runs.every(connection)

    def commit(self, batch: Batch) -> Batch | None:
        """Stores outcomes and how far the run has come: whole or not at all, and once however often the batch comes.

        What no table can keep becomes BUG; the batch is then returned as it was kept."""
        return self._writer.commit(batch)

    def read_folders(self, machine: str, paths: Collection[str], since: datetime) -> Mapping[str, bytes]:
        """Which files of these folders of a machine were read whole by a look no earlier than `since` (aware): `ReadFolder.files`
        by path. Folders of which nothing is known are left out."""
        with reading(self._engine, self._where) as connection:
            return folders.read(connection, machine, paths, since)

    def done_in_run(self, run_id: str) -> Iterator[tuple[Target, str]]:
        """Each target that has a row in the run, and the probe; whatever came back, in no order."""
        return self._reader.done(run_id)

    def is_done(self, run_id: str, targets: Sequence[Target], probe: str | None = None) -> frozenset[Target]:
        """Those of the targets that have a row in the run."""
        return self._reader.which_done(run_id, targets, probe)

    def retryable(self, run_id: str) -> Iterator[Target]:
        """The targets whose last answer in the run is `timed_out` or `throttled`, or that were not asked."""
        return self._reader.retryable(run_id)

    def sightings(self, run: str | None = None, *, where: Where | None = None) -> Iterator[Sighting]:
        """Each target's present sighting or, with `run`, what that run saw; by address, port and name, then files. Streams."""
        return self._reader.sightings(run, where or Where())

    def contents(self, run: str | None = None, *, where: Where | None = None) -> Iterator[Content]:
        """The distinct answers among the same sightings: far fewer than targets."""
        return self._reader.contents(run, where or Where())

    def sightings_between(self, before: str, after: str) -> Iterator[SightingPair]:
        """What two runs saw of each target, changed or not, in the same order."""
        return self._reader.pairs((before, Where()), (after, Where()))

    def sightings_at(self, before: Where, after: Where) -> Iterator[SightingPair]:
        """What targets answered at two moments (`on` of each side; None: now), in the same order."""
        return self._reader.pairs((None, before), (None, after))

    def history(self, where: Where | None = None, probe: str | None = None) -> Iterator[PastSighting]:
        """Every interval of the targets, not only the present one: target by target, probe by probe, the oldest first. Streams."""
        return history.history(self._engine, self._where, where or Where(), probe)

    def expiring(self, before: datetime, *, where: Where | None = None) -> Mapping[bytes, int]:
        """The certificates served now that are valid no longer than `before`, and on how many targets. From an index."""
        return history.expiring(self._engine, self._where, where or Where(), before)

    def where_is(self, algorithm: str) -> Iterator[Occurrence]:
        """The targets on which an algorithm shows: by name, code point, OID or component, in profiles and certificates."""
        return search.where_is(self._engine, self._where, algorithm)

    def profiles(self, digests: Collection[bytes] | None = None) -> Mapping[bytes, Profile]:
        """Profiles by digest, sorted: those asked for, or all."""
        return facts.profiles(self._engine, self._where, digests)

    def in_use(self, digests: Collection[bytes]) -> Mapping[bytes, tuple[Observation, ...]]:
        """Of these profiles the observations that show something in use, by digest: what tables of algorithms count."""
        return facts.in_use(self._engine, self._where, digests)

    def certificates(self, digests: Collection[bytes] | None = None, *, with_der: bool = False) -> Mapping[bytes, Certificate]:
        """Certificates by SHA-256, sorted: those asked for, or all."""
        return facts.certificates(self._engine, self._where, digests, with_der)

    def coverage(self, run: str | None = None) -> Coverage:
        """How much was asked and how it ended, in a run or in the newest run of every scope."""
        return self._reader.coverage(run)

    def proven(self) -> Mapping[Target, tuple[Proven, ...]]:
        """The groups with which handshakes of the harness were carried through, by target (without `host`), newest proof each."""
        return proofs.proven(self._engine, self._where)

    def evidence(self, target: Target, probe: str) -> Evidence | None:
        """The bytes of the first time the target gave its present answer; None where they were not kept."""
        return self._reader.evidence(target, probe)


def _prepare_file(path: Path, create: bool, passphrase: Passphrase | None) -> None:
    if path.exists():
        require_sqlite_file(path, passphrase)
        return
    if not create:
        raise StoreError(f"there is no store at {path}: scan something first, or name another file with --db")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)  # An inventory of weaknesses is for its owner's eyes.
    except OSError as error:
        raise StoreError(f"no store can be made at {path} ({error.strerror}): choose another place with --db") from error


def _read_certificate(der: bytes) -> Certificate:
    """Loaded when the first certificate comes: most commands read none, and would wait for it longer than for the store."""
    from pqscan.wire.kept import read_kept

    return read_kept(der)
