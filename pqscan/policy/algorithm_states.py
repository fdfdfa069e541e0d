"""The two states of a file that names algorithms: code, programs, signed documents, configurations. Each use stands for itself."""

from __future__ import annotations

from pqscan.model.observation import Profile
from pqscan.model.reason import Reason
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
        "parameter_file",
        "zone_file",
    }
)
_NOTHING = {Purpose.KEY_ESTABLISHMENT: "file_establishes_no_keys", Purpose.SIGNATURE: "file_signs_nothing"}


def algorithm_state(profile: Profile, purpose: Purpose) -> Assessment:
    """The state that the uses for one purpose show together, the deciding reason first."""
    judged = _of_uses([use for one in profile.observations for use in uses_of(one) if use.purpose is purpose], purpose)
    if profile.complete or judged.state in (State.CAPABLE, State.VULNERABLE):
        return judged
    return Assessment(State.UNKNOWN, (Reason.of("file_incomplete"),))  # Every other state speaks of all of it.


def _of_uses(uses: list[AlgorithmUse], purpose: Purpose) -> Assessment:
    uses = [use for use in uses if use.quantum_class is not QuantumClass.NOT_PUBLIC_KEY]
    if not uses:
        return Assessment(State.NONE, (Reason.of(_NOTHING[purpose]),))
    below = [(use, rule) for use in uses if (rule := below_floor(use)) is not None]
    if len(below) == len(uses):
        use, rule = below[0]
        return Assessment(State.BROKEN, (Reason.of("file_uses_below_floor", value=_name(use), rule=rule.id),))
    resistant = [use for use in uses if use.quantum_class in QUANTUM_RESISTANT]
    if len(resistant) == len(uses):
        return Assessment(State.EXCLUSIVE, (Reason.of("file_uses_resistant_alone", value=_name(resistant[0])),))
    if resistant:
        return Assessment(State.CAPABLE, (Reason.of("file_uses_resistant_too", value=_name(resistant[0])),))
    traditional = next((use for use in uses if use.quantum_class is QuantumClass.TRADITIONAL), None)
    if traditional is not None:
        return Assessment(State.VULNERABLE, (Reason.of("file_uses_traditional", value=_name(traditional)),))
    return Assessment(State.UNKNOWN, (Reason.of("file_uses_unlisted", value=_name(uses[0])),))


def _name(use: AlgorithmUse) -> str:
    return use.name or use.value
