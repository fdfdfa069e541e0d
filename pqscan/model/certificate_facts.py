"""What a certificate at rest shows, as observations: its key, the signature on it, and what is wrong with how it is built."""

from __future__ import annotations

from collections.abc import Iterator

from pqscan.model.certificate import Certificate
from pqscan.model.observation import Observation, Subject, Support, Usage, Where


def observations_of(certificate: Certificate, where: Where, context: str) -> Iterator[Observation]:
    """In a fixed order; `where` is its place in the file, `context` what it is there for."""
    key, signature = certificate.public_key, certificate.signature
    parameters: list[tuple[str, str | int]] = []
    if key.parameter is not None:
        parameters.append(("parameter", key.parameter))
    if key.size_bits is not None:
        parameters.append(("size_bits", key.size_bits))
    yield Observation(
        Subject.CERTIFICATE_KEY,
        key.oid,
        Support.OFFERED,
        context=context,
        name=_name(key.algorithm, key.oid),
        quantum_class=key.quantum_class,
        usage=Usage.PRESENT,
        components=key.components,
        parameters=tuple(parameters),
        where=where,
    )
    yield Observation(
        Subject.CERTIFICATE_SIGNATURE,
        signature.oid,
        Support.OFFERED,
        context=context,
        name=_name(signature.algorithm, signature.oid),
        quantum_class=signature.quantum_class,
        usage=Usage.PRESENT,
        components=signature.components,
        parameters=(("hash", signature.hash),) if signature.hash is not None else (),
        where=where,
    )
    if certificate.malformed:
        yield Observation(
            Subject.BEHAVIOUR,
            "malformed_certificate",
            Support.OFFERED,
            context=context,
            usage=Usage.PRESENT,
            parameters=(("codes", " ".join(certificate.malformed)),),
            where=where,
        )


def _name(algorithm: str, oid: str) -> str | None:
    return None if algorithm == oid else algorithm
