"""The words under which an algorithm is found: names, code points and components, folded alike when stored and when asked."""

from __future__ import annotations

from collections.abc import Iterable

from pqscan.model.certificate import Certificate
from pqscan.model.observation import Observation

KEY, SIGNATURE = 2, 4  # the roles of a certificate's terms, as bits; 1 is left for a profile's
LONGEST_TERM = 200  # characters: an index cannot hold what a hostile peer may send


def fold(word: str) -> str:
    """Case does not count in the name of an algorithm or a host."""
    return word[:LONGEST_TERM].casefold()[:LONGEST_TERM]


def observation_terms(observation: Observation) -> frozenset[str]:
    """Empty where the observation does not show the algorithm in use: a refusal is no place where it is."""
    if not observation.support.shows_use:
        return frozenset()
    return _folded((observation.value, observation.name, *observation.candidates, *observation.components))


def key_terms(certificate: Certificate) -> frozenset[str]:
    """The words for the subject's key."""
    key = certificate.public_key
    sized = f"{key.algorithm}-{key.size_bits}" if key.size_bits else None
    return _folded((key.algorithm, key.oid, key.parameter, sized, *key.components))


def signature_terms(certificate: Certificate) -> frozenset[str]:
    """The words for the issuer's signature."""
    signature = certificate.signature
    return _folded((signature.algorithm, signature.oid, signature.hash, *signature.components))


def _folded(words: Iterable[str | None]) -> frozenset[str]:
    return frozenset(fold(word) for word in words if word)
