"""A library of cryptography that a program is linked with, or a system has installed, as an observation."""

from __future__ import annotations

from pqscan.model.observation import Confidence, Observation, Subject, Support, Usage, Where


def library_observation(
    name: str,
    usage: Usage,
    where: Where,
    *,
    context: str,
    version: str | None = None,
    knows_post_quantum: bool | None = None,
    since: str | None = None,
    algorithms: tuple[str, ...] = (),
    confidence: Confidence = Confidence.OBSERVED,
    others: tuple[tuple[str, str | int], ...] = (),
) -> Observation:
    """`context` is what has it: a program, a system. `knows_post_quantum` of this version, None where that is not known; `since`
    the first version that does, and `algorithms` which."""
    stated = (
        ("version", version),
        ("post_quantum", ", ".join(algorithms) or None),
        ("post_quantum_since", since),
        ("knows_post_quantum", None if knows_post_quantum is None else "yes" if knows_post_quantum else "no"),
        *others,
    )
    return Observation(
        Subject.LIBRARY,
        name,
        Support.OFFERED,
        context=context,
        name=name,
        usage=usage,
        confidence=confidence,
        parameters=tuple((key, value) for key, value in stated if value is not None),
        where=where,
    )
