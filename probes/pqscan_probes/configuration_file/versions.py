"""What several directives of one part leave of the versions of TLS: those that each of them has on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from pqscan.model.observation import Confidence, Observation, Subject, Support
from pqscan.registry.quantum import QuantumClass
from pqscan_probes.configuration_file.told import REST

NONE_LEFT = "configuration_versions_exclude_each_other"


def in_common(told: Iterable[tuple[Observation, ...]]) -> Iterator[Observation]:
    """All that the directives tell, each by itself, but of versions of TLS only those that no other one leaves out; one that is
    named comes before the same that is concluded. Where none is left, that is told as open."""
    lists = tuple(told)
    sets = [names for each in lists if (names := {one.value for one in each if _is_version(one)})]
    common = set.intersection(*sets) if sets else set()
    best: dict[str, Observation] = {}
    for one in (one for each in lists for one in each if _is_version(one) and one.value in common):
        if one.value not in best or (best[one.value].confidence, one.confidence) == (Confidence.INFERRED, Confidence.OBSERVED):
            best[one.value] = one
    lost = next((one for each in lists for one in each if _is_version(one)), None) if not common else None
    for one in (one for each in lists for one in each):
        if one is lost:
            yield _none_left(one)
        elif not _is_version(one) or best.get(one.value) is one:
            yield one


def _none_left(one: Observation) -> Observation:
    return replace(
        one,
        value=REST,
        name=None,
        support=Support.UNKNOWN,
        quantum_class=QuantumClass.UNKNOWN,
        confidence=Confidence.INFERRED,
        parameters=(*one.parameters, ("reason", NONE_LEFT)),
    )


def _is_version(one: Observation) -> bool:
    return one.subject is Subject.PROTOCOL_VERSION and one.value.startswith(("TLS", "SSL"))
