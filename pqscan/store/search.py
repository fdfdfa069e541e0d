"""Where an algorithm is in use: by name, code point or component, in what peers showed and in certificates. From indexes."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, Engine, text

from pqscan.model.observation import Subject, Support
from pqscan.model.outcome import Chain
from pqscan.store import runs
from pqscan.store.answers import Occurrence, Place
from pqscan.store.engine import reading
from pqscan.store.peer_text import escape, unescape
from pqscan.store.reader import COLUMNS, JOINS, stream
from pqscan.store.rows import PROFILE_ID, RUN, sighting_of, text_of
from pqscan.store.terms import KEY, SIGNATURE, fold

_PROFILE_BIT = 1
_FOUND = f"""WITH found AS (
  SELECT id, max(bit & {_PROFILE_BIT}) | max(bit & {KEY}) | max(bit & {SIGNATURE}) AS bits FROM (
    SELECT s.id AS id, {_PROFILE_BIT} AS bit FROM sighting AS s
    WHERE s.is_current AND s.profile_id IN (SELECT x.profile_id FROM profile_term AS x WHERE x.term = :term)
    UNION ALL
    SELECT s.id, x.role FROM certificate_term AS x JOIN chain_certificate AS m ON m.certificate_id = x.certificate_id
    JOIN sighting AS s ON s.chain_set_id = m.chain_set_id WHERE x.term = :term AND s.is_current
  ) AS every GROUP BY id
)
SELECT {COLUMNS}, found.bits FROM found JOIN sighting AS s ON s.id = found.id JOIN target AS t ON t.id = s.target_id {JOINS}
ORDER BY t.key, s.probe"""  # noqa: S608  # Our own names.
_PLACES = """SELECT o.profile_id, o.subject, o.value, o.name, o.context, o.support FROM profile_term AS x
JOIN observation AS o ON o.profile_id = x.profile_id AND o.position = x.position
WHERE x.term = :term ORDER BY o.profile_id, o.position"""
_IN_CERTIFICATE = {KEY: (Place(Subject.CERTIFICATE_KEY),), SIGNATURE: (Place(Subject.CERTIFICATE_SIGNATURE),)}


def where_is(engine: Engine, where: str, algorithm: str) -> Iterator[Occurrence]:
    """The targets that show it today, in the order of every output. Case does not count; the whole name must be given."""
    term = {"term": escape(fold(algorithm.strip()))}
    with reading(engine, where) as connection:
        names = runs.ids(connection)
        in_profile = _places(connection, term)
        known: dict[int, tuple[Chain, ...]] = {}
        together: dict[tuple[int, int], tuple[Place, ...]] = {}
        for row in stream(connection, _FOUND, dict(term)):
            bits: int = row[-1]
            kind = (row[PROFILE_ID] or 0, bits)
            places = together.get(kind)
            if places is None:
                places = in_profile.get(kind[0], ()) if bits & _PROFILE_BIT else ()
                for role, place in _IN_CERTIFICATE.items():
                    places += place if bits & role else ()
                together[kind] = places
            yield Occurrence(sighting_of(row, names[row[RUN]], known), places)


def _places(connection: Connection, term: dict[str, str]) -> dict[int, tuple[Place, ...]]:
    """Where in each profile the term stands."""
    found: dict[int, list[Place]] = {}
    for profile, subject, value, name, context, support in connection.execute(text(_PLACES), term):
        place = Place(Subject(subject), unescape(value), text_of(name), text_of(context), Support(support))
        found.setdefault(profile, []).append(place)
    return {profile: tuple(places) for profile, places in found.items()}
