"""Where an algorithm is in use: by name, code point or component, in what peers showed and in certificates. From indexes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection, Engine, text

from pqscan.model.observation import Subject, Support
from pqscan.store import bulk, runs
from pqscan.store.answers import Occurrence, Place
from pqscan.store.engine import reading
from pqscan.store.making import maker
from pqscan.store.peer_text import escape, unescape
from pqscan.store.portions import Shared, SharedContent, portions
from pqscan.store.reader import COLUMNS
from pqscan.store.rows import CHAIN_SET_ID, PROFILE_ID, RUN, sighting_of, text_of
from pqscan.store.terms import KEY, SIGNATURE, fold

_PROFILES = "SELECT x.profile_id FROM profile_term AS x WHERE x.term = :term"
_CHAIN_SETS = """SELECT m.chain_set_id FROM certificate_term AS x
JOIN chain_certificate AS m ON m.certificate_id = x.certificate_id WHERE x.term = :term"""
_WANTED = COLUMNS.removesuffix(", t.key")  # The order needs the key, the answer does not.
_FOUND = f"""SELECT {_WANTED} FROM sighting AS s JOIN target AS t ON t.id = s.target_id
WHERE s.is_current AND (s.profile_id IN ({_PROFILES}) OR s.chain_set_id IN ({_CHAIN_SETS})) ORDER BY t.key, s.probe"""  # noqa: S608  # Our own names.
_WALKED = f"""SELECT {_WANTED} FROM target AS t CROSS JOIN sighting AS s
WHERE t.id = s.target_id AND s.is_current AND (+s.profile_id IN ({_PROFILES}) OR +s.chain_set_id IN ({_CHAIN_SETS}))
ORDER BY t.key, s.probe"""  # noqa: S608
"""The same by a walk over all targets in their order, which the signs and the CROSS JOIN make SQLite do."""
_HOW_MANY = f"""SELECT (SELECT MAX(s.id) FROM sighting AS s),
(SELECT COUNT(*) FROM sighting AS s WHERE s.profile_id IN ({_PROFILES})),
(SELECT COUNT(*) FROM sighting AS s WHERE s.chain_set_id IN ({_CHAIN_SETS}))"""  # noqa: S608
_MANY = 4  # Beyond one in so many a walk costs less than to sort what the indexes give.
_PLACES = """SELECT o.profile_id, o.subject, o.value, o.name, o.context, o.support FROM profile_term AS x
JOIN observation AS o ON o.profile_id = x.profile_id AND o.position = x.position
WHERE x.term = :term ORDER BY o.profile_id, o.position"""
_ROLES = """SELECT DISTINCT m.chain_set_id, x.role FROM chain_certificate AS m
JOIN certificate_term AS x ON x.certificate_id = m.certificate_id WHERE x.term = ? AND m.chain_set_id {keys}"""
_make_occurrence = maker(Occurrence)
_IN_CERTIFICATES = {
    KEY: (Place(Subject.CERTIFICATE_KEY),),
    SIGNATURE: (Place(Subject.CERTIFICATE_SIGNATURE),),
    KEY | SIGNATURE: (Place(Subject.CERTIFICATE_KEY), Place(Subject.CERTIFICATE_SIGNATURE)),
}


def where_is(engine: Engine, where: str, algorithm: str) -> Iterator[Occurrence]:
    """The targets that show it today, in the order of every output. Case does not count; the whole name must be given."""
    term = escape(fold(algorithm.strip()))
    with reading(engine, where) as connection:
        names = runs.ids(connection)
        in_profiles = _places(connection, term)
        in_chains: Shared[tuple[Place, ...]] = Shared((), lambda numbers: _in_chains(connection, term, numbers))
        shared = SharedContent(connection)
        for rows in portions(connection, _statement(connection, term), {"term": term}):
            shared.learn(rows)
            in_chains.learn([row[CHAIN_SET_ID] for row in rows])
            for row in rows:
                profile, chains = row[PROFILE_ID], row[CHAIN_SET_ID]
                sighting = sighting_of(row, names[row[RUN]], shared.digests[profile], shared.chains[chains])
                yield _make_occurrence(sighting, in_profiles.get(profile, ()) + in_chains.known[chains])


def _statement(connection: Connection, term: str) -> str:
    every, by_profile, by_chains = connection.execute(text(_HOW_MANY), {"term": term}).one()
    return _WALKED if max(by_profile, by_chains) * _MANY > (every or 0) else _FOUND


def _places(connection: Connection, term: str) -> dict[int, tuple[Place, ...]]:
    """Where in each profile the term stands."""
    found: dict[int, list[Place]] = {}
    for profile, subject, value, name, context, support in connection.execute(text(_PLACES), {"term": term}).all():
        place = Place(Subject(subject), unescape(value), text_of(name), text_of(context), Support(support))
        found.setdefault(profile, []).append(place)
    return {profile: tuple(places) for profile, places in found.items()}


def _in_chains(connection: Connection, term: str, numbers: list[int]) -> Iterable[tuple[int, tuple[Place, ...]]]:
    """Whether the term names keys or signatures of the chains' certificates."""
    roles: dict[int, int] = {}
    for chain_set, role in bulk.select(connection, _ROLES, numbers, term):
        roles[chain_set] = roles.get(chain_set, 0) | role
    return [(chain_set, _IN_CERTIFICATES[bits]) for chain_set, bits in roles.items()]
