"""An algorithm that a file names, as an observation: in source code, a program, a document or a configuration."""

from __future__ import annotations

from pqscan.model.observation import Confidence, Observation, Subject, Support, Usage, Where
from pqscan.registry.algorithms import Algorithm, Function


def algorithm_observation(
    algorithm: Algorithm,
    usage: Usage,
    where: Where,
    *,
    function: Function | None = None,
    size_bits: int | None = None,
    parameter: str | None = None,
    confidence: Confidence = Confidence.OBSERVED,
    others: tuple[tuple[str, str | int], ...] = (),
) -> Observation:
    """`function` is what it is used for there; where nothing tells, the only one that it has, else None (it may be any of them).
    `size_bits` of the key, `parameter` a curve or a mode; `others` are further parameters, such as the library or the directive."""
    stated: tuple[tuple[str, str | int | None], ...] = (("size_bits", size_bits), ("parameter", parameter), *others)
    return Observation(
        Subject.ALGORITHM,
        algorithm.name,
        Support.OFFERED,
        context=None if function is None and len(algorithm.functions) > 1 else (function or algorithm.functions[0]).value,
        name=algorithm.name,
        quantum_class=algorithm.quantum_class,
        usage=usage,
        confidence=confidence,
        components=algorithm.components,
        parameters=tuple((name, value) for name, value in stated if value is not None),
        where=where,
    )
