"""What the harness proved: the groups with which handshakes were carried through, by target, each with its newest proof."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, Engine

from pqscan.model.inventory import HARNESS_PROBE, Proven
from pqscan.model.target import NetworkTarget, Target
from pqscan.store import facts, runs
from pqscan.store.engine import reading
from pqscan.store.portions import SharedContent, portions
from pqscan.store.reader import COLUMNS
from pqscan.store.rows import CHAIN_SET_ID, PROFILE_ID, RUN, sighting_of

_PROVEN = f"""SELECT {COLUMNS} FROM sighting AS s JOIN target AS t ON t.id = s.target_id
WHERE s.profile_id IN (SELECT p.id FROM profile AS p WHERE p.probe = :probe) AND s.probe = :probe
ORDER BY t.key, s.last_seen, s.id"""  # noqa: S608  # Our own names.


def proven(engine: Engine, where: str) -> Mapping[Target, tuple[Proven, ...]]:
    """By target without the name as it was given, which is no part of its identity; groups by code point.

    A later run that tried other groups, or failed, takes nothing back: each proof has its day."""
    found: dict[Target, dict[str, Proven]] = {}
    with reading(engine, where) as connection:
        sightings = _sightings(connection)
    profiles = facts.profiles(engine, where, {digest for _, digest, _, _ in sightings})
    for target, digest, run, seen_at in sightings:
        for observation in profiles[digest].observations if digest in profiles else ():
            found.setdefault(target, {})[observation.value] = Proven(observation, run, seen_at)
    return {target: tuple(groups[value] for value in sorted(groups)) for target, groups in found.items()}


def _sightings(connection: Connection) -> list[tuple[Target, bytes, str, datetime]]:
    """Target, profile, run and time of each, the newest of a target last."""
    found: list[tuple[Target, bytes, str, datetime]] = []
    names = runs.ids(connection)
    shared = SharedContent(connection)
    for rows in portions(connection, _PROVEN, {"probe": HARNESS_PROBE}):
        shared.learn(rows)
        for row in rows:
            digest = shared.digests[row[PROFILE_ID]]
            sighting = sighting_of(row, names[row[RUN]], digest, shared.chains[row[CHAIN_SET_ID]])
            target = sighting.target
            if digest is not None:
                plain = replace(target, host=None) if isinstance(target, NetworkTarget) else target
                found.append((plain, digest, sighting.run, sighting.last_seen))
    return found
