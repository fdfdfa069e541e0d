"""What a rule of source code makes of one use in a program: an observation, unknown where the argument could not be followed."""

from __future__ import annotations

from pqscan.model.algorithm_facts import algorithm_observation
from pqscan.model.observation import Confidence, Observation, Subject, Support, Usage, Where
from pqscan.registry.algorithms import Function
from pqscan.registry.quantum import QuantumClass
from pqscan.registry.spellings import Spelled

UNKNOWN = "unknown"
_SECRET = frozenset({Function.HASH, Function.MAC, Function.KEY_DERIVATION})  # Whatever it is, no public key is in it.

Others = tuple[tuple[str, str | int], ...]


def spelled_observation(
    spelled: Spelled,
    usage: Usage,
    where: Where,
    *,
    function: Function | None,
    size_bits: int | None,
    curve: str | None,
    others: Others,
) -> Observation:
    """An algorithm that is named in full. What the spelling says of its function goes before what the rule says."""
    more: list[tuple[str, str | int]] = []
    if spelled.mode is not None:
        more.append(("mode", spelled.mode))
    if spelled.hash is not None and not any(name == "hash" for name, _ in others):
        more.append(("hash", spelled.hash))
    return algorithm_observation(
        spelled.algorithm,
        usage,
        where,
        function=spelled.function or (function if function in spelled.algorithm.functions else None),
        size_bits=size_bits,
        parameter=curve or spelled.curve,
        others=(*more, *others),
    )


def unknown_observation(usage: Usage, where: Where, function: Function | None, others: Others) -> Observation:
    """A use whose algorithm the file does not tell."""
    return Observation(
        Subject.ALGORITHM,
        UNKNOWN,
        Support.OFFERED,
        context=None if function is None else function.value,
        quantum_class=QuantumClass.NOT_PUBLIC_KEY if function in _SECRET else QuantumClass.UNKNOWN,
        usage=usage,
        confidence=Confidence.INFERRED,
        parameters=others,
        where=where,
    )


def version_observation(version: str, usage: Usage, where: Where, others: Others) -> Observation:
    """A version of TLS that a program sets."""
    return Observation(
        Subject.PROTOCOL_VERSION, version, Support.OFFERED, name=version, usage=usage, parameters=others, where=where
    )
