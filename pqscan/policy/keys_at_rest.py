"""Keys that lie in a file: what they agree on, and which of them nobody sees without a password."""

from __future__ import annotations

from pqscan.model.observation import Observation, Profile, Subject
from pqscan.model.reason import Reason
from pqscan.policy.algorithm_states import algorithm_state
from pqscan.policy.rule import Purpose
from pqscan.policy.state import Assessment, State


def shows_key(observation: Observation) -> bool:
    """Whether it is a private key that shows its algorithm."""
    return observation.subject is Subject.PRIVATE_KEY and observation.value[:1].isdigit()


def is_locked(observation: Observation) -> bool:
    """Whether it is a private key whose algorithm nobody sees without its password."""
    if observation.subject is not Subject.PRIVATE_KEY or shows_key(observation):
        return False
    return "locked_by" in dict(observation.parameters)


def why_incomplete(profile: Profile) -> str:
    """The reason why nothing can be said of all of a file that was not read to its end."""
    return "private_key_locked" if any(map(is_locked, profile.observations)) else "file_incomplete"


def key_establishment_at_rest(profile: Profile) -> Assessment:
    """By the keys that are there to agree on keys (X25519, DH, ML-KEM, ...); a locked one may be such a key. Certificates and keys
    that sign agree on nothing where they lie."""
    judged = algorithm_state(profile, Purpose.KEY_ESTABLISHMENT)
    is_open = judged.state in (State.NONE, State.EXCLUSIVE, State.UNKNOWN)
    if is_open and any(map(is_locked, profile.observations)):
        return Assessment(State.UNKNOWN, (Reason.of("private_key_locked"),))
    if judged.state is State.NONE:
        return Assessment(State.NONE, (Reason.of("file_establishes_no_keys"),))
    return judged
