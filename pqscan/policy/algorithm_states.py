"""The two states of a file that names algorithms: code, programs, signed documents, configurations. Each use stands for itself."""

from __future__ import annotations

from pqscan.model.observation import Observation, Profile, Subject, Usage
from pqscan.model.reason import Reason
from pqscan.policy.algorithm_uses import purposes_of
from pqscan.policy.answers import QUANTUM_RESISTANT
from pqscan.policy.floor import below_floor
from pqscan.policy.rule import Purpose
from pqscan.policy.state import Assessment, State
from pqscan.policy.use import AlgorithmUse
from pqscan.policy.uses import uses_of
from pqscan.registry.quantum import QuantumClass

PROBES = frozenset(
    {
        "source_file",
        "manifest_file",
        "binary_file",
        "package_database",
        "signature_file",
        "revocation_file",
        "openpgp_file",
        "jose_file",
        "cose_file",
        "parameter_file",
        "zone_file",
    }
)
_NOTHING = {Purpose.KEY_ESTABLISHMENT: "file_agrees_on_nothing", Purpose.SIGNATURE: "file_signs_nothing"}
_OF_TLS = frozenset({Subject.PROTOCOL_VERSION, Subject.CIPHER_SUITE})


def algorithm_state(profile: Profile, purpose: Purpose) -> Assessment:
    """The state that the uses for one purpose show together, the deciding reason first. What the file leaves to others is no use
    and no absence: neither `none` nor `exclusive` can be said beside it."""
    judged = _of_uses([use for one in profile.observations for use in uses_of(one) if use.purpose is purpose], purpose)
    if judged.state in (State.NONE, State.EXCLUSIVE):
        left = next((reason for one in profile.observations if (reason := _left_to_others(one, purpose)) is not None), None)
        if left is not None:
            judged = Assessment(State.UNKNOWN, (left,))
    if profile.complete or judged.state in (State.CAPABLE, State.VULNERABLE):
        return judged
    return Assessment(State.UNKNOWN, (Reason.of("file_incomplete"),))  # Every other state speaks of all of it.


def _left_to_others(one: Observation, purpose: Purpose) -> Reason | None:
    """A library that is linked, or TLS that is set up: what they do is not seen here."""
    if one.usage is Usage.MENTIONED or not one.support.shows_use:
        return None
    if one.subject in _OF_TLS:
        return Reason.of("file_leaves_to_tls")
    is_public = one.quantum_class is not QuantumClass.NOT_PUBLIC_KEY and one.subject is Subject.ALGORITHM
    is_linked = one.usage is Usage.LINKED and is_public and purpose in purposes_of(one)
    return Reason.of("file_links", value=one.name or one.value) if one.subject is Subject.LIBRARY or is_linked else None


def _of_uses(uses: list[AlgorithmUse], purpose: Purpose) -> Assessment:
    uses = [use for use in uses if use.quantum_class is not QuantumClass.NOT_PUBLIC_KEY]
    if not uses:
        return Assessment(State.NONE, (Reason.of(_NOTHING[purpose]),))
    below = [(use, rule) for use in uses if (rule := below_floor(use)) is not None]
    if len(below) == len(uses):
        use, rule = below[0]
        return Assessment(State.BROKEN, (Reason.of("file_uses_below_floor", value=_name(use), rule=rule.id),))
    resistant = [use for use in uses if use.quantum_class in QUANTUM_RESISTANT]
    traditional = next((use for use in uses if use.quantum_class is QuantumClass.TRADITIONAL), None)
    if len(resistant) == len(uses):
        return Assessment(State.EXCLUSIVE, (Reason.of("file_uses_resistant_alone", value=_name(resistant[0])),))
    if resistant:
        return Assessment(State.CAPABLE, (Reason.of("file_uses_resistant_too", value=_name(resistant[0])),))
    if traditional is not None:
        return Assessment(State.VULNERABLE, (Reason.of("file_uses_traditional", value=_name(traditional)),))
    unlisted = next(use for use in uses if use.quantum_class is QuantumClass.UNKNOWN)
    return Assessment(State.UNKNOWN, (Reason.of("file_uses_unlisted", value=_name(unlisted)),))


def _name(use: AlgorithmUse) -> str:
    return use.name or use.value
