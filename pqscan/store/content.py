"""What is stored once and shared: profiles with their observations, certificates, and the chains of an outcome.

Everything is found by its SHA-256. What was stored or looked up lately is remembered, so that a known profile costs no
query and no insert beyond its sighting.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence

from sqlalchemy import Connection, delete, insert, update

from pqscan.model.canonical import canonical
from pqscan.model.certificate import Certificate
from pqscan.model.observation import Observation, Profile
from pqscan.model.outcome import Chain, Outcome
from pqscan.store import bulk, tables
from pqscan.store.certificates import certificate_row, read_stored
from pqscan.store.peer_text import escape, to_json
from pqscan.store.recent import Recent
from pqscan.store.terms import KEY, SIGNATURE, fold, key_terms, observation_terms, signature_terms

Chains = tuple[Chain, ...]
ReadCertificate = Callable[[bytes], Certificate]


class Contents:
    """Gives row numbers to profiles and chains, storing what is new. One writer at a time."""

    def __init__(self, read_certificate: ReadCertificate) -> None:
        self._read_certificate = read_certificate
        self._profiles: Recent[bytes] = Recent()
        self._chains: Recent[Chains] = Recent()
        self._certificates: Recent[bytes] = Recent()

    def forget(self) -> None:
        """After a transaction that failed: nothing is known to be stored."""
        for memory in (self._profiles, self._chains, self._certificates):
            memory.clear()

    def profiles(self, connection: Connection, outcomes: Sequence[Outcome], edition: str) -> list[int | None]:
        """The row number of each outcome's profile. `edition` is the registry's by which its names are spelled."""
        known: dict[bytes, int] = {}
        unknown: dict[bytes, Profile] = {}
        digests: list[bytes | None] = []
        for outcome in outcomes:
            profile = outcome.profile
            if profile is None:
                digests.append(None)
                continue
            digest = profile.digest
            if not digest:
                profile = canonical(profile)
                digest = profile.digest
            digests.append(digest)
            if digest not in known and digest not in unknown:
                number = self._profiles.get(digest)
                if number is None:
                    unknown[digest] = profile
                else:
                    known[digest] = number
        statement = "SELECT digest, id, registry_edition FROM profile WHERE digest {keys}"
        for found, number, stored in bulk.select(connection, statement, unknown):
            digest = bytes(found)
            profile = unknown.pop(digest)
            if edition and stored != edition:
                _rename(connection, number, profile, edition)
            known[digest] = number
        self._store_profiles(connection, unknown, edition, known)
        for digest, number in known.items():
            self._profiles.put(digest, number)
        return [None if digest is None else known[digest] for digest in digests]

    @staticmethod
    def _store_profiles(connection: Connection, new: Mapping[bytes, Profile], edition: str, known: dict[bytes, int]) -> None:
        if not new:
            return
        first = bulk.next_number(connection, tables.profile)
        rows: list[dict[str, object]] = []
        for number, (digest, profile) in enumerate(new.items(), first):
            known[digest] = number
            rows.append(
                {
                    "id": number,
                    "digest": digest,
                    "probe": profile.probe,
                    "depth": profile.depth,
                    "asked": profile.asked,
                    "complete": profile.complete,
                    "preference": [[context, preference.value] for context, preference in profile.preference],
                    "registry_edition": edition,
                }
            )
        connection.execute(insert(tables.profile), rows)
        _store_observations(connection, {known[digest]: profile for digest, profile in new.items()})

    def chains(self, connection: Connection, outcomes: Sequence[Outcome]) -> list[int | None]:
        """The row number of each outcome's chains. Certificates of chains that are known are stored already and not looked at."""
        known: dict[Chains, int] = {}
        new: dict[Chains, bytes] = {}
        encoded: dict[bytes, list[object]] = {}
        ders: dict[bytes, None] = {}
        for outcome in outcomes:
            chains = outcome.chains
            if not chains or chains in known:
                continue
            if chains not in new:
                number = self._chains.get(chains)
                if number is not None:
                    known[chains] = number
                    continue
                document: list[object] = [[c.server_name, c.context, [member.hex() for member in c.certificates]] for c in chains]
                new[chains] = hashlib.sha256(to_json(document).encode("utf-8")).digest()
                encoded[new[chains]] = document
            ders.update(dict.fromkeys(outcome.certificates))
        unknown = {digest: chains for chains, digest in new.items()}
        for digest, number in bulk.select(connection, "SELECT digest, id FROM chain_set WHERE digest {keys}", unknown):
            known[unknown.pop(bytes(digest))] = number
        if ders:
            self._store_certificates(connection, ders)
        if unknown:
            self._store_chains(connection, unknown, encoded, known)
        for chains, number in known.items():
            self._chains.put(chains, number)
        return [known[outcome.chains] if outcome.chains else None for outcome in outcomes]

    def _store_chains(
        self, connection: Connection, new: Mapping[bytes, Chains], encoded: Mapping[bytes, list[object]], known: dict[Chains, int]
    ) -> None:
        members = {digest: {member for chain in chains for member in chain.certificates} for digest, chains in new.items()}
        numbers = self._certificate_numbers(connection, {member for each in members.values() for member in each})
        first = bulk.next_number(connection, tables.chain_set)
        links: list[dict[str, object]] = []
        for number, (digest, chains) in enumerate(new.items(), first):
            known[chains] = number
            links += [{"certificate_id": numbers[m], "chain_set_id": number} for m in sorted(members[digest]) if m in numbers]
        connection.execute(
            insert(tables.chain_set), [{"id": known[new[digest]], "digest": digest, "chains": encoded[digest]} for digest in new]
        )
        if links:
            connection.execute(insert(tables.chain_certificate), links)

    def _certificate_numbers(self, connection: Connection, digests: Iterable[bytes]) -> dict[bytes, int]:
        known: dict[bytes, int] = {}
        unknown: list[bytes] = []
        for digest in digests:
            number = self._certificates.get(digest)
            if number is None:
                unknown.append(digest)
            else:
                known[digest] = number
        for digest, number in bulk.select(connection, "SELECT sha256, id FROM certificate WHERE sha256 {keys}", unknown):
            known[bytes(digest)] = number
            self._certificates.put(bytes(digest), number)
        return known

    def _store_certificates(self, connection: Connection, ders: Iterable[bytes]) -> None:
        by_digest = {hashlib.sha256(der).digest(): der for der in ders}
        known = self._certificate_numbers(connection, by_digest)
        new = [(digest, der) for digest, der in by_digest.items() if digest not in known]
        if not new:
            return
        rows: list[dict[str, object]] = []
        names: list[dict[str, object]] = []
        terms: list[dict[str, object]] = []
        for number, (digest, der) in enumerate(new, bulk.next_number(connection, tables.certificate)):
            facts = read_stored(der, digest, self._read_certificate)
            rows.append(certificate_row(number, facts, der))
            names += [
                {"certificate_id": number, "position": place, "name": name, "folded": fold(name)}
                for place, name in enumerate(facts.names)
            ]
            for role, words in ((KEY, key_terms(facts)), (SIGNATURE, signature_terms(facts))):
                terms += [{"term": word, "certificate_id": number, "role": role} for word in sorted(words)]
            self._certificates.put(digest, number)
        for table, values in ((tables.certificate, rows), (tables.certificate_name, names), (tables.certificate_term, terms)):
            if values:
                connection.execute(insert(table), values)


