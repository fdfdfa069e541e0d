"""A target's whole past: every interval, not only the present one; and which certificates expire. Streamed, from indexes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from sqlalchemy import Engine, text

from pqscan.model.inventory import HARNESS_PROBE
from pqscan.model.target import Target
from pqscan.store import runs
from pqscan.store.answers import PastSighting, Where
from pqscan.store.engine import reading
from pqscan.store.making import maker
from pqscan.store.portions import Parameters, SharedContent, portions
from pqscan.store.reader import COLUMNS, conditions_of, time_of_query
from pqscan.store.rows import CHAIN_SET_ID, KEY, PROFILE_ID, RUN, sighting_of, target_of

_PAST = f"""SELECT {COLUMNS}, s.first_run, s.lane, s.open_lane FROM target AS t JOIN sighting AS s ON s.target_id = t.id
WHERE s.probe <> :aside"""  # noqa: S608  # Our own names.
_ORDER = " ORDER BY t.key, s.probe, s.first_seen, s.id"
_EXPIRING = """SELECT x.sha256, COUNT(*) FROM certificate AS x
JOIN chain_certificate AS cc ON cc.certificate_id = x.id
JOIN sighting AS s ON s.chain_set_id = cc.chain_set_id AND s.is_current
JOIN target AS t ON t.id = s.target_id
WHERE x.not_after < :before"""
_FIRST_RUN, _LANE, _OPEN_LANE = -3, -2, -1  # places in a row of _PAST
_make_past = maker(PastSighting)


def history(engine: Engine, where: str, wanted: Where, probe: str | None) -> Iterator[PastSighting]:
    """Target by target in the order of every output, then by probe, the oldest interval first. What the harness proved is no
    answer of a target, and is left out. With `on` only what had begun by then."""
    conditions, parameters = conditions_of(wanted)
    if probe is not None:
        conditions, parameters = conditions + " AND s.probe = :only", {**parameters, "only": probe}
    parameters["aside"] = HARNESS_PROBE
    with reading(engine, where) as connection:
        if wanted.on is not None:
            conditions += " AND s.first_seen <= :moment"
            parameters["moment"] = time_of_query(connection, wanted.on)
        names = runs.ids(connection)
        shared = SharedContent(connection)
        key: object = None
        target: Target | None = None
        for rows in portions(connection, _PAST + conditions + _ORDER, parameters):
            shared.learn(rows)
            for row in rows:
                digest, chains = shared.digests[row[PROFILE_ID]], shared.chains[row[CHAIN_SET_ID]]
                if row[KEY] != key:
                    key, target = row[KEY], target_of(row)  # One object for all intervals of a target.
                sighting = sighting_of(row, names[row[RUN]], digest, chains, target)
                yield _make_past(sighting, names[row[_FIRST_RUN]], row[_LANE], row[_OPEN_LANE] is not None)


def expiring(engine: Engine, where: str, wanted: Where, before: datetime) -> Mapping[bytes, int]:
    """The certificates served now whose validity ends before a moment, by SHA-256, with the number of targets that serve each."""
    conditions, parameters = conditions_of(wanted)
    with reading(engine, where) as connection:
        values: Parameters = {**parameters, "before": time_of_query(connection, before)}
        rows = connection.execute(text(f"{_EXPIRING}{conditions} GROUP BY x.sha256"), values)
        return {bytes(row[0]): row[1] for row in rows}
