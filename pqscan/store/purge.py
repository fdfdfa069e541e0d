"""Takes out of a store what is older than the rule for keeping it: intervals that ended, and what nothing else refers to.

What a target answers now stays, however long ago it was first or last seen: nothing known is lost but history. One
transaction with its act; the space is given back to the file by VACUUM, which `pqscan db purge` runs behind it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Connection, Engine, Table, and_, delete, exists, func, not_, or_, select

from pqscan.readiness.act import Act
from pqscan.readiness.chain import ChainHead
from pqscan.store import settings, tables
from pqscan.store.engine import legible, writing

SETTING = "purged"
"""The setting that says up to when history was taken out: {"before": time}."""


@dataclass(frozen=True, slots=True)
class Purged:
    """How many rows go, or went."""

    intervals: int = 0
    evidence: int = 0
    runs: int = 0
    profiles: int = 0
    certificates: int = 0
    targets: int = 0


def would_purge(engine: Engine, where: str, before: datetime) -> Purged:
    """What `purge` would take out: it is done and undone in one transaction, so that the numbers are the very ones."""
    with writing(engine, where) as connection:
        undone = connection.begin_nested()
        try:
            return _purge(connection, before)
        finally:
            undone.rollback()


def purge(engine: Engine, where: str, before: datetime, act: Act) -> tuple[Purged, ChainHead]:
    """Takes out every interval that ended before that moment (aware), with its evidence; runs that began before it and to which
    no interval that stays refers, and what each of the older runs asked; then content that nothing refers to.

    The act is kept with the numbers, and the setting says up to when history is gone."""
    with writing(engine, where) as connection, legible(where):
        gone = _purge(connection, before)
        known = (settings.setting(connection, SETTING) or {}).get("before")
        moment = before.astimezone(UTC).isoformat(timespec="seconds")
        up_to = max(moment, known) if isinstance(known, str) else moment  # Both in UTC and in one form: they sort as they read.
        noted = replace(act, detail={**act.detail, **asdict(gone)})
        return gone, settings.set_setting(connection, SETTING, {"before": up_to}, noted)


def _purge(connection: Connection, before: datetime) -> Purged:
    sighting, run, target = tables.sighting, tables.run, tables.target
    ended = select(sighting.c.id).where(_ended(before)).scalar_subquery()
    evidence = _delete(connection, tables.evidence, tables.evidence.c.sighting_id.in_(ended))
    intervals = _delete(connection, sighting, _ended(before))
    old_runs = select(run.c.number).where(run.c.started_at < before).scalar_subquery()
    _delete(connection, tables.visit, tables.visit.c.run_number.in_(old_runs))
    kept = exists().where(or_(sighting.c.first_run == run.c.number, sighting.c.last_run == run.c.number))
    gone = and_(run.c.started_at < before, not_(kept))
    gone_numbers = select(run.c.number).where(gone).scalar_subquery()
    for table in (tables.run_count, tables.run_batch):
        _delete(connection, table, table.c.run_number.in_(gone_numbers))
    runs = _delete(connection, run, gone)
    _delete(connection, tables.file_folder, tables.file_folder.c.looked_at < before)  # What they held is read once more.
    profiles, certificates = _orphans(connection)
    # The highest number stays taken: runs that stay may have noted it as asked.
    newest = select(func.max(target.c.id)).scalar_subquery()
    unseen = and_(not_(exists().where(sighting.c.target_id == target.c.id)), target.c.id != newest)
    targets = _delete(connection, target, unseen)
    return Purged(intervals, evidence, runs, profiles, certificates, targets)


def _ended(before: datetime) -> ColumnElement[bool]:
    return and_(tables.sighting.c.open_lane.is_(None), tables.sighting.c.last_seen < before)


def _orphans(connection: Connection) -> tuple[int, int]:
    """Profiles and certificates to which no interval leads any more, with all that belongs to them."""
    sighting, profile, chains, certificate = tables.sighting, tables.profile, tables.chain_set, tables.certificate
    loose = not_(exists().where(sighting.c.profile_id == profile.c.id))
    numbers = select(profile.c.id).where(loose).scalar_subquery()
    for table in (tables.profile_term, tables.observation):
        _delete(connection, table, table.c.profile_id.in_(numbers))
    profiles = _delete(connection, profile, loose)
    loose = not_(exists().where(sighting.c.chain_set_id == chains.c.id))
    numbers = select(chains.c.id).where(loose).scalar_subquery()
    _delete(connection, tables.chain_certificate, tables.chain_certificate.c.chain_set_id.in_(numbers))
    _delete(connection, chains, loose)
    loose = not_(exists().where(tables.chain_certificate.c.certificate_id == certificate.c.id))
    numbers = select(certificate.c.id).where(loose).scalar_subquery()
    for table in (tables.certificate_name, tables.certificate_term):
        _delete(connection, table, table.c.certificate_id.in_(numbers))
    return profiles, _delete(connection, certificate, loose)


def _delete(connection: Connection, table: Table, which: ColumnElement[bool]) -> int:
    return max(0, connection.execute(delete(table).where(which)).rowcount)