def _store_observations(connection: Connection, profiles: Mapping[int, Profile]) -> None:
    rows: list[bulk.Row] = []
    terms: list[bulk.Row] = []
    for number, profile in profiles.items():
        for place, observation in enumerate(profile.observations):
            rows.append((number, place, *_observation_values(observation)))
            terms += [(escape(term), number, place) for term in observation_terms(observation)]
    bulk.insert(connection, tables.observation, [column.name for column in tables.observation.c], rows)
    bulk.insert(connection, tables.profile_term, ("term", "profile_id", "position"), terms)


def _rename(connection: Connection, number: int, profile: Profile, edition: str) -> None:
    """A newer registry spells the same facts anew: names, classes and components change, the digest does not."""
    connection.execute(delete(tables.observation).where(tables.observation.c.profile_id == number))
    connection.execute(delete(tables.profile_term).where(tables.profile_term.c.profile_id == number))
    _store_observations(connection, {number: profile})
    connection.execute(update(tables.profile).where(tables.profile.c.id == number).values(registry_edition=edition))


def _observation_values(observation: Observation) -> bulk.Row:
    """The values of the table's columns after the first two."""
    where = observation.where
    return (
        observation.subject.value,
        None if observation.context is None else escape(observation.context),
        escape(observation.value),
        None if observation.name is None else escape(observation.name),
        to_json(observation.candidates),
        observation.support.value,
        observation.rank,
        observation.rank_basis.value if observation.rank_basis else None,
        observation.quantum_class.value,
        observation.usage.value,
        observation.confidence.value,
        to_json(observation.components),
        to_json(observation.parameters),
        to_json([where.line, where.offset, where.symbol]) if where else None,
    )
