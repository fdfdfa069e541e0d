"""What an observation of a zone uses, as rules speak of it: by the registry's row of the algorithm's number (RFC 4034)."""

from __future__ import annotations

from pqscan.model.observation import Observation, Subject
from pqscan.policy.families import canonical_hash, family_of
from pqscan.policy.rule import Purpose
from pqscan.policy.use import AlgorithmUse
from pqscan.registry import dns
from pqscan.registry.dns import DnsKind, DnssecAlgorithm
from pqscan.registry.quantum import QuantumClass


def algorithm_of(value: str) -> DnssecAlgorithm | None:
    """The registry's row of an algorithm as observations spell it; None where no source lists it."""
    number = _number(value)
    return None if number is None else dns.dnssec_algorithm(number)


def dns_uses(observation: Observation, profile: bytes | None) -> tuple[AlgorithmUse, ...]:
    """The use that the observation shows; a DS record is no signature, and its hash is judged as part of the protocol."""
    if observation.subject is Subject.DS_DIGEST:
        return (_digest(observation, profile),)
    row = algorithm_of(observation.value)
    families: tuple[str, ...] = ()
    if row is not None and row.primitive is not None:
        hashed = canonical_hash(row.hash)
        families = (family_of(row.primitive), *(() if hashed is None else (hashed,)))
    return (
        AlgorithmUse(
            Purpose.SIGNATURE,
            observation.subject.value,
            observation.value,
            observation.name or (row.name if row else None),
            observation.context,
            QuantumClass.UNKNOWN if row is None else row.quantum_class,
            families,
            () if row is None or row.primitive is None else (row.primitive,),
            by_key=True,  # Its size is the key's, which is judged by itself.
            profile=profile,
        ),
    )


def _digest(observation: Observation, profile: bytes | None) -> AlgorithmUse:
    number = _number(observation.value)
    row = None if number is None else dns.dns_number(DnsKind.DS_DIGEST, number)
    hashed = canonical_hash(row.name if row else None)
    return AlgorithmUse(
        Purpose.PROTOCOL,
        observation.subject.value,
        observation.value,
        observation.name or (row.name if row else None),
        observation.context,
        QuantumClass.NOT_PUBLIC_KEY,
        () if hashed is None else (f"DS {hashed}",),  # No hash of a signature or a MAC: rules speak of it by its own word.
        profile=profile,
    )


def _number(value: str) -> int | None:
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 6 else None
