"""The states of a client that was seen in captured packets: by what each kind of its hellos offers. The weakest one decides.

Hybrid groups belong to TLS 1.3 alone: a hello that lists one and not that version cannot lead to it, and one that takes an older
version as well does not insist. A client shows no certificate there, so nothing is said about its authentication."""

from __future__ import annotations

from collections.abc import Callable

from pqscan.model.observation import Observation, Profile, Subject
from pqscan.model.reason import Reason
from pqscan.policy.answers import QUANTUM_RESISTANT, group_class
from pqscan.policy.ike_uses import exchange_class
from pqscan.policy.ssh_uses import method_class
from pqscan.policy.state import Assessment, State
from pqscan.registry.quantum import QuantumClass

_CLASSES: dict[str, Callable[[Observation], QuantumClass]] = {
    "tls_client": lambda one: group_class(one.value, _TLS_1_3),
    "ssh_client": lambda one: method_class(one.subject, one.value),
    "ike_client": exchange_class,
}
CLIENT_PROBES = frozenset(_CLASSES)
_TLS_1_3 = "TLS1.3"
_GROUPS = frozenset({Subject.NAMED_GROUP, Subject.KEX_METHOD, Subject.IKE_KEY_EXCHANGE, Subject.IKE_ADDITIONAL_KEY_EXCHANGE})
_ORDER = (State.VULNERABLE, State.CAPABLE, State.DEFAULT, State.EXCLUSIVE)


def client_key_establishment(profile: Profile) -> Assessment:
    """DEFAULT where the first group or method of every kind of hello is quantum-resistant, CAPABLE where it stands further back."""
    programs: dict[str, list[Observation]] = {}
    for one in profile.observations:
        if one.context is not None and one.support.shows_use:
            programs.setdefault(one.context, []).append(one)
    if not programs:
        return Assessment(State.UNKNOWN, (Reason.of("answer_incomplete"),))
    states = {context: _state(profile.probe, offered) for context, offered in programs.items()}
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


def _state(probe: str, offered: list[Observation]) -> State:
    """Below TLS 1.3 no group is resistant, and suites agree on keys without any: whoever offers an older version as well is not
    exclusive, and whoever offers nothing else is vulnerable, whatever groups it lists."""
    versions = {one.value.removeprefix("D") for one in offered if one.subject is Subject.PROTOCOL_VERSION}  # DTLS is alike.
    methods = [one for one in offered if one.subject in _GROUPS and one.quantum_class is not QuantumClass.NOT_PUBLIC_KEY]
    resistant = [_CLASSES[probe](one) in QUANTUM_RESISTANT for one in sorted(methods, key=lambda one: one.rank or 0)]
    is_tls = probe == "tls_client"
    if not any(resistant) or (is_tls and _TLS_1_3 not in versions):
        return State.VULNERABLE
    if all(resistant) and not (is_tls and versions != {_TLS_1_3}):
        return State.EXCLUSIVE
    return State.DEFAULT if resistant[0] else State.CAPABLE
