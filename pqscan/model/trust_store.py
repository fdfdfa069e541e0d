"""Files that hold what a system trusts: many certificates of roots and hardly anything else. They are one thing, told by its
content; their keys are told by kind and size with how many there are, and what a root says of itself by its own signature proves
nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pqscan.model.certificate import Certificate, PublicKey
from pqscan.model.observation import Observation, Subject, Support, Usage, Where

ANCHOR = "trust_anchor"
"""The context of chains and of observations of what is trusted."""
_LEAST = 10
_SHARE = (9, 10)  # of all certificates in the file


def trust_anchors(certificates: Sequence[Certificate]) -> frozenset[bytes]:
    """Digests of the roots in a file that is a trust store; none in any other."""
    roots = frozenset(one.sha256 for one in certificates if one.self_signed and one.is_ca)
    part, whole = _SHARE
    distinct = len({one.sha256 for one in certificates})
    return roots if len(roots) >= _LEAST and len(roots) * whole >= distinct * part else frozenset()


def trust_store_observations(anchors: Sequence[tuple[Certificate, Where]]) -> Iterator[Observation]:
    """That the file is a trust store, and each kind and size of key once, with how many anchors have it. Nothing without
    anchors."""
    if not anchors:
        return
    where = anchors[0][1]
    count = len({one.sha256 for one, _ in anchors})
    yield Observation(
        Subject.BEHAVIOUR,
        "trust_store",
        Support.OFFERED,
        context=ANCHOR,
        usage=Usage.PRESENT,
        parameters=(("anchors", count),),
        where=where,
    )
    groups: dict[tuple[str, int | None, str | None], dict[bytes, tuple[PublicKey, Where]]] = {}
    for certificate, place in anchors:
        key = certificate.public_key
        groups.setdefault((key.oid, key.size_bits, key.parameter), {}).setdefault(certificate.sha256, (key, place))
    for (oid, size_bits, parameter), keys in groups.items():
        key, place = next(iter(keys.values()))
        stated = (("parameter", parameter), ("size_bits", size_bits), ("count", len(keys)), ("anchors", count))
        yield Observation(
            Subject.PUBLIC_KEY,
            oid,
            Support.OFFERED,
            context=ANCHOR,
            name=None if key.algorithm == oid else key.algorithm,
            quantum_class=key.quantum_class,
            usage=Usage.PRESENT,
            components=key.components,
            parameters=tuple((name, value) for name, value in stated if value is not None),
            where=place,
        )
