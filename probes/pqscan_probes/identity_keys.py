"""A key of a JSON Web Key set as a fact, wherever the set was read: in a file, or behind an address. No probe of its own."""

from __future__ import annotations

from collections.abc import Iterator

from pqscan.model.observation import Observation, Subject, Support, Usage, Where
from pqscan.registry.oids import by_oid
from pqscan.registry.quantum import QuantumClass
from pqscan.wire.pki.jwk import JsonWebKey

CONTEXTS = {"sig": "signing", "enc": "encryption", "": "any_use"}


def key_facts(key: JsonWebKey, where: Where, context: str) -> Iterator[Observation]:
    """The key itself; a symmetric one (`oct`) is no public key, and only told to be there."""
    row = None if key.oid is None else by_oid(key.oid)
    parameters: list[tuple[str, str | int]] = []
    if key.parameter is not None:
        parameters.append(("parameter", key.parameter))
    if key.size_bits is not None:
        parameters.append(("size_bits", key.size_bits))
    if key.kty != "oct":
        yield Observation(
            Subject.PUBLIC_KEY,
            key.oid or key.kty,
            Support.OFFERED,
            context=context,
            name=None if row is None else row.family if row.quantum_class is QuantumClass.TRADITIONAL else row.name,
            quantum_class=QuantumClass.UNKNOWN if row is None else row.quantum_class,
            usage=Usage.PRESENT,
            parameters=tuple(parameters),
            where=where,
        )
    if key.is_private:
        yield Observation(
            Subject.PRIVATE_KEY,
            key.kty,
            Support.OFFERED,
            context=context,
            quantum_class=QuantumClass.UNKNOWN,
            usage=Usage.PRESENT,
            where=where,
        )
