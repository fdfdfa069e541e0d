"""Algorithms in files as uses: what code calls, a configuration sets or a document is signed with. What is only linked or mentioned
is used by nobody."""

from __future__ import annotations

from collections.abc import Mapping

from pqscan.model.observation import Observation, Subject, Usage
from pqscan.policy.families import canonical_hash, family_of
from pqscan.policy.measure import curve_strength, modulus_strength
from pqscan.policy.rule import Purpose
from pqscan.policy.use import AlgorithmUse
from pqscan.registry.algorithms import Function, by_name
from pqscan.registry.quantum import QuantumClass

SUBJECTS = frozenset({Subject.ALGORITHM, Subject.DOCUMENT_SIGNATURE, Subject.DOCUMENT_ENCRYPTION, Subject.LIBRARY})
_NO_USE = frozenset({Usage.LINKED, Usage.MENTIONED})
_PURPOSES: Mapping[str, Purpose] = {
    Function.KEY_ESTABLISHMENT.value: Purpose.KEY_ESTABLISHMENT,
    Function.SIGNATURE.value: Purpose.SIGNATURE,
}
_OF_MODULUS = frozenset({"RSA", "DSA", "FFDH"})


def algorithm_uses(observation: Observation, profile: bytes | None = None) -> tuple[AlgorithmUse, ...]:
    """The uses that an observation about one of `SUBJECTS` shows: none where nothing is used, one for each purpose where nothing
    tells for which (a key of RSA may sign and encrypt)."""
    if observation.usage in _NO_USE or observation.subject is Subject.LIBRARY:
        return ()
    stated = dict(observation.parameters)
    size, parameter, hashed = stated.get("size_bits"), stated.get("parameter"), stated.get("hash")
    spelling = observation.name or observation.value
    spellings = observation.components or (spelling,)
    families = tuple(dict.fromkeys(map(_family, spellings)))
    if isinstance(hashed, str):
        families += (canonical_hash(hashed) or hashed,)
    strength = None
    if observation.quantum_class is QuantumClass.TRADITIONAL:
        bits = size if isinstance(size, int) else None
        if _OF_MODULUS.intersection(families):
            strength = None if bits is None else modulus_strength(bits)
        else:
            strength = curve_strength(parameter if isinstance(parameter, str) else spelling, bits)
    sized = f"{spelling}-{size}" if isinstance(size, int) and families[0] in ("RSA", "AES") else spelling
    return tuple(
        AlgorithmUse(
            purpose,
            observation.subject.value,
            observation.value,
            sized,
            observation.context,
            observation.quantum_class,
            families,
            observation.components or (sized,),
            strength,
            profile=profile,
        )
        for purpose in purposes_of(observation)
    )


def purposes_of(observation: Observation) -> tuple[Purpose, ...]:
    """What an algorithm is used for there, as rules speak of it."""
    if observation.subject is Subject.DOCUMENT_SIGNATURE:
        return (Purpose.SIGNATURE,)
    if observation.subject is Subject.DOCUMENT_ENCRYPTION:
        return (Purpose.KEY_ESTABLISHMENT,)
    row = by_name(observation.value) if observation.context is None else None
    functions = [observation.context] if row is None else [function.value for function in row.functions]
    return tuple(dict.fromkeys(_PURPOSES.get(function or "", Purpose.PROTOCOL) for function in functions))


def _family(spelling: str) -> str:
    """`sha256WithRSAEncryption` names its algorithm at its end."""
    folded = spelling.lower()
    if "withrsa" in folded or "rsassa" in folded:
        return "RSA"
    row = by_name(spelling)
    return family_of(spelling if row is None or family_of(spelling) != spelling else row.family)
