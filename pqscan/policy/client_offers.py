"""The states of a client that was seen in captured packets: by what each kind of its hellos offers. The weakest one decides.

A client shows no certificate there, so nothing is said about its authentication."""

from __future__ import annotations

from pqscan.model.observation import Observation, Profile, Subject
from pqscan.model.reason import Reason
from pqscan.policy.answers import QUANTUM_RESISTANT
from pqscan.policy.state import Assessment, State
from pqscan.registry.quantum import QuantumClass

CLIENT_PROBES = frozenset({"tls_client", "ssh_client", "ike_client"})
_GROUPS = frozenset({Subject.NAMED_GROUP, Subject.KEX_METHOD, Subject.IKE_KEY_EXCHANGE, Subject.IKE_ADDITIONAL_KEY_EXCHANGE})
_MARKERS = QuantumClass.NOT_PUBLIC_KEY
_ORDER = (State.VULNERABLE, State.CAPABLE, State.DEFAULT, State.EXCLUSIVE)


def client_key_establishment(profile: Profile) -> Assessment:
    """DEFAULT where the first group or method of every kind of hello is quantum-resistant, CAPABLE where it stands further back."""
    programs: dict[str, list[Observation]] = {}
    for one in profile.observations:
        if one.context is not None and one.support.shows_use:
            offered = programs.setdefault(one.context, [])
            if one.subject in _GROUPS and one.quantum_class is not _MARKERS:
                offered.append(one)
    if not programs:
        return Assessment(State.UNKNOWN, (Reason.of("answer_incomplete"),))
    states = {context: _state(offered) for context, offered in programs.items()}
    weakest = min(states.values(), key=_ORDER.index)
    weak = [context for context, state in states.items() if state is weakest]
    return Assessment(weakest, (_reason(weakest, count=len(weak), all=len(states), example=weak[0]),))


def client_authentication(_profile: Profile) -> Assessment:
    return Assessment(State.UNKNOWN, (Reason.of("client_shows_no_certificate"),))


def _reason(weakest: State, **parameters: str | int) -> Reason:
    match weakest:
        case State.VULNERABLE:
            return Reason.of("client_vulnerable", **parameters)
        case State.CAPABLE:
            return Reason.of("client_capable", **parameters)
        case State.DEFAULT:
            return Reason.of("client_default", **parameters)
        case _:
            return Reason.of("client_exclusive", **parameters)


def _state(offered: list[Observation]) -> State:
    in_order = sorted(offered, key=lambda one: one.rank or 0)
    resistant = [one.quantum_class in QUANTUM_RESISTANT for one in in_order]
    if not any(resistant):
        return State.VULNERABLE
    if all(resistant):
        return State.EXCLUSIVE
    return State.DEFAULT if resistant[0] else State.CAPABLE
