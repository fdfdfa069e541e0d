"""Single facts about a TLS server in the words of the model. Names and classes come from the registry."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import lru_cache

from pqscan.model.observation import Confidence, Observation, RankBasis, Subject, Support
from pqscan.model.outcome import Facts
from pqscan.registry import tls
from pqscan.registry.code_point import CodePoint
from pqscan.registry.dtls import as_dtls
from pqscan.registry.quantum import QuantumClass
from pqscan.registry.tls_rows import CipherSuite, NamedGroup, SignatureScheme

_OF_VERSIONS = (Subject.PROTOCOL_VERSION, Subject.SELECTED_VERSION)
_MOST_REMEMBERED = 4096  # observations: most targets show what others have shown


@lru_cache(maxsize=_MOST_REMEMBERED)
def plain(subject: Subject, value: str, support: Support, context: str | None = None, *, reason: str = "") -> Observation:
    parameters = (("reason", reason),) if reason else ()
    return Observation(subject, value, support, context, parameters=parameters)


def custom_prime(bits: int, context: str, subject: Subject, support: Support) -> Observation:
    traditional = QuantumClass.TRADITIONAL
    return Observation(subject, f"dh:{bits}", support, context, quantum_class=traditional, parameters=(("size_bits", bits),))


@lru_cache(maxsize=_MOST_REMEMBERED)
def code_point(
    subject: Subject,
    value: int,
    support: Support,
    context: str,
    *,
    rank: int | None = None,
    basis: RankBasis | None = None,
    confirmed: bool = False,
    subject_out: Subject | None = None,
    reason: str = "",
) -> Observation:
    point = _look_up(subject, value)
    row = point.row
    return Observation(
        subject_out or subject,
        point.text,
        support,
        context,
        name=point.name,
        candidates=point.candidates,
        rank=rank,
        rank_basis=basis,
        quantum_class=row.quantum_class if row is not None else QuantumClass.UNKNOWN,
        confidence=Confidence.CONFIRMED if confirmed else Confidence.OBSERVED,
        components=row.components if isinstance(row, NamedGroup | SignatureScheme) else (),
        parameters=(("reason", reason),) if reason else (),
    )


def _look_up(subject: Subject, value: int) -> CodePoint[NamedGroup] | CodePoint[SignatureScheme] | CodePoint[CipherSuite]:
    if subject is Subject.NAMED_GROUP:
        return tls.named_group(value)
    if subject is Subject.SIGNATURE_SCHEME:
        return tls.signature_scheme(value)
    return tls.cipher_suite(value)


@lru_cache(maxsize=1024)
def kept(der: bytes) -> tuple[bytes, bytes]:
    """SHA-256 and the certificate itself: where thousands of targets show the same one, it is kept once."""
    return hashlib.sha256(der).digest(), der


def in_words_of_dtls(facts: Facts) -> Facts:
    """Facts with the names of its versions over datagrams."""
    return replace(
        facts,
        observations=tuple(map(_in_words, facts.observations)),
        chains=tuple(replace(chain, context=_version(chain.context)) for chain in facts.chains),
        preference=tuple((_version(key), preference) for key, preference in facts.preference),
    )


def _in_words(observation: Observation) -> Observation:
    value = _version(observation.value) if observation.subject in _OF_VERSIONS else observation.value
    context = None if observation.context is None else _version(observation.context)
    return replace(observation, value=value, context=context)


def _version(text: str) -> str:
    """`TLS1.3 named_group` is spelled so, too: the keys of preferences."""
    version, blank, rest = text.partition(" ")
    return as_dtls(version) + blank + rest
